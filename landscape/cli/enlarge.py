"""The command about enlarged basins: whether one way of training made wider ones than another."""

from typing import Annotated

import orjson
import typer
from rich.markup import escape

from landscape import checkpoints, enlarge_tables
from landscape.arguments import default_reach
from landscape.cli.app import (
    Capabilities,
    CsvFile,
    Device,
    Globs,
    JsonFile,
    Limit,
    NumberFormat,
    Tolerance,
    Trust,
    app,
    check_writable,
    out,
    portable,
    write,
)
from landscape.cli.measure import chosen_capabilities, measured, where
from landscape.enlarge_readings import EQUAL, enlargement_dict, enlargements, finding
from landscape.recipes import Gaussian
from landscape.specs import MAX_POINTS, TOLERANCE, BasinSpec

enlarge_app = typer.Typer(no_args_is_help=True, help="Basins that training under weight noise enlarged.")
app.add_typer(enlarge_app, name="enlarge")


@enlarge_app.callback()
def about() -> None:
    """Basins that training under weight noise enlarged."""


@enlarge_app.command(
    "compare", epilog="Example: python -m landscape enlarge compare demo:base-02000 demo:base --capability basic"
)
def compare(
    checkpoint: Annotated[
        list[str], typer.Argument(help="Two or more; the first is what the others are held against.")
    ],
    capability: Capabilities = "",
    tolerance: Tolerance = TOLERANCE,
    directions: Annotated[int, typer.Option(min=1, max=MAX_POINTS, help="How many random directions.")] = 8,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed of the first random direction.")] = 0,
    reach: Annotated[float | None, typer.Option(help="Largest α searched. Default: four times the usual.")] = None,
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    only: Globs = None,
    exclude: Globs = None,
    limit: Limit = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """How much wider the basins of some checkpoints are than the first one's, in α and relative to their weights."""
    check_writable(json, csv)
    if len(checkpoint) < 2:
        raise ValueError(f"expected two checkpoints or more, got {checkpoint[0]!r} alone")
    drawn = tuple(Gaussian(seed=seed + index) for index in range(directions))
    names = list(map(portable, checkpoint))
    far = 4 * max(default_reach(checkpoints.describe(name).parameters) for name in names) if reach is None else reach
    results = []
    for name in names:
        spec = BasinSpec(
            checkpoint=name,
            directions=drawn,
            capabilities=chosen_capabilities(capability),
            reach=far,
            tolerance=tolerance,
            limit=limit,
            **where(name, drawn, device, dtype, only, exclude, trust_remote_code),
        )
        results.append(measured(spec))
    if "-" not in (json, csv):
        out.print(enlarge_tables.compared(results))
        found = enlargements(results)
        out.print("", *map(escape, finding(found)), sep="\n", highlight=False)
        if not all(one.equal for one in found):
            out.print(f"* the scores at θ₀ differ by more than {EQUAL:g}: a wider basin of a lower score is no gain.")
    write(json, lambda: orjson.dumps(enlargement_dict(results)).decode())
    write(csv, lambda: "".join(result.to_csv() for result in results))
