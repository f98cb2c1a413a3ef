"""The Basins page in every state, without a browser and without a model."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import results, specs
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.store.test_store import Made
from tests.ui.test_pages import (
    STATES,  # noqa: F401
    Page,  # noqa: F401
    end_in,  # noqa: F401
    figures,  # noqa: F401
    page,  # noqa: F401
    sound,  # noqa: F401
    store,  # noqa: F401
)

SPEC = BasinSpec(
    checkpoint="demo:assistant",
    directions=(*(Gaussian(seed=seed) for seed in range(6)), Towards(checkpoint="demo:base")),
    capabilities=("basic", "math"),
    reach=0.08,
)
LADDER = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08)
ENDS = {"basic": 0.03, "math": 0.007}  # the score falls linearly around here, from 1 to 0 over two thirds of it


@dataclass
class Scored:
    """A capability that is lost little by little: other tolerances then have other boundaries."""

    capability: str
    alpha: float

    def made(self) -> Made:
        end = ENDS[self.capability]
        right = np.clip(1.5 - self.alpha / end, 0, 1)
        return Made(outcomes=(np.arange(100) < round(100 * right)).astype(np.uint8), losses=np.ones(100, np.float32))


def bring(
    store: Store,  # noqa: F811
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    spec: BasinSpec = SPEC,
    ladder: tuple[float, ...] = LADDER,
) -> Run:
    """A run in a state; only a done one has climbed its whole ladder."""
    run_id = store.submit(spec)
    if state == "queued":
        return store.run(run_id)
    store.claim("w")
    store.plan(run_id, "w", {}, Facts(100, 0.1, {"demo:base": 0.01}, chance={"basic": 0.0, "math": 0.0}))
    climbed = ladder if state == "done" else ladder[:3]
    planned = [
        (Point(direction, alpha), name, f"{run_id}-{direction}-{alpha}-{name}")
        for direction in range(len(spec.directions))
        for alpha in climbed
        for name in spec.capabilities
    ]
    store.extend(run_id, "w", planned, later=0 if state == "done" else 30)
    store.write(run_id, "w", {key: Scored(name, point.alpha).made() for point, name, key in planned})
    end_in(store, run_id, state, monkeypatch)
    return store.run(run_id)


def own_figures(app: AppTest) -> list[dict]:
    """The figures of the run, without the one across checkpoints below."""
    return figures(app)[: len(figures(app)) - len(app.subheader)]


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"] for figure in own_figures(app)]


@pytest.mark.parametrize("state", STATES)
def test_basins_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    app = page("basin", run=bring(store, state, monkeypatch).id)
    text = sound(app)
    assert state in text
    assert ("Cancel" in text) == (state in ("queued", "running"))
    assert ("Resume" in text) == (state in ("stalled", "failed", "cancelled"))
    assert ("3 NaN" in text) == (state == "failed")
    assert len(own_figures(app)) == {"queued": 0, "done": 3}.get(state, 2)
    if state not in ("queued", "done"):
        assert "No ring yet for basic" in text
        assert "No ring yet for basic and math" not in text  # math has met its boundary in every direction
        assert "never left" not in text


def test_rings_come_first_and_state_the_finding(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    app = page("basin", run=bring(store, "done", monkeypatch).id)
    rings, rows, nested = titles(app)
    assert rings.startswith("math is narrowest, inside the other: α ≈ ")
    assert "Base lies inside basic, outside math." in sound(app)
    assert "do not overlap" in rows
    assert nested.startswith("Nested: math inside basic")
    alts = [json.loads(c.proto.json).get("alt", "") for c in app.get("bidi_component")]
    assert any("math is narrowest" in alt for alt in alts)


def test_another_tolerance_redraws_without_measuring_and_stands_in_the_permalink(
    page: Page,  # noqa: F811
    store: Store,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, "done", monkeypatch)
    app = page("basin", run=run.id)
    before, (link,) = titles(app)[0], [code.value for code in app.code]
    assert "tau=" not in link
    assert "The search was made at" not in sound(app)
    app.slider(key="tau").set_value(0.2).run()
    assert "The search was made at τ = 0.05" in sound(app)
    assert titles(app)[0] != before
    assert "τ\u00a0=\u00a00.2" in titles(app)[0]
    assert [r.id for r in store.runs()] == [run.id]
    (link,) = [code.value for code in app.code]
    assert "tau=0.2" in link
    again = page("basin", run=run.id, tau="0.2", relative="true")
    assert again.slider(key="tau").value == 0.2
    assert "rms" in titles(again)[0]


def test_nothing_measured_yet_is_one_press_away(page: Page, store: Store) -> None:  # noqa: F811
    app = page("basin", spec=pack(SPEC))
    assert "Not measured here yet" in sound(app)
    if not any(map(results.shipped, specs.emergence_specs())):
        assert not app.subheader
    next(button for button in app.button if button.label == "Measure it now").click().run()
    assert [run.spec for run in store.runs()] == [SPEC]


def test_the_page_alone_shows_the_demo_or_offers_it(page: Page) -> None:  # noqa: F811
    app = page("basin")
    text = sound(app)
    assert "Basins of assistant" in text
    shipped = results.shipped(specs.DEMO_BASIN) is not None
    assert ("Shipped with the program" if shipped else "Not measured here yet") in text


def test_measure_queues_what_the_form_says(page: Page, store: Store) -> None:  # noqa: F811
    app = page("basin", spec=pack(SPEC))
    next(box for box in app.number_input if box.label == "How many").set_value(2).run()
    next(button for button in app.button if button.label == "Measure").click().run()
    (run,) = store.runs()
    assert isinstance(run.spec, BasinSpec)
    assert len(run.spec.directions) == 3


def test_checkpoints_searched_alike_are_compared_in_the_order_of_training(
    page: Page,  # noqa: F811
    store: Store,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("demo:base", "demo:base-00400"):
        run = bring(
            store, "done", monkeypatch, SPEC.model_copy(update={"checkpoint": name, "directions": SPEC.directions[:6]})
        )
    app = page("basin", run=run.id)
    assert "Across checkpoints" in [heading.value for heading in app.subheader]
    if not any(map(results.shipped, specs.emergence_specs())):
        assert figures(app)[-1]["layout"]["xaxis"]["ticktext"] == ["base-00400", "base"]
    box = next(box for box in app.multiselect if box.label.startswith("Basins, in"))
    box.set_value([run.id]).run()
    assert "Choose two or more" in sound(app)


def test_a_run_of_another_kind_is_no_basin(page: Page) -> None:  # noqa: F811
    assert "no basin deadbeef" in sound(page("basin", run="deadbeef"))
