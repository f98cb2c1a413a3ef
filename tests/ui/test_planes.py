"""The Plane page in every state, without a browser and without a model."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscape.bundled import results, specs
from landscape.planes.grid import axis
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import AnswerSpec, PlaneSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from landscape.ui.examples.ask import question
from tests.store.made import Made
from tests.ui.forms import measure
from tests.ui.states import STATES, Page, end_in, figures, said, sound

SPEC = PlaneSpec(
    checkpoint="demo:base",
    directions=(Towards(checkpoint="demo:assistant"), Gaussian(seed=0)),
    capabilities=("basic", "math"),
    x=(-0.02, 0.02),
    y=(-0.02, 0.02),
    grid=9,
    shown=("demo:benign",),
)
PLACES = {"demo:assistant": [0.01, 0.0, 0.0], "demo:benign": [0.01, 0.001, 0.002]}
FACTS = Facts(100, 0.1, {"demo:assistant": 0.01}, places=PLACES, cosine=0.003, chance={"basic": 0.0, "math": 0.0})
PROMPT = "User: What is 1 + 1?\nAssistant:"


def bring(store: Store, spec: PlaneSpec, state: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run in a state: basic holds within α = 0.012, math nowhere; unfinished ones have their first points."""
    run_id = store.submit(spec)
    if state != "queued":
        store.claim("w", kind="plane")
        places = [(0.0, 0.0), *((x, y) for x in axis(spec.x, spec.grid) for y in axis(spec.y, spec.grid) if x or y)]
        measured = places if state == "done" else places[:20]
        keys = {(x, y, n): f"{run_id}-{x}-{y}-{n}" for x, y in measured for n in spec.capabilities}
        store.record_settings(run_id, "w", {}, FACTS)
        store.request_points(
            run_id, "w", [(Point(0, x, y), n, key) for (x, y, n), key in keys.items()], remaining_estimate=0
        )
        right, wrong = Made(outcomes=np.ones(4, np.uint8)), Made(outcomes=np.zeros(4, np.uint8))
        holds = {key: n == "basic" and np.hypot(x, y) < 0.012 for (x, y, n), key in keys.items()}
        store.write(run_id, "w", {key: right if inside else wrong for key, inside in holds.items()})
        end_in(store, run_id, state, monkeypatch)
    return store.run(run_id)


def answers(store: Store) -> list[AnswerSpec]:
    return [run.spec for run in store.runs() if isinstance(run.spec, AnswerSpec)]


def settle(store: Store, asked: AnswerSpec, answer: dict | None, error: str | None = None) -> None:
    """Answer a question as the worker would."""
    run_id = store.submit(asked)
    while (claimed := store.claim("w", kind="answer")) and claimed.id != run_id:
        continue
    store.finish(run_id, "w", "failed" if error else "done", error=error, artifact=answer)


def typed(widgets: Any, label: str) -> Any:
    """The one widget with this label."""
    (widget,) = [widget for widget in widgets if widget.label == label]
    return widget


@pytest.mark.parametrize("state", STATES)
def test_plane_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, SPEC, state, monkeypatch)
    app = page("plane", run=run.id)
    text = sound(app)
    assert state in text
    assert ("Cancel" in text) == (state in ("queued", "running"))
    assert ("Resume" in text) == (state in ("stalled", "failed", "cancelled"))
    assert ("3 NaN" in text) == (state == "failed")
    assert len(figures(app)) == (0 if state == "queued" else 1)
    assert ("Ask here" in text) == (state != "queued")


def test_what_is_not_shipped_says_what_it_would_be_and_is_measured_by_one_press(
    page: Page,
    store: Store,
) -> None:
    app = page("plane", spec=pack(SPEC))
    text = sound(app)
    assert "Not measured yet" in text
    assert "A map of what the model can do" in text
    assert not figures(app)
    measure(app)
    assert [run.spec for run in store.runs() if run.kind == "plane"] == [SPEC]


def test_the_page_begins_with_the_demo(page: Page) -> None:
    text = sound(page("plane"))
    expected = "shipped with" if results.shipped(specs.DEMO_PLANE) else "Not measured yet"
    assert expected in text


def test_the_map_says_what_has_no_line_and_which_checkpoints_lie_off_it(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id)
    text = sound(app)
    assert "No line for math (0.00)" in text
    assert "cosine of 0.003" in text
    (figure,) = figures(app)
    assert "basic is lost nearest to base at α" in figure["layout"]["title"]["text"]
    assert any("hollow" in expander.label for expander in app.expander)


def test_view_capability_and_tolerance_stand_in_the_address_and_the_permalink(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id, view="loss", capability="math", tau="0.2", at="0.01,0.005")
    sound(app)
    (figure,) = figures(app)
    assert "math" in figure["layout"]["title"]["text"]
    assert figure["data"][1]["colorbar"]["title"]["text"] == "loss"
    (link,) = [code.value for code in app.code if "http" in code.value]
    for part in ("view=loss", "capability=math", "tau=0.2", "at=0.01%2C0.005", "prompt="):
        assert part in link
    assert "For τ = 0.2 the lines" in said(app)


def test_the_tolerance_moves_the_line_at_once(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id)
    app.slider[0].set_value(0.25).run()
    lines = [trace for trace in figures(app)[0]["data"] if trace["type"] == "contour"]
    assert [line["contours"]["value"] for line in lines] == [pytest.approx(0.75, abs=1e-5)] * 2
    assert any("basin, τ = 0.25" in table.value for table in app.dataframe)


