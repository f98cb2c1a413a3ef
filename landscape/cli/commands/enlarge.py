"""The command about enlarged basins: whether one way of training made wider ones than another."""

from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from landscape.bundled.portable_names import portable_checkpoint
from landscape.cli.foreground import measured
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import (
    FigureOptions,
    FrameOptions,
    OutputFiles,
    ScoringOptions,
    Seed,
    Tolerance,
    checkpoints_that_begin,
    random_directions,
)
from landscape.cli.output import err, out
from landscape.enlarge.claims import claims_of
from landscape.enlarge.forgetting import CapabilityChange, capability_changes
from landscape.enlarge.radius_ratios import EQUAL, enlargements, ratio_finding
from landscape.enlarge.variants import Variants
from landscape.figures.enlarge.kept import kept_finding
from landscape.figures.paper.captions import caption_of_several
from landscape.figures.paper.of_results import figures_of_comparison
from landscape.reports import enlarge
from landscape.reports.enlarge import comparison_csv, comparison_dict
from landscape.schema.capability_names import name_of
from landscape.schema.default_ranges import given_reach
from landscape.schema.frames import MAX_POINTS, TOLERANCE
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

app = typer.Typer(no_args_is_help=True, help="Basins that training under weight noise enlarged.")


@app.command(
    "compare", epilog="Example: python -m landscape enlarge compare demo:base-02000 demo:base --capability basic"
)
@with_option_groups
def compare(
    checkpoint: Annotated[
        list[str],
        typer.Argument(
            help="Two or more; the first is what the others are held against.", autocompletion=checkpoints_that_begin
        ),
    ],
    *,
    tuned: Annotated[
        list[str] | None, typer.Option(help="A fine-tune of each, in the same order: what it forgot and learned.")
    ] = None,
    scoring: ScoringOptions,
    tolerance: Tolerance = TOLERANCE,
    tolerance_share: Annotated[
        bool, typer.Option("--tolerance-share", help="Read τ as a share of each score at θ₀: for unequal skill.")
    ] = False,
    directions: Annotated[int, typer.Option(min=1, max=MAX_POINTS, help="How many random directions.")] = 8,
    seed: Seed = 0,
    reach: Annotated[float | None, typer.Option(help="Largest α searched. Default: a probe of each finds it.")] = None,
    per_tensor: Annotated[
        bool, typer.Option(help="Also search along directions that change every tensor by the same share.")
    ] = True,
    frame: FrameOptions,
    output: OutputFiles,
    paper: FigureOptions,
) -> None:
    """How much wider the basins of some checkpoints are than the first one's, in α and relative to their weights."""
    output.check()
    paper.check()
    names, tunes = list(map(portable_checkpoint, checkpoint)), list(map(portable_checkpoint, tuned or ()))
    spec = BasinSpec(
        **frame.frame_fields(names[0], random_directions(seed, directions), *names, *tunes),
        **scoring.scoring_fields([*names, *tunes]),
        reach=given_reach(reach),
        tolerance=tolerance,
    )
    variants = Variants(spec, tuple(names[1:]), tuple(tunes), per_tensor)
    results = {name: measured(search) for name, search in variants.searches.items()}
    layers = [measured(search) for search in variants.per_tensor_searches.values()]
    changes = [
        change
        for name, scored in variants.scorings.items()
        for change in capability_changes(results[name], measured(scored))
    ]
    searches, alphas, share = list(results.values()), _alphas(variants), tolerance_share
    if output.screen_is_free:
        _print(searches, layers, changes, alphas, share)
    output.write(
        json=lambda: orjson.dumps(comparison_dict(searches, changes, layers, alphas, share_of_score=share)).decode(),
        csv=lambda: comparison_csv(searches, layers),
    )
    paper.write(
        lambda: _figures(searches, share),
        lambda: caption_of_several(searches, tolerance, share=share),
    )


def _figures(searches: list[Result[BasinSpec]], share: bool) -> dict[str, Any]:
    """Return the figures of every capability."""
    basins = enlarge.basins_by_checkpoint(searches, share_of_score=share)
    return figures_of_comparison(searches, basins, enlargements(searches, basins, {}), share=share)


def _alphas(variants: Variants) -> dict[str, float]:
    """The α of each fine-tune from its base, by the base; a note says why one is not known."""
    found: dict[str, float] = {}
    for name, way in variants.ways.items():
        try:
            facts = measured(way).facts
        except (ValueError, RuntimeError) as error:
            why = f"how far the fine-tune of {name} lies from it is not known: {error}"
            err.print(f"[yellow]{escape(why)}[/yellow]")
        else:
            if facts and way.others[0] in facts.alpha_of:
                found[name] = facts.alpha_of[way.others[0]]
    return found


def _print(
    searches: list[Result[BasinSpec]],
    layers: list[Result[BasinSpec]],
    changes: list[CapabilityChange],
    alphas: dict[str, float],
    share: bool,
) -> None:
    """Print the tables, the finding, and what is claimed of each capability beside what was measured."""
    out.print(enlarge.compared(searches, layers, share_of_score=share))
    basins, along = (enlarge.basins_by_checkpoint(one, share_of_score=share) for one in (searches, layers))
    found = enlargements(searches, basins, along)
    out.print("", *map(escape, ratio_finding(found)), sep="\n", highlight=False)
    if any(one.worse and one.ratio is not None for one in found):
        out.print(f"* the score at θ₀ is lower by more than {EQUAL:g}: a wider basin of a lower score is no gain.")
    if changes:
        out.print("", enlarge.forgotten(changes))
        for name in map(name_of, searches[0].spec.capabilities):
            if kept := enlarge.kept_in_comparison(searches, changes, alphas, name, share_of_score=share):
                out.print("", escape(kept_finding(kept)), highlight=False)
    for name in dict.fromkeys(one.other.capability for one in found):
        if claims := claims_of([one for one in found if one.other.capability == name], changes):
            out.print("", enlarge.claimed(name, claims))
