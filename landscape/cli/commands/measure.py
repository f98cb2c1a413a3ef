"""Commands that measure: slice, basin, plane."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from landscape.basins.losses import read_by_loss
from landscape.bundled.portable_names import portable_checkpoint, portable_direction
from landscape.cli.foreground import measured, measured_search
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import (
    AdapterFrameOptions,
    Checkpoint,
    DirectionOptions,
    FigureOptions,
    OutputFiles,
    ScoringOptions,
    ToleranceOptions,
    checkpoints_that_begin,
)
from landscape.cli.output import out, print_tables
from landscape.figures.paper.captions import caption_of, caption_of_several
from landscape.figures.paper.of_results import figures_of
from landscape.figures.slices.reading import slice_reading
from landscape.reports.basins import basin_dict
from landscape.runs.scoreless import has_loss_alone
from landscape.schema.default_ranges import PROBED, given_reach
from landscape.schema.directions import Direction, Principal, short_name
from landscape.schema.frames import LOSS_TOLERANCE
from landscape.schema.parsing import parse_alphas, parse_range
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec

app = typer.Typer()
BETWEEN_MODELS = (
    "Between models of different make or size, --kind layer is the fair scale: it changes every tensor by the same "
    "share, so that no size of a weight has to be chosen."
)
EIGHT_RANDOM = DirectionOptions(directions=8)


@app.command("slice", epilog="Example: python -m landscape slice demo:base --towards demo:assistant --directions 3")
@with_option_groups
def measure_slice(
    checkpoint: Checkpoint,
    *,
    directions: DirectionOptions,
    scoring: ScoringOptions,
    alpha: Annotated[str, typer.Option(help="start:stop:count, values or paper-7b. Default: a probe finds it.")] = "",
    lost: ToleranceOptions,
    frame: AdapterFrameOptions,
    output: OutputFiles,
    paper: FigureOptions,
) -> None:
    """Measure capabilities along directions from a checkpoint. A point measured before is not measured again.

    The tolerance says what counts as lost in the lines below the table: every one is read off the same points.
    """
    output.check()
    paper.check()
    name = portable_checkpoint(checkpoint)
    chosen = directions.chosen()
    alphas = parse_alphas(alpha) if alpha else parse_alphas("0:1:31") if directions.relative else ()
    spec = SliceSpec(
        **frame.frame_fields(name, chosen),
        alphas=alphas,
        **scoring.scoring_fields([name]),
    )
    tau, by_loss = lost.reading()
    if lost.tolerance is None and not by_loss and all(map(has_loss_alone, spec.capabilities)):
        tau, by_loss = LOSS_TOLERANCE, True
    result = measured(spec)
    read = read_by_loss(result) if by_loss else result
    reading = slice_reading(read, tau)
    if output.screen_is_free:
        print_tables(result, reading["notes"])
        for found in reading["directions"].values():
            if ": " in found["finding"]:  # or else there is nothing to lose along it, and it only names itself
                out.print(escape(found["finding"]), highlight=False)
    output.write(json=lambda: orjson.dumps(result.to_dict() | {"reading": reading}).decode(), csv=result.to_csv)
    paper.write(lambda: figures_of(read, tau), lambda: caption_of(read, tau))


@app.command("basin", epilog="Example: python -m landscape basin demo:assistant --directions 8 --json basin.json")
@with_option_groups
def measure_basin(
    checkpoint: Annotated[
        list[str],
        typer.Argument(help="One checkpoint; several are compared (emergence).", autocompletion=checkpoints_that_begin),
    ],
    *,
    directions: DirectionOptions = EIGHT_RANDOM,
    scoring: ScoringOptions,
    lost: ToleranceOptions,
    reach: Annotated[float | None, typer.Option(help="Largest α searched. Default: a probe finds it.")] = None,
    both_signs: Annotated[
        bool, typer.Option("--both-signs", help="Search the opposite of each direction too.")
    ] = False,
    cliff: Annotated[
        bool, typer.Option("--cliff", help="Also search where ten times τ is lost: a surer cliff index, a fourth more.")
    ] = False,
    sequential: Annotated[bool, typer.Option("--sequential", help="Score a point only until it is clear.")] = False,
    frame: AdapterFrameOptions,
    output: OutputFiles,
    paper: FigureOptions,
) -> None:
    """Search how far each capability's basin reaches: the median over directions, with its 95 % interval."""
    output.check()
    paper.check()
    chosen = directions.chosen()
    far = given_reach(reach) or (1.0 if directions.relative else PROBED)
    results = []
    for name in map(portable_checkpoint, checkpoint):
        spec = BasinSpec(
            **frame.frame_fields(name, chosen),
            **scoring.scoring_fields([name]),
            reach=far,
            **lost.tolerance_fields(),
            both_signs=both_signs,
            sequential=sequential,
            cliff=cliff,
        )
        results.append(measured_search(spec))
        if output.screen_is_free:
            print_tables(results[-1])
    if len(results) > 1 and not directions.relative and output.screen_is_free:
        out.print(BETWEEN_MODELS, highlight=False)
    found = [basin_dict(result) for result in results]
    output.write(
        json=lambda: orjson.dumps(found[0] if len(found) == 1 else {"checkpoints": found}).decode(),
        csv=lambda: "".join(result.to_csv() for result in results),
    )
    paper.write(lambda: _of_each(results), lambda: _caption(results))