def test_3d_is_drawn_only_when_asked_for(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id)
    app.toggle(key="relief").set_value(True).run()
    assert [figure["data"][0]["type"] for figure in figures(app)] == ["heatmap", "surface"]
    app.toggle(key="dots").set_value(True).run()
    assert "measured" in [trace.get("name") for trace in figures(app)[0]["data"] if trace["type"] == "scatter"]


def test_the_topology_is_that_of_what_the_map_shows(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id)
    assert "Topology" not in said(app)
    app.toggle(key="topology").set_value(True).run()
    assert "basic: " in sound(app)
    assert "of the share of wrong answers" in said(app)
    app.segmented_control(key="view").set_value("loss").run()
    assert "of the loss" in said(app)
    assert "may belong to one basin" in said(app)


def test_nothing_is_asked_on_arrival_and_one_press_asks(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    checkpoint: Path,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id, at="0.01,0.005", prompt=PROMPT)
    assert "Not asked here yet" in sound(app)
    assert answers(store) == []
    typed(app.button, "Ask here").click().run()
    tuned = question(SPEC, Point(0, 0.01, 0.0), PROMPT)  # where assistant stands
    assert answers(store) == [tuned, question(SPEC, Point(0, 0.01, 0.005), PROMPT)]
    assert "Asking the model" in sound(app)
    own = SPEC.model_copy(update={"checkpoint": str(checkpoint), "directions": (Gaussian(seed=0), Gaussian(seed=1))})
    bring(store, own, "done", monkeypatch)
    before = len(answers(store))
    text = sound(page("plane", run=store.runs()[0].id))
    assert "Not asked here yet" in text
    assert len(answers(store)) == before


def test_an_answer_that_is_known_is_shown_at_once_as_plain_text(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    nasty = " <b>bold</b> **stars** [link](http://x)\n"
    settle(store, question(SPEC, Point(0, 0.01, 0.005), PROMPT), {"here": nasty, "origin": " 2.\n"})
    app = page("plane", run=run.id, at="0.0101,0.0052", prompt=PROMPT)  # snapped to the grid
    text = sound(app)
    assert "At x = 0.01, y = 0.005" in text
    assert "stars" not in text
    assert [code.value for code in app.code if "http://local" not in code.value] == [nasty.strip("\n"), " 2."]
    assert all(code.language in (None, "plaintext", "") for code in app.code)
    marker = [t for t in figures(app)[0]["data"] if t.get("name") == "picked"]
    assert (marker[0]["x"][0], marker[0]["y"][0]) == (0.01, 0.005)
    (table,) = [table.value for table in app.dataframe if "how" in table.value]
    assert table.to_dict("records") == [
        {"capability": "basic", "here": 1.0, "θ₀": 1.0, "basin, τ = 0.05": "inside", "how": "measured"},
        {"capability": "math", "here": 0.0, "θ₀": 0.0, "basin, τ = 0.05": "nothing to lose here", "how": "measured"},
    ]


def test_no_answer_and_a_failed_question_are_sentences(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    settle(store, question(SPEC, Point(0, 0.02, 0.02), PROMPT), {"here": None, "origin": " 2."})
    assert "not finite here" in sound(page("plane", run=run.id, at="0.02,0.02", prompt=PROMPT))
    settle(
        store,
        question(SPEC, Point(0, 0.02, 0.01), PROMPT),
        None,
        error="the prompt has 400 tokens: expected at most 232",
    )
    assert "400 tokens" in sound(page("plane", run=run.id, at="0.02,0.01", prompt=PROMPT))


def test_x_y_and_the_prompt_can_be_typed(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id)
    typed(app.number_input, "x").set_value(0.0148).run()
    typed(app.text_area, "Prompt").set_value(PROMPT).run()
    (button,) = [button for button in app.button if button.label == "Ask here"]
    button.click().run()
    assert question(SPEC, Point(0, 0.015, 0.0), PROMPT) in answers(store)
    assert typed(app.number_input, "x").value == 0.015
    assert "Asking the model" in sound(app)
    count = len(answers(store))
    [button for button in app.button if button.label == "Ask here"][0].click().run()
    assert len(answers(store)) == count  # it is queued already


def test_an_example_fills_the_prompt(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id)
    (pills,) = [group for group in app.get("button_group") if group.key == "example"]
    pills.set_value("basic").run()
    assert typed(app.text_area, "Prompt").value == "After Saturday comes"


@pytest.mark.parametrize("at", ["rubbish", "nan,0", "1,2,3", "1e99,0"])
def test_a_damaged_place_is_theta_0_or_the_edge(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id, at=at)
    sound(app)
    assert typed(app.number_input, "x").value in (0.0, 0.02)


def test_a_run_of_another_kind_or_none_is_a_sentence(page: Page) -> None:
    assert "no plane deadbeef" in sound(page("plane", run="deadbeef"))


def test_alt_texts_state_the_finding(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("plane", run=run.id)
    sent = [json.loads(c.proto.json) for c in app.get("bidi_component") if "figure" in c.proto.json]
    assert sent[0]["alt"].startswith("Map of the score of basic. basic is lost nearest")
    assert sent[0]["clickable"]
