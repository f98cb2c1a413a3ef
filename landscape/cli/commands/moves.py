"""The command about deployment: what rounding, quantising and pruning cost, and whether the basin foretold it."""

from typing import Annotated

import orjson
import typer
from rich.markup import escape

from landscape.cli.foreground import measured
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import Checkpoint, FrameOptions, OutputFiles, ScoringOptions, Tolerance
from landscape.cli.output import out
from landscape.cli.portable_names import portable_checkpoint
from landscape.reports import deployment
from landscape.reports.deployment import moves_dict
from landscape.runs.earlier_results import known_radii
from landscape.schema import deployments
from landscape.schema.directions import Move
from landscape.schema.frames import TOLERANCE
from landscape.schema.specs import SliceSpec
from landscape.slices.deployment_survival import survival_finding, survivals_of
from landscape.store.store import Store

Moves = Annotated[
    list[str] | None, typer.Option(help=f"{', '.join(deployments.MOVES)}; repeatable. Default: all but int3.")
]

app = typer.Typer()


@app.command(epilog="Example: python -m landscape moves demo:assistant --move int8 --move int4-128")
@with_option_groups
def moves(
    checkpoint: Checkpoint,
    *,
    move: Moves = None,
    scoring: ScoringOptions,
    tolerance: Tolerance = TOLERANCE,
    frame: FrameOptions,
    output: OutputFiles,
) -> None:
    """Measure what quantising, pruning or rounding a checkpoint costs, beside what its basin foretells."""
    output.check()
    name = portable_checkpoint(checkpoint)
    for one in move or ():
        deployments.find_deployment(one)
    directions = tuple(Move(name=one) for one in dict.fromkeys(move or deployments.USUAL))
    spec = SliceSpec(**frame.frame_fields(name, directions), alphas=(0.0,), **scoring.scoring_fields())
    result = measured(spec)
    survivals = survivals_of(result, known_radii(Store(), spec, tolerance), tolerance)
    if output.screen_is_free:
        out.print(deployment.moves(result, survivals))
        out.print("", escape(survival_finding(survivals)), sep="\n", highlight=False)
    output.write(json=lambda: orjson.dumps(moves_dict(result, survivals)).decode(), csv=result.to_csv)
