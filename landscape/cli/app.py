"""What all commands share: the application, its options, errors in one line, and a run in the foreground."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from landscape import bundled
from landscape.capabilities import CHAT
from landscape.orders import order
from landscape.specs import Dtype, Spec
from landscape.store import Run, Store, StoreError

out, err = Console(emoji=False), Console(stderr=True, emoji=False)
_HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, context_settings=_HELP)
run_app = typer.Typer(no_args_is_help=True, help="Look at measured and running slices.")
checkpoint_app = typer.Typer(no_args_is_help=True, help="Look at checkpoints.")
demo_app = typer.Typer(no_args_is_help=True, help="The bundled demo models.")
app.add_typer(run_app, name="run")
app.add_typer(checkpoint_app, name="checkpoint")
app.add_typer(demo_app, name="demo")


@app.callback()
def choose(
    executor: Annotated[
        str, typer.Option(help="Who measures: nothing (this process), or ray[:ADDRESS][?actors=8&gpus=1].")
    ] = "",
) -> None:
    """See the loss landscape of language models, and what a fine-tune does to them."""
    if executor:
        os.environ["LANDSCAPE_EXECUTOR"] = executor  # the worker that a command starts goes by it too


Checkpoint = Annotated[str, typer.Argument(help="demo:NAME, a folder, org/name[@revision], or ADAPTER+BASE.")]
Capabilities = Annotated[str, typer.Option(help="Comma list of bundled names, JSONL files, lm_eval:TASK.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first examples of each capability.")]
NumberFormat = Annotated[Dtype, typer.Option(help="auto: as stored.")]
Tolerance = Annotated[float, typer.Option(help="τ: how much a score may drop and still count as inside.")]
JsonFile = Annotated[str, typer.Option(metavar="FILE", help="Write the result as JSON; - for the screen.")]
CsvFile = Annotated[str, typer.Option(metavar="FILE", help="Write the tidy rows as CSV; - for the screen.")]
Globs = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Parameters by name; repeat for several.")]
Adapter = Annotated[bool, typer.Option("--adapter", help="Move the adapter's own weights alone.")]
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
        first = error.errors()[0]
        named = "" if first["type"] == "value_error" else "".join(f"{part}: " for part in first["loc"][-1:])
        fail(named + first["msg"].removeprefix("Value error, "), 2)
    except ValueError as error:
        fail(str(error), 2)
    except (StoreError, RuntimeError, OSError) as error:
        fail(str(error), 1)
    except typer.TyperException as error:  # usage: an unknown option, a missing argument
        fail(f"{error.format_message().replace('Value error, ', '').rstrip('.')}. Try --help", 2)


def fail(message: str, code: int) -> None:
    """End with one line on stderr."""
    err.print(f"[red]Error:[/red] {escape(' '.join(message.split()))}", highlight=False, soft_wrap=True)
    sys.exit(code)


def portable(name: str) -> str:
    """A checkpoint's name that means the same wherever the worker runs: folders become absolute."""
    return "+".join(absolute(part) for part in name.split("+")) if not Path(name).is_dir() else absolute(name)


def absolute(name: str) -> str:
    """A path in full, also after `chat:`; a bundled name, or what is no path, as it is."""
    plain = name.removeprefix(CHAT)
    path = Path(plain).expanduser()
    if not path.exists() or plain in bundled.CAPABILITIES:
        return name
    return f"{name.removesuffix(plain)}{path.resolve()}"


def finish(store: Store, spec: Spec) -> Run:
    """Measure a spec in the foreground, or what is left of an equal run.

    A run that is done is shown again (see `order`).
    """
    from landscape import worker

    run = order(store, spec)
    if run.status != "done":
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TextColumn("{task.fields[left]}"), console=err) as progress:
            task = progress.add_task(f"run {run.id}", total=None, left="loading the model")

            def show(now: Run) -> None:
                left = "" if now.seconds_left is None else f"{now.seconds_left:.0f} s left"
                doing, done, total = f"run {now.id}", now.done, now.total
                if now.phase is not None:  # before its points
                    doing, done, total = now.phase.text, now.phase.done, now.phase.total
                progress.update(task, description=escape(doing), completed=done, total=total or None, left=left)

            worker.work(store, device=spec.device, run_id=run.id, on_progress=show)
    run = store.run(run.id)
    if run.status == "failed":
        raise RuntimeError(run.error or "the run failed")
    if run.status == "cancelled":
        raise RuntimeError(f"run {run.id} was cancelled; the same command goes on where it was")
    return run


def print_notes(run: Run) -> None:
    """Say which examples could not be scored as they should, and which way does not quite end at its checkpoint."""
    for remark in run.facts.remarks if run.facts else ():
        err.print(f"[yellow]{escape(remark)}[/yellow]")
    for name, counts in (run.facts.counts if run.facts else {}).items():
        if counts["too_long"]:
            text = f"{name}: {counts['too_long']} examples do not fit the model's context; they count as wrong."
            err.print(f"[yellow]{escape(text)}[/yellow]")
        if counts.get("cut"):
            text = f"{name}: {counts['cut']} examples are longer than the context; lm-eval cuts their beginning."
            err.print(f"[yellow]{escape(text)}[/yellow]")


def check_writable(*files: str) -> None:
    """Say before hours of measuring that a result could not be written there. Raises ValueError."""
    for path in (Path(file).expanduser().absolute() for file in files if file not in ("", "-")):
        if path.is_dir() or not path.parent.is_dir():
            raise ValueError(f"cannot write {str(path)!r}: expected a file in a folder that exists")


def write(file: str, text: Callable[[], str]) -> None:
    """Write to a file, to the screen for `-`, or not at all for an empty name."""
    if file == "-":
        sys.stdout.write(text())
    elif file:
        Path(file).expanduser().write_text(text(), encoding="utf-8")
