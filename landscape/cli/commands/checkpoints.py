"""The command about checkpoints: their size, and how far apart two of them lie."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from landscape.bundled.portable_names import portable_checkpoint
from landscape.checkpoints import compatibility, files
from landscape.cli.foreground import finish
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import DeviceName, FigureOptions, Trust, checkpoints_that_begin, trust_code_of
from landscape.cli.output import out
from landscape.figures.module_heatmap import comparison_figure
from landscape.figures.paper.captions import caption_of_pair
from landscape.reports import comparison
from landscape.schema.directions import short_name
from landscape.schema.specs import ComparisonSpec
from landscape.store.store import Store

app = typer.Typer(no_args_is_help=True, help="Look at checkpoints.")


@app.command("show", epilog="Example: python -m landscape checkpoint show demo:base demo:assistant")
@with_option_groups
def show_checkpoint(
    checkpoint: Annotated[
        str,
        typer.Argument(
            metavar="A", help="demo:NAME, folder, hub id, or ADAPTER+BASE.", autocompletion=checkpoints_that_begin
        ),
    ],
    other: Annotated[
        str | None, typer.Argument(metavar="B", help="What to compare it with.", autocompletion=checkpoints_that_begin)
    ] = None,
    *,
    device: DeviceName = "auto",
    trust_remote_code: Trust = False,
    paper: FigureOptions,
) -> None:
    """Size, dtype and architecture of a checkpoint; with B, how far B lies from A and where it moved."""
    paper.check()
    if paper.figure and not other:
        raise ValueError("expected a second checkpoint with --figure, which draws how far apart two lie")
    names = [portable_checkpoint(name) for name in (checkpoint, other) if name]
    table = Table("", *(escape(short_name(name)) for name in names))
    described = [files.describe(name) for name in names]
    for field in ("architecture", "parameters", "bytes", "dtype", "layers", "hidden", "vocabulary", "context"):
        values = [getattr(one, field) for one in described]
        table.add_row(field, *(f"{v:,}" if isinstance(v, int) else v or "unknown" for v in values))
    out.print(table)
    for one in described:
        for remark in one.remarks:
            out.print(escape(f"{short_name(one.name)}: {remark}"))
    if len(names) == 1:
        return
    if trust_remote_code:
        trust_code_of(names)
    spec = ComparisonSpec(checkpoint=names[0], other=names[1], device=device)
    compatibility.require_comparable(*names)
    run = finish(Store(), spec)
    compared = Store().artifact(run.id) or {}
    out.print(comparison.moved_line(compared))
    out.print(comparison.moved_most(compared))
    for line in comparison.moved_otherwise(compared):
        out.print(escape(line))
    paper.write(lambda: {"change": comparison_figure(compared)}, lambda: caption_of_pair(*names))
