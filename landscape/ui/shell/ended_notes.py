"""Runs that ended since this session last looked, and the words that tell so."""

from dataclasses import dataclass

import streamlit as st

from landscape.outside.text import markdown
from landscape.runs.kinds import kind_of
from landscape.schema.directions import short_name
from landscape.schema.parsing import format_duration
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import address_of, permalink

_PENDING, _TOLD = "_pending_runs", "_told_runs"
_WORDS = {"done": ("✓", "done"), "failed": ("✗", "failed")}  # a cancelled one ended because somebody said so


@dataclass(frozen=True)
class Note:
    """What is told of a run that has ended."""

    id: str
    title: str  # of the document, and of the browser's notification
    body: str
    toast: str  # Markdown
    icon: str


def notes_of(store: Store) -> tuple[list[Note], bool]:
    """The notes of this session so far, the latest last; and whether there are runs still to wait for.

    Only runs that were seen pending are told of. Reads the pending runs in one statement, and each that ended once.
    """
    pending = store.parts.pending()
    before: set[str] = st.session_state.get(_PENDING, set())
    told: list[Note] = st.session_state.setdefault(_TOLD, [])
    for run_id in sorted(before - pending):
        run = store.get_run_or_none(run_id)
        if run is not None and run.status in _WORDS:
            note = _note(run)
            st.toast(note.toast, icon=note.icon)
            told.append(note)
    st.session_state[_PENDING] = pending
    del told[:-20]
    return told, bool(pending)


def _note(run: Run) -> Note:
    kind = kind_of(run.spec)
    mark, word = _WORDS[run.status]
    noun = f"{kind.noun[:1].upper()}{kind.noun[1:]}"
    called = run.labels.name or short_name(run.checkpoint)
    spent = f", {format_duration(run.finished - run.started)}" if run.finished and run.started else ""
    found = f": {run.found}" if run.found else ""
    body = f"{called}{spent}{found}" if run.status == "done" else f"{called}: {run.error}"
    link = f" [Open]({permalink(kind.page, **address_of(run.spec, run.id))})" if kind.page else ""
    return Note(
        id=f"{run.id} {run.finished}",
        title=f"{mark} {noun} {word} – Landscape",
        body=body,
        toast=f"**{noun} {word}**: {markdown(body)}{link}",
        icon=":material/check_circle:" if run.status == "done" else ":material/error:",
    )
