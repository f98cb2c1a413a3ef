"""The command that certifies: randomised smoothing in weight space."""

from typing import Annotated

import orjson
import typer

from landscape.bundled.portable_names import portable_checkpoint
from landscape.certificates import sigma_elimination
from landscape.cli.foreground import measured
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import (
    AdapterFrameOptions,
    Checkpoint,
    FigureOptions,
    OutputFiles,
    ScoringOptions,
    Seed,
    Targets,
    directions_towards,
)
from landscape.cli.output import err, print_tables
from landscape.figures.paper.captions import caption_of
from landscape.figures.paper.of_results import figures_of
from landscape.reports.certificates import guarantee_dict
from landscape.runs.earlier_results import with_sigmas
from landscape.schema.directions import Gaussian
from landscape.schema.parsing import parse_alphas
from landscape.schema.specs import CertificateSpec
from landscape.store.store import Store

app = typer.Typer()


@app.command(epilog="Example: python -m landscape certify demo:base --towards demo:assistant --sigma 0.002:0.02:10")
@with_option_groups
def certify(
    checkpoint: Checkpoint,
    *,
    towards: Targets = None,
    scoring: ScoringOptions,
    sigma: Annotated[str, typer.Option(help="start:stop:count or values. Default: up to a known radius.")] = "",
    trials: Annotated[int, typer.Option(min=1, help="At each σ that may still win, in whole batches of 50.")] = 1000,
    failure_probability: Annotated[float, typer.Option(help="Of all claims about one capability together.")] = 0.001,
    threshold: Annotated[float, typer.Option(help="The score that is to be certified.")] = 0.5,
    seed: Seed = 0,
    frame: AdapterFrameOptions,
    output: OutputFiles,
    paper: FigureOptions,
) -> None:
    """Prove how far a fine-tune may move before a capability of the noised model can fall: usually not far."""
    output.check()
    paper.check()
    name = portable_checkpoint(checkpoint)
    directions = (Gaussian(seed=seed), *directions_towards(towards))
    spec = CertificateSpec(
        **frame.frame_fields(name, directions),
        sigmas=parse_alphas(sigma) if sigma else (1.0,),
        trials=trials,
        failure_probability=failure_probability,
        threshold=threshold,
        **scoring.scoring_fields([name]),
    )
    if not sigma:
        spec, chosen = with_sigmas(Store(), spec)
        err.print(chosen, highlight=False, soft_wrap=True)
    sigma_elimination.check(spec)
    result = measured(spec)
    if output.screen_is_free:
        print_tables(result)
    output.write(json=lambda: orjson.dumps(guarantee_dict(result)).decode(), csv=result.to_csv)
    paper.write(lambda: figures_of(result), lambda: caption_of(result))
