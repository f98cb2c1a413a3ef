"""Measuring in this process, with a progress bar."""

import shlex
import sys
from contextlib import suppress
from functools import cache
from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from landscape.cli.output import err
from landscape.runs.costs.smaller import HOURS, long_run, text_of
from landscape.runs.estimates import bfloat16_hint
from landscape.runs.measured_content import outdated_because
from landscape.runs.scoreless import by_loss_if_alone
from landscape.runs.submit import submit_or_resume
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, PlaneSpec
from landscape.store.records import Run
from landscape.store.store import Store


def measured(spec: PointSpec) -> Result[Any]:
    """Measure a spec, print its notes, and return its complete result."""
    store = Store()
    _say_once(bfloat16_hint(spec, store))
    run = finish(store, spec)
    result = store.result(run.id)
    print_notes(run, result)
    return result


def measured_search(spec: BasinSpec | PlaneSpec) -> Result[Any]:
    """As `measured`; what has a loss and no score is searched by its loss, which is said."""
    spec, said = by_loss_if_alone(spec)
    if said:
        err.print(escape(said), soft_wrap=True, highlight=False)
    return measured(spec)


def finish(store: Store, spec: Spec) -> Run:
    """Measure a spec, or only what is left of an equal run, and return the run once it is done.

    A run that is already done is returned as it is (see `submit_or_resume`). Raises RuntimeError if the run failed or
    was cancelled.
    """
    from landscape.runs import worker

    run = submit_or_resume(store, spec)
    if run.status != "done":
        _say_how_long(store, spec)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TextColumn("{task.fields[left]}"), console=err) as progress:
            task = progress.add_task(f"run {run.id}", total=None, left="loading the model")

            def show(now: Run) -> None:
                left = "" if now.seconds_left is None else f"{now.seconds_left:.0f} s left"
                doing, done, total = f"run {now.id}", now.done, now.total
                if now.phase is not None:  # what a run does before its points
                    doing, done, total = now.phase.text, now.phase.done, now.phase.total
                progress.update(task, description=escape(doing), completed=done, total=total or None, left=left)

            worker.work(store, device=spec.device, run_id=run.id, on_progress=show)
    run = store.run(run.id)
    if run.status == "failed":
        raise RuntimeError(run.error or "the run failed")
    if run.status == "cancelled":
        raise RuntimeError(f"run {run.id} was cancelled; the same command goes on where it was")
    return run


def _say_how_long(store: Store, spec: Spec) -> None:
    """One line before a run that will take hours, with the command of a smaller one."""
    with suppress(ValueError):  # what is wrong with it is said by whoever measures it
        seconds, smaller = long_run(spec, store)
        if seconds < HOURS:
            return
        command = shlex.join(["python", "-m", "landscape", *sys.argv[1:], *smaller.options]) if smaller else ""
        err.print(escape(text_of(seconds, smaller, command)), soft_wrap=True, highlight=False)


@cache
def _say_once(hint: str) -> None:
    if hint:
        err.print(f"[dim]{escape(hint)}[/dim]")


def warn_if_outdated(run: Run) -> None:
    """Say on stderr where a finished run was not measured on what its names stand for now."""
    if run.status == "done" and (why := outdated_because(run)) is not None:
        err.print(f"[yellow]{escape(why)}[/yellow]")


def print_notes(run: Run, result: Result[Any]) -> None:
    """Print a run's remarks, where logits are not finite, and how many examples did not fit the context, to stderr."""
    for remark in (*result.notes, *(run.facts.remarks if run.facts else ())):
        err.print(f"[yellow]{escape(remark)}[/yellow]")
    for name, counts in (run.facts.counts if run.facts else {}).items():
        if counts["too_long"]:
            found = _examples(counts["too_long"], "does not fit", "do not fit")
            text = (
                f"{name}: {found} the model's context and {'counts' if counts['too_long'] == 1 else 'count'} as wrong."
            )
            err.print(f"[yellow]{escape(text)}[/yellow]")
        if counts.get("cut"):
            found = _examples(counts["cut"], "is longer", "are longer")
            text = f"{name}: {found} than the context; lm-eval cuts what is over from the beginning."
            err.print(f"[yellow]{escape(text)}[/yellow]")


def _examples(count: int, one: str, several: str) -> str:
    """`1 example does not fit`, `2 examples do not fit`."""
    return f"{count:,} example {one}" if count == 1 else f"{count:,} examples {several}"
