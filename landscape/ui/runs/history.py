"""The table of runs: one line a run. Name, tags, note and pin are written in place; numbers sort as numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from landscape.outside.text import markdown
from landscape.runs.kinds import kind_of
from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec
from landscape.schema.labels import LONGEST_NAME, LONGEST_NOTE
from landscape.schema.specs import digest
from landscape.store.errors import StoreError
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.run_status import STATUS

TICKED = "_ticked_runs"  # ids, in the session: they outlive a filter
_MOUNTED, _HANDLED, _REFUSED = "_runs_table", "_runs_table_handled", "_runs_table_refused"
_WRITTEN = ("name", "tags", "note", "pinned")
_text, _number = st.column_config.TextColumn, st.column_config.NumberColumn


def runs_table(store: Store, runs: Sequence[Run], parts: Mapping[str, str], known_tags: Sequence[str]) -> list[Run]:
    """Show runs as a table, one line each; return those that are ticked.

    `parts`: of each part among the runs, what it is a part of, in words. `known_tags` are offered for tags.
    """
    ticked = st.session_state.setdefault(TICKED, set())
    rows = [row(run, run.id in ticked, parts.get(run.id, "")) for run in runs]
    ids = [run.id for run in runs]
    key = _key(ids, rows)
    st.data_editor(
        pd.DataFrame(rows), key=key, hide_index=True, width="stretch", height=_height(len(rows)),
        column_config=_columns(known_tags), column_order=_order(rows),
        disabled=[name for name in rows[0] if name not in ("tick", *_WRITTEN)],
        on_change=_write, args=(store, ids, key), alt=f"{len(runs)} runs, the latest first",
    )  # fmt: skip
    if why := st.session_state.pop(_REFUSED, ""):
        st.error(markdown(why), icon=":material/edit_note:")
    return [run for run in runs if run.id in ticked]


def row(run: Run, ticked: bool = False, part: str = "") -> dict[str, object]:
    """One line of the history."""
    what, capabilities = kind_of(run.spec).summary(run.spec)
    spent = (run.finished or run.heartbeat or run.read) - run.started if run.started else None
    return {
        "tick": ticked,
        "pinned": run.labels.pinned,
        "name": run.labels.name,
        "part of": part,
        "kind": run.kind,
        "checkpoint": short_name(run.checkpoint),
        "what": what.replace("demo:", ""),
        "status": _status(run),
        "found": run.found,
        "tags": list(run.labels.tags),
        "note": run.labels.note,
        "capabilities": capabilities,
        "points": run.done if isinstance(run.spec, PointSpec) else None,
        "took": None if spent is None else timedelta(seconds=max(1, round(spent))),
        "age": datetime.fromtimestamp(run.created, UTC),
        "run": run.id,
    }


def _status(run: Run) -> str:
    """`running, 12 of 31`: the points only where some are still missing."""
    left = f", {run.done} of {run.total}" if run.total and run.status != "done" else ""
    return f"{run.status}{left}"


def _order(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """The columns to show: two of them only where there is something in them."""
    return [name for name in rows[0] if name not in ("part of", "found") or any(row[name] for row in rows)]


def _columns(known_tags: Sequence[str]) -> dict[str, Any]:
    states = "; ".join(f"{name}: {meaning}" for name, (*_, meaning) in STATUS.items())
    return {
        "tick": st.column_config.CheckboxColumn(width=62, pinned=True, help="Open, export, delete, compare."),
        "pinned": st.column_config.CheckboxColumn(
            "pin", width=62, pinned=True, help="A baseline: it stays on top, and one ticked run is compared with it."
        ),
        "name": _text(width=140, pinned=True, max_chars=LONGEST_NAME, help="Yours: click twice to write."),
        "part of": _text(width=170, help="Which part of which inspection."),
        "tags": st.column_config.MultiselectColumn(
            width=130, options=list(known_tags), accept_new_options=True, color="auto",
            help="Yours: click twice to write.",
        ),
        "note": _text(width=150, max_chars=LONGEST_NOTE, help="Yours: click twice to write."),
        "status": _text(width=110, help=states),
        "kind": _text(width=90),
        "checkpoint": _text(width=110, help="θ₀, where the run starts."),
        "found": _text(
            width=260,
            help="The verdict of an inspection; of basins the smallest radius; of slices the scores at θ₀. Read when "
            "the run ended, at its own τ; runs of version 0.6 have none.",
        ),
        "what": _text(width=140, help="The fine-tune; or directions: random, to checkpoints, searched for."),
        "points": _number(width=70, help="One point is the model at one place, with all its capabilities."),
        "took": _number(format="localized", width=130, help="From its first start to its end, waiting included."),
        "age": st.column_config.DatetimeColumn(format="distance", width=110, help="When it was asked for."),
    }  # fmt: skip


def _height(count: int) -> int:
    """All rows of a short list; of a long one so many that what is done with them stays in sight."""
    return 35 * (min(count, 12) + 1) + 3


def _key(ids: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """The key of the table: another one where rows shift, and where what was typed is not what is now written.

    The browser lays what was typed over what it is sent, by the number of the row.
    """
    content = digest(ids)[:8]
    mounted, count = st.session_state.get(_MOUNTED, ("", 0))
    typed: dict[int, dict[str, object]] = st.session_state.get(_HANDLED, {})
    stale = mounted != content or any(
        rows[number][name] != value for number, each in typed.items() for name, value in each.items()
    )
    if stale:
        st.session_state[_MOUNTED], st.session_state[_HANDLED] = (content, count + 1), {}
    return f"history-{content}-{st.session_state[_MOUNTED][1]}"


def _write(store: Store, ids: Sequence[str], key: str) -> None:
    """Take over what was ticked or typed since the last time."""
    handled = st.session_state.setdefault(_HANDLED, {})
    try:
        for number, changes in st.session_state[key]["edited_rows"].items():
            before = handled.setdefault(number, {})
            fresh = {name: value for name, value in changes.items() if before.get(name, ...) != value}
            before |= fresh
            _write_one(store, ids[number], fresh)
    except (ValueError, StoreError) as error:
        st.session_state[_REFUSED] = str(error)


def _write_one(store: Store, run_id: str, fresh: Mapping[str, Any]) -> None:
    if "tick" in fresh:
        (st.session_state[TICKED].add if fresh["tick"] else st.session_state[TICKED].discard)(run_id)
    labels = {name: _plain(name, value) for name, value in fresh.items() if name in _WRITTEN}
    if labels:
        store.labels.edit(run_id, **labels)


def _plain(name: str, value: Any) -> Any:
    """What a cell holds; a cleared one holds nothing."""
    return value if value is not None else {"tags": [], "pinned": False}.get(name, "")
