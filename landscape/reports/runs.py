"""The list of runs in the terminal."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from landscape.schema.directions import short_name
from landscape.store.records import Run


def runs(found: Sequence[Run]) -> Table:
    """One line a run."""
    table = Table("run", "status", "kind", "checkpoint", "points", "error")
    for run in found:
        checkpoint, error = escape(short_name(run.checkpoint)), escape(run.error or "")
        table.add_row(run.id, run.status, run.kind, checkpoint, f"{run.done}/{run.total}", error)
    return table
