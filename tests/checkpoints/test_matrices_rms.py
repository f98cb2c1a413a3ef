"""The size of a weight that relative α is divided by: that of the matrices, whatever the gains of norms are."""

import math
from dataclasses import replace

import pytest
import torch

from landscape.checkpoints import parameters
from landscape.enlarge.radius_ratios import CheckpointRadius, Enlargement
from landscape.figures.scale import on_one_scale, scale_of
from landscape.reports.comparison import moved_line
from landscape.schema.results import Facts
from tests.basins.known_rays import NARROW, made


def weights(gain: float) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"up": 0.034 * torch.randn(64, 48), "norm": torch.full((48,), gain), "down": 0.034 * torch.randn(48, 64)}


def test_gains_that_are_stored_with_an_offset_change_nothing() -> None:
    """A norm that multiplies by 1 + w is the same function as one that multiplies by w' = 1 + w, and so is every move.

    So α of a boundary is the same in both, and relative α must be. That of all weights is not.
    """
    offset, plain = weights(54.0), weights(55.0)
    flat = torch.cat([plain["up"].flatten(), plain["down"].flatten()]).double()
    expected = pytest.approx(float(flat.square().mean().sqrt()))
    assert parameters.matrices_rms(offset) == parameters.matrices_rms(plain) == expected
    assert parameters.rms(plain) / parameters.rms(offset) == pytest.approx(55 / 54, rel=1e-3)
    assert parameters.rms(plain) > 100 * (parameters.matrices_rms(plain) or math.inf)


def test_where_no_matrix_moves_there_is_the_rms_of_all() -> None:
    assert parameters.matrices_rms({"norm": torch.ones(3)}) is None
    facts = Facts(3, 1.0)
    assert (facts.typical, facts.typical_words) == (1.0, "rms of all weights")


def test_a_figure_divides_by_the_matrices_and_says_so_and_an_old_result_by_all() -> None:
    old = made({"basic": NARROW})
    assert old.facts is not None
    new = replace(old, facts=replace(old.facts, matrices_rms=0.02))
    assert (scale_of(new, relative=True).unit, scale_of(old, relative=True).unit) == (0.02, old.facts.rms)
    assert "rms of the matrices" in scale_of(new, relative=True).title
    assert "rms of all weights" in scale_of(old, relative=True).title
    mixed = on_one_scale({"old": old, "new": new})
    assert {scale_of(one, relative=True).title for one in mixed.values()} == {scale_of(old, relative=True).title}
    assert on_one_scale({"new": new}) == {"new": new}


def test_growth_is_that_of_the_matrices_where_both_know_it() -> None:
    one = CheckpointRadius("a", "basic", 1.0, 0.1, 1.0, None, 0.02)
    other = CheckpointRadius("b", "basic", 1.0, 0.1, 3.0, None, 0.03)
    assert Enlargement(one, other).rms_ratio == pytest.approx(1.5)
    assert Enlargement(one, other).rms_words == "rms of the matrices"
    assert Enlargement(replace(one, matrices_rms=None), other).rms_ratio == pytest.approx(3)
    assert Enlargement(replace(one, matrices_rms=None), other).rms_words == "rms of all weights"


def test_a_comparison_of_version_0_6_says_which_rms_it_is_relative_to() -> None:
    known = {"radius": 1.0, "alpha": 0.1, "relative_alpha": 0.5, "changed": 1, "parameters": 2}
    assert "α / rms of all weights = 50.00%" in moved_line(known)
    assert "α / rms of the matrices = 50.00%" in moved_line(known | {"matrices_rms": 0.2})
