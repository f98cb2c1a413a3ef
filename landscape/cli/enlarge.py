"""The command about enlarged basins: whether one way of training made wider ones than another."""

from typing import Annotated

import orjson
import typer
from rich.markup import escape

from landscape.checkpoints import files
from landscape.cli.app import app, check_writable, out, write
from landscape.cli.measure import measured
from landscape.cli.options import (
    Capabilities,
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
from landscape.enlarge.claims import claims_of
from landscape.enlarge.forgetting import CapabilityChange, capability_changes
from landscape.enlarge.radius_ratios import EQUAL, enlargements, ratio_finding
from landscape.enlarge.variants import Variants
from landscape.reports import enlarge
from landscape.reports.enlarge import comparison_csv, comparison_dict
from landscape.schema.default_ranges import default_reach
from landscape.schema.directions import Gaussian
from landscape.schema.results import Result
from landscape.schema.specs import MAX_POINTS, TOLERANCE, BasinSpec

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
    tuned: Annotated[
        list[str] | None, typer.Option(help="A fine-tune of each, in the same order: what it forgot and learned.")
    ] = None,
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
    drawn = tuple(Gaussian(seed=seed + index) for index in range(directions))
    names, tunes = list(map(portable, checkpoint)), list(map(portable, tuned or ()))
    far = 4 * max(default_reach(files.describe(name).parameters) for name in names) if reach is None else reach
    spec = BasinSpec(
        checkpoint=names[0],
        directions=drawn,
        capabilities=chosen_capabilities(capability),
        reach=far,
        tolerance=tolerance,
        limit=limit,
        **where(names[0], drawn, device, dtype, only, exclude, trust_remote_code, *names, *tunes),
    )
    variants = Variants(spec, tuple(names[1:]), tuple(tunes))
    results = {name: measured(search) for name, search in variants.searches.items()}
    fates = [
        fate
        for name, scoring in variants.scorings.items()
        for fate in capability_changes(results[name], measured(scoring))
    ]
    searches = list(results.values())
    if "-" not in (json, csv):
        _print(searches, fates)
    write(json, lambda: orjson.dumps(comparison_dict(searches, fates)).decode())
    write(csv, lambda: comparison_csv(searches))


def _print(searches: list[Result[BasinSpec]], fates: list[CapabilityChange]) -> None:
    """Tables, sentences, and what is claimed of each capability."""
    out.print(enlarge.compared(searches))
    found = enlargements(searches)
    out.print("", *map(escape, ratio_finding(found)), sep="\n", highlight=False)
    if any(one.worse and one.ratio is not None for one in found):
        out.print(f"* the score at θ₀ is lower by more than {EQUAL:g}: a wider basin of a lower score is no gain.")
    if fates:
        out.print("", enlarge.forgotten(fates))
    for name in dict.fromkeys(one.other.capability for one in found):
        if claims := claims_of([one for one in found if one.other.capability == name], fates):
            out.print("", enlarge.claimed(name, claims))
