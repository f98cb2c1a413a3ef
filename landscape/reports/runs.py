"""The list of runs in the terminal."""

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from landscape.schema.directions import short_name
from landscape.schema.parsing import format_duration
from landscape.store.records import Run


def runs(found: Sequence[Run], unread: Sequence[str] = (), parts: Mapping[str, str] | None = None) -> Table:
    """One line a run. Columns in which no run has anything are left out.

    Args:
        found: the runs, in the order to show.
        unread: ids of those that this version cannot read.
        parts: what some of the runs are parts of, in words.
    """
    rows = [_row(run, (parts or {}).get(run.id, "")) for run in found]
    always = ("run", "status", "kind", "checkpoint", "points")
    shown = [name for name in _row_names() if name in always or any(row[name] for row in rows)]
    table = Table(*shown)
    for row in rows:
        table.add_row(*(escape(row[name]) for name in shown))
    for run_id in unread:
        texts = {"run": run_id, shown[-1]: "cannot be read by this version"}
        table.add_row(*(texts.get(name, "") for name in shown))
    return table


def _row_names() -> tuple[str, ...]:
    return (
        "run", "name", "status", "kind", "part of", "checkpoint", "points", "age", "found", "tags", "note", "error",
    )  # fmt: skip


def _row(run: Run, part: str) -> dict[str, str]:
    labels = run.labels
    return {
        "run": run.id,
        "name": f"{'* ' if labels.pinned else ''}{labels.name}",
        "status": run.status,
        "kind": run.kind,
        "part of": part,
        "checkpoint": short_name(run.checkpoint),
        "points": f"{run.done}/{run.total}",
        "age": format_duration(run.read - run.created),
        "found": run.found,
        "tags": ", ".join(labels.tags),
        "note": labels.note,
        "error": run.error or "",
    }
