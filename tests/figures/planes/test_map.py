"""The plane figure: what it draws of a disc that is known in closed form."""

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.figures.planes.map import axis_title, nearest, plane_figure, plane_finding, span
from landscape.figures.planes.relief import relief_figure
from landscape.planes.grid import axis
from landscape.planes.refinement import wanted
from landscape.planes.regions import regions_of, scores_at_place
from landscape.schema.directions import Gaussian, Principal, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec

GRID, RADIUS = 33, 0.6
PLACES = {"demo:assistant": [0.25, 0.0, 0.0], "demo:benign": [0.1, 0.1, 0.004], "demo:base-00100": [3.0, 0.0, 0.5]}
TRAJECTORY = tuple(PLACES)


def score(x: float, y: float) -> float:
    """1 at θ₀, falling by 0.1 a radius of 0.6 and steeply after it: a disc at τ = 0.1."""
    r = float(np.hypot(x, y))
    return max(0.0, 1 - 0.1 * r / RADIUS if r <= RADIUS else 0.9 - 2 * (r - RADIUS))


def spec_of(**changes: object) -> PlaneSpec:
    fields = {
        "checkpoint": "demo:base",
        "directions": (Towards(checkpoint="demo:assistant"), Gaussian(seed=3)),
        "capabilities": ("basic", "math"),
        "x": (-1.0, 1.0),
        "y": (-1.0, 1.0),
        "grid": GRID,
        "tolerance": 0.1,
        "shown": ("demo:benign", "demo:base-00100"),
    }
    return PlaneSpec.model_validate(fields | changes)


