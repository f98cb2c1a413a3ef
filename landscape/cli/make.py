"""Commands that build the demo models, serve runs, and benchmark."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from landscape import assets
from landscape.bench.plane_refinement import exponent, savings
from landscape.bundled import specs, texts
from landscape.cli.app import app, demo_app, finish, out
from landscape.cli.options import Device, RunId
from landscape.schema.specs import BasinSpec, PlaneSpec
from landscape.store.store import Store


@demo_app.command("build", epilog="Example: python -m landscape demo build")
def build_demo(
    only: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Trainings by name; repeat for several.")
    ] = None,
) -> None:
    """Train the demo models that are missing, and measure the first pictures. Resumes where it was stopped.

    From nothing, under an hour on two cores. Models by other methods (weight noise, SAM, averages) take hours and are
    trained by name only, such as --only '*-adamw' --only '*-go-0.05'.
    """
    from landscape.demo import record_texts
    from landscape.demo.build import build
    from landscape.demo.stages import chosen
    from landscape.runs.paths import directions_of

    build(assets.DATA, stages=chosen(only or ()))
    missing = {file: spec for file, spec in specs.shipped_specs().items() if not file.is_file()}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Store(str(Path(folder) / "store.sqlite"))
        assets.DIRECTIONS.mkdir(exist_ok=True)
        for file, spec in missing.items():  # the first pictures
            file.parent.mkdir(exist_ok=True)
            outcomes = isinstance(spec, BasinSpec) or spec.checkpoint in assets.ENLARGED
            store.result(finish(store, spec).id).save(file, outcomes=outcomes)
        if not texts.SHIPPED.is_file():  # what the assistant writes along the first lesson's walk
            record_texts.record_texts(specs.DEMO_WALK).save(texts.SHIPPED)
        for found in directions_of(store).glob("*.safetensors"):
            shutil.copy(found, assets.DIRECTIONS)


@app.command("worker", epilog="Example: python -m landscape worker --idle-exit 600")
def run_worker(
    idle_exit: Annotated[float | None, typer.Option(help="Leave after this many seconds without a run.")] = None,
    device: Device = "auto",
) -> None:
    """Measure queued runs until stopped. The app starts one by itself."""
    from landscape.runs import worker

    worker.work(Store(), device=device, idle_exit=idle_exit)


@app.command("bench", epilog="Example: python -m landscape bench --parameters 25000000")
def run_bench(
    parameters: Annotated[int, typer.Option(min=100_000, help="At least, in a random-init Llama.")] = 25_000_000,
    examples: Annotated[int, typer.Option(min=1)] = 96,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds of each comparison.")] = 15,
    device: Annotated[str, typer.Option(help="cpu, cuda or mps.")] = "cpu",
    shape: Annotated[str, typer.Option(help="Instead of so many parameters: 0.5b or 7b, as real models are.")] = "",
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    compiled: Annotated[bool, typer.Option("--compiled", help="Instead: whether torch.compile pays.")] = False,
    actors: Annotated[int, typer.Option(min=0, help="Instead: points a second of Ray crews of up to so many.")] = 0,
) -> None:
    """What a point costs beside the bare forward passes: ratios measured in one run."""
    if actors:
        if shape or compiled:
            raise ValueError("expected --actors alone: crews are timed on a demo model, which is not compiled")
        _print_rates(actors)
        return
    from landscape.bench.points import BenchModel, measure_compilation, measure_ratios

    timed = BenchModel(parameters, shape, device, dtype)
    title = f"{shape or f'{parameters:,}'} parameters, {dtype}, on {device}"
    table = Table("ratio", "median (quartiles)", "should be", "reached", title=title)
    measure = measure_compilation if compiled else measure_ratios
    for figure in measure(timed, examples=examples, repeats=repeats):
        reached = "" if not figure.bound else "yes" if figure.reached else "[red]no[/red]"
        low, middle, high = figure.quartiles
        spread = f" ({low:.3g}–{high:.3g})" if low < high else ""
        table.add_row(figure.meaning, f"{middle:.3g}{spread}", figure.bound, reached)
    out.print(table)


def _print_rates(actors: int) -> None:
    from landscape.bench.executors import CAPABILITY, CHECKPOINT, rates

    title = f"{CAPABILITY} of {CHECKPOINT}, one thread a hand"
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
        power = f"{exponent(alike):.2f}" if saving == alike[-1] else ""
        names, grid = escape(", ".join(saving.capabilities)), f"{saving.lines} × {saving.lines}"
        table.add_row(names, grid, f"{saving.points:,}", f"{saving.share:.1%}", f"{saving.overlap:.3f}", power)
    out.print(table)
