"""Finished runs for lessons to be told of, and a press on a button of their page."""

import numpy as np
from streamlit.testing.v1 import AppTest

from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from tests.store.made import Made


def press(app: AppTest, key: str) -> AppTest:
    (button,) = [button for button in app.button if button.key == key]
    return button.click().run()


def measured(store: Store, spec: SliceSpec, scores: list[float]) -> str:
    """A finished run of a slice whose score falls as given, in every direction."""
    run_id = store.submit(spec)
    store.claim("w")
    store.record_settings(run_id, "w", {}, Facts(1_000, 0.1, {}, chance={"math": 0.0}))
    points = [(d, a) for d in range(len(spec.directions)) for a in spec.alphas]
    planned = [(Point(d, a), "math", f"{run_id}-{d}-{a}") for d, a in points]
    store.request_points(run_id, "w", planned, remaining_estimate=0)
    for (direction, alpha), (_, _, key) in zip(points, planned, strict=True):
        share = scores[spec.alphas.index(alpha)]
        outcomes = (np.arange(20) < 20 * share).astype(np.uint8)
        losses = np.full(20, 0.05 + alpha * (1 + direction), np.float32)
        store.write(run_id, "w", {key: Made(outcomes=outcomes, losses=losses)})
    store.finish(run_id, "w", "done")
    return run_id