def made(spec: PlaneSpec | None = None, *, batches: int = 99, variance: tuple[float, ...] = ()) -> Result:
    """The disc as the refinement would have measured it, after some batches; math scores nothing anywhere."""
    spec = spec or spec_of()
    xs, ys = axis(spec.x, spec.grid), axis(spec.y, spec.grid)
    truth = np.array([[score(x, y) for x in xs] for y in ys])
    known = np.full(truth.shape, -1, np.int8)
    known[GRID // 2, GRID // 2] = 1
    while batches and len(asked := wanted(known)):
        known[tuple(asked.T)] = (truth >= 0.9)[tuple(asked.T)]
        batches -= 1
    rows = [
        {"x": xs[i], "y": ys[j], "realised_alpha": 0.0, "capability": name, "score": value, "loss": 3 * (1 - value)}
        | {"n": 40, "seconds": 0.1}
        for j, i in np.argwhere(known >= 0)
        for name, value in (("basic", truth[j, i]), ("math", 0.0))
    ]
    facts = Facts(100, 0.1, places=PLACES, cosine=0.01, variance=list(variance), chance={"basic": 0.0, "math": 0.0})
    return Result(spec, tidy(spec, rows), facts)


def drawn(result: Result, capability: str = "basic", **options: object) -> go.Figure:
    return plane_figure(result, regions_of(result, 0.1), capability, 0.1, **options)


def traces(figure: go.Figure, kind: type, name: str | None = None) -> list:
    return [t for t in figure.data if isinstance(t, kind) and name in (None, t.name)]


def test_measured_and_interpolated_cells_share_the_grid_without_overlap_and_pale_is_interpolated() -> None:
    result = made()
    (measured,) = traces(drawn(result), go.Heatmap, "measured")
    (between,) = traces(drawn(result), go.Heatmap, "interpolated")
    known = ~np.isnan(np.asarray(measured.z))
    assert (known ^ ~np.isnan(np.asarray(between.z))).all()
    assert known.sum() == len(result.rows) / 2 < GRID**2 / 3
    assert between.opacity < measured.opacity == 1
    assert "measured" in measured.hovertemplate
    assert "interpolated" in between.hovertemplate


def test_the_field_is_the_disc_s() -> None:
    result = made()
    field = regions_of(result)["basic"].field()
    xs, ys = np.meshgrid(axis((-1, 1), GRID), axis((-1, 1), GRID))
    truth = np.vectorize(score)(xs, ys)
    assert ((field >= 0.9) == (truth >= 0.9)).all()
    assert np.abs(field - truth).max() < 0.12


def test_the_line_lies_at_the_floor_and_a_capability_without_a_basin_has_none() -> None:
    figure = drawn(made())
    lines = traces(figure, go.Contour)
    assert {line.name for line in lines} == {"basic"}
    assert all(line.contours.value == pytest.approx(0.9, abs=1e-5) for line in lines)
    assert [line.showlegend for line in lines] == [False, True]
    assert plane_finding(made(), regions_of(made()), "basic", 0.1) == (
        "basic is lost nearest to base at α ≈ 0.62, in this plane"
    )
    assert plane_finding(made(), regions_of(made()), "math", 0.1).startswith("math around base: nothing to lose here: ")


def test_a_finding_before_the_boundary_is_refined_says_so_far() -> None:
    early = made(batches=1)
    assert plane_finding(early, regions_of(early), "basic", 0.1).endswith(" so far")


def test_another_tolerance_moves_the_line_and_measures_nothing() -> None:
    result = made()
    figure = plane_figure(result, regions_of(result, 0.2), "basic", 0.2)
    assert traces(figure, go.Contour)[0].contours.value == pytest.approx(0.8, abs=1e-5)
    near = nearest(result.spec, regions_of(result, 0.2)["basic"], 0.2)
    assert near == pytest.approx(0.65, abs=0.09)  # the disc of τ = 0.2, to 1.4 cells of the grid


def test_nothing_is_made_up_before_the_coarse_lines_are_known() -> None:
    result = made(batches=0)
    figure = drawn(result)
    drawn_, between, unknown = (traces(figure, go.Heatmap, n)[0] for n in ("measured", "interpolated", "unknown"))
    assert [np.isfinite(np.asarray(t.z)).sum() for t in (drawn_, between)] == [1, 0]
    assert (np.isfinite(np.asarray(unknown.z)).sum(), unknown.opacity) == (GRID**2 - 1, 0)
    assert "first coarse points" in figure.layout.title.text
    assert plane_finding(result, {}, "basic", 0.1) == "basic around base: being measured"
    assert "no point" in plane_figure(result, {}, "basic", 0.1).layout.annotations[-1].text


def test_colours_and_axes_do_not_move_while_points_arrive() -> None:
    early, late = drawn(made(batches=1), view="loss"), drawn(made(), view="loss")
    for one, other in zip(early.data[:2], late.data[:2], strict=True):
        assert (one.zmin, one.zmax) == (other.zmin, other.zmax) == (0, 5)
    assert early.layout.xaxis.range == late.layout.xaxis.range
    assert drawn(made()).data[0].zmax == 1
    assert span(regions_of(made())["basic"], "score") == (0, 1)


def test_checkpoints_off_the_plane_are_hollow_and_those_outside_the_picture_are_not_drawn() -> None:
    figure = drawn(made())
    (inside,), (off,) = (traces(figure, go.Scatter, name) for name in ("assistant", "benign"))
    assert inside.marker.symbol == "square"
    assert "in the plane" in inside.hovertemplate
    assert off.marker.symbol.endswith("-open")
    assert "0.004 off the plane" in off.hovertemplate
    assert not traces(figure, go.Scatter, "base-00100")
    assert {a.text for a in figure.layout.annotations} == {"base θ₀", "assistant", "benign"}
    assert figure.layout.xaxis.range[1] < 1.1


def test_the_trajectory_joins_the_snapshots_in_order_and_axes_say_their_variance() -> None:
    spec = spec_of(directions=[Principal(component=c, checkpoints=TRAJECTORY) for c in (0, 1)])
    result = made(spec, variance=(0.7, 0.2))
    (way,) = traces(drawn(result), go.Scatter, "snapshots in order")
    assert list(way.x) == [0.25, 0.1, 3.0]
    assert axis_title(result, 0) == "x, α along component 1 (70%)"
    assert axis_title(made(), 0) == "x, α towards assistant"
    assert axis_title(made(), 1) == "y, α along random direction 3"


def test_dots_and_the_picked_point_come_on_request() -> None:
    assert not traces(drawn(made()), go.Scatter, "picked")
    figure = drawn(made(), dots=True, picked=(0.5, 0.25))
    (dots,), (pick,) = (traces(figure, go.Scatter, name) for name in ("measured", "picked"))
    assert len(dots.x) == len(made().rows) / 2
    assert (pick.x[0], pick.y[0]) == (0.5, 0.25)


def test_the_relief_is_the_same_field() -> None:
    result = made()
    regions = regions_of(result)
    (hills,) = relief_figure(result, regions, "basic").data
    np.testing.assert_allclose(hills.z, regions["basic"].field(), atol=1e-6)


def test_a_place_says_what_is_measured_there_and_on_which_side_it_lies() -> None:
    result = made()
    basic, math = scores_at_place(result, regions_of(result, 0.1), (0.0, 0.0), 0.1)
    assert (basic.score, basic.measured, basic.inside) == (1.0, True, True)
    assert (math.origin, math.inside) == (0.0, None)
    away, _ = scores_at_place(result, regions_of(result, 0.1), (0.9375, 0.8125), 0.1)
    assert (away.measured, away.inside) == (False, False)
    unknown, _ = scores_at_place(made(batches=0), regions_of(made(batches=0)), (0.5, 0.5), 0.1)
    assert np.isnan(unknown.score)
    assert unknown.inside is None
