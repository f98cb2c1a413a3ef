"""Commands that measure: slice, basin, plane."""

from typing import Annotated, Any

import orjson
import typer

from landscape.checkpoints import files as checkpoint_files
from landscape.cli.app import app, check_writable, finish, out, print_notes, write
from landscape.cli.options import (
    RANDOM,
    Adapter,
    Along,
    Capabilities,
    Checkpoint,
    Count,
    CsvFile,
    Device,
    Globs,
    JsonFile,
    Kind,
    Limit,
    NumberFormat,
    Seed,
    Tolerance,
    Towardses,
    Trust,
    _directions,
    _portable_direction,
    chosen_capabilities,
    portable,
    where,
)
from landscape.reports import tables
from landscape.reports.basins import basin_dict
from landscape.schema.default_ranges import default_alphas, default_reach
from landscape.schema.directions import (
    Direction,
    Principal,
)
from landscape.schema.parsing import parse_alphas, parse_range
from landscape.schema.results import Result
from landscape.schema.specs import TOLERANCE, BasinSpec, Measurable, PlaneSpec, SliceSpec
from landscape.store.store import Store


@app.command("slice", epilog="Example: python -m landscape slice demo:base --towards demo:assistant --directions 3")
def measure_slice(
    checkpoint: Checkpoint,
    towards: Towardses = None,
    along: Along = None,
    directions: Count = 5,
    kind: Kind = "gaussian",
    seed: Seed = 0,
    capability: Capabilities = "",
    alpha: Annotated[str, typer.Option(help="start:stop:count, values or paper-7b. Default: by model size.")] = "",
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    only: Globs = None,
    exclude: Globs = None,
    adapter: Adapter = False,
    limit: Limit = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """Measure capabilities along directions from a checkpoint. A point measured before is not measured again."""
    check_writable(json, csv)
    name = portable(checkpoint)
    drawn = _directions(kind, seed, directions, towards, along)
    spec = SliceSpec(
        checkpoint=name,
        directions=drawn,
        alphas=parse_alphas(alpha) if alpha else default_alphas(checkpoint_files.moved(name, adapter=adapter)),
        capabilities=chosen_capabilities(capability),
        limit=limit,
        adapter=adapter,
        **where(name, drawn, device, dtype, only, exclude, trust_remote_code),
    )
    result = measured(spec)
    print_tables(result, json, csv)
    write(json, result.to_json)
    write(csv, result.to_csv)


@app.command("basin", epilog="Example: python -m landscape basin demo:assistant --directions 8 --json basin.json")
def measure_basin(
    checkpoint: Annotated[list[str], typer.Argument(help="One checkpoint; several are compared (emergence).")],
    towards: Towardses = None,
    capability: Capabilities = "",
    tolerance: Tolerance = TOLERANCE,
    along: Along = None,
    directions: Count = 8,
    kind: Kind = "gaussian",
    seed: Seed = 0,
    reach: Annotated[float | None, typer.Option(help="Largest α searched. Default: by model size.")] = None,
    both_signs: Annotated[
        bool, typer.Option("--both-signs", help="Search the opposite of each direction too.")
    ] = False,
    sequential: Annotated[bool, typer.Option("--sequential", help="Score a point only until it is clear.")] = False,
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    only: Globs = None,
    exclude: Globs = None,
    adapter: Adapter = False,
    limit: Limit = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """Search how far each capability's basin reaches: the median over directions, with its 95 % interval."""
    check_writable(json, csv)
    drawn = _directions(kind, seed, directions, towards, along)
    results = []
    for name in map(portable, checkpoint):
        far = 1.0 if RANDOM[kind](seed=0).relative else default_reach(checkpoint_files.moved(name, adapter=adapter))
        spec = BasinSpec(
            checkpoint=name,
            directions=drawn,
            capabilities=chosen_capabilities(capability),
            reach=far if reach is None else reach,
            tolerance=tolerance,
            both_signs=both_signs,
            sequential=sequential,
            limit=limit,
            adapter=adapter,
            **where(name, drawn, device, dtype, only, exclude, trust_remote_code),
        )
        results.append(measured(spec))
        print_tables(results[-1], json, csv)
    found = [basin_dict(result) for result in results]
    write(json, lambda: orjson.dumps(found[0] if len(found) == 1 else {"checkpoints": found}).decode())
    write(csv, lambda: "".join(result.to_csv() for result in results))


@app.command("plane", epilog="Example: python -m landscape plane demo:assistant --x towards:demo:base --y gaussian:0")
def measure_plane(
    checkpoint: Checkpoint,
    x: Annotated[str, typer.Option(help="gaussian:SEED, towards:CHECKPOINT, principal:0:A,B,C, …")] = "gaussian:0",
    y: Annotated[str, typer.Option(help="As x; it is made orthogonal to it.")] = "gaussian:1",
    snapshots: Annotated[str, typer.Option(help="A,B,C,…: span the plane by their principal components.")] = "",
    x_range: Annotated[str, typer.Option(help="low:high of x. Default: by model size.")] = "",
    y_range: Annotated[str, typer.Option(help="low:high of y. Default: by model size.")] = "",
    grid: Annotated[int, typer.Option(min=3, max=513, help="Lines each way.")] = 65,
    full: Annotated[bool, typer.Option("--full", help="Measure every point, not only along boundaries.")] = False,
    show: Annotated[list[str] | None, typer.Option(help="Also place this checkpoint in the plane; repeatable.")] = None,
    capability: Capabilities = "",
    tolerance: Tolerance = TOLERANCE,
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    only: Globs = None,
    exclude: Globs = None,
    adapter: Adapter = False,
    limit: Limit = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """Map capabilities over a plane through a checkpoint, measuring only where a boundary passes."""
    check_writable(json, csv)
    name = portable(checkpoint)
    if snapshots:
        named = tuple(portable(part) for part in snapshots.split(","))
        axes: tuple[Direction, ...] = tuple(Principal(component=c, checkpoints=named) for c in (0, 1))
    else:
        axes = (_portable_direction(x), _portable_direction(y))
    wide = default_reach(checkpoint_files.moved(name, adapter=adapter))
    far = 1.0 if axes[0].relative else wide if snapshots else wide / 2  # a training run goes far
    spec = PlaneSpec(
        checkpoint=name,
        directions=axes,
        x=parse_range(x_range) if x_range else (-far, far),
        y=parse_range(y_range) if y_range else (-far, far),
        grid=grid,
        full=full,
        shown=tuple(map(portable, show or ())),
        capabilities=chosen_capabilities(capability),
        tolerance=tolerance,
        limit=limit,
        adapter=adapter,
        **where(name, axes, device, dtype, only, exclude, trust_remote_code, *map(portable, show or ())),
    )
    result = measured(spec)
    print_tables(result, json, csv)
    write(json, result.to_json)
    write(csv, result.to_csv)


def measured(spec: Measurable) -> Result[Any]:
    """The complete result of a spec."""
    run = finish(Store(), spec)
    print_notes(run)
    return Store().result(run.id)


def print_tables(result: Result[Any], *files: str) -> None:
    """The tables of a result, unless a file goes to the screen."""
    if "-" not in files:
        for table in tables.of(result):
            out.print(table)
