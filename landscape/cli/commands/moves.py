"""The command about deployment: what rounding, quantising and pruning cost, and whether noise foretold it."""

from typing import Annotated

import orjson
import typer
from rich.markup import escape

from landscape.basins.standings import standing_notes
from landscape.bundled.portable_names import portable_checkpoint
from landscape.cli.foreground import measured
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import Checkpoint, FrameOptions, OutputFiles, ScoringOptions, Tolerance
from landscape.cli.output import out
from landscape.reports import deployment
from landscape.reports.deployment import moves_csv, moves_dict
from landscape.runs.earlier_results import known_curves, known_radii
from landscape.schema import deployments
from landscape.schema.directions import moves_with_noise
from landscape.schema.frames import TOLERANCE
from landscape.schema.specs import SliceSpec
from landscape.slices.deployment_survival import survival_finding, survivals_of
from landscape.store.store import Store

Moves = Annotated[
    list[str] | None, typer.Option(help=f"{', '.join(deployments.MOVES)}; repeatable. Default: all but int3.")
]

Noise = Annotated[
    int, typer.Option(min=0, max=100, help="Draws of noise matched to each move, which predict it; 0: none.")
]

app = typer.Typer()


@app.command(epilog="Example: python -m landscape moves demo:assistant --move int8 --move int4-128")
@with_option_groups
def moves(
    checkpoint: Checkpoint,
    *,
    move: Moves = None,
    noise: Noise = deployments.DRAWS,
    scoring: ScoringOptions,
    tolerance: Tolerance = TOLERANCE,
    frame: FrameOptions,
    output: OutputFiles,
) -> None:
    """Measure what quantising, pruning or rounding a checkpoint costs, beside what noise foretells."""
    output.check()
    name = portable_checkpoint(checkpoint)
    for one in move or ():
        deployments.find_deployment(one)
    directions = moves_with_noise(tuple(dict.fromkeys(move or deployments.USUAL)), noise)
    spec = SliceSpec(**frame.frame_fields(name, directions), alphas=(0.0,), **scoring.scoring_fields([name]))
    result = measured(spec)
    store = Store()
    survivals = survivals_of(result, known_radii(store, spec, tolerance), tolerance, known_curves(store, spec))
    if output.screen_is_free:
        out.print(deployment.moves(result, survivals))
        said = filter(None, [survival_finding(survivals), *standing_notes(result, tolerance)])
        out.print("", *map(escape, said), sep="\n", highlight=False)
    output.write(
        json=lambda: orjson.dumps(moves_dict(result, survivals)).decode(), csv=lambda: moves_csv(result, survivals)
    )
