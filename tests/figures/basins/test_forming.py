"""What is said of basins during a fine-tuning: true of what ships, and of any radii and scores."""

import math
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from landscape.basins.radii import Basin, basins_of
from landscape.bundled import results, specs
from landscape.figures.basins.forming import forming_findings
from tests.figures.handmade import basin_of, ends_at, holds_to


def test_the_course_of_the_demo_fine_tuning() -> None:
    assert [name.removeprefix("demo:") for name in specs.fine_tuning()] == [
        "base", "assistant-00125", "assistant-00250", "assistant",
    ]  # fmt: skip
    found = {spec.checkpoint: results.shipped(spec) for spec in specs.emergence_specs()}
    read = {name[5:]: basins_of(found[name]) for name in specs.fine_tuning() if found[name]}  # type: ignore[arg-type]
    said = forming_findings(read)
    assert said[3] == (
        "safety has a known radius from assistant-00125 on: α ≈ 0.025 there, α ≈ 0.021 in assistant; their 95 % "
        "intervals overlap."
    )
    assert "basic has a known radius from base on" in said[0]
    assert "their 95 % intervals do not overlap" in said[0]
    assert said[1].endswith("It scores 0.09 there and 1.00 in assistant, so τ is not the same share of both.")
    assert "It scores 0.73 there and 0.98 in assistant" in said[2]


radii = st.one_of(st.none(), st.tuples(st.sampled_from([0.01, 0.02, 0.04]), st.sampled_from([2, 8]), st.booleans()))


def made(drawn: tuple[float, int, bool] | None, score: float) -> Basin:
    if drawn is None:
        return basin_of("math", bounded=False, score=score)
    at, draws, held = drawn
    ends = [holds_to(at) if held else ends_at(at)] * draws
    interval = (0.9 * at, math.inf if held else 1.1 * at) if draws > 5 else (math.nan, math.nan)
    return basin_of("math", ends, interval, score=score)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(radii, st.sampled_from([0.0, 0.5, 0.52, 1.0])), max_size=4))
@example([(None, 0.0), (None, 0.0)])
@example([((0.01, 2, False), 1.0), ((0.04, 2, False), 1.0)])
@example([((0.01, 8, False), 1.0), (None, 0.0)])
@example([((0.01, 8, True), 1.0), ((0.02, 8, True), 0.5)])
def test_a_course_is_told_as_far_as_radii_and_intervals_say(
    drawn: list[tuple[tuple[float, int, bool] | None, float]],
) -> None:
    labels = [f"step-{place}" for place in range(len(drawn))]
    read = {label: [made(*one)] for label, one in zip(labels, drawn, strict=True)}
    said = forming_findings(read)
    assert len(said) == (len(drawn) > 1)
    for text in said:
        assert not re.search(r"nan|inf|None", text)
        known = [(label, *one) for label, one in zip(labels, drawn, strict=True) if one[0] is not None]
        if not known:
            assert text.startswith("math: no radius is known")
            continue
        (first, one, one_score), (last, other, other_score) = known[0], known[-1]
        assert first in text
        assert ("alone" in text) == (first == last)
        if first == last or one is None or other is None:
            continue
        assert (f"from {first} on" in text) == (last == labels[-1])
        few = 2 in (one[1], other[1])
        assert ("too few directions" in text) == few
        apart = (1.1 * one[0] < 0.9 * other[0] and not one[2]) or (1.1 * other[0] < 0.9 * one[0] and not other[2])
        assert ("do not overlap" in text) == (apart and not few)
        assert ("not the same share" in text) == (abs(one_score - other_score) > 0.05)
