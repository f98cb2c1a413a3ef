"""Runs in every state that a page can meet, and what a reader finds on it."""

import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import ComparisonSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.store.made import Made

PAIR = ComparisonSpec(checkpoint="demo:base", other="demo:assistant")
COMPARED = {
    "radius": 4.2,
    "alpha": 0.004,
    "relative_alpha": 0.05,
    "changed": 90,
    "parameters": 100,
    "tensors": [
        {"name": "layers.0.up.weight", "layer": 0, "module": "up", "alpha": 0.1, "relative": 0.2},
        {"name": "layers.1.up.weight", "layer": 1, "module": "up", "alpha": 0.3, "relative": 0.1},
    ],
}
STATES = ("queued", "running", "stalled", "done", "failed", "cancelled")
Page = Callable[..., AppTest]


def bring(store: Store, spec: SliceSpec | ComparisonSpec, state: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run in a state, with as many points as it would have."""
    run_id = store.submit(spec)
    if state != "queued":
        store.claim("w")
        if isinstance(spec, SliceSpec):
            measure(store, run_id, spec, complete=state == "done")
        end_in(store, run_id, state, monkeypatch, COMPARED if isinstance(spec, ComparisonSpec) else None)
    return store.run(run_id)


def end_in(
    store: Store, run_id: str, state: str, monkeypatch: pytest.MonkeyPatch, artifact: dict | None = None
) -> None:
    """Bring a claimed run into a state."""
    if state == "done":
        store.finish(run_id, "w", "done", artifact=artifact)
    elif state in ("failed", "cancelled"):
        store.finish(run_id, "w", state, error="the weights hold 3 NaN" if state == "failed" else None)
    elif state == "stalled":
        for module in ("leases", "records"):
            monkeypatch.setattr(f"landscape.store.{module}.STALE", -1.0)


def measure(store: Store, run_id: str, spec: SliceSpec, *, complete: bool) -> None:
    planned = [
        (Point(direction, alpha), name, f"{run_id}-{direction}-{alpha}-{name}")
        for direction in range(len(spec.directions))
        for alpha in spec.alphas
        for name in spec.capabilities
    ]
    store.record_settings(run_id, "w", {}, Facts(100, 0.1, {"demo:assistant": 0.008}))
    store.request_points(run_id, "w", planned, remaining_estimate=0)
    measured = planned if complete else planned[: len(planned) // 2]
    made = Made(outcomes=np.ones(4, np.uint8))
    store.write(run_id, "w", {key: made for *_, key in measured})


def said(app: AppTest) -> str:
    """All that a reader can read, without the backslashes that make text from outside literal."""
    kinds = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.error,
        app.success,
        app.warning,
    )
    texts = [element.value for kind in kinds for element in kind]
    text = "\n".join([*texts, *(button.label for button in app.button)])
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def figures(app: AppTest) -> list[dict]:
    """The Plotly figures of the page's live charts."""
    found = [json.loads(c.proto.json) for c in app.get("bidi_component") if "figure" in c.proto.json]
    return [json.loads(data["figure"]) for data in found]


def sound(app: AppTest) -> str:
    assert not app.exception, app.exception[0].value
    text = said(app)
    assert "None" not in text
    assert "Traceback" not in text
    return text


def links(app: AppTest) -> str:
    """The permalinks that a page shows."""
    return " ".join(code.value for code in app.code if "http" in code.value)


def search_by_loss(app: AppTest, tolerance: float) -> None:
    """Fill in a form for a search by loss, and press Measure."""
    next(control for control in app.segmented_control if control.label == "Search by").set_value("loss rise").run()
    next(box for box in app.number_input if box.label == "Tolerance τ, nats").set_value(tolerance).run()
    next(button for button in app.button if button.key == "measure").click().run()
