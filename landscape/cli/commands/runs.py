"""Commands about runs: list, show, edit, cancel, resume, delete, restore. Exporting has a module of its own."""

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from landscape.cli import run_export
from landscape.cli.foreground import print_notes, warn_if_outdated
from landscape.cli.options import RunId
from landscape.cli.output import err, out, print_tables
from landscape.reports import runs
from landscape.runs.kinds import KINDS
from landscape.runs.listing.deletion import deletion_of
from landscape.runs.listing.filters import Filters
from landscape.runs.listing.lines import in_order, listing_of
from landscape.schema.frames import PointSpec
from landscape.schema.parsing import format_duration
from landscape.store.curation.bin import KEPT
from landscape.store.records import ENDED
from landscape.store.store import Store

app = typer.Typer(no_args_is_help=True, help="Look at measured and running slices.")
app.command("export", epilog=run_export.EXAMPLES)(run_export.export_run)

Runs = Annotated[list[str], typer.Argument(metavar="RUN…", help="Ids of runs, the beginnings of them, or names.")]
Several = Annotated[list[str] | None, typer.Option()]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]
STATES = ("queued", "running", "stalled", *ENDED)


@app.command("list", epilog="Example: python -m landscape run list --kind basin --tag sft --since 2026-05-01")
def list_runs(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD…]", help="Words that must all occur.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="slice, basin, …; repeatable, as the next four.")] = None,
    checkpoint: Annotated[list[str] | None, typer.Option(help="A checkpoint that is named, θ₀ or another.")] = None,
    capability: Annotated[list[str] | None, typer.Option(help="A capability that is scored.")] = None,
    status: Annotated[list[str] | None, typer.Option(help=", ".join(STATES) + ".")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag that people wrote on it.")] = None,
    since: Day = None,
    until: Day = None,
    parts: Annotated[bool, typer.Option("--parts", help="Also the parts of inspections, each below its own.")] = False,
) -> None:
    """All runs, the latest first, pinned ones on top (*)."""
    _require_known("--kind", kind, tuple(KINDS))
    _require_known("--status", status, STATES)
    days = (since.date() if since else None, until.date() if until else None)
    chosen = (kind or (), checkpoint or (), capability or (), status or (), tag or ())
    filters = Filters(" ".join(words or ()), *chosen, *days)
    listing = listing_of(Store())
    found, names = in_order(listing, filters.shown(listing.all if parts else listing.own, listing.part_names))
    filtered = filters != Filters()
    table = runs.runs(found, () if filtered else listing.unread, names)
    if table.row_count:
        out.print(table)
    elif filtered and listing.all:
        out.print("No run passes these filters.")
    else:
        out.print("No runs yet: measure one with python -m landscape slice demo:base")
    if listing.parts and not parts:
        err.print(f"[dim]{len(listing.parts)} parts of inspections are folded: --parts shows them[/dim]")


def _require_known(option: str, given: list[str] | None, known: tuple[str, ...]) -> None:
    if wrong := [value for value in given or () if value not in known]:
        raise ValueError(f"expected {option} to be one of {', '.join(known)}, got {wrong[0]!r}")


@app.command("show", epilog="Example: python -m landscape run show 3f2a")
def show_run(run: RunId) -> None:
    """One run: its spec, its status, its scores."""
    found = Store().run(run)
    out.print(f"run {found.id}: {found.status}, {found.done} of {found.total} points, {found.measured} measured here")
    if found.labels:
        out.print(escape(found.labels.as_line()))
    if found.error:
        out.print(f"[red]{escape(found.error)}[/red]")
    out.print_json(found.spec.model_dump_json())
    warn_if_outdated(found)
    if isinstance(found.spec, PointSpec) and found.done:
        result = Store().result(found.id)
        print_tables(result)
        print_notes(found, result)


@app.command("edit", epilog="Example: python -m landscape run edit 3f2a --name nightly --tag sft --tag may --pin")
def edit_run(
    run: RunId,
    name: Annotated[str | None, typer.Option(help="Its name, which stands for its id; empty for none.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Add a tag; repeatable.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="Take a tag away; repeatable.")] = None,
    note: Annotated[str | None, typer.Option(help="A note; empty for none.")] = None,
    pin: Annotated[
        bool | None, typer.Option("--pin/--unpin", help="As a baseline: on top of the list, beside others.")
    ] = None,
) -> None:
    """Write a name, tags and a note on a run, and pin it; without options, show them."""
    store = Store()
    found = store.run(run)
    tags = None
    if tag or untag:
        tags = [one for one in (*found.labels.tags, *(tag or ())) if one not in (untag or ())]
    store.labels.edit(found.id, name=name, tags=tags, note=note, pinned=pin)
    out.print(f"run {found.id}: {escape(store.run(found.id).labels.as_line()) or 'nothing is written on it'}")


@app.command("cancel", epilog="Example: python -m landscape run cancel 3f2a")
def cancel_run(run: RunId) -> None:
    """Stop a run within one point; what it measured is kept."""
    Store().cancel(run)


@app.command("resume", epilog="Example: python -m landscape run resume 3f2a")
def resume_run(run: RunId) -> None:
    """Queue a cancelled, failed or stalled run again: a worker goes on where it was."""
    Store().resume(run)


@app.command("delete", epilog="Example: python -m landscape run delete 3f2a 91bc")
def delete_runs(run: Runs) -> None:
    """Delete runs, the parts that an inspection made, and, when it can no longer be undone, the points."""
    store = Store()
    going = deletion_of(store, list({found.id: found for found in map(store.run, run)}.values()))
    store.bin.discard(going.ids)
    for line in going.lines:
        out.print(escape(line))
    ids = " ".join(one.id for one in going.chosen)
    err.print(f"Deleted. For {format_duration(KEPT)} it can be undone: python -m landscape run restore {ids}")


@app.command("restore", epilog="Example: python -m landscape run restore 3f2a")
def restore_runs(
    run: Annotated[list[str] | None, typer.Argument(metavar="[RUN…]", help="Ids; none: what was deleted last.")] = None,
) -> None:
    """Undo a deletion: the runs come back, with all that was deleted together with them."""
    store = Store()
    there = store.bin.contents()
    if not there:
        raise ValueError(f"there is nothing to bring back: a deletion can be undone for {format_duration(KEPT)}")
    wanted = run or [there[0].id]
    moments = set()
    for one in wanted:
        found = [deleted for deleted in there if deleted.id.startswith(one)]
        if len(found) != 1:
            raise ValueError(
                f"expected the id of a deleted run, got {one!r}; there are {', '.join(d.id for d in there)}"
            )
        moments.add(found[0].moment)
    back = store.bin.restore([deleted.id for deleted in there if deleted.moment in moments])
    out.print(f"{len(back)} {'run is' if len(back) == 1 else 'runs are'} back")
