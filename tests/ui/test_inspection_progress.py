"""The bar of an inspection: over all parts, forward only, with what is spent and left."""

from dataclasses import replace

import pytest
import streamlit as st

from landscape.schema.specs import InspectionSpec
from landscape.store.records import Phase, Run
from landscape.store.store import Store
from landscape.ui.inspection.progress import progress, share_done

SPEC = InspectionSpec(checkpoint="demo:base", other="demo:assistant", capabilities=("basic",))
STATES = {"delta": "done", "scores": "measuring", "tuned scores": "waiting"}


@pytest.fixture
def running(store: Store) -> Run:
    run_id = store.submit(SPEC)
    store.claim("w")
    run = store.run(run_id)
    return replace(run, status="running", started=100.0, read=160.0, phase=Phase("scores", 1, 2))


def test_the_share_counts_parts_and_the_share_of_the_current_one(running: Run) -> None:
    assert share_done(running, STATES) == pytest.approx((1 + 0.5) / 4)
    assert share_done(running, STATES | {"more": "waiting"}) < share_done(running, STATES)
    inside = replace(running, spec=SPEC.model_copy(update={"budget": 100.0}))
    assert share_done(inside, STATES) == pytest.approx(0.6), "of the time that it may take"
    assert share_done(replace(inside, read=500.0), STATES) == 0.99


@pytest.mark.parametrize(
    ("budget", "read", "said"),
    [(None, 160.0, "60 s spent, about "), (300.0, 160.0, "at most 4 min left"), (30.0, 160.0, "beyond its budget")],
)
def test_what_is_spent_and_left_is_said(
    running: Run, monkeypatch: pytest.MonkeyPatch, budget: float | None, read: float, said: str
) -> None:
    shown: list[tuple[float, str]] = []
    monkeypatch.setattr(st, "progress", lambda share, text: shown.append((share, text)))
    run = replace(running, spec=SPEC.model_copy(update={"budget": budget}), read=read)
    progress(run, STATES)
    ((_, text),) = shown
    assert text.startswith("Scores")
    assert said in text


def test_the_bar_never_goes_back(running: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[float] = []
    monkeypatch.setattr(st, "progress", lambda share, text: shown.append(share))
    state: dict[str, float] = {}
    monkeypatch.setattr(st, "session_state", state)
    more = STATES | {f"part {number}": "waiting" for number in range(9)}
    for states, done in ((STATES, 1), (more, 0), (more, 2)):
        progress(replace(running, phase=Phase("scores", done, 2)), states)
    assert shown == sorted(shown)
