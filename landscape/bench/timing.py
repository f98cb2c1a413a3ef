"""Times of tasks as ratios: measured in turns, so that slow spells meet all of them."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from landscape.bench.models import Quartiles

Task = Callable[[], object]
Clock = Callable[[], float]


def time_ratios(
    yardstick: Task, tasks: Sequence[Task], repeats: int, clock: Clock = time.perf_counter
) -> list[Quartiles]:
    """Return seconds of each task ÷ those of the yardstick, round by round; a first round warms up."""
    rounds = []
    for repeat in range(repeats + 1):
        order = [yardstick, *tasks] if repeat % 2 else [*tasks, yardstick]
        seconds = {id(task): _seconds(task, clock) for task in order}
        if repeat:
            rounds.append([seconds[id(task)] / seconds[id(yardstick)] for task in tasks])
    return [(low, middle, high) for low, middle, high in np.percentile(rounds, (25, 50, 75), axis=0).T.tolist()]


def _seconds(task: Task, clock: Clock) -> float:
    started = clock()
    task()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return clock() - started
