"""A point whose logits are not finite has no score: every figure and table leaves a gap and says so, none says 0.000.

One kind of result after another, made by hand, in which some points are not finite.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from rich.console import Console

from landscape.basins.radii import basins_of
from landscape.enlarge.claims import claims_of
from landscape.enlarge.forgetting import capability_changes
from landscape.enlarge.radius_ratios import enlargements, ratio_finding
from landscape.figures.basins.findings import radii_summary
from landscape.figures.basins.forest import forest_figure
from landscape.figures.basins.radii import radii_figure
from landscape.figures.enlarge.forgetting import forgetting_figure, forgetting_finding
from landscape.figures.enlarge.variants import variant_curves, variants_of
from landscape.figures.gaps import band
from landscape.figures.inspection.brittle import cells_of
from landscape.figures.planes.map import plane_figure, plane_finding
from landscape.figures.planes.relief import relief_figure
from landscape.figures.scale import scale_of
from landscape.figures.slices.compared import compared_figure
from landscape.figures.slices.findings import slice_finding
from landscape.figures.slices.slice import slice_figure
from landscape.figures.slices.track import Line, draws_figure, track_figure
from landscape.figures.worst.curves import CurveOptions, needle_figure
from landscape.figures.worst.equal_norm import equal_norm_figure
from landscape.figures.worst.findings import boundary_text, needle_finding
from landscape.lessons import out, paths, tracks
from landscape.planes.regions import regions_of, scores_at_place
from landscape.reports import enlarge as enlarge_report
from landscape.reports import inspection as inspection_report
from landscape.reports import tables
from landscape.reports.worst import worst_dict
from landscape.schema.results import Result
from landscape.worst.boundaries import worst_boundaries
from landscape.worst.equal_norm import equal_norm_scores
from tests.enlarge.known_pairs import pair
from tests.figures.handmade import search_of, standing
from tests.figures.planes import test_map
from tests.figures.slices.known_slice import made as made_slice
from tests.worst import known_rays

SAID = "logits not finite, no score"


def broken(result: Result[Any], where: Callable[[pd.DataFrame], Any], share: float = 1.0) -> Result[Any]:
    """The result with points, chosen by `where`, at which a share of the examples has no finite logits."""
    rows = result.rows.copy()
    chosen = pd.Series(where(rows)).fillna(False).to_numpy(bool)
    assert chosen.any()
    rows.loc[chosen, "not_finite"] = (share * rows.loc[chosen, "n"]).astype(int)
    rows.loc[chosen, "loss"] = math.nan
    if share == 1:
        rows.loc[chosen, "score"] = 0.0  # as it is stored: none of the examples is right
        rows["outcomes"] = [o if o is None or not c else o * 0 for o, c in zip(rows["outcomes"], chosen, strict=True)]
    return Result(result.spec, rows, result.facts)


def printed(result: Result[Any]) -> str:
    return "".join(map(as_text, tables.of(result)))


def as_text(table: Any) -> str:
    console = Console(width=400)
    with console.capture() as held:
        console.print(table)
    return held.get()


def drawn(figure: go.Figure, name: str, mode: str = "lines") -> go.Scatter:
    (found,) = [t for t in figure.data if t.name == name and t.mode is not None and t.mode.startswith(mode)]
    return found


def marks(figure: go.Figure, name: str) -> list[float]:
    return [float(x) for t in figure.data if t.name == f"{name}: {SAID}" for x in t.x]


# --- slices


def overflowing_slice(seed: int | None = 7) -> Result[Any]:
    def there(rows: pd.DataFrame) -> Any:
        own = rows["seed"].isna() if seed is None else rows["seed"] == seed
        return own & (rows["capability"] == "basic") & (rows["alpha"] == 0.02)

    return broken(made_slice(), there)


def test_a_slice_has_a_gap_and_a_cross_where_one_draw_has_no_score() -> None:
    figure = slice_figure(overflowing_slice(), "gaussian")
    median = drawn(figure, "basic", "lines+markers")
    assert np.isnan(median.y[2])
    assert list(np.delete(median.y, 2)) == [1, 1, 0]
    assert marks(figure, "basic") == pytest.approx([0.02])
    assert not marks(figure, "safety")
    (one,) = [t for t in figure.data if t.hovertemplate and "basic, seed 7" in t.hovertemplate]
    assert list(np.isnan(one.y)) == [False, False, True, False]
    spread = next(t for t in figure.data if t.fill == "toself")
    assert 0.02 not in np.round(np.asarray(spread.x, float), 6)
    assert np.isnan(spread.x).sum() == 1  # two pieces


def test_a_slice_of_one_direction_has_no_interval_where_it_has_no_score() -> None:
    figure = slice_figure(overflowing_slice(None), "towards demo:assistant")
    line = drawn(figure, "basic", "lines+markers")
    assert list(np.isnan(line.y)) == [False, False, True, False]
    assert list(np.isnan(line.customdata[:, 0])) == [False, False, True, False]
    assert marks(figure, "basic") == pytest.approx([0.02])


def test_a_slice_of_losses_has_the_same_gap_without_a_cross() -> None:
    figure = slice_figure(overflowing_slice(), "gaussian", view="loss")
    assert np.isnan(drawn(figure, "basic", "lines+markers").y[2])
    assert not marks(figure, "basic")


def test_the_boundary_is_where_the_model_stops_answering() -> None:
    assert slice_finding(overflowing_slice(None), "towards demo:assistant") == (
        "Towards assistant: basic holds to α ≈ 0.011"  # 0.0105: to 0 linearly, as where nothing is right
    )


def test_a_capability_that_overflows_at_the_checkpoint_itself_holds_nowhere() -> None:
    result = broken(made_slice(), lambda rows: (rows["capability"] == "basic") & (rows["alpha"] == 0), share=0.1)
    assert slice_finding(result, "gaussian") == (
        "2 random directions (basic not measurable: logits at θ₀ are not finite)"
    )


def test_compared_slices_have_the_gap_of_each_run() -> None:
    figure = compared_figure({"a": overflowing_slice(), "b": made_slice()}, "basic")
    assert list(np.isnan(drawn(figure, "a, gaussian").y)) == [False, False, True, False]
    assert not np.isnan(drawn(figure, "b, gaussian").y).any()
    assert marks(figure, "a, gaussian") == pytest.approx([0.02])
    assert not marks(figure, "b, gaussian")


def test_the_table_of_a_slice_says_it_in_words() -> None:
    (line,) = [line for line in printed(overflowing_slice(None)).splitlines() if line.split()[1:2] == ["0.02"]]
    assert "not finite" in line


def test_a_band_is_drawn_in_pieces() -> None:
    x, nan = np.arange(5.0), math.nan
    whole = band(x, x, x + 1)
    assert list(whole["x"]) == [0, 1, 2, 3, 4, 4, 3, 2, 1, 0]
    assert list(whole["y"]) == [1, 2, 3, 4, 5, 4, 3, 2, 1, 0]
    parts = band(x, np.array([0, nan, 2, 3, nan]), x + 1)
    assert list(np.nan_to_num(parts["x"], nan=-1)) == [0, 0, -1, 2, 3, 3, 2]
    assert not len(band(x, np.full(5, nan), x)["x"])


# --- lessons


def walked(last: float = 0.04) -> Result[Any]:
    """A walk that keeps everything to α = 0.02, and overflows at 0.03 and beyond."""
    result = search_of(["math"], 2, scores={"math": [(a, 1.0) for a in (0.0, 0.01, 0.02, 0.03, last)]})
    return broken(result, lambda rows: rows["alpha"] >= 0.03)


def test_a_track_keeps_its_edge_and_has_no_score_beyond_it() -> None:
    track = tracks.tracks(walked(), "math")[0]
    assert list(np.isnan(track.scores)) == [False, False, False, True, True]
    assert track.edge() == pytest.approx(0.02 + 0.01 * 0.05)  # to 0 linearly, as where nothing is right
    assert track.half() == 0.03
    assert out.place_text(track, "math", 0.03) == (
        "At α = 0.030: math has no score (logits that are not finite). You are outside the basin."
    )
    said = out.narrate(walked(), "math")
    assert "no score (logits that are not finite)" in said.finding
    assert "nan" not in f"{said.finding}{said.question.reveal}{said.before}"
    assert "0 %" not in said.finding.replace("100 %", "")


def test_a_capability_that_overflows_at_the_start_is_no_lesson() -> None:
    assert tracks.bounded(walked()) == ["math"]
    assert tracks.bounded(broken(walked(), lambda rows: rows["alpha"] == 0, share=0.1)) == []


def test_the_figures_of_the_lessons_have_gaps() -> None:
    track = tracks.tracks(walked(), "math")[0]
    line = Line(track.alphas, track.scores, track.losses)
    for figure in (
        track_figure("math", line, track.edge(), "t", at=0.03),
        draws_figure("math", [("a", line, track.edge()), ("b", line, track.edge())], "t"),
    ):
        assert marks(figure, "math") == pytest.approx([0.03, 0.04])
        (shown,) = [t for t in figure.data if t.name in ("score of math", "median of 2 directions")]
        y = np.asarray(shown.y, float)
        assert not (y[np.asarray(shown.x) >= 0.03] == 0).any()
    edges = drawn(draws_figure("math", [("a", line, track.edge())], "t"), "the basin ends", "markers")
    assert edges.y[0] == pytest.approx(0.95)


def test_a_fine_tune_without_a_score_is_told_so_in_the_lesson_on_ways() -> None:
    plane = test_map.made()
    ends = broken(plane, lambda rows: (rows["x"] == 0.25) & (rows["y"] == 0) & (rows["capability"] == "basic"))
    (one,) = paths.fine_tunes_in_plane(ends, "basic")
    assert math.isnan(one.score)
    assert not one.inside
    assert "has no score (logits that are not finite) in basic and is outside" in paths._measured(one, one, "basic")


# --- basins


def no_score_at_origin() -> Result[Any]:
    result = search_of(["basic", "math"], 6, scores={"basic": [(0.0, 1.0), (0.04, 0.0)], "math": [(0.0, 1.0)]})
    return broken(result, lambda rows: rows["capability"] == "math")


def test_basins_say_not_measurable_instead_of_no_basin() -> None:
    result = no_score_at_origin()
    basins = basins_of(result)
    figure = forest_figure(result, basins, 0.05)
    assert "<i>not measurable at θ₀</i>" in [note.text for note in figure.layout.annotations]
    alone = [basin for basin in basins if basin.capability == "math"]
    assert radii_summary(result, alone, scale_of(result)) == "math not measurable: logits not finite"
    assert [cell.text for cell in cells_of({"layer 0": result}) if cell.capability == "math"] == ["not measurable"]
    several = radii_figure({"a": result, "b": result})
    (crosses,) = [t for t in several.data if t.text and "not measurable" in t.text]
    assert len(crosses.x) == 2
    assert "nothing to lose" not in several.layout.title.text
    assert "nothing to lose" not in str(several.layout.annotations)


# --- planes

CELL = {"x": 0.5, "y": 0.5}


def holed_plane() -> tuple[Result[Any], tuple[float, float]]:
    """The disc with one measured cell that has no score, as far out as there is one."""
    plane = test_map.made()
    own = plane.rows[plane.rows["capability"] == "basic"]
    far = own.loc[np.hypot(own["x"], own["y"]).idxmax()]
    return broken(plane, lambda r: (r["x"] == far["x"]) & (r["y"] == far["y"]) & (r["capability"] == "basic")), (
        float(far["x"]),
        float(far["y"]),
    )


def test_a_plane_has_no_colour_but_a_cross_where_it_has_no_score() -> None:
    plane, place = holed_plane()
    regions = regions_of(plane)
    figure = plane_figure(plane, regions, "basic", 0.1)
    (cross,) = [t for t in figure.data if t.name == f"basic: {SAID}"]
    assert (cross.x[0], cross.y[0]) == pytest.approx(place)
    (measured,) = [t for t in figure.data if isinstance(t, go.Heatmap) and t.name == "measured"]
    column, row = list(np.isclose(measured.x, place[0])).index(True), list(np.isclose(measured.y, place[1])).index(True)
    for trace in figure.data:
        if isinstance(trace, go.Heatmap):
            assert np.isnan(np.asarray(trace.z, float)[row, column]), trace.name
    (surface,) = relief_figure(plane, regions, "basic").data
    assert np.isnan(np.asarray(surface.z, float)[row, column])
    assert plane_finding(plane, regions, "basic", 0.1) == plane_finding(
        test_map.made(), regions_of(test_map.made()), "basic", 0.1
    )
    basic = next(s for s in scores_at_place(plane, regions, place, 0.1) if s.capability == "basic")
    assert math.isnan(basic.score)
    assert basic.measured
    assert basic.inside is False


def test_a_plane_whose_centre_has_no_score_is_not_measurable() -> None:
    plane = broken(test_map.made(), lambda r: (r["x"] == 0) & (r["y"] == 0) & (r["capability"] == "basic"), share=0.1)
    regions = regions_of(plane)
    assert regions["basic"].inside is None
    assert (
        plane_finding(plane, regions, "basic", 0.1) == "basic is not measurable around base: its logits are not finite"
    )
    said = printed(plane)
    assert "not measurable" in said
    assert "4 not finite" in said


# --- worst directions


def test_the_needle_has_gaps_in_its_curves_and_its_band() -> None:
    plain = known_rays.made()
    far = plain.rows.loc[plain.rows["capability"] == "math", "alpha"].max()
    result = broken(plain, lambda rows: (rows["capability"] == "math") & (rows["alpha"] == far))
    endings, basins = worst_boundaries(result), basins_of(result)
    assert [e.boundary for e in endings] == [e.boundary for e in worst_boundaries(plain)]
    figure = needle_figure(result, "math", endings, basins, 0.05, CurveOptions(log=False))
    assert marks(figure, "math") == pytest.approx([far])
    for trace in figure.data:
        if trace.mode == "lines" and trace.x is not None and not (trace.name or "").endswith(SAID):
            at = np.isclose(np.asarray(trace.x, float), far)
            assert np.isnan(np.asarray(trace.y, float)[at]).all(), trace.name


def test_a_fine_tune_without_a_score_is_like_nothing() -> None:
    plain = known_rays.made()
    basins = basins_of(plain)
    (one, *_) = [s for s in equal_norm_scores(plain, worst_boundaries(plain)) if s.capability == "math"]
    result = broken(
        plain,
        lambda r: (
            (r["capability"] == "math") & np.isclose(r["alpha"], one.alpha) & (r["direction"].str.startswith("towards"))
        ),
    )
    endings = worst_boundaries(result)
    now = next(
        s for s in equal_norm_scores(result, endings) if s.capability == "math" and s.checkpoint == one.checkpoint
    )
    assert math.isnan(now.own)
    assert now.likeness == "not finite"
    figure = equal_norm_figure([now], scale_of(result))
    assert "math without a score, as logits are not finite" in figure.layout.title.text
    stars = next(t for t in figure.data if t.marker.symbol == "star")
    assert math.isnan(stars.x[0])
    assert "not finite" in printed(result)
    assert worst_dict(result)["at_equal_norm"][0]["fine_tune"] is None
    assert basins


def test_a_worst_run_whose_centre_has_no_score_is_not_measurable() -> None:
    result = broken(known_rays.made(), lambda r: (r["capability"] == "math") & (r["alpha"] == 0), share=0.1)
    endings, basins, scale = worst_boundaries(result), basins_of(result), scale_of(known_rays.made())
    own = [e for e in endings if e.capability == "math"]
    assert own
    assert {boundary_text(e, scale) for e in own} == {"not measurable"}
    assert needle_finding(result, "math", endings, basins, scale) == (
        "math is not measurable: its logits at θ₀ are not finite"
    )


# --- enlarged basins


def test_compared_checkpoints_have_gaps_in_their_curves() -> None:
    scores = {"basic": [(0.0, 1.0), (0.02, 1.0), (0.04, 0.0), (0.06, 0.0)]}
    result = search_of(["basic"], 2, checkpoint="demo:base-sam", scores=scores)
    overflow = broken(result, lambda r: (r["alpha"] == 0.04) & (r["seed"] == 1))
    variants = variants_of({"a": overflow}, {"a": basins_of(overflow)}, "basic", relative=False)
    figure = variant_curves(variants, "basic", "score", "t")
    curve = next(t for t in figure.data if t.mode == "lines" and t.fill is None)
    (at,) = np.asarray(curve.y)[np.isclose(curve.x, 0.04)]
    assert np.isnan(at)
    assert marks(figure, variants[0].name) == pytest.approx([0.04])


def test_ratios_of_what_is_not_measurable_are_refused_in_words() -> None:
    narrow, wide = pair()
    tables_of = [narrow, broken(wide, lambda r: r["alpha"] == 0)]
    (one,) = enlargements(tables_of)
    assert one.ratio is None
    assert not one.worse
    assert not one.equal
    assert ratio_finding([one]) == [
        "basic: benign and base cannot be compared: in benign it is not measurable, as logits are not finite "
        f"(score not finite against {one.reference.score:.3f})."
    ]
    said = as_text(enlarge_report.compared(tables_of))
    assert "not finite" in said
    assert "0.000" not in said
    assert enlarge_report.enlargement_dict(tables_of)["checkpoints"][1]["capabilities"]["basic"]["score"] is None


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_a_fine_tune_that_overflows_has_forgotten_nothing_that_can_be_said(share: float) -> None:
    base = search_of(["basic"], scores={"basic": [(0.0, 0.9)]})
    after = broken(standing("demo:tuned", {"basic": (0.8, 0.5)}), lambda r: r["alpha"] == 0, share)
    (change,) = capability_changes(base, after)
    assert not change.measurable
    assert change.to_dict()["after"] == {"score": None, "loss": None}
    said = as_text(enlarge_report.forgotten([change]))
    assert "0.900 → not finite" in said
    assert "nan" not in said
    variants = variants_of(
        {base.spec.checkpoint: base}, {base.spec.checkpoint: basins_of(base)}, "basic", relative=False
    )
    figure = forgetting_figure(variants, [change], "score", "t")
    filled = next(t for t in figure.data if t.showlegend)
    assert math.isnan(filled.x[0])
    assert "not finite after" in filled.text[0]
    assert "nan" not in forgetting_finding(variants, [change])
    found = enlargements(pair())
    assert len(claims_of(found, [])) == len(claims_of(found, [change]))


# --- inspection


def test_the_moves_of_an_inspection_print_no_score_where_there_is_none() -> None:
    rows = [
        {"move": "merge 0.5", "alpha": 0.1, "capability": "math", "score": None},
        {"move": "merge 0.5", "alpha": 0.1, "capability": "basic", "score": 0.5},
    ]
    assert inspection_report.by_move(rows) == [("merge 0.5", 0.1, {"math": "not finite", "basic": "0.500"})]
