"""Commands that benchmark: the cost of a point, and the points that refinement saves."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from landscape.bench.plane_refinement import exponent, savings
from landscape.cli.options import RunId
from landscape.cli.output import check_writable, out
from landscape.schema.specs import PlaneSpec
from landscape.store.store import Store

if TYPE_CHECKING:
    from landscape.bench.models import BenchModel, Ratio
    from landscape.bench.suite import Row

DAY = 1440  # minutes

app = typer.Typer()


@app.command("bench", epilog="Example: python -m landscape bench --parameters 25000000")
def run_bench(
    parameters: Annotated[
        int | None, typer.Option(min=100_000, help="At least, in a random-init Llama (25,000,000).")
    ] = None,
    examples: Annotated[int, typer.Option(min=1)] = 96,
    repeats: Annotated[int | None, typer.Option(min=1, help="Rounds of each comparison (15; 5 in a suite).")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or mps.")] = "cpu",
    shape: Annotated[
        str, typer.Option(help="Instead of so many parameters: 135m, 0.5b or 7b, as real models are.")
    ] = "",
    dtype: Annotated[
        str, typer.Option(help="float32 (default), bfloat16 (default of a suite on a GPU) or float16.")
    ] = "",
    compiled: Annotated[bool, typer.Option("--compiled", help="Instead: whether torch.compile pays.")] = False,
    actors: Annotated[int, typer.Option(min=0, help="Instead: points a second of up to so many Ray actors.")] = 0,
    scoring: Annotated[
        bool, typer.Option("--scoring", help="Instead: how answers are read, against plain ways.")
    ] = False,
    generation: Annotated[
        bool, typer.Option("--generation", help="Instead: how texts are written, against model.generate.")
    ] = False,
    against: Annotated[str, typer.Option(help="Instead: lm-eval, a point beside its simple_evaluate.")] = "",
    suite: Annotated[
        bool,
        typer.Option("--suite", help="Instead: Markdown rows of all ratios of points, scoring and generation."),
    ] = False,
    minutes: Annotated[float | None, typer.Option(help="With --suite: it measures no longer (10).")] = None,
    output: Annotated[str, typer.Option(help="With --suite: a file that the rows are appended to.")] = "",
    statistics: Annotated[
        int, typer.Option(min=0, help="Instead: how often intervals and claims are right, in so many simulated runs.")
    ] = 0,
    searches: Annotated[
        bool, typer.Option("--searches", help="Instead: points of a search for basins, replayed on those that ship.")
    ] = False,
) -> None:
    """What a point costs beside the bare forward passes: ratios measured in one run."""
    if (minutes is not None or output) and not suite:
        raise ValueError("expected --suite with --minutes and --output")
    if searches:
        if suite or statistics or shape or compiled or actors or scoring or generation or against:
            raise ValueError("expected --searches alone: it replays, and times nothing")
        _print_searches()
        return
    if suite and (statistics or compiled or actors or scoring or generation or against):
        raise ValueError("expected --suite alone, or with --shape, --parameters, --dtype and --device")
    if statistics:
        if shape or compiled or actors or scoring or generation or against:
            raise ValueError("expected --statistics alone: it simulates, and times nothing")
        from landscape.bench import statistics as simulated

        out.print(simulated.as_markdown(list(simulated.statistics(statistics))), markup=False, soft_wrap=True)
        return
    if actors:
        if shape or compiled or scoring or generation or against:
            raise ValueError("expected --actors alone: Ray actors are timed on a demo model, which is not compiled")
        _print_rates(actors)
        return
    if compiled and (scoring or generation or against):
        raise ValueError("expected --compiled alone: scores are taken of plain models")
    if against not in ("", "lm-eval"):
        raise ValueError(f"expected --against lm-eval, got {against!r}")
    from landscape.bench.models import SMALL, BenchModel
    from landscape.checkpoints.models import best_device

    device = best_device(device)
    if suite:
        from landscape.bench.suite import models_of, rows_of

        rows = rows_of(models_of(device, dtype, shape, parameters), examples=examples, repeats=repeats or 5)
        _print_suite(rows, 10 if minutes is None else minutes, output)
        return
    timed = BenchModel(parameters or SMALL, shape, device, dtype or "float32")
    title = f"{shape or f'{timed.parameters:,}'} parameters, {timed.dtype}, on {device}"
    table = Table("ratio", "median (quartiles)", "should be", "reached", title=title)
    for figure in _measured(timed, compiled, (scoring, generation), against, examples, repeats or 15):
        reached = "" if not figure.bound else "yes" if figure.reached else "[red]no[/red]"
        table.add_row(figure.meaning, figure.measured, figure.bound, reached)
    out.print(table)


def _print_searches() -> None:
    """Print how many points a ray of a search for basins takes, and how far boundaries move."""
    from landscape.bench.replays.boundaries import replays

    found = replays()
    means = [sum(points) / len(found) for points in zip(*((one.points, one.by_halving) for one in found), strict=True)]
    table = Table("replayed at 2 %", "value", "should be", title=f"{len(found)} rays and capabilities that ship")
    table.add_row("points of a ray, on average", f"{means[0]:.2f}", "≤ 8")
    table.add_row("the same, with the whole ladder and halving", f"{means[1]:.2f}")
    table.add_row("halving ÷ here", f"{means[1] / means[0]:.2f}")
    table.add_row("farthest that a boundary moves, of its α", f"{max(one.moved for one in found):.2%}", "≤ 2 %")
    out.print(table)


def _print_suite(rows: "Sequence[Row]", minutes: float, output: str) -> None:
    """Print the rows of a suite as they are measured, and append them to a file as well."""
    from landscape.bench.suite import as_markdown

    if not 0 < minutes <= DAY:
        raise ValueError(f"expected --minutes above 0, at most {DAY:,}, got {minutes:g}")
    output = "" if output == "-" else output  # stdout has them in any case
    check_writable(output)
    with Path(output or os.devnull).expanduser().open("a", encoding="utf-8") as file:
        if file.tell():
            print(file=file)  # ends the table before
        for line in as_markdown(rows, 60 * minutes):
            out.print(line, markup=False, highlight=False, soft_wrap=True)
            print(line, file=file, flush=True)


def _measured(
    timed: "BenchModel", compiled: bool, parts: tuple[bool, bool], against: str, examples: int, repeats: int
) -> "list[Ratio]":
    """Return the ratios of one kind of benchmark, or of scoring, generation and against lm-eval in one run."""
    scoring, generation = parts
    found: list[Ratio] = []
    if scoring:
        from landscape.bench.scoring.reading import measure_scoring

        found += measure_scoring(timed, repeats=repeats)
    if generation:
        from landscape.bench.scoring.writing import measure_writing

        found += measure_writing(timed, repeats=repeats)
    if against:
        from landscape.bench.scoring.against_lm_eval import measure_against_lm_eval

        found += measure_against_lm_eval(timed, repeats=repeats)
    if not (scoring or generation or against):
        from landscape.bench.points import measure_compilation, measure_ratios

        measure = measure_compilation if compiled else measure_ratios
        found += measure(timed, examples=examples, repeats=repeats)
    return found


def _print_rates(actors: int) -> None:
    """Print the points per second of one process, and of Ray with up to this many actors."""
    from landscape.bench.executors import CAPABILITY, CHECKPOINT, rates

    title = f"{CAPABILITY} of {CHECKPOINT}, one thread an actor"
    table = Table("who measures", "points a second", "of the ideal", title=title)
    for rate in rates([count for count in (1, 2, 4, 8, 16, 32) if count <= actors], points=24 * actors):
        table.add_row(rate.who, f"{rate.points:.3g}", "" if rate.ideal is None else f"{rate.points / rate.ideal:.0%}")
    out.print(table)


@app.command("savings", epilog="Example: python -m landscape savings 3f2a")
def show_savings(run: RunId) -> None:
    """What refinement would have saved: replayed on a plane that was measured with --full."""
    result = Store().result(run)
    if not isinstance(result.spec, PlaneSpec):
        raise ValueError(f"expected a plane, got run {run}, a {result.spec.kind}")
    found = savings(result)
    table = Table("capabilities", "grid", "points", "of the grid", "overlap with the full grid", "grows as lines ^")
    for saving in found:
        alike = [other for other in found if other.capabilities == saving.capabilities]
        power = f"{exponent(alike):.2f}" if saving == alike[-1] and len(alike) > 1 else ""  # one grid has no slope
        names, grid = escape(", ".join(saving.capabilities)), f"{saving.lines} × {saving.lines}"
        table.add_row(names, grid, f"{saving.points:,}", f"{saving.share:.1%}", f"{saving.overlap:.3f}", power)
    out.print(table)
