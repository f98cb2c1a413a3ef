"""Show a run, or several, again each second until it has ended."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.page_setup import keep_worker, show_errors

T = TypeVar("T")
R = TypeVar("R", Run, Run | None)


def poll_run(
    store: Store,
    run: R,
    show: Callable[[R], None],
    *,
    seconds: float = 1.0,
    also: Callable[[], Sequence[Run]] = tuple,
) -> None:
    """Show a run every so many seconds until it has ended, then run the page again.

    Without a run (None) nothing is polled, but `show` is still a fragment: its widgets do not run the whole page.
    `also`: other runs that are under way, which what is shown of an ended one waits for.
    """

    def read() -> R:
        now = run if run is None else store.get_run_or_none(run.id)
        if run is not None and now is None:
            raise ValueError(f"Run {run.id} was deleted meanwhile.")
        return now

    def pending(now: R) -> list[Run]:
        return [now] if now is not None and not now.ended else list(also())

    poll(store, run, read, pending, show, seconds=seconds)


def poll(
    store: Store,
    known: T,
    read: Callable[[], T],
    pending: Callable[[T], Sequence[Run]],
    show: Callable[[T], None],
    *,
    seconds: float = 1.0,
) -> None:
    """Read and show something every so many seconds while runs of it are pending, then run the page again.

    `known` is what the page has read already; it decides whether to poll. Call it outside other polling fragments:
    Streamlit does not support one inside another.
    """
    polled = bool(pending(known))

    @st.fragment(run_every=seconds if polled else None)
    def live() -> None:
        with show_errors():  # a tick or a press runs the fragment alone, outside the page's own `show_errors`
            now = read()
            left = pending(now)
            if polled and not left:
                st.rerun()  # before anything is shown: what is shown now would stay on the page
            if queued := [run for run in left if run.status == "queued"]:
                keep_worker(store, queued[0].id)
            show(now)

    live()
