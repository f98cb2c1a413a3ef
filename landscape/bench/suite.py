"""A suite: the benchmarks of several shapes within a time budget, as rows of a Markdown table.

A row of the suite is a model and a callable that returns ratios of it. The cheap ones begin; what the budget ends, or
what fails, is named as left out.
"""

import gc
import platform
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType

import torch

from landscape.bench.models import SMALL, BenchModel, Ratio
from landscape.bench.points import measure_generation, measure_memory, measure_points
from landscape.bench.scoring.reading import measure_few_shot, measure_short

NOT_BUILT = "points of several α in one batch: they are not built"

Measure = Callable[[BenchModel], list[Ratio]]


class BudgetEnded(BaseException):
    """The time of a suite is over. Not an Exception: nothing that is measured may take it for an error of its own."""


@dataclass(frozen=True)
class Row:
    """What is measured of which model."""

    name: str
    model: BenchModel
    measure: Measure


def models_of(device: str, dtype: str = "", shape: str = "", parameters: int | None = None) -> list[BenchModel]:
    """Return the model that is asked for; on a GPU, where none is, those of 0.5B and 7B, in bfloat16."""
    on_gpu = device.startswith("cuda")
    shapes = ("0.5b", "7b") if on_gpu and not shape and parameters is None else (shape,)
    dtype = dtype or ("bfloat16" if on_gpu else "float32")
    return [BenchModel(parameters or SMALL, name, device, dtype) for name in shapes]


def rows_of(models: Sequence[BenchModel], *, examples: int, repeats: int) -> list[Row]:
    """Return the rows of a suite: smaller models first, of each the cheap rows first.

    Generation, the dearest, writes after a quarter of the examples and in a fifth of the rounds.
    """
    kinds: dict[str, Measure] = {
        "points": partial(measure_points, examples=examples, repeats=repeats),
        "memory": measure_memory,
        "completions and questions": partial(measure_short, repeats=repeats, completed=min(60, examples)),
        "few-shot questions": partial(measure_few_shot, repeats=repeats),
        "generation": partial(measure_generation, examples=-(-examples // 4), repeats=-(-repeats // 5)),
    }
    return [Row(name, model, measure) for model in models for name, measure in kinds.items()]


def as_markdown(rows: Sequence[Row], seconds: float) -> Iterator[str]:
    """Measure the rows and yield the lines of a table as they are known, then which rows were left out, and why."""
    ends, left = time.monotonic() + seconds, []
    yield from (f"Measured with {_machine(rows)}:", "", "| model | ratio | measured | should be |", "|---|---|---|---|")
    for row in rows:
        said = f"{row.name} of {_said(row.model)}"
        try:
            with _no_longer_than(ends - time.monotonic()):
                ratios = row.measure(row.model)
        except BudgetEnded:
            left.append(f"{said}: the time was over")
            continue
        except RuntimeError as error:  # memory that runs out, say, on this model alone
            first_line = str(error).partition("\n")[0]
            left.append(f"{said}: {first_line}")
            continue
        finally:
            gc.collect()
            torch.cuda.empty_cache()
        yield from (f"| {_said(row.model)} | {ratio.meaning} | {ratio.measured} | {ratio.bound} |" for ratio in ratios)
    yield from ("", "Left out:", "", *(f"- {reason}" for reason in (*left, NOT_BUILT)))


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Raise BudgetEnded in the block once so many seconds are over; where there are no timers, only before it."""
    if seconds <= 0:
        raise BudgetEnded
    if not hasattr(signal, "setitimer"):
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise BudgetEnded

    former = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _said(model: BenchModel) -> str:
    return f"{model.shape or f'{model.parameters:,} weights'}, {model.dtype}"


def _machine(rows: Sequence[Row]) -> str:
    on_gpu = rows[0].model.device.startswith("cuda")
    device = torch.cuda.get_device_name(rows[0].model.device) if on_gpu else platform.machine()
    return f"torch {torch.__version__} on {device}, threads: {torch.get_num_threads()}"
