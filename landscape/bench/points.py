"""The benchmark: what a point costs beside the bare forward passes, in time and in memory.

Every figure is a ratio of two things measured in turns in one run: these machines are noisy, ratios are not.
"""

import gc
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import psutil
import torch
from torch import Tensor, nn

from landscape.assets import IMPORT_ROOT
from landscape.bench.comparison import growth
from landscape.bench.models import ANSWER, Figure, Quartiles, Timed, texts
from landscape.bench.training import updates
from landscape.capabilities.examples import Capability
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import parameters
from landscape.engine import mover as engine_mover
from landscape.engine.direction_tensors import DirectionTensors, GaussianDirection, StoredDirection, TowardsDirection
from landscape.engine.offload import HostSnapshot
from landscape.worst.gradient_ascent import ascend
from landscape.worst.gradients import Gradients

SHORT = 2 * ANSWER  # tokens of prompt and answer where one pass is compared with generation


def bench(timed: Timed, *, examples: int = 96, length: int = 96, repeats: int = 15) -> list[Figure]:
    """Measure all ratios of a model; of one in a real shape, those of points and of generation: they need it thrice."""
    scorer = timed.scorer()
    figures = _point_figures(scorer, texts(examples, length), repeats)
    alone, batched = _exact_ratios(scorer, texts(examples, SHORT), max(1, repeats // 5))
    del scorer
    memory = _memory("peak_of_slice", timed)
    figures.append(Figure("peak ÷ weights of a Gaussian slice, activations aside", (memory,) * 3, at_most=2.2))
    figures += [] if timed.shape else _search_and_training_figures(timed, repeats)
    return [
        *figures,
        Figure("model.generate, a prompt at a time ÷ one-pass exact score", alone, at_least=5),
        Figure("model.generate, in the same batches ÷ one-pass exact score", batched),
    ]


def compilation(timed: Timed, *, examples: int = 96, length: int = 96, repeats: int = 15) -> list[Figure]:
    """Whether compiling pays where it is easiest, batches of one shape: forward passes compiled, beside the same plain.

    Each pass is at a point of its own, as in a run: what is compiled once serves all of them.
    """
    scorer, suite = timed.scorer(), texts(examples, length)
    mover, seeds = engine_mover.Mover(parameters.select(scorer.model)), itertools.count()

    def elsewhere(passes: Callable[[], None]) -> Callable[[], None]:
        def measure() -> None:
            with mover.at([(GaussianDirection(next(seeds)), 1e-3)]):
                passes()

        return measure

    kinds = (scorer.model, torch.compile(scorer.model))
    plain, compiled = (elsewhere(_bare(scorer, suite, model)) for model in kinds)
    (ratio,) = _ratios(plain, [compiled], repeats)
    return [Figure("forward passes, compiled ÷ plain", ratio)]


def _search_and_training_figures(timed: Timed, repeats: int) -> list[Figure]:
    bare, *noisy = updates(timed.scorer().model)
    noised, passing = _ratios(bare, noisy, repeats)
    del bare, noisy
    searching = _memory("peak_of_search", timed)
    copied, drawn = (_memory(peak, timed) for peak in ("peak_of_noise", "peak_of_passing_noise"))
    comparing = growth(timed.width)
    return [
        Figure("peak ÷ weights of a search for a worst direction", (searching,) * 3, at_most=4.3),
        Figure("time of a training update under weight noise ÷ without, 1,024 tokens", noised, at_most=1.25),
        Figure("the same, without a copy of the weights", passing, at_most=1.5),
        Figure("peak ÷ weights of what noise adds to a training update", (copied,) * 3, at_most=1.1),
        Figure("the same, without a copy of the weights", (drawn,) * 3, at_most=0.5),
        Figure("peak of comparing checkpoints of 4 layers ÷ of 2 layers", (comparing,) * 3, at_most=1.05),
    ]


def _point_figures(scorer: Scorer, suite: Capability, repeats: int) -> list[Figure]:
    """A point beside the same batches at θ₀ without any movement, and the movement beside copies of the same bytes."""
    selected = parameters.select(scorer.model)
    mover = engine_mover.Mover(selected, {name: weight.clone() for name, weight in selected.items()})  # never offloaded
    target = {name: weight + 0.01 for name, weight in selected.items()}
    towards, drawn = TowardsDirection(target, parameters.rms_difference(selected, target)), GaussianDirection(0)

    def point(line: DirectionTensors, mover: engine_mover.Mover = mover) -> Callable[[], None]:
        def measure() -> None:
            with mover.at([(line, 1e-3)]):
                scorer.score(suite)

        return measure

    def move() -> None:
        with mover.at([(drawn, 1e-3)]):
            pass

    def copy() -> None:
        for _ in range(2):
            for name, weight in selected.items():
                target[name].copy_(weight)

    stored, regenerated = _ratios(_bare(scorer, suite), [point(towards), point(drawn)], repeats)
    (moved,) = _ratios(copy, [move], repeats)
    figures = [
        Figure("time of a point ÷ bare forward passes, stored direction", stored, at_most=1.05),
        Figure("the same, Gaussian drawn anew", regenerated, at_most=1.25),
        Figure("time to move along a Gaussian and back ÷ two copies of the same bytes", moved),
    ]
    if scorer.device.type == "cuda":
        distant = point(drawn, engine_mover.Mover(selected, HostSnapshot(selected)))
        (streamed,) = _ratios(point(drawn), [distant], repeats)
        figures.append(Figure("time of a point, θ₀ in host memory ÷ θ₀ on the device", streamed))
    return figures


def _bare(scorer: Scorer, suite: Capability, model: Callable[..., object] | None = None) -> Callable[[], None]:
    """Nothing but the forward passes of the batches that a score makes, recorded once; of another model if given."""
    batches: list[tuple[tuple, dict]] = []

    def record(module: nn.Module, args: tuple, kwargs: dict) -> None:
        batches.append((args, kwargs))

    hook = scorer.model.register_forward_pre_hook(record, with_kwargs=True)
    scorer.score(suite)
    hook.remove()
    run_model = scorer.model if model is None else model

    @torch.inference_mode()
    def run() -> None:
        for args, kwargs in batches:
            run_model(*args, **kwargs)

    return run


def _exact_ratios(scorer: Scorer, suite: Capability, repeats: int) -> list[Quartiles]:
    """How many times longer generating the same answers takes than the one-pass score: (prompt by prompt, batched).

    Batched is the harder comparison: prompts of one length, no padding, and told where each answer ends.
    """
    prompts = torch.tensor([scorer.tokenizer(e.prompt)["input_ids"] for e in suite.examples], device=scorer.device)

    def generate(rows: int) -> None:
        for batch in prompts.split(rows):
            _generate(scorer.model, batch)

    rows = max(1, scorer.tokens_per_batch // SHORT)
    return _ratios(lambda: scorer.score(suite), [lambda: generate(1), lambda: generate(rows)], repeats)


def _generate(model: nn.Module, batch: Tensor) -> None:
    mask = torch.ones_like(batch)
    model.generate(  # type: ignore[operator]
        input_ids=batch, attention_mask=mask, max_new_tokens=ANSWER, do_sample=False, pad_token_id=0
    )


def _ratios(yardstick: Callable[[], object], tasks: Sequence[Callable[[], object]], repeats: int) -> list[Quartiles]:
    """Seconds of each task over those of the yardstick, round by round: a slow spell of the machine meets both."""
    rounds = []
    for repeat in range(repeats + 1):
        order = [yardstick, *tasks] if repeat % 2 else [*tasks, yardstick]
        seconds = {id(task): _seconds(task) for task in order}
        if repeat:  # the first round warms up
            rounds.append([seconds[id(task)] / seconds[id(yardstick)] for task in tasks])
    return [(low, middle, high) for low, middle, high in np.percentile(rounds, (25, 50, 75), axis=0).T.tolist()]


def _seconds(task: Callable[[], object]) -> float:
    started = time.perf_counter()
    task()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def _memory(peak: str, timed: Timed) -> float:
    """A `peak_of_…` in a fresh process that hands freed memory back, so that its resident set is what it uses."""
    gc.collect()
    torch.cuda.empty_cache()  # what this process freed is the child's to take
    code = f"from landscape.bench.points import {peak}, Timed; print({peak}({timed!r}))"
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**16)}  # glibc: larger blocks are mapped and unmapped
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=IMPORT_ROOT, capture_output=True, text=True
    )
    if child.returncode:
        raise RuntimeError(f"the process that measures memory failed: {child.stderr.strip().splitlines()[-1]}")
    return float(child.stdout)


