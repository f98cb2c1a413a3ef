"""The pages Basins and Plane read by loss, off the points of a search by score."""

from dataclasses import replace

import numpy as np
import pytest

from landscape.planes import grid as plane_grid
from landscape.planes.grid import axis
from landscape.planes.regions import regions_of, scores_at_place
from landscape.schema.points import Known, Point
from landscape.schema.results import Result, tidy
from landscape.schema.specs import BasinSpec, PlaneSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.store.made import Made
from tests.ui import basin_runs
from tests.ui import test_planes as plane_runs
from tests.ui.basin_runs import bring
from tests.ui.states import Page, figures, links, search_by_loss, sound

H = {"basic": 500.0, "math": 5000.0}  # curvature of the losses


@pytest.fixture
def bowls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses that rise by ½hα², a little differently in each example; the scores stay what they are."""

    def made(self: basin_runs.Scored) -> Made:
        right = np.clip(1.5 - self.alpha / basin_runs.ENDS[self.capability], 0, 1)
        rise = 0.5 * H[self.capability] * self.alpha**2 * np.linspace(0.8, 1.2, 100)
        return Made(
            outcomes=(np.arange(100) < round(100 * right)).astype(np.uint8), losses=(1 + rise).astype(np.float32)
        )

    monkeypatch.setattr(basin_runs.Scored, "made", made)


def test_basins_by_loss_are_read_off_the_same_points_and_stand_in_the_permalink(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch, bowls: None
) -> None:
    run = bring(store, "done", monkeypatch)
    app = page("basin", run=run.id)
    assert "lost=" not in links(app)
    app.segmented_control(key="lost").set_value("loss rise").run()
    text = sound(app)
    assert "Median radii, α, in order: by score (τ = 0.05) math 0.0012, basic 0.013; by loss" in text
    assert "By both, math is shown to end first." in text
    titles = [figure["layout"]["title"]["text"].replace("\u00a0", " ") for figure in figures(app)]
    assert titles[0].startswith("math ends first in ")
    assert all("τ = 0.1 nats of loss" in title for title in titles[:4])
    assert titles[4].startswith("A rise of the loss by 1 nats takes this many times the α of a rise of the loss by 0.1")
    assert figures(app)[4]["layout"]["xaxis"]["title"]["text"] == "τ, how far the loss rises, nats"
    assert "The search was made at τ = 0.05. At τ = 0.1 nats of loss a boundary is known only" in text
    again = page("basin", run=run.id, lost="loss rise", nats="0.5")
    assert again.slider(key="nats").value == 0.5
    assert "lost=loss+rise" in links(again)
    assert "nats=0.5" in links(again)
    assert "τ = 0.5 nats of loss" in sound(again)
    assert [one.id for one in store.runs()] == [run.id]


def test_a_search_by_loss_opens_by_loss(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch, bowls: None) -> None:
    run = bring(store, "done", monkeypatch, basin_runs.SPEC.model_copy(update={"loss_tolerance": 0.2}))
    app = page("basin", run=run.id)
    sound(app)
    assert app.slider(key="nats").value == 0.2
    assert "τ = 0.2 nats of loss" in figures(app)[0]["layout"]["title"]["text"].replace("\u00a0", " ")
    assert "lost=" not in links(app)
    app.segmented_control(key="lost").set_value("score drop").run()
    assert "lost=score+drop" in links(app)
    assert "The search was made at τ = 0.2 nats of loss. At τ = 0.05 a boundary" in sound(app)


def test_the_form_asks_for_a_search_by_loss(page: Page, store: Store) -> None:
    search_by_loss(page("basin", spec=pack(basin_runs.SPEC)), 0.3)
    (run,) = store.runs()
    assert isinstance(run.spec, BasinSpec)
    assert (run.spec.loss_tolerance, run.spec.tolerance) == (0.3, 0.05)


def test_basins_without_a_loss_say_so(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Made(outcomes=np.ones(100, np.uint8), losses=np.full(100, np.nan, np.float32))
    monkeypatch.setattr(basin_runs.Scored, "made", lambda self: nothing)
    app = page("basin", run=bring(store, "done", monkeypatch).id, lost="loss rise")
    text = sound(app)
    assert "it has no loss: its examples have no reference answers" in text
    assert figures(app)[0]["layout"]["title"]["text"].startswith("no loss of basic and math: no reference answers")


def plane(*, by_loss: bool, full: bool = False) -> tuple[Result[PlaneSpec], dict[str, float]]:
    """A finished search over bowls of loss, and the radius of each at a rise of 0.1 nats; every score is 0."""
    spec = plane_runs.SPEC.model_copy(update={"grid": 33, "full": full, "loss_tolerance": 0.1 if by_loss else None})
    known: Known = {}
    while step := plane_grid.next_step(spec, plane_runs.FACTS, known).points:
        for point, names in step:
            for name in names:
                rise = 0.5 * H[name] * (point.alpha**2 + point.beta**2)
                known.setdefault(point, {})[name] = -(1 + rise) if by_loss else 0.0  # type: ignore[index]
    rows = [
        {"x": p.alpha, "y": p.beta, "capability": name, "score": 0.0, "n": 4, "seconds": 0.1, "realised_alpha": 0.1,
         "loss": 1 + 0.5 * H[name] * (p.alpha**2 + p.beta**2)}
        for p, scores in known.items() for name in scores
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), plane_runs.FACTS), {name: (2 * 0.1 / h) ** 0.5 for name, h in H.items()}


def test_a_plane_by_loss_is_refined_along_the_circle_of_the_bowl() -> None:
    result, radii = plane(by_loss=True)
    spec = result.spec
    away = np.hypot(*np.meshgrid(axis(spec.x, spec.grid), axis(spec.y, spec.grid)))
    for name, region in regions_of(result).items():
        assert region.inside is not None
        assert np.array_equal(region.inside, away <= radii[name] + 1e-12)
        assert region.measured.sum() < spec.grid**2 / 2
    assert all(region.inside is None for region in regions_of(result, 0.05).values())  # by score there is no basin


def test_a_place_of_a_plane_is_inside_by_loss() -> None:
    result, radii = plane(by_loss=True)
    regions = regions_of(result, 0.1, by_loss=True)
    basic, math_ = scores_at_place(result, regions, (0.01, 0.0), 0.1)
    assert (basic.inside, math_.inside) == (True, False)
    assert (basic.score, basic.origin) == (pytest.approx(1 + 0.5 * 500 * 1e-4, rel=0.01), 1.0)


def test_a_plane_without_a_loss_or_a_broken_point_says_so() -> None:
    result, _ = plane(by_loss=True, full=True)
    nothing = replace(result, rows=result.rows.assign(loss=np.nan))
    for region in regions_of(nothing, 0.1, by_loss=True).values():
        assert region.inside is None
    far = np.hypot(result.rows["x"], result.rows["y"]) > 0.004
    rows = result.rows.assign(loss=result.rows["loss"].where(~far), not_finite=4 * far.astype(int))
    region = regions_of(replace(result, rows=rows), 0.1, by_loss=True)["basic"]
    assert region.inside is not None
    assert (
        region.inside.sum() == (np.hypot(*np.meshgrid(axis(result.spec.x, 33), axis(result.spec.y, 33))) <= 0.004).sum()
    )
    assert np.isfinite(region.support()).all()


def test_the_plane_page_by_loss(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = plane_runs.bring(store, plane_runs.SPEC, "done", monkeypatch)
    app = page("plane", run=run.id, lost="loss rise", nats="0.3")
    text = sound(app)
    title = figures(app)[0]["layout"]["title"]["text"].replace("\u00a0", " ")
    assert title == "basic holds at every point of this picture around base (τ = 0.3 nats of loss)"
    assert "For τ = 0.3 nats of loss the lines are read off the same points" in text
    assert "lost=loss+rise" in links(app)
    assert any("basin, τ = 0.3 nats of loss" in table.value for table in app.dataframe)
    assert Point(0, 0.0) in store.scores_of(run.id, by_loss=True)
    assert store.scores_of(run.id, by_loss=True)[Point(0, 0.0)]["basic"] == pytest.approx(-1.0)
