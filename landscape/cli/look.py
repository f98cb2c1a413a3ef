"""Commands that look at runs and checkpoints."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from landscape.checkpoints import compatibility, files
from landscape.cli.app import check_writable, checkpoint_app, finish, out, print_notes, run_app, write
from landscape.cli.options import CsvFile, Device, JsonFile, RunId, Trust, portable
from landscape.reports import comparison, runs, tables
from landscape.reports.comparison import moved_otherwise
from landscape.schema.directions import short_name
from landscape.schema.specs import ComparisonSpec, PointSpec
from landscape.store.store import Store


@run_app.command("list", epilog="Example: python -m landscape run list")
def list_runs() -> None:
    """All runs, the latest first."""
    table = runs.runs(Store().runs())
    out.print(table if table.row_count else "No runs yet: measure one with python -m landscape slice demo:base")


@run_app.command("show", epilog="Example: python -m landscape run show 3f2a")
def show_run(run: RunId) -> None:
    """One run: its spec, its status, its scores."""
    found = Store().run(run)
    out.print(f"run {found.id}: {found.status}, {found.done} of {found.total} points, {found.measured} measured here")
    if found.error:
        out.print(f"[red]{escape(found.error)}[/red]")
    out.print_json(found.spec.model_dump_json())
    if isinstance(found.spec, PointSpec) and found.done:
        for table in tables.of(Store().result(found.id)):
            out.print(table)
        print_notes(found)


@run_app.command("cancel", epilog="Example: python -m landscape run cancel 3f2a")
def cancel_run(run: RunId) -> None:
    """Stop a run within one point; what it measured is kept."""
    Store().cancel(run)


@run_app.command("resume", epilog="Example: python -m landscape run resume 3f2a")
def resume_run(run: RunId) -> None:
    """Queue a cancelled, failed or stalled run again: a worker goes on where it was."""
    Store().resume(run)


@run_app.command("delete", epilog="Example: python -m landscape run delete 3f2a")
def delete_run(run: RunId) -> None:
    """Forget a run, and the points that no other run uses."""
    Store().delete(run)


@run_app.command("export", epilog="Example: python -m landscape run export 3f2a --csv slice.csv")
def export_run(
    run: RunId,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """Write a run's rows to a file; as JSON to the screen when no file is named."""
    check_writable(json, csv)
    result = Store().result(run)
    write(json or ("" if csv else "-"), result.to_json)
    write(csv, result.to_csv)


@checkpoint_app.command("show", epilog="Example: python -m landscape checkpoint show demo:base demo:assistant")
def show_checkpoint(
    checkpoint: Annotated[str, typer.Argument(metavar="A", help="demo:NAME, folder, hub id, or ADAPTER+BASE.")],
    other: Annotated[str | None, typer.Argument(metavar="B", help="What to compare it with.")] = None,
    device: Device = "auto",
    trust_remote_code: Trust = False,
) -> None:
    """Size, dtype and architecture of a checkpoint; with B, how far B lies from A and where it moved."""
    names = [portable(name) for name in (checkpoint, other) if name]
    table = Table("", *(escape(short_name(name)) for name in names))
    described = [files.describe(name) for name in names]
    for field in ("architecture", "parameters", "bytes", "dtype", "layers", "hidden", "vocabulary", "context"):
        values = [getattr(one, field) for one in described]
        table.add_row(field, *(f"{v:,}" if isinstance(v, int) else v or "unknown" for v in values))
    out.print(table)
    if len(names) == 1:
        return
    trusted = tuple(names) if trust_remote_code else ()
    spec = ComparisonSpec(checkpoint=names[0], other=names[1], device=device, trust_remote_code=trusted)
    compatibility.require_comparable(*names)
    run = finish(Store(), spec)
    compared = Store().artifact(run.id) or {}
    out.print(comparison.moved_line(compared))
    out.print(comparison.moved_most(compared))
    for line in moved_otherwise(compared):
        out.print(escape(line))