def peak_of_slice(timed: Timed) -> float:
    """(weights + what a Gaussian slice adds to the peak of the bare passes) ÷ weights."""
    scorer, suite = timed.scorer(), texts(32, 64)
    selected = parameters.select(scorer.model)
    before = _settled_peak(scorer, _bare(scorer, suite))
    mover = engine_mover.Mover(selected)

    def points() -> None:
        for seed in range(3):
            with mover.at([(GaussianDirection(seed), 1e-3)]):
                scorer.score(suite)

    return 1 + (_peak(scorer, points) - before) / _bytes(selected)


def peak_of_search(timed: Timed) -> float:
    """(weights + what three steps of ascent add to the peak of a forward pass) ÷ weights."""
    scorer, suite = timed.scorer(), texts(4, SHORT)  # few tokens: their activations are small
    selected = parameters.select(scorer.model)
    slopes = Gradients(scorer, selected, [suite])
    before = _settled_peak(scorer, slopes.losses)
    mover = engine_mover.Mover(selected)
    direction = {name: torch.ones(weight.numel(), device=weight.device) for name, weight in selected.items()}

    @contextmanager
    def slope(here: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
        with mover.at([(StoredDirection(here), 1e-3)]), slopes.at({suite.name: 1.0}) as (_, gradient):
            yield gradient

    def search() -> None:
        for _ in ascend(direction, slope, 3):
            pass

    return 1 + (_peak(scorer, search) - before) / _bytes(selected)


def peak_of_noise(timed: Timed, which: int = 1) -> float:
    """What noise adds to the peak of a training update, ÷ weights."""
    scorer = timed.scorer()
    kinds = updates(scorer.model)
    before = _settled_peak(scorer, kinds[0])
    return (_settled_peak(scorer, kinds[which]) - before) / _bytes(parameters.select(scorer.model))


def peak_of_passing_noise(timed: Timed) -> float:
    """The same, without a copy of the weights."""
    return peak_of_noise(timed, which=2)


def _bytes(selected: dict[str, Tensor]) -> int:
    return sum(weight.numel() * weight.element_size() for weight in selected.values())


def _settled_peak(scorer: Scorer, task: Callable[[], object]) -> float:
    """The peak of a task that has run before."""
    for _ in range(2):
        task()
    gc.collect()
    return _peak(scorer, task)


def _peak(scorer: Scorer, task: Callable[[], object]) -> float:
    """Peak bytes while a task runs: of the CUDA allocator, or the resident set sampled from a thread."""
    if scorer.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        task()
        return float(torch.cuda.max_memory_allocated())
    process, peak, over = psutil.Process(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    task()
    over.set()
    watcher.join()
    return float(peak)
