"""The command that builds the bundled demo models and capabilities."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from landscape import assets
from landscape.bundled import results, specs, texts
from landscape.cli.foreground import finish
from landscape.inspection import shipped
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.frames import PointSpec
from landscape.schema.specs import InspectionSpec
from landscape.store.store import Store

app = typer.Typer(no_args_is_help=True, help="The bundled demo models.")


@app.command("build", epilog="Example: python -m landscape demo build")
def build_demo(
    only: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Trainings by name; repeat for several.")
    ] = None,
    starter: Annotated[
        bool, typer.Option("--starter", help="Only write the starter capabilities, which takes a second.")
    ] = False,
    real: Annotated[
        bool, typer.Option("--real", help="Instead the showcase: a real model of 135 M weights. Hours, and 1.5 GB.")
    ] = False,
) -> None:
    """Train the demo models that are missing, and measure the first pictures. Resumes where it was stopped.

    From nothing, under an hour on two cores. Models by other methods (weight noise, SAM, averages) take hours and are
    trained by name only, such as --only '*-adamw' --only '*-go-0.05'.
    """
    if sum(map(bool, (only, starter, real))) > 1:
        raise ValueError("expected one of --only, --starter and --real: each builds something else")
    from landscape.starter.build import write

    write(assets.DATA / "capabilities" / "starter")
    if starter:
        return
    if real:
        _build_showcase()
        return
    from landscape.demo import record_texts
    from landscape.demo.build import build
    from landscape.demo.stages import chosen
    from landscape.runs.paths import directions_of

    build(assets.DATA, stages=chosen(only or ()))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Store(str(Path(folder) / "store.sqlite"))
        assets.DIRECTIONS.mkdir(exist_ok=True)
        _measure(store, specs.demo_specs(), shipped.DEMO_INSPECTIONS)
        if not texts.SHIPPED.is_file():  # what the assistant writes along the first lesson's walk
            record_texts.record_texts(specs.DEMO_WALK).save(texts.SHIPPED)
        if not texts.SHIPPED_MAP.is_file():  # … and over the map of the first page
            record_texts.record_map(specs.DEMO_PLANE).save(texts.SHIPPED_MAP)
        for found in directions_of(store).glob("*.safetensors"):
            shutil.copy(found, assets.DIRECTIONS)


def _build_showcase() -> None:
    """Fetch the real model, train its fine-tunes, and measure them. Everything is kept on the way."""
    from landscape.showcase.build import build, folder_of_work

    build()
    store = Store(str(folder_of_work() / "store.sqlite"))
    _measure(store, specs.showcase_specs(), shipped.REAL_INSPECTIONS)


def _measure(store: Store, wanted: Mapping[Path, PointSpec], inspections: Sequence[InspectionSpec]) -> None:
    """Measure the pictures and verdicts that ship, as far as their files are missing."""
    for file, spec in wanted.items():
        if not file.is_file():
            results.ship(store.result(finish(store, spec).id))
    for inspected in inspections:
        if not shipped.file_of(inspected).is_file():
            shipped.ship_inspection(inspected, collect_evidence(store, finish(store, inspected))[0])
