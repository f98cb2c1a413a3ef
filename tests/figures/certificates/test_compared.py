"""Certified radii of several runs in one figure: bars that equal what each run claims by itself."""

import pytest

from landscape.certificates.guarantees import guarantees_of
from landscape.figures.certificates.compared import certified_in, compared_figure, compared_finding
from tests.figures.certificates.known_sweep import made

NARROW, WIDE, NOTHING = made({"basic": 0.009, "math": 0.004}), made({"basic": 0.009, "math": 0.02}), made(
    {"basic": 0.0005, "math": 0.0004}
)  # fmt: skip


def own(result, name: str) -> float:  # type: ignore[no-untyped-def]
    """What the run claims: the largest of the radii of its σ."""
    (each,) = [guarantee for guarantee in guarantees_of(result) if guarantee.capability == name]
    return max((one.radius(0.5) or 0.0 for one in each.complete), default=0.0)


def test_bars_are_the_radii_that_each_run_claims() -> None:
    results = {"narrow": NARROW, "wide": WIDE}
    found = certified_in(results, 0.5)
    for label, result in results.items():
        assert found[label] == {name: pytest.approx(own(result, name)) for name in ("basic", "math")}
    assert found["wide"]["math"] > 2 * found["narrow"]["math"] > 0
    first, second = compared_figure(results, 0.5).data
    assert list(first.x) == [found["narrow"]["basic"], found["narrow"]["math"]]
    assert list(second.x) == [found["wide"]["basic"], found["wide"]["math"]]


def test_the_title_names_what_differs_most_and_rounds_down() -> None:
    found = compared_finding({"narrow": NARROW, "wide": WIDE}, 0.5)
    assert found.startswith("Proven of math: to ")
    told = float(found.split(" to ")[1].split(" in ")[0])
    assert told <= own(WIDE, "math") < told * 1.01
    assert found.index("wide") < found.index("narrow")


def test_where_nothing_is_proven_it_is_said() -> None:
    assert compared_finding({"a": NOTHING, "b": NOTHING}, 0.5) == "Nothing is proven in any of these runs"
    assert "nothing in b" in compared_finding({"a": WIDE, "b": NOTHING}, 0.5)
    (bars,) = compared_figure({"b": NOTHING}, 0.5).data
    assert list(bars.x) == [0.0, 0.0]
    assert list(bars.text) == ["nothing proven"] * 2


def test_a_higher_score_to_guarantee_takes_the_same_trials() -> None:
    low, high = (certified_in({"wide": WIDE}, q)["wide"]["math"] for q in (0.5, 0.9))
    assert 0 < high < low
