"""The benchmark of a point: what it costs beside the bare forward passes, in time and in memory.

All results are ratios of two things that are measured in turns in one run: machines are noisy, ratios are not.
"""

import gc
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from landscape.assets import IMPORT_ROOT
from landscape.bench.comparison import growth_of_peak_with_layers
from landscape.bench.memory import peak_memory
from landscape.bench.models import BenchModel, Quartiles, Ratio
from landscape.bench.scoring.examples import ANSWER, completions, texts
from landscape.bench.timing import Task, time_ratios
from landscape.bench.training import updates
from landscape.capabilities.examples import Capability
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import parameters
from landscape.engine import mover as engine_mover
from landscape.engine.direction_tensors import DirectionTensors, GaussianDirection, StoredDirection, TowardsDirection
from landscape.engine.offload import HostSnapshot
from landscape.worst.gradient_ascent import ascend
from landscape.worst.gradients import Gradients

SHORT_TOKENS = 2 * ANSWER  # tokens of prompt and answer where one pass is compared with generation


def measure_ratios(model: BenchModel, *, examples: int = 96, length: int = 96, repeats: int = 15) -> list[Ratio]:
    """Measure all ratios of a model; in a real shape only those of points and generation, which hold it three times."""
    scorer = model.scorer()
    ratios = _point_ratios(scorer, completions(examples), repeats)
    alone, batched = _generation_ratios(scorer, texts(examples, SHORT_TOKENS), max(1, repeats // 5))
    del scorer
    memory = _peak_in_child("peak_of_slice", model)
    ratios.append(Ratio("peak ÷ weights of a Gaussian slice, activations aside", (memory,) * 3, at_most=2.2))
    ratios += [] if model.shape else _search_and_training_ratios(model, repeats)
    return [
        *ratios,
        Ratio("model.generate, a prompt at a time ÷ one-pass exact score", alone, at_least=5),
        Ratio("model.generate, in the same batches ÷ one-pass exact score", batched),
    ]


def measure_compilation(model: BenchModel, *, examples: int = 96, length: int = 96, repeats: int = 15) -> list[Ratio]:
    """Measure whether compiling pays where it is easiest, with batches of one shape: compiled forward passes ÷ plain.

    Each pass is at a point of its own, as in a run, but the model is compiled once.
    """
    scorer, suite = model.scorer(), texts(examples, length)
    mover, seeds = engine_mover.Mover(parameters.select(scorer.model)), itertools.count()

    def at_a_point(passes: Callable[[], None]) -> Callable[[], None]:
        def measure() -> None:
            with mover.at([(GaussianDirection(next(seeds)), 1e-3)]):
                passes()

        return measure

    kinds = (scorer.model, torch.compile(scorer.model))
    plain, compiled = (at_a_point(_bare(scorer, suite, model)) for model in kinds)
    (ratio,) = time_ratios(plain, [compiled], repeats)
    return [Ratio("forward passes, compiled ÷ plain", ratio)]


def _search_and_training_ratios(model: BenchModel, repeats: int) -> list[Ratio]:
    bare, *noisy = updates(model.scorer().model)
    noised, passing = time_ratios(bare, noisy, repeats)
    del bare, noisy
    searching = _peak_in_child("peak_of_search", model)
    copied, drawn = (_peak_in_child(peak, model) for peak in ("peak_of_noise", "peak_of_copy_free_noise"))
    comparing = growth_of_peak_with_layers(model.width)
    return [
        Ratio("peak ÷ weights of a search for a worst direction", (searching,) * 3, at_most=4.3),
        Ratio("time of a training update under weight noise ÷ without, 1,024 tokens", noised, at_most=1.25),
        Ratio("the same, without a copy of the weights", passing, at_most=1.5),
        Ratio("peak ÷ weights of what noise adds to a training update", (copied,) * 3, at_most=1.1),
        Ratio("the same, without a copy of the weights", (drawn,) * 3, at_most=0.5),
        Ratio("peak of comparing checkpoints of 4 layers ÷ of 2 layers", (comparing,) * 3, at_most=1.05),
    ]


def _point_ratios(scorer: Scorer, suite: Capability, repeats: int) -> list[Ratio]:
    """Time a point against its batches at θ₀ without movement, and the movement against copies of the same bytes."""
    selected = parameters.select(scorer.model)
    mover = engine_mover.Mover(selected, {name: weight.clone() for name, weight in selected.items()})  # never offloaded
    target = {name: weight + 0.01 for name, weight in selected.items()}
    towards, drawn = TowardsDirection(target, parameters.rms_difference(selected, target)), GaussianDirection(0)

    def point(direction: DirectionTensors, mover: engine_mover.Mover = mover) -> Callable[[], None]:
        def measure() -> None:
            with mover.at([(direction, 1e-3)]):
                scorer.score(suite)

        return measure

    def move() -> None:
        with mover.at([(drawn, 1e-3)]):
            pass

    def copy() -> None:
        for _ in range(2):
            for name, weight in selected.items():
                target[name].copy_(weight)

    bare, full = _read_again(scorer, suite), _full_passes(scorer, suite)
    stored, regenerated = time_ratios(bare, [point(towards), point(drawn)], repeats)
    (useful,) = time_ratios(full, [point(drawn)], repeats)
    (moved,) = time_ratios(copy, [move], repeats)
    ratios = [
        Ratio("time of a point ÷ bare forward passes, stored direction", stored, at_most=1.05),
        Ratio("the same, Gaussian drawn anew", regenerated, at_most=1.25),
        Ratio("the same ÷ as many useful tokens in full passes of rows of one length", useful, at_most=1.5),
        Ratio("time to move along a Gaussian and back ÷ two copies of the same bytes", moved),
    ]
    if scorer.device.type == "cuda":
        distant = point(drawn, engine_mover.Mover(selected, HostSnapshot(selected)))
        (streamed,) = time_ratios(point(drawn), [distant], repeats)
        ratios.append(Ratio("time of a point, θ₀ in host memory ÷ θ₀ on the device", streamed))
    return ratios


def _read_again(scorer: Scorer, suite: Capability) -> Task:
    """Return a task that runs only the forward passes of a score, as they were read."""
    read, passes = scorer.reader.passes.logits, []

    def record(*args: Any) -> Tensor:
        passes.append(args)
        return read(*args)

    scorer.score(suite)  # what is tried once is over
    scorer.reader.passes.logits = record  # type: ignore[assignment, method-assign]
    scorer.score(suite)
    scorer.reader.passes.logits = read  # type: ignore[method-assign]

    @torch.inference_mode()
    def run() -> None:
        for args in passes:
            read(*args)

    return run


def _full_passes(scorer: Scorer, suite: Capability) -> Task:
    """Return a task that reads as many tokens as the examples have, and applies the head as often, without padding."""
    answers = scorer.encode(suite).teacher_forced
    tokens, wanted = sum(len(a.ids) - 1 for a in answers), sum(len(a.ids) - a.start for a in answers)
    width, most = 32, scorer.reader.batch_tokens(scorer.tokens_per_batch) // 32
    rows = [most] * (tokens // (width * most)) + [-(-(tokens % (width * most)) // width)] * (
        tokens % (width * most) > 0
    )

    @torch.inference_mode()
    def run() -> None:
        for count in rows:
            places = range(wanted // len(rows))
            batch = [[1] * width] * count
            scorer.reader.passes.logits(batch, [i % count for i in places], [i % width for i in places])

    return run


def _bare(scorer: Scorer, suite: Capability, model: Callable[..., object] | None = None) -> Callable[[], None]:
    """Return a task that runs only the forward passes of a score, recorded once; with another model if given."""
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


def _generation_ratios(scorer: Scorer, suite: Capability, repeats: int) -> list[Quartiles]:
    """Time generating the same answers against the one-pass score: (prompt by prompt, in batches).

    Batches are the harder comparison: all prompts have one length, need no padding, and end after a known length.
    """
    prompts = torch.tensor([scorer.tokenizer(e.prompt)["input_ids"] for e in suite.examples], device=scorer.device)

    def generate(rows: int) -> None:
        for batch in prompts.split(rows):
            _generate(scorer.model, batch)

    rows = max(1, scorer.tokens_per_batch // SHORT_TOKENS)
    return time_ratios(lambda: scorer.score(suite), [lambda: generate(1), lambda: generate(rows)], repeats)


def _generate(model: nn.Module, batch: Tensor) -> None:
    mask = torch.ones_like(batch)
    model.generate(  # type: ignore[operator]
        input_ids=batch, attention_mask=mask, max_new_tokens=ANSWER, do_sample=False, pad_token_id=0
    )


def _peak_in_child(peak: str, model: BenchModel) -> float:
    """Return a `peak_of_…` of a fresh process, which gives freed memory back: its resident set is what it uses."""
    gc.collect()
    torch.cuda.empty_cache()  # gives the child what this process has freed
    code = f"from landscape.bench.points import {peak}, BenchModel; print({peak}({model!r}))"
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**16)}  # glibc: larger blocks are mapped and unmapped
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=IMPORT_ROOT, capture_output=True, text=True
    )
    if child.returncode:
        raise RuntimeError(f"the process that measures memory failed: {child.stderr.strip().splitlines()[-1]}")
    return float(child.stdout)


def peak_of_slice(model: BenchModel) -> float:
    """Return (weights + what a Gaussian slice adds to the peak of the bare passes) ÷ weights."""
    scorer, suite = model.scorer(), texts(32, 64)
    selected = parameters.select(scorer.model)
    before = _settled_peak(scorer, _bare(scorer, suite))
    mover = engine_mover.Mover(selected)

    def points() -> None:
        for seed in range(3):
            with mover.at([(GaussianDirection(seed), 1e-3)]):
                scorer.score(suite)

    return 1 + (peak_memory(points, scorer.device) - before) / _bytes(selected)


def peak_of_search(model: BenchModel) -> float:
    """Return (weights + what three steps of ascent add to the peak of a forward pass) ÷ weights."""
    scorer, suite = model.scorer(), texts(4, SHORT_TOKENS)  # few tokens: their activations are small
    selected = parameters.select(scorer.model)
    gradients = Gradients(scorer, selected, [suite])
    before = _settled_peak(scorer, gradients.losses)
    mover = engine_mover.Mover(selected)
    direction = {name: torch.ones(weight.numel(), device=weight.device) for name, weight in selected.items()}

    @contextmanager
    def gradient_at(here: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
        with mover.at([(StoredDirection(here), 1e-3)]), gradients.at({suite.name: 1.0}) as (_, gradient):
            yield gradient

    def search() -> None:
        for _ in ascend(direction, gradient_at, 3):
            pass

    return 1 + (peak_memory(search, scorer.device) - before) / _bytes(selected)


def peak_of_noise(model: BenchModel, which: int = 1) -> float:
    """Return what noise adds to the peak of a training update ÷ weights. `which`: of `updates`."""
    scorer = model.scorer()
    kinds = updates(scorer.model)
    before = _settled_peak(scorer, kinds[0])
    return (_settled_peak(scorer, kinds[which]) - before) / _bytes(parameters.select(scorer.model))


def peak_of_copy_free_noise(model: BenchModel) -> float:
    """Return the same for noise without a copy of the weights."""
    return peak_of_noise(model, which=2)


def _bytes(selected: dict[str, Tensor]) -> int:
    return sum(weight.numel() * weight.element_size() for weight in selected.values())


def _settled_peak(scorer: Scorer, task: Task) -> float:
    """Return the peak memory of a task that has run before."""
    for _ in range(2):
        task()
    gc.collect()
    return peak_memory(task, scorer.device)
