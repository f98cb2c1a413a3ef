"""The command line: arguments → spec → store → table. No behaviour of its own."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from landscape import bundled, capabilities, checkpoints, tables
from landscape.arguments import default_alphas, parse_alphas
from landscape.specs import (
    ComparisonSpec,
    Direction,
    Dtype,
    Filter,
    Gaussian,
    Layer,
    SliceSpec,
    Spec,
    Towards,
    short_name,
)
from landscape.store import Run, Store, StoreError

out, err = Console(), Console(stderr=True)
_HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, context_settings=_HELP)
run_app = typer.Typer(no_args_is_help=True, help="Look at measured and running slices.")
checkpoint_app = typer.Typer(no_args_is_help=True, help="Look at checkpoints.")
demo_app = typer.Typer(no_args_is_help=True, help="The bundled demo models.")
app.add_typer(run_app, name="run")
app.add_typer(checkpoint_app, name="checkpoint")
app.add_typer(demo_app, name="demo")

RANDOM: dict[str, Callable[..., Direction]] = {"gaussian": Gaussian, "layer": Layer, "filter": Filter}

Globs = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Parameters by name; repeat for several.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]
Trust = Annotated[bool, typer.Option("--trust-remote-code", help="Run code that these checkpoints bring along.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")]


def main() -> None:
    """Run the command line: errors are one line and a hint, exit code 2 for wrong input, 1 for a failed run."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        err.print("Stopped. The same command goes on where this one was.")
        sys.exit(130)
    except ValidationError as error:
        _fail(error.errors()[0]["msg"].removeprefix("Value error, "), 2)
    except ValueError as error:
        _fail(str(error), 2)
    except (StoreError, RuntimeError, OSError) as error:
        _fail(str(error), 1)
    except typer.TyperException as error:  # usage: an unknown option, a missing argument
        _fail(f"{error.format_message().replace('Value error, ', '').rstrip('.')}. Try --help", 2)


def _fail(message: str, code: int) -> None:
    err.print(f"[red]Error:[/red] {' '.join(message.split())}", highlight=False, soft_wrap=True)
    sys.exit(code)


@app.command("slice", epilog="Example: python -m landscape slice demo:base --towards demo:assistant --directions 3")
def measure_slice(
    checkpoint: Annotated[str, typer.Argument(help="demo:NAME, a folder, org/name[@revision], or ADAPTER+BASE.")],
    towards: Annotated[list[str] | None, typer.Option(help="Also measure towards this checkpoint; repeatable.")] = None,
    directions: Annotated[int, typer.Option(min=0, help="How many random directions.")] = 5,
    kind: Annotated[str, typer.Option(help="gaussian; or layer or filter, whose α is relative.")] = "gaussian",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first random direction.")] = 0,
    capability: Annotated[str, typer.Option(help="Comma list of bundled names and JSONL files.")] = "",
    alpha: Annotated[str, typer.Option(help="start:stop:count or values. Default: by model size.")] = "",
    device: Device = "auto",
    dtype: Annotated[Dtype, typer.Option(help="auto: as stored.")] = "auto",
    only: Globs = None,
    exclude: Globs = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first examples of each capability.")] = None,
    trust_remote_code: Trust = False,
    json: Annotated[str, typer.Option(metavar="FILE", help="Write spec and rows as JSON; - for the screen.")] = "",
    csv: Annotated[str, typer.Option(metavar="FILE", help="Write the tidy rows as CSV; - for the screen.")] = "",
) -> None:
    """Measure capabilities along directions from a checkpoint. A point measured before is not measured again."""
    if kind not in RANDOM:
        raise ValueError(f"expected --kind {', '.join(RANDOM)}, got {kind!r}")
    name, others = _portable(checkpoint), [_portable(other) for other in towards or []]
    drawn = [RANDOM[kind](seed=seed + index) for index in range(directions)]
    chosen = [part for part in capability.split(",") if part] or list(bundled.CAPABILITIES)
    for part in chosen:
        capabilities.load(part)  # say at once what is wrong with a file
    spec = SliceSpec(
        checkpoint=name,
        directions=(*drawn, *(Towards(checkpoint=other) for other in others)),
        alphas=parse_alphas(alpha) if alpha else default_alphas(checkpoints.describe(name).parameters),
        capabilities=tuple(_absolute(part) for part in chosen),
        device=device,
        dtype=dtype,
        only=tuple(only or ()),
        exclude=tuple(exclude or ()),
        limit=limit,
        trust_remote_code=(name, *others) if trust_remote_code else (),
    )
    run = _finish(Store(), spec)
    result = Store().result(run.id)
    if "-" not in (json, csv):
        out.print(tables.scores(result))
        _print_counts(run)
    _write(json, result.to_json)
    _write(csv, result.to_csv)


