"""Sentences about compared checkpoints, held against generated results: none, one, equal, open, without intervals."""

import math
import re
from collections.abc import Sequence

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape.basins.boundaries import Radius
from landscape.basins.radii import Basin
from landscape.enlarge.claims import MEASURES, claims_of
from landscape.enlarge.forgetting import CapabilityChange, capability_changes
from landscape.enlarge.kept import kept_of
from landscape.enlarge.radius_ratios import CheckpointRadius, Enlargement, ratio_finding
from landscape.figures.enlarge.forgetting import forgetting_figure, forgetting_finding
from landscape.figures.enlarge.growth import growth_figure, growth_finding
from landscape.figures.enlarge.kept import kept_figure, kept_finding
from landscape.figures.enlarge.titles import comparison_title
from landscape.figures.enlarge.training import training_figure, training_finding
from landscape.figures.enlarge.variants import Variant, variant_curves, variant_rings, variants_of
from landscape.figures.scale import scale_of
from landscape.schema.numbers import number
from tests.figures.handmade import search_of, standing

SCALE = scale_of(search_of())
NAMES = ("demo:base-adamw", "demo:base-sam", "demo:base-average", "demo:base-go-0.05")
FEW = settings(max_examples=25, deadline=None)

medians = st.sampled_from([0.0, 0.01, 0.011, 0.012, 0.02, 0.04, 0.08])  # so that ties are common


