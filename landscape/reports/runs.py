"""The list of runs in the terminal."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from landscape.schema.directions import short_name
from landscape.store.records import Run


def runs(found: Sequence[Run], unread: Sequence[str] = ()) -> Table:
    """One line a run; `unread` are ids of those that this version cannot read."""
    table = Table("run", "status", "kind", "checkpoint", "points", "error")
    for run in found:
        checkpoint, error = escape(short_name(run.checkpoint)), escape(run.error or "")
        table.add_row(run.id, run.status, run.kind, checkpoint, f"{run.done}/{run.total}", error)
    for run_id in unread:
        table.add_row(run_id, "", "", "", "", "cannot be read by this version")
    return table
