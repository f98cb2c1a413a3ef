"""Commands about runs: list, show, cancel, resume, delete, export."""

import typer
from rich.markup import escape

from landscape.cli.foreground import print_notes, warn_if_outdated
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import OutputFiles, RunId
from landscape.cli.output import out, print_tables
from landscape.reports import runs
from landscape.schema.frames import PointSpec
from landscape.store.store import Store

app = typer.Typer(no_args_is_help=True, help="Look at measured and running slices.")


@app.command("list", epilog="Example: python -m landscape run list")
def list_runs() -> None:
    """All runs, the latest first."""
    unread: list[str] = []
    table = runs.runs(Store().runs(unread), unread)
    out.print(table if table.row_count else "No runs yet: measure one with python -m landscape slice demo:base")


@app.command("show", epilog="Example: python -m landscape run show 3f2a")
def show_run(run: RunId) -> None:
    """One run: its spec, its status, its scores."""
    found = Store().run(run)
    out.print(f"run {found.id}: {found.status}, {found.done} of {found.total} points, {found.measured} measured here")
    if found.error:
        out.print(f"[red]{escape(found.error)}[/red]")
    out.print_json(found.spec.model_dump_json())
    warn_if_outdated(found)
    if isinstance(found.spec, PointSpec) and found.done:
        result = Store().result(found.id)
        print_tables(result)
        print_notes(found, result)


@app.command("cancel", epilog="Example: python -m landscape run cancel 3f2a")
def cancel_run(run: RunId) -> None:
    """Stop a run within one point; what it measured is kept."""
    Store().cancel(run)


@app.command("resume", epilog="Example: python -m landscape run resume 3f2a")
def resume_run(run: RunId) -> None:
    """Queue a cancelled, failed or stalled run again: a worker goes on where it was."""
    Store().resume(run)


@app.command("delete", epilog="Example: python -m landscape run delete 3f2a")
def delete_run(run: RunId) -> None:
    """Forget a run, and the points that no other run uses."""
    Store().delete(run)


@app.command("export", epilog="Example: python -m landscape run export 3f2a --csv slice.csv")
@with_option_groups
def export_run(run: RunId, *, output: OutputFiles) -> None:
    """Write a run's rows to a file; as JSON to the screen when no file is named."""
    output.check()
    warn_if_outdated(Store().run(run))
    result = Store().result(run)
    chosen = output if output.json or output.csv else OutputFiles(json="-")
    chosen.write(json=result.to_json, csv=result.to_csv)