def _of_each(results: Sequence[Result[BasinSpec]]) -> dict[str, Any]:
    """Return the figures of searches, named by their checkpoint too where there are several."""
    if len(results) == 1:
        return figures_of(results[0])
    return {
        f"{short_name(result.spec.checkpoint)} {name}": figure
        for result in results
        for name, figure in figures_of(result).items()
    }


def _caption(results: Sequence[Result[BasinSpec]]) -> str:
    return caption_of(results[0]) if len(results) == 1 else caption_of_several(results)


@app.command("plane", epilog="Example: python -m landscape plane demo:assistant --x towards:demo:base --y gaussian:0")
@with_option_groups
def measure_plane(
    checkpoint: Checkpoint,
    *,
    x: Annotated[str, typer.Option(help="gaussian:SEED, towards:CHECKPOINT, principal:0:A,B,C, …")] = "gaussian:0",
    y: Annotated[str, typer.Option(help="As x; it is made orthogonal to it.")] = "gaussian:1",
    snapshots: Annotated[str, typer.Option(help="A,B,C,…: span the plane by their principal components.")] = "",
    x_range: Annotated[str, typer.Option(help="low:high of x. Default: a probe finds it.")] = "",
    y_range: Annotated[str, typer.Option(help="low:high of y. Default: a probe finds it.")] = "",
    grid: Annotated[int, typer.Option(min=3, max=513, help="Lines each way.")] = 65,
    full: Annotated[bool, typer.Option("--full", help="Measure every point, not only along boundaries.")] = False,
    show: Annotated[list[str] | None, typer.Option(help="Also place this checkpoint in the plane; repeatable.")] = None,
    scoring: ScoringOptions,
    lost: ToleranceOptions,
    frame: AdapterFrameOptions,
    output: OutputFiles,
    paper: FigureOptions,
) -> None:
    """Map capabilities over a plane through a checkpoint, measuring only where a boundary passes."""
    output.check()
    paper.check()
    name = portable_checkpoint(checkpoint)
    if snapshots:
        named = tuple(portable_checkpoint(part) for part in snapshots.split(","))
        axes: tuple[Direction, ...] = tuple(Principal(component=c, checkpoints=named) for c in (0, 1))
    else:
        axes = (portable_direction(x), portable_direction(y))
    usual = (-1.0, 1.0) if axes[0].relative else (0.0, 0.0)
    shown = tuple(map(portable_checkpoint, show or ()))
    spec = PlaneSpec(
        **frame.frame_fields(name, axes, *shown),
        x=parse_range(x_range) if x_range else usual,
        y=parse_range(y_range) if y_range else usual,
        grid=grid,
        full=full,
        shown=shown,
        **scoring.scoring_fields([name]),
        **lost.tolerance_fields(),
    )
    result = measured_search(spec)
    if output.screen_is_free:
        print_tables(result)
    output.write(json=result.to_json, csv=result.to_csv)
    paper.write(lambda: figures_of(result), lambda: caption_of(result))
