"""The page Worst read by loss, off the points of a search by score."""

import base64

import numpy as np
import pytest

from landscape.schema.directions import Gaussian, Worst
from landscape.schema.specs import WorstSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.store.made import Made
from tests.ui import worst_runs
from tests.ui.states import Page, figures, links, search_by_loss, sound
from tests.ui.worst_runs import SPEC, Scored, bring
from tests.worst.known_rays import DIRECTIONS, MATH, N, alphas_of, outcomes


def rise(direction: object, alpha: float) -> tuple[float, float]:
    """How far the losses have risen at α: of the half that is searched, and of the unseen one."""
    steep = 1e4 if isinstance(direction, Worst) else 1e3
    return (4 * steep if isinstance(direction, Worst) else steep) * alpha**2, steep * alpha**2


@pytest.fixture
def halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses that rise four times as fast, along worst directions, in the half that was searched."""

    def made(self: Scored) -> Made:
        losses = 0.02 + np.repeat(rise(self.direction, self.alpha), N // 2)
        return Made(outcomes(self.direction, self.capability, self.alpha), losses.astype(np.float32))

    monkeypatch.setattr(worst_runs.Scored, "made", made)


def numbers(packed: dict[str, str] | list[float]) -> np.ndarray:
    """The numbers of an axis, as Plotly packs them, or as a list."""
    if isinstance(packed, list):
        return np.asarray(packed)
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


def crossing(direction: object, tau: float, half: int) -> float:
    """Where the losses that were measured first rise by more than τ, on straight lines between the points."""
    alphas = alphas_of(SPEC, direction)  # type: ignore[arg-type]
    risen = [rise(direction, alpha)[half] for alpha in alphas]
    last = next(i for i, value in enumerate(risen) if value > tau)
    return float(np.interp(tau, risen[last - 1 : last + 1], alphas[last - 1 : last + 1]))


@pytest.mark.parametrize("tau", [0.1, 0.5])
def test_boundaries_by_loss_are_those_of_the_unseen_examples_and_stand_in_the_permalink(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch, halves: None, tau: float
) -> None:
    run = bring(store, "done", monkeypatch)
    app = page("worst", run=run.id, lost="loss rise", nats=f"{tau:g}", view="loss")
    text = sound(app)
    near, far = crossing(MATH, tau, 1), crossing(Gaussian(seed=0), tau, 1)
    assert near > 1.5 * crossing(MATH, tau, 0)  # the searched half ends nearer, and is not what is read
    needle, matrix = figures(app)[:2]
    title = needle["layout"]["title"]["text"].replace("\u00a0", " ")
    assert f"{far / near:.2g} × nearer than in random ones ({far:.2g})" in title
    assert title.endswith(f"(τ = {tau:g} nats of loss)")
    assert matrix["layout"]["title"]["text"].replace("\u00a0", " ").endswith(f"(τ = {tau:g} nats of loss)")
    assert "loss 0.020 at θ₀" in str(matrix["data"][0]["customdata"])
    (level,) = [note for note in needle["layout"]["annotations"] if "ceiling" in note["text"]]
    assert level["text"] == f"ceiling: θ₀ + τ = {0.02 + tau:.2f}"
    assert level["y"] == pytest.approx(np.log10(0.02 + tau))
    assert "The search was made at τ = 0.05. At τ = " in text
    assert "Compared by score, at τ = 0.05, whatever is chosen above." in text
    assert "lost=loss+rise" in links(app)
    assert f"nats={tau:g}" in links(app)
    assert "tau=" not in links(app)
    assert [one.id for one in store.runs()] == [run.id]


def test_the_line_of_unseen_losses_lies_below_that_of_the_searched_ones(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch, halves: None
) -> None:
    app = page("worst", run=bring(store, "done", monkeypatch).id, lost="loss rise", view="loss", log="false")
    lines = {trace["name"]: trace for trace in figures(app)[0]["data"] if trace.get("name")}
    for part, steep in (("unseen", 1e4), ("searched", 4e4)):
        x, y = (numbers(lines[f"worst found, {part} examples"][axis]) for axis in "xy")
        np.testing.assert_allclose(y, 0.02 + steep * x**2, rtol=1e-4)


def test_a_capability_that_scores_0_ends_by_loss_and_has_no_basin_by_score(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(self: Scored) -> Made:
        return Made(np.zeros(N, np.uint8), np.full(N, 0.02 + rise(self.direction, self.alpha)[1], np.float32))

    monkeypatch.setattr(worst_runs.Scored, "made", wrong)
    run = bring(store, "done", monkeypatch)
    assert figures(page("worst", run=run.id))[0]["layout"]["title"]["text"].startswith("math: nothing to lose here: ")
    title = figures(page("worst", run=run.id, lost="loss rise"))[0]["layout"]["title"]["text"]
    assert title.startswith("math ends ")


def test_without_reference_answers_there_is_no_loss_to_read(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(self: Scored) -> Made:
        return Made(outcomes(self.direction, self.capability, self.alpha), np.full(N, np.nan, np.float32))

    monkeypatch.setattr(worst_runs.Scored, "made", unknown)
    app = page("worst", run=bring(store, "done", monkeypatch).id, lost="loss rise", view="loss")
    sound(app)
    needle, matrix = figures(app)[:2]
    assert needle["layout"]["title"]["text"].startswith("θ₀ has no loss of math: no reference answers")
    assert {note["text"] for note in matrix["layout"]["annotations"]} == {"no loss"}


def test_the_demo_search_answers_by_loss_on_unseen_examples_at_once(page: Page) -> None:
    app = page("worst", lost="loss rise")
    text = sound(app)
    assert "τ\u00a0=\u00a00.1\u00a0nats\u00a0of\u00a0loss" in figures(app)[0]["layout"]["title"]["text"]
    assert "Only the mean loss" not in text


def test_the_form_asks_for_a_search_by_loss(page: Page, store: Store) -> None:
    search_by_loss(page("worst", spec=pack(SPEC.model_copy(update={"directions": (*DIRECTIONS[:2], MATH)}))), 0.3)
    (run,) = store.runs()
    assert isinstance(run.spec, WorstSpec)
    assert (run.spec.loss_tolerance, run.spec.tolerance) == (0.3, 0.05)
