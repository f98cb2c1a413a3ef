"""The Basins page in every state, without a browser and without a model."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import results, specs
from landscape.schema.specs import BasinSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.ui.basin_runs import SPEC, bring
from tests.ui.states import STATES, Page, figures, sound


def own_figures(app: AppTest) -> list[dict]:
    """The figures of the run, without the one across checkpoints below."""
    below = [heading for heading in app.subheader if heading.value != "At a point"]
    return figures(app)[: len(figures(app)) - len(below)]


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"] for figure in own_figures(app)]


@pytest.mark.parametrize("state", STATES)
def test_basins_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("basin", run=bring(store, state, monkeypatch).id)
    text = sound(app)
    assert state in text
    assert ("Cancel" in text) == (state in ("queued", "running"))
    assert ("Resume" in text) == (state in ("stalled", "failed", "cancelled"))
    assert ("3 NaN" in text) == (state == "failed")
    assert len(own_figures(app)) == {"queued": 0, "done": 5}.get(state, 4)
    if state not in ("queued", "done"):
        assert "No ring yet for basic" in text
        assert "No ring yet for basic and math" not in text  # math has met its boundary in every direction
        assert "never left" not in text


def test_rings_come_first_and_state_the_finding(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("basin", run=bring(store, "done", monkeypatch).id)
    rings, rows, nested, inside, sudden = titles(app)
    assert rings.startswith("math ends first in ")
    assert "Base lies inside basic, outside math." in sound(app)
    assert "do not overlap" in rows
    assert nested.startswith("In most random directions math ends before basic")
    assert "random directions leave" in inside
    assert sudden.startswith("Losing 0.5 takes this many times the α of losing 0.05: ")
    alts = [json.loads(c.proto.json).get("alt", "") for c in app.get("bidi_component")]
    assert any("math ends first in" in alt for alt in alts)


def test_another_tolerance_redraws_without_measuring_and_stands_in_the_permalink(
    page: Page,
    store: Store,
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


def test_nothing_measured_yet_is_one_press_away(page: Page, store: Store) -> None:
    app = page("basin", spec=pack(SPEC))
    assert "Not measured here yet" in sound(app)
    if not any(map(results.shipped, specs.emergence_specs())):
        assert not app.subheader
    next(button for button in app.button if button.label == "Measure it now").click().run()
    assert [run.spec for run in store.runs()] == [SPEC]


def test_the_page_alone_shows_the_demo_or_offers_it(page: Page) -> None:
    app = page("basin")
    text = sound(app)
    assert "Basins of assistant" in text
    shipped = results.shipped(specs.DEMO_BASIN) is not None
    assert ("Shipped with the program" if shipped else "Not measured here yet") in text


def test_measure_queues_what_the_form_says(page: Page, store: Store) -> None:
    app = page("basin", spec=pack(SPEC))
    next(box for box in app.number_input if box.label == "How many").set_value(2).run()
    next(button for button in app.button if button.label == "Measure").click().run()
    (run,) = store.runs()
    assert isinstance(run.spec, BasinSpec)
    assert len(run.spec.directions) == 3


def test_checkpoints_searched_alike_are_compared_in_the_order_of_training(
    page: Page,
    store: Store,
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


def test_a_run_of_another_kind_is_no_basin(page: Page) -> None:
    assert "no basin deadbeef" in sound(page("basin", run="deadbeef"))
