"""What stands on every page: notes that a run ended, and the keys."""

import json

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from landscape.store.store import Store
from landscape.ui.shell.ended_notes import notes_of
from landscape.ui.shell.shell import GO
from tests.store.made import FACTS, SPEC
from tests.ui.states import Page, sound


def sent(app: AppTest) -> dict:
    """What the component of the page was sent."""
    (data,) = [json.loads(c.proto.json) for c in app.get("bidi_component") if '"notes"' in c.proto.json]
    return data  # type: ignore[no-any-return]


def end(store: Store, run_id: str, status: str, error: str | None = None) -> None:
    store.claim("w", run_id=run_id)
    store.record_settings(run_id, "w", {}, FACTS)
    store.finish(run_id, "w", status, error=error)


@pytest.mark.parametrize("name", ["home", "glossary", "runs"])
def test_every_page_has_the_keys_and_looks_at_nothing_while_nothing_is_measured(page: Page, name: str) -> None:
    data = sent(app := page(name))
    sound(app)
    assert data["every"] == 0
    assert data["notes"] == []
    assert {key for _, key, _ in data["go"]} == set(GO)


@pytest.fixture
def toasts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is shown as a toast, in a session of its own."""
    shown: list[str] = []
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "toast", lambda text, icon: shown.append(text))
    return shown


def test_a_page_looks_while_a_run_is_pending(page: Page, store: Store) -> None:
    store.submit(SPEC)
    assert sent(page("glossary"))["every"] > 0


def test_a_run_that_ends_is_told_once_with_what_it_found(store: Store, toasts: list[str]) -> None:
    run_id = store.submit(SPEC)
    store.labels.edit(run_id, name="nightly *1*")
    assert notes_of(store) == ([], True)
    end(store, run_id, "done")
    store.labels.record_found(run_id, "base: basic 0.975")
    for _ in range(2):
        ((note,), waiting) = notes_of(store)  # the browser knows which it has told
        assert not waiting
    (toast,) = toasts
    assert toast.startswith(r"**Slice done**: nightly \*1\*, 1 s: base: basic 0.975 [Open](")
    assert f"run={run_id}" in toast
    assert (note.title, note.body) == ("✓ Slice done – Landscape", "nightly *1*, 1 s: base: basic 0.975")


def test_a_failure_is_told_and_a_cancelled_or_deleted_run_is_not(store: Store, toasts: list[str]) -> None:
    failed, cancelled, deleted = (store.submit(SPEC) for _ in range(3))
    notes_of(store)
    end(store, failed, "failed", "the weights hold 3 NaN")
    store.cancel(cancelled)
    store.bin.discard([deleted])
    ((note,), _) = notes_of(store)
    assert "**Slice failed**: base: the weights hold 3 NaN" in toasts[0]
    assert note.title == "✗ Slice failed – Landscape"


def test_what_ended_before_the_page_was_opened_is_no_news(store: Store, toasts: list[str]) -> None:
    end(store, store.submit(SPEC), "done")
    assert notes_of(store) == notes_of(store) == ([], False)
    assert not toasts


def test_a_store_that_cannot_be_opened_is_told_by_the_page_alone(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", "/proc/nowhere/s.sqlite")
    assert sent(page("glossary"))["every"] == 0


def test_no_two_keys_lead_to_one_page() -> None:
    assert len(set(GO.values())) == len(GO)