@st.composite
def radii(draw: st.DrawFn) -> Radius | None:
    median, few, open_ = draw(medians), draw(st.booleans()), draw(st.booleans())
    if draw(st.integers(0, 5)) == 0:
        return None
    low = math.nan if few else median * draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))
    high = math.nan if few else math.inf if open_ else median * draw(st.sampled_from([1.0, 1.1, 2.0, math.inf]))
    ends = (median / 2, math.inf if open_ else 2 * median)
    rays = 2 if few else 8
    return Radius(median, low, high, *ends, rays, rays // 2 if open_ else rays, 0.08, at_least=open_)


def basin(radius: Radius | None) -> Basin:
    return Basin("basic", 0.9, 100, radius=radius, bounded=radius is not None)


def separate(one: Radius, other: Radius) -> bool:
    """Whether plain 95 % intervals do not overlap; a bound has no upper end. What is said must be surer than this."""
    return one.high < other.low and not one.at_least


lines = st.dictionaries(st.sampled_from(["AdamW", "SAM"]), st.dictionaries(st.integers(1, 9), radii(), max_size=4))


@FEW
@given(lines)
def test_growth_is_claimed_only_where_intervals_part(generated: dict[str, dict[int, Radius | None]]) -> None:
    drawn = {name: {x: (basin(r), SCALE) for x, r in line.items()} for name, line in generated.items()}
    said = growth_finding(drawn, "updates")
    assert growth_figure(drawn, "updates").layout.title.text
    assert "nan" not in said
    if not generated:
        assert said == "No basin is known (updates)"
    for name, line in generated.items():
        (told,) = re.findall(rf"{name}: ([^;]*?)(?:;| \(updates\))", said)
        known = [line[x] for x in sorted(line) if line[x] is not None]
        pairs = [(one, other) for place, one in enumerate(known) for other in known[place + 1 :] if one and other]
        if told.startswith(("grows", "shrinks", "does not grow steadily")):
            grown = any(separate(one, other) for one, other in pairs)
            shrunk = any(separate(other, one) for one, other in pairs)
            assert grown or not told.startswith("grows")
            assert shrunk or not told.startswith("shrinks")
            assert (grown and shrunk) or not told.startswith("does not grow")
        else:
            assert told.startswith(("too few", "no change that the intervals show"))


def variants(generated: Sequence[Radius | None]) -> list[Variant]:
    names = NAMES[: len(generated)]
    results = {name: search_of(checkpoint=name, scores={"basic": [(0.0, 0.9)]}) for name in names}
    return variants_of(results, {n: [basin(r)] for n, r in zip(names, generated, strict=True)}, "basic", relative=False)


def changes_of(shown: Sequence[Variant], after: float) -> list[CapabilityChange]:
    before = {"basic": [(0.0, 0.9)], "math": [(0.0, 0.0)]}
    return [
        change
        for place, variant in enumerate(shown)
        for name in [variant.result.spec.checkpoint]
        for change in capability_changes(
            search_of(checkpoint=name, scores=before),
            standing(f"{name}-tuned", {"basic": (round(after * (place + 1) / 4, 2), 0.5), "math": (1.0, 0.5)}),
        )
    ]


@FEW
@given(st.lists(radii(), max_size=4), st.sampled_from([0.0, 0.3, 0.9]))
def test_of_fine_tunes_the_largest_radius_is_one_that_no_other_exceeds(
    generated: list[Radius | None], after: float
) -> None:
    shown = variants(generated)
    changes = changes_of(shown, after)
    said = forgetting_finding(shown, changes)
    assert forgetting_figure(shown, changes, "score", said).layout.title.text
    assert "nan" not in said
    assert "widest" not in said
    known = {n.removeprefix("demo:"): r for n, r in zip(NAMES, generated, strict=False) if r and r.median > 0}
    if found := re.search(r"(\S+) \(largest radius measured(, as of [^,]*)?", said):
        top = max(r.median for r in known.values())
        assert known[found[1]].median == top
        assert bool(found[2]) == (sum(r.median == top for r in known.values()) > 1)
        (smallest,) = re.findall(r"(\S+) \(smallest", said)
        assert not known[smallest].at_least
        assert known[smallest].median == min(r.median for r in known.values() if not r.at_least)
        parted = separate(known[smallest], known[found[1]])
        assert parted or said.endswith("intervals do not tell these radii apart")
    elif len(known) > 1 and any(not r.at_least for r in known.values()):
        assert "equal radii" in said


@FEW
@given(st.lists(radii(), max_size=4), st.lists(radii(), min_size=4, max_size=4), st.sampled_from([0.85, 0.9]))
def test_a_relative_claim_names_its_normaliser_and_holds_only_where_a_corrected_interval_lies_beyond(
    generated: list[Radius | None], along: list[Radius | None], score: float
) -> None:
    widths = [
        CheckpointRadius(name, "basic", 0.9 if place == 0 else score, 0.1, 0.1 + 0.02 * place, r, layer_radius=layer)
        for place, (name, r, layer) in enumerate(zip(NAMES, generated, along, strict=False))
    ]
    found = [Enlargement(widths[0], other) for other in widths[1:]]
    for one, sentence in zip(
        [o for o in found if o.other.radius or o.reference.radius], ratio_finding(found), strict=True
    ):
        assert "nan" not in sentence
        assert ("by the rms of all weights" in sentence) == (one.in_alpha is not None)
        assert one.by_tensor is None or one.in_alpha is None or "every tensor" in sentence
    for measure in MEASURES:
        ratios = [r for one in found if (r := measure.ratio(one)) is not None]
        title = comparison_title(found, "basic", len(widths), measure)
        assert "nan" not in title
        assert ("as far as" in title) == bool(ratios)
        claim = next((claim for claim in claims_of(found, []) if claim.claim == measure.claim), None)
        assert (claim is None) == (not ratios)
        if claim is not None and claim.outcome == "holds":
            assert any(ratio.low > measure.goal for ratio in ratios)
            assert score >= 0.88
        if claim is not None and claim.outcome == "does not hold" and score > 0.88:
            assert all(ratio.high < measure.goal for ratio in ratios)
        if claim is not None:
            assert "nan" not in claim.measured


@FEW
@given(st.lists(radii(), max_size=4), st.sampled_from([0.0, 0.3, 0.9]))
def test_what_was_kept_is_told_with_n_and_no_trend_but_a_rank_correlation(
    generated: list[Radius | None], after: float
) -> None:
    shown = variants(generated)
    widths = [CheckpointRadius(n, "basic", 0.9, 0.1, 0.1, r) for n, r in zip(NAMES, generated, strict=False)]
    found = kept_of(widths, changes_of(shown, after), dict.fromkeys(NAMES, 0.02))
    said = kept_finding(found)
    assert kept_figure(found, {name: place for place, name in enumerate(NAMES)}).layout.title.text
    assert len(found) == sum(r is not None and r.median > 0 for r in generated)
    assert "nan" not in said
    assert not found or f"n = {len(found)}, one training" in said
    assert not found or ("no trend is claimed" in said) != ("exact permutation p" in said)


@FEW
@given(st.lists(radii(), max_size=3), st.sampled_from(["score", "loss"]))
def test_rings_and_curves_are_drawn_of_any_checkpoints(generated: list[Radius | None], view: str) -> None:
    shown = variants(generated)
    assert variant_rings(shown, "t").layout.title.text == "t"
    assert variant_curves(shown, "basic", view, "t").layout.title.text == "t"


@FEW
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.floats(1e-6, 1e6), max_size=3)))
def test_the_end_of_a_training_is_the_last_entry_of_its_log(losses: dict[str, list[float]]) -> None:
    logs = {n: pd.DataFrame({"step": range(len(each)), "loss": each}, dtype=float) for n, each in losses.items()}
    said = training_finding(logs)
    assert training_figure(logs, {n: place for place, n in enumerate(logs)}).layout.title.text == said
    ended = [f"{n.removeprefix('demo:')} {number(each[-1])}" for n, each in losses.items() if each]
    assert said == (f"Training loss at the end: {', '.join(ended)}" if ended else "No training log holds a loss")