def _portable(name: str) -> str:
    """A checkpoint's name that means the same wherever the worker runs: folders become absolute."""
    return "+".join(_absolute(part) for part in name.split("+")) if not Path(name).is_dir() else _absolute(name)


def _absolute(name: str) -> str:
    path = Path(name).expanduser()
    return str(path.resolve()) if path.exists() and name not in bundled.CAPABILITIES else name


def _finish(store: Store, spec: Spec) -> Run:
    """Measure a spec in the foreground, or what is left of an equal run."""
    from landscape import worker

    earlier = next((run for run in store.runs() if run.spec == spec), None)
    run_id = earlier.id if earlier else store.submit(spec)
    if earlier and earlier.status in ("failed", "cancelled", "stalled"):
        store.resume(run_id)
    if not earlier or earlier.status != "done":
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TextColumn("{task.fields[left]}"), console=err) as progress:
            task = progress.add_task(f"run {run_id}", total=None, left="loading the model")

            def show(run: Run) -> None:
                left = "" if run.seconds_left is None else f"{run.seconds_left:.0f} s left"
                progress.update(task, completed=run.done, total=run.total or None, left=left)

            worker.work(store, device=spec.device, run_id=run_id, on_progress=show)
    run = store.run(run_id)
    if run.status == "failed":
        raise RuntimeError(run.error or "the run failed")
    if run.status == "cancelled":
        raise RuntimeError(f"run {run_id} was cancelled; the same command goes on where it was")
    return run


def _print_counts(run: Run) -> None:
    for name, counts in (run.facts.counts if run.facts else {}).items():
        if counts["too_long"]:
            n = counts["too_long"]
            err.print(f"[yellow]{name}: {n} examples do not fit the model's context; they count as wrong.[/yellow]")


def _write(file: str, text: Callable[[], str]) -> None:
    if file == "-":
        sys.stdout.write(text())
    elif file:
        Path(file).write_text(text())


@run_app.command("list", epilog="Example: python -m landscape run list")
def list_runs() -> None:
    """All runs, the latest first."""
    table = Table("run", "status", "kind", "checkpoint", "points", "error")
    for run in Store().runs():
        table.add_row(
            run.id, run.status, run.kind, short_name(run.checkpoint), f"{run.done}/{run.total}", run.error or ""
        )
    out.print(table if table.row_count else "No runs yet: measure one with python -m landscape slice demo:base")


@run_app.command("show", epilog="Example: python -m landscape run show 3f2a")
def show_run(run: RunId) -> None:
    """One run: its spec, its status, its scores."""
    found = Store().run(run)
    out.print(f"run {found.id}: {found.status}, {found.done} of {found.total} points, {found.measured} measured here")
    if found.error:
        out.print(f"[red]{found.error}[/red]")
    out.print_json(found.spec.model_dump_json())
    if isinstance(found.spec, SliceSpec) and found.done:
        out.print(tables.scores(Store().result(found.id)))


@run_app.command("cancel", epilog="Example: python -m landscape run cancel 3f2a")
def cancel_run(run: RunId) -> None:
    """Stop a run within one point; what it measured is kept."""
    Store().cancel(run)


@run_app.command("resume", epilog="Example: python -m landscape run resume 3f2a")
def resume_run(run: RunId) -> None:
    """Queue a cancelled, failed or stalled run again: a worker goes on where it was."""
    Store().resume(run)


