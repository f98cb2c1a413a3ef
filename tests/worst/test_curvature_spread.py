"""How much curvature varies between random directions: on a quadratic whose Hessian is written down."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from landscape.reports.worst_tables import spread_text, spreads
from landscape.worst.curvature_spread import spread_of, spread_of_ends, spread_of_rises
from tests.written_numbers import read

EIGENVALUES = np.array([9.0, 4.0, 4.0, 1.0, *[0.5] * 20, -0.3])
TRUE = math.sqrt(2 * (EIGENVALUES**2).sum()) / EIGENVALUES.sum()


def probed(rng: np.random.Generator, count: int, *, signs: bool) -> tuple[list[float], list[float]]:
    """vᵀHv and ‖Hv‖² of H with these eigenvalues in a basis that is no coordinate axis."""
    d = len(EIGENVALUES)
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    whole = basis @ np.diag(EIGENVALUES) @ basis.T
    drawn = rng.choice([-1.0, 1.0], (count, d)) if signs else rng.standard_normal((count, d))
    along = drawn @ whole
    return list((along * drawn).sum(1)), list((along**2).sum(1))


@pytest.mark.parametrize("signs", [True, False])
def test_probes_give_the_closed_form_and_an_error_that_holds_it(signs: bool) -> None:
    rng = np.random.default_rng(0)
    found = [spread_of(*probed(rng, 16, signs=signs)) for _ in range(200)]
    known = [one for one in found if one is not None]
    assert len(known) > 190
    assert np.mean([spread for spread, _ in known]) == pytest.approx(TRUE, rel=0.06)
    held = np.mean([abs(spread - TRUE) <= 2 * error for spread, error in known])
    assert 0.85 <= held <= 1.0
    many = spread_of(*probed(rng, 20_000, signs=signs))
    assert many is not None
    assert many[0] == pytest.approx(TRUE, rel=0.02)


def test_the_rises_and_ends_of_a_quadratic_vary_as_it_says() -> None:
    """The rise is ½α²·δᵀHδ, and the α of a given rise goes with its root: half the spread, where that is small."""
    rng = np.random.default_rng(1)
    eigenvalues = np.linspace(1, 2, 400)
    curved = (rng.standard_normal((4000, 400)) ** 2) @ eigenvalues
    true = math.sqrt(2 * (eigenvalues**2).sum()) / eigenvalues.sum()
    rises = 0.5 * 0.01**2 * curved
    error = rises.std(ddof=1) / math.sqrt(len(rises))
    assert spread_of_rises(float(rises.mean()), float(error), len(rises)) == pytest.approx(true, rel=0.05)
    assert spread_of_ends(list(np.sqrt(2 * 0.1 / curved))) == pytest.approx(true / 2, rel=0.05)


def test_what_is_not_known_is_no_number() -> None:
    assert spread_of([1.0], [1.0]) is None, "one probe has no error"
    assert spread_of([1.0, -1.0, 0.5], [1.0, 1.0, 1.0]) is None, "a trace that may be 0"
    assert spread_of([1.0, math.nan], [1.0, 1.0]) is None
    assert spread_of([2.0, 2.0], [4.0, 4.0]) == (pytest.approx(math.sqrt(2)), 0.0)
    assert [spread_of_rises(*each) for each in ((1.0, None, 8), (1.0, math.nan, 8), (-1.0, 0.1, 8), (1.0, 0.1, 1))] == [
        None
    ] * 4
    assert [spread_of_ends(ends) for ends in ([], [1.0], [1.0, None])] == [None] * 3


numbers = st.sampled_from([0.0, 1e-9, 0.3, 5.0, -2.0])


@settings(max_examples=20, deadline=None)
@given(st.one_of(st.none(), st.floats(1e-3, 10)), numbers, st.one_of(st.none(), st.floats(0, 1)), st.integers(2, 40))
@example(None, 0.0, None, 2)
@example(0.5, 0.3, 0.1, 9)
@example(0.5, 0.3, 0.1, 10)
def test_a_sentence_says_only_what_was_estimated(
    spread: float | None, rise: float, error: float | None, probes: int
) -> None:
    one = {"curvature_spread": spread, "curvature_spread_error": None if spread is None else 0.1 * spread,
           "sharpness": rise, "sharpness_error": error}  # fmt: skip
    said = spread_text("math", one, {"probes": probes, "directions": 8, "alpha": 0.01})
    assert not any(word in said for word in ("nan", "inf", "None"))
    assert ("do not tell its trace from 0" in said) == (spread is None)
    assert f"{probes} probes" in said
    assert ("few, " in said) == (spread is not None and probes < 10)
    measured = rise > 0 and error is not None and error > 0
    assert ("8 directions" in said) == measured
    if measured and error is not None:
        share = read(said.partition("varied by ")[2].split()[0].rstrip("."))
        assert share == pytest.approx(error * math.sqrt(8) / rise, rel=0.06)
    assert spreads({"capabilities": {"math": {}}}) == [], "version 0.6 did not measure it"
