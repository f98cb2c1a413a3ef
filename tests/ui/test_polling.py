"""When a page polls a run, when it stops, and what it does about a run that nobody measures."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import create_reference_msg, populate_hash_if_needed
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from landscape.schema.specs import ComparisonSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components import page_setup, polling

PAIR = ComparisonSpec(checkpoint="demo:base", other="demo:assistant")


class PageRunsAgain(Exception):
    """What `st.rerun` does to the function that calls it."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """After how many seconds each fragment is to run again; it runs once, at once."""
    found: list[float | None] = []

    def fragment(run_every: float | None) -> Callable:
        found.append(run_every)
        return lambda function: function

    def rerun() -> None:
        raise PageRunsAgain

    monkeypatch.setattr(polling.st, "fragment", fragment)
    monkeypatch.setattr(polling.st, "rerun", rerun)
    return found


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Store]:
    """The stores for which a worker was started."""
    found: list[Store] = []
    monkeypatch.setattr(page_setup.worker, "ensure_running", found.append)
    monkeypatch.setattr(page_setup.st, "session_state", {})
    return found


def test_a_queued_run_is_polled_and_finds_a_worker(store: Store, seconds: list, started: list) -> None:
    """In a session that started one: if it is gone, another is started."""
    page_setup.start_worker(store)
    started.clear()
    run, shown = store.run(store.submit(PAIR)), list[Run]()
    polling.poll_run(store, run, shown.append, seconds=0.5)
    assert [one.id for one in shown] == [run.id]
    assert (seconds, started) == ([0.5], [store])


def test_a_run_that_ended_meanwhile_runs_the_page_again_before_anything_is_shown(
    store: Store, seconds: list, started: list
) -> None:
    run, shown = store.run(store.submit(PAIR)), list[Run]()
    store.cancel(run.id)
    with pytest.raises(PageRunsAgain):
        polling.poll_run(store, run, shown.append)
    assert (seconds, shown, started) == ([1.0], [], [])


def test_a_run_that_has_ended_is_shown_once_and_not_polled(store: Store, seconds: list, started: list) -> None:
    run_id, shown = store.submit(PAIR), list[Run]()
    store.cancel(run_id)
    polling.poll_run(store, store.run(run_id), shown.append)
    assert [one.status for one in shown] == ["cancelled"]
    assert (seconds, started) == ([None], [])


def test_without_a_run_there_is_something_to_show_and_nothing_to_poll(
    store: Store, seconds: list, started: list
) -> None:
    shown: list[Run | None] = []
    polling.poll_run(store, None, shown.append)
    assert (shown, seconds, started) == ([None], [None], [])


def test_submitting_starts_a_worker_unless_the_run_has_ended(store: Store, started: list) -> None:
    run = page_setup.submit_and_start(store, PAIR)
    assert started == [store]
    store.claim("w")
    store.finish(run.id, "w", "done")
    assert page_setup.submit_and_start(store, PAIR).id == run.id
    assert started == [store]


def delta(index: int, text: str) -> ForwardMsg:
    """A message that shows a text, as the polled part `live` of a page sends it."""
    message = ForwardMsg()
    message.metadata.delta_path[:] = [0, 2, index]
    message.delta.fragment_id = "live"
    message.delta.new_element.markdown.body = text
    populate_hash_if_needed(message)
    return message


def test_what_a_polled_part_has_not_sent_is_dropped_as_a_whole_when_it_starts_again() -> None:
    large = delta(1, "x" * 10_000_000)
    assert not large.metadata.cacheable, "global.minCachedMessageSize: nothing is sent by reference"
    queue = ForwardMsgQueue()
    for message in (delta(0, "x"), create_reference_msg(large)):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["live"])
    kept = [message.WhichOneof("type") for message in queue.flush()]
    assert kept == ["ref_hash"], "Streamlit's fault is mended: global.minCachedMessageSize can go from config.toml"
