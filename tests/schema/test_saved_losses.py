"""Results saved with the loss of every example, and the shipped ones that are."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from landscape.basins.losses import read_by_loss
from landscape.basins.radii import basins_of
from landscape.bundled import results, specs
from landscape.schema.results import Result, tidy
from landscape.schema.specs import BasinSpec
from tests.basins.bowls import bowl, closed_form

LOSSES = np.array([0.0, 1e-7, 3e-5, 0.1234567, 2.302585, 163.60966, 70_000.0, np.nan, np.inf], np.float32)


def test_losses_come_back_as_exactly_as_the_docstring_says(tmp_path: Path) -> None:
    row = {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "score": 1.0, "capability": "math",
           "loss": 1.0, "n": 9, "seconds": 0.1, "outcomes": np.ones(9, np.uint8), "losses": LOSSES}  # fmt: skip
    result = Result(bowl().spec, tidy(bowl().spec, [row]))
    result.save(tmp_path / "r.json", outcomes=True, losses=True)
    (found,) = Result.load(tmp_path / "r.json").rows["losses"]
    assert found.dtype == np.float32
    assert np.isnan(found[7])
    assert np.isposinf(found[8])
    assert found[6] == 65_504
    np.testing.assert_allclose(found[3:6], LOSSES[3:6], rtol=0.0005)
    np.testing.assert_allclose(found[:3], LOSSES[:3], atol=3e-8)
    result.save(tmp_path / "without.json", outcomes=True)
    (none,) = Result.load(tmp_path / "without.json").rows["losses"]
    assert none is None
    assert "losses" not in json.loads((tmp_path / "without.json").read_text())["rows"][0]


def test_a_saved_bowl_is_left_where_the_closed_form_says_with_the_doubt_of_its_examples(tmp_path: Path) -> None:
    bowl().save(tmp_path / "r.json", outcomes=True, losses=True)
    again = read_by_loss(Result.load(tmp_path / "r.json"))
    for basin, before in zip(basins_of(again, 0.1), basins_of(read_by_loss(bowl()), 0.1), strict=True):
        assert basin.radius is not None
        assert before.radius is not None
        assert basin.radius.median == pytest.approx(closed_form(basin.capability, 0.1), rel=0.02)
        assert basin.radius.low == pytest.approx(before.radius.low, rel=0.001)
        assert basin.radius.examples == 120


@pytest.mark.parametrize("spec", results.READ_BY_LOSS, ids=lambda spec: spec.kind)
def test_the_demo_pair_is_read_by_loss_example_by_example(spec: BasinSpec) -> None:
    (file,) = [file for file, known in specs.shipped_specs().items() if known == spec]
    assert file.stat().st_size < 1_500_000
    result = results.shipped(spec)
    assert result is not None
    for row in result.rows[::7].itertuples():
        known = row.losses[np.isfinite(row.losses)].astype(float)
        assert known.mean() == pytest.approx(row.loss, rel=0.0005)


def test_a_result_ships_in_the_file_of_its_spec_and_no_other_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bowl()
    monkeypatch.setattr(results, "shipped_specs", lambda: {tmp_path / "results" / "basin.json": known.spec})
    monkeypatch.setattr(results, "READ_BY_LOSS", (known.spec,))
    results.ship(known)
    rows = Result.load(tmp_path / "results" / "basin.json").rows
    assert (rows["losses"].notna() & rows["outcomes"].notna()).all()
    other = replace(known, spec=known.spec.model_copy(update={"reach": 1.0}))
    with pytest.raises(ValueError, match="expected a spec whose result ships, got another basin"):
        results.ship(other)
