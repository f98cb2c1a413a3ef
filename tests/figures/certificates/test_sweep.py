"""The sweep over σ, and what the words about certificates may say."""

import math

import pytest

from landscape.certificates.guarantees import guarantees_of
from landscape.certificates.rounding import score_down
from landscape.figures.certificates.findings import guarantees_by_fine_tune, sweep_finding, verdicts
from landscape.figures.certificates.sweep import sweep_figure
from landscape.figures.numbers import format_length, proven_length
from landscape.schema.results import Facts
from tests.figures.certificates.known_sweep import SIGMAS, made


def test_both_panels_hold_the_numbers_of_the_certificates_and_the_best_is_a_star() -> None:
    result = made()
    found = guarantees_of(result)
    figure = sweep_figure(result, found, 0.5)
    line = next(t for t in figure.data if t.name == "basic")
    assert list(line.y) == pytest.approx([c.share for c in found[0].certificates])
    dotted = next(t for t in figure.data if t.legendgroup == "basic" and t.line.dash == "dot")
    assert list(dotted.y) == pytest.approx([c.low for c in found[0].certificates])
    assert all(low <= share for low, share in zip(dotted.y, line.y, strict=True))
    radii = next(t for t in figure.data if t.legendgroup == "basic" and t.yaxis == "y2")
    top = max(radius for radius in radii.y if radius is not None)
    assert radii.marker.symbol[list(radii.y).index(top)] == "star"
    assert sum(symbol == "star" for symbol in radii.marker.symbol) == 1
    assert figure.layout.title.text.startswith(f"basic is certified farthest, to r = {proven_length(top)} by σ = ")


def test_what_abstains_is_a_cross_and_is_said() -> None:
    result = made({"basic": 0.009, "math": 0.0005})
    figure = sweep_figure(result, guarantees_of(result), 0.5)
    crosses = [t for t in figure.data if t.legendgroup == "math" and t.yaxis == "y2"][-1]
    assert len(crosses.x) == len(SIGMAS)
    assert all(y < 0 for y in crosses.y)
    assert "math abstains" in figure.layout.title.text
    none = made({"math": 0.0005})
    assert "at every σ the lower bound of p_A lies below q" in sweep_finding(guarantees_of(none), 0.5)


def test_a_sigma_without_all_its_trials_is_hollow_and_proves_nothing() -> None:
    result = made(upto=0.5)
    basic, _ = guarantees_of(result)
    assert len(basic.certificates) == 4
    assert [c.sigma for c in basic.complete] == list(SIGMAS[:3])
    line = next(t for t in sweep_figure(result, [basic], 0.5).data if t.name == "basic")
    assert [symbol.endswith("-open") for symbol in line.marker.symbol] == [False, False, False, True]
    seen, radii = [t for t in sweep_figure(result, [basic], 0.5).data if t.yaxis == "y2"][:2]
    assert len(radii.x) == 3
    assert len(seen.x) == 4
    assert seen.line.dash == "dash"
    assert "no σ has had all its trials" in sweep_finding(guarantees_of(made(upto=0.0)), 0.5)


def test_no_number_promises_more_than_was_proven() -> None:
    assert proven_length(0.01299) == "0.012"
    assert proven_length(0.012) == "0.012"
    assert proven_length(1234.0) == "1,200"
    assert proven_length(math.inf) == "inf"
    assert score_down(0.8999) == "0.89"
    assert score_down(0.29) == "0.29"


def test_a_promise_is_judged_by_the_threshold_that_is_asked_for() -> None:
    result = made()
    basic = guarantees_of(result)[0]
    low, high = (guarantees_by_fine_tune(result, basic, q)["demo:adversarial"] for q in (0.5, 0.995))
    assert not low.vacuous
    assert low.floor == high.floor
    assert high.vacuous.startswith("vacuous: below the threshold")


def test_a_verdict_says_vacuous_in_words_and_how_far_off_it_is() -> None:
    result = made()
    benign, adversarial = verdicts(result, guarantees_of(result), 0.5)
    assert benign.startswith("**benign** (r = 1.2): **vacuous** for every capability, the floor is 0.00 and nothing")
    assert "The largest certified radius is 0.0" in benign
    assert adversarial.startswith("**adversarial** (r = 0.0020): guaranteed, with noise, to score at least 0.9")
    assert "vacuous" not in adversarial
    assert verdicts(made(upto=0.0), guarantees_of(made(upto=0.0)), 0.5) == []
    far = made(facts=Facts(1_000_000, 0.1, {"demo:benign": 0.0012, "demo:adversarial": 0.0011}))
    (both,) = verdicts(far, guarantees_of(far), 0.5)
    assert both.startswith("**benign** (r = 1.2) and **adversarial** (r = 1.1): **vacuous**")


def test_small_numbers_are_written_as_people_write_them() -> None:
    assert format_length(0.0000123) == "1.2×10⁻⁵"
    assert format_length(0.5) == "0.50"


def test_a_capability_that_theta_lacks_is_said() -> None:
    assert sweep_finding(guarantees_of(made(score=0.3)), 0.5).startswith("Nothing is certified")
    assert "θ₀ itself lacks basic and math" in sweep_finding(guarantees_of(made(score=0.3)), 0.5)
