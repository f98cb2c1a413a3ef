"""Commands about the worst case: directions found to hurt most, and standard measures of flatness."""

from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from landscape.bundled.portable_names import portable_checkpoint
from landscape.cli.foreground import finish, measured_search
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import (
    AdapterFrameOptions,
    Capabilities,
    Checkpoint,
    Count,
    FigureOptions,
    FrameOptions,
    JsonFile,
    OutputFiles,
    ScoringOptions,
    Seed,
    Targets,
    ToleranceOptions,
    directions_towards,
    random_directions,
)
from landscape.cli.output import check_writable, err, out, print_tables, write
from landscape.cli.portable_names import portable_capabilities
from landscape.figures.paper.captions import caption_of
from landscape.figures.paper.of_results import figures_of
from landscape.reports import worst_tables
from landscape.reports.worst import worst_dict
from landscape.runs.earlier_results import with_alpha
from landscape.schema.default_ranges import given_reach
from landscape.schema.directions import worst_directions
from landscape.schema.parsing import format_direction
from landscape.schema.specs import FlatnessSpec, WorstSpec
from landscape.store.store import Store

app = typer.Typer()

Alpha = Annotated[float | None, typer.Option(help="Where the first round climbs the loss. Default: by model size.")]


@app.command(epilog="Example: python -m landscape worst demo:assistant --capability math --towards demo:adversarial")
@with_option_groups
def worst(
    checkpoint: Checkpoint,
    *,
    towards: Targets = None,
    scoring: ScoringOptions,
    alpha: Alpha = None,
    restarts: Annotated[int, typer.Option(min=1, help="Ascents; the direction that ends it nearest is kept.")] = 3,
    steps: Annotated[int, typer.Option(min=1, max=10_000, help="Steps of each ascent, in all its rounds.")] = 30,
    start: Annotated[str, typer.Option(help="Also start towards this checkpoint; their cosine then says little.")] = "",
    spare: Annotated[bool, typer.Option("--spare", help="Also hurt each while sparing the others.")] = False,
    joint: Annotated[bool, typer.Option("--joint", help="Also hurt all of them at once.")] = False,
    directions: Count = 8,
    seed: Seed = 0,
    reach: Annotated[float | None, typer.Option(help="Largest α searched. Default: a probe finds it.")] = None,
    lost: ToleranceOptions,
    frame: AdapterFrameOptions,
    output: OutputFiles,
    paper: FigureOptions,
) -> None:
    """Search the direction that hurts each capability most, and how far every capability holds along it.

    The search uses all examples of its half, whatever --limit leaves to confirm it.
    """
    output.check()
    paper.check()
    name = portable_checkpoint(checkpoint)
    scored = scoring.scoring_fields([name])
    search: dict[str, Any] = {
        "alpha": alpha,
        "steps": steps,
        "restarts": restarts,
        "start": portable_checkpoint(start) if start else None,
        "seed": seed,
    }
    searched = worst_directions(scored["capabilities"], spare=spare, joint=joint, **search)
    drawn = (*random_directions(seed, directions), *directions_towards(towards), *searched)
    spec = WorstSpec(
        **frame.frame_fields(name, drawn),
        **scored,
        reach=given_reach(reach),
        **lost.tolerance_fields(),
    )
    result = measured_search(spec)
    if output.screen_is_free:
        print_tables(result)
        again = "  ".join(map(format_direction, searched))
        out.print(f"Kept, for slice --along and plane --x: {escape(again)}", highlight=False, soft_wrap=True)
    output.write(json=lambda: orjson.dumps(worst_dict(result)).decode(), csv=result.to_csv)
    paper.write(lambda: figures_of(result), lambda: caption_of(result))


@app.command(epilog="Example: python -m landscape flatness demo:assistant --capability math,safety")
@with_option_groups
def flatness(
    checkpoint: Checkpoint,
    *,
    capability: Capabilities = "",
    alpha: Annotated[
        float | None, typer.Option(help="Where sharpness is averaged. Default: within a known radius.")
    ] = None,
    directions: Annotated[int, typer.Option(min=2, help="Random directions of the average sharpness.")] = 8,
    probes: Annotated[int, typer.Option(min=2, help="Random vectors that estimate the trace.")] = 16,
    seed: Seed = 0,
    frame: FrameOptions,
    json: JsonFile = "",
) -> None:
    """Standard flatness at a checkpoint: largest and smallest Hessian eigenvalue, trace, average sharpness."""
    check_writable(json)
    name = portable_checkpoint(checkpoint)
    spec = FlatnessSpec(
        **frame.frame_fields(name, random_directions(seed, directions)),
        capabilities=portable_capabilities(capability, [name]),
        alpha=1.0 if alpha is None else alpha,
        probes=probes,
    )
    if alpha is None:
        spec, chosen = with_alpha(Store(), spec)
        err.print(escape(chosen), highlight=False, soft_wrap=True)
    found = Store().artifact(finish(Store(), spec).id) or {}
    if json != "-":
        out.print(worst_tables.flatness(found))
        for line in worst_tables.spreads(found):
            out.print(escape(line), highlight=False)
    write(json, lambda: orjson.dumps({"spec": spec.model_dump(mode="json"), **found}).decode())
