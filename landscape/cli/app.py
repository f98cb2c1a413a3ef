"""What all commands share: the application, its options, errors in one line, and a run in the foreground."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from landscape.runs.submit import submit_or_resume
from landscape.schema.specs import Spec
from landscape.store.records import Run
from landscape.store.store import Store

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


def fail(message: str, code: int) -> None:
    """End with one line on stderr."""
    err.print(f"[red]Error:[/red] {escape(' '.join(message.split()))}", highlight=False, soft_wrap=True)
    sys.exit(code)


def finish(store: Store, spec: Spec) -> Run:
    """Measure a spec in the foreground, or what is left of an equal run.

    A run that is done is shown again (see `order`).
    """
    from landscape.runs import worker

    run = submit_or_resume(store, spec)
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