@run_app.command("delete", epilog="Example: python -m landscape run delete 3f2a")
def delete_run(run: RunId) -> None:
    """Forget a run, and the points that no other run uses."""
    Store().delete(run)


@run_app.command("export", epilog="Example: python -m landscape run export 3f2a --csv slice.csv")
def export_run(
    run: RunId,
    json: Annotated[str, typer.Option(metavar="FILE", help="Spec and rows as JSON; - for the screen.")] = "",
    csv: Annotated[str, typer.Option(metavar="FILE", help="Tidy rows as CSV; - for the screen.")] = "",
) -> None:
    """Write a run's rows to a file; as JSON to the screen when no file is named."""
    result = Store().result(run)
    _write(json or ("" if csv else "-"), result.to_json)
    _write(csv, result.to_csv)


@checkpoint_app.command("show", epilog="Example: python -m landscape checkpoint show demo:base demo:assistant")
def show_checkpoint(
    checkpoint: Annotated[str, typer.Argument(metavar="A", help="demo:NAME, folder, hub id, or ADAPTER+BASE.")],
    other: Annotated[str | None, typer.Argument(metavar="B", help="What to compare it with.")] = None,
    device: Device = "auto",
    trust_remote_code: Trust = False,
) -> None:
    """Size, dtype and architecture of a checkpoint; with B, how far B lies from A and where it moved."""
    names = [_portable(name) for name in (checkpoint, other) if name]
    table = Table("", *map(short_name, names))
    described = [checkpoints.describe(name) for name in names]
    for field in ("architecture", "parameters", "bytes", "dtype", "layers", "hidden", "vocabulary", "context"):
        values = [getattr(one, field) for one in described]
        table.add_row(field, *(f"{v:,}" if isinstance(v, int) else v or "unknown" for v in values))
    out.print(table)
    if len(names) == 1:
        return
    trusted = tuple(names) if trust_remote_code else ()
    spec = ComparisonSpec(checkpoint=names[0], other=names[1], device=device, trust_remote_code=trusted)
    checkpoints.require_match(*names)
    run = _finish(Store(), spec)
    compared = Store().artifact(run.id) or {}
    out.print(tables.moved_line(compared))
    out.print(tables.moved_most(compared))


@demo_app.command("build", epilog="Example: python -m landscape demo build")
def build_demo() -> None:
    """Train the demo models again, from nothing, in under an hour on two cores. Resumes where it was stopped."""
    from landscape.demo.build import build

    build(bundled.DATA)
    result = bundled.DATA / "results" / "demo.json"
    if not result.is_file():  # the first picture
        result.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            store = Store(str(Path(folder) / "store.sqlite"))
            store.result(_finish(store, bundled.DEMO_SPEC).id).save(result)


@app.command("worker", epilog="Example: python -m landscape worker --idle-exit 600")
def run_worker(
    idle_exit: Annotated[float | None, typer.Option(help="Leave after this many seconds without a run.")] = None,
    device: Device = "auto",
) -> None:
    """Measure queued runs until stopped. The app starts one by itself."""
    from landscape import worker

    worker.work(Store(), device=device, idle_exit=idle_exit)


@app.command("bench", epilog="Example: python -m landscape bench --parameters 25000000")
def run_bench(
    parameters: Annotated[int, typer.Option(min=100_000, help="At least, in a random-init Llama.")] = 25_000_000,
    examples: Annotated[int, typer.Option(min=1)] = 96,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds of each comparison.")] = 15,
    device: Annotated[str, typer.Option(help="cpu, cuda or mps.")] = "cpu",
) -> None:
    """What a point costs beside the bare forward passes: ratios measured in one run."""
    from landscape.bench import bench

    table = Table("ratio", "median (quartiles)", "should be", "reached", title=f"{parameters:,} parameters on {device}")
    for figure in bench(parameters=parameters, examples=examples, repeats=repeats, device=device):
        reached = "" if not figure.bound else "yes" if figure.reached else "[red]no[/red]"
        low, middle, high = figure.quartiles
        spread = f" ({low:.3g}–{high:.3g})" if low < high else ""
        table.add_row(figure.meaning, f"{middle:.3g}{spread}", figure.bound, reached)
    out.print(table)
