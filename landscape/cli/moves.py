"""The command about deployment: what rounding, quantising and pruning cost, and whether the basin foretold it."""

from typing import Annotated

import orjson
import typer
from rich.markup import escape

from landscape.cli.app import app, check_writable, out, write
from landscape.cli.measure import measured
from landscape.cli.options import (
    Capabilities,
    Checkpoint,
    CsvFile,
    Device,
    Globs,
    JsonFile,
    Limit,
    NumberFormat,
    Tolerance,
    Trust,
    chosen_capabilities,
    portable,
    where,
)
from landscape.reports import deployment
from landscape.reports.deployment import moves_dict
from landscape.runs.earlier_results import known_radii
from landscape.schema import deployments
from landscape.schema.directions import Move
from landscape.schema.specs import TOLERANCE, SliceSpec
from landscape.slices.deployment_survival import survival_finding, survivals_of
from landscape.store.store import Store

Moves = Annotated[
    list[str] | None, typer.Option(help=f"{', '.join(deployments.MOVES)}; repeatable. Default: all but int3.")
]


@app.command(epilog="Example: python -m landscape moves demo:assistant --move int8 --move int4-128")
def moves(
    checkpoint: Checkpoint,
    move: Moves = None,
    capability: Capabilities = "",
    tolerance: Tolerance = TOLERANCE,
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    only: Globs = None,
    exclude: Globs = None,
    limit: Limit = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """Measure what quantising, pruning or rounding a checkpoint costs, beside what its basin foretells."""
    check_writable(json, csv)
    name = portable(checkpoint)
    for one in move or ():
        deployments.find_deployment(one)
    drawn = tuple(Move(name=one) for one in dict.fromkeys(move or deployments.USUAL))
    spec = SliceSpec(
        checkpoint=name,
        directions=drawn,
        alphas=(0.0,),
        capabilities=chosen_capabilities(capability),
        limit=limit,
        **where(name, drawn, device, dtype, only, exclude, trust_remote_code),
    )
    result = measured(spec)
    survivals = survivals_of(result, known_radii(Store(), spec, tolerance), tolerance)
    if "-" not in (json, csv):
        out.print(deployment.moves(result, survivals))
        out.print("", escape(survival_finding(survivals)), sep="\n", highlight=False)
    write(json, lambda: orjson.dumps(moves_dict(result, survivals)).decode())
    write(csv, result.to_csv)
