"""How long a run will take, before any model is loaded: from earlier runs, else from sizes."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from landscape.capabilities.examples import Example, load
from landscape.checkpoints import files, fingerprints
from landscape.runs.kinds import plan_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Eigenvector, Worst, capabilities_of
from landscape.schema.frames import PointSpec
from landscape.schema.specs import ComparisonSpec
from landscape.store.store import Store

FLOPS = {"cuda": 5e13, "mps": 2e12}  # a cautious guess of what a forward pass reaches; of a CPU it is measured
REACHED = 1.0  # times what numpy multiplies matrices with: the head, a fifth of a small model, reads few places
MEASURED = 0.15  # s
HALF_REACHED = 10_000_000  # weights of a model that reaches half of that: small matrices are slower
WEIGHTS_A_THREAD = 1_000_000  # a smaller model takes one thread (`Session.choose_settings`)
SHARED = 0.6  # of the letters or less: then prompts that options share, and a common beginning, are read once
START, LOADED = 4.0, 5e8  # s until a worker is there; bytes of a checkpoint that it reads in a second
LETTERS_A_TOKEN = 3.5
GRADIENT = 3  # passes that one forward and backward takes
READINGS = 40  # passes that read, after each round of a restart, where its direction ends the capability
PRODUCTS = 60  # with the Hessian, until the top eigenvector has converged
OVERHEAD = 0.02  # s a point and capability, whatever the size
ALONE = 0.005  # s an example that is scored by itself, whatever the size
MOVED = {"cpu": 6e7, "cuda": 2e10, "mps": 1e9, "auto": 6e7}  # weights a second: noise drawn, added, taken back

SAMPLE = 16  # examples that `Session.verify` scores twice before a run
COMPARED, RANKED = 5e7, 3e6  # weights a second whose Δ, and whose ranks, are found

BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}  # of /proc/cpuinfo
LONG = 60  # s: of a shorter run nobody asks how to shorten it


def points_of(spec: PointSpec) -> int:
    """About how many different θ the spec asks for."""
    return plan_of(spec).expected_points(spec)


def seconds_of(spec: PointSpec, store: Store) -> tuple[float, bool]:
    """(estimated seconds of the whole run, whether earlier runs of this checkpoint back it)."""
    plan, seconds = plan_of(spec), _measured(spec, store)
    backed = len(seconds) == len(spec.capabilities)
    known = 1.0 if backed else _compared_with_guesses(spec, store)
    each = {name: seconds.get(name) or (known or 1.0) * _guess(spec, name) for name in spec.capabilities}
    scorings = plan.expected_scorings or plan.expected_points
    total = scorings(spec) * sum(each.values())
    if plan.trials:  # θ₀ takes all examples, a point one a trial
        total += sum(_scoring(spec, name) for name in spec.capabilities)
    total += START + _loading(spec) + (0.0 if plan.trials else _checking(spec))
    total += sum(map(files.seconds_until_there, spec.named_checkpoints))
    return total + sum(_searching(spec, direction, each) for direction in spec.directions), bool(known)


def seconds_by_size(spec: PointSpec, known: int = 0) -> float:
    """Estimated seconds of a run by sizes alone, in a process that is there, with `known` of its points measured."""
    plan = plan_of(spec)
    each = {name: _guess(spec, name) for name in spec.capabilities}
    scorings = (plan.expected_scorings or plan.expected_points)(spec)
    searching = sum(_searching(spec, direction, each) for direction in spec.directions)
    return _loading(spec) + _checking(spec) + max(1, scorings - known) * sum(each.values()) + searching


def seconds_to_compare(spec: ComparisonSpec) -> float:
    """Estimated seconds that Δ takes, by sizes alone: both are read, and of what changed the ranks may be found."""
    sizes = [_described(name) for name in spec.named_checkpoints]
    ranks = sizes[0].parameters / RANKED if spec.ranks else 0.0
    return sum(size.bytes / LOADED + size.parameters / COMPARED for size in sizes) + ranks


def _described(name: str) -> files.Description:
    """The sizes of a checkpoint; its headers are read again only where its files have changed."""
    return _described_as(name, fingerprints.stamp(name))


@lru_cache(maxsize=64)
def _described_as(name: str, stamp: str) -> files.Description:
    return files.describe(name)


def _loading(spec: PointSpec) -> float:
    return sum(_described(name).bytes for name in (spec.checkpoint, *spec.others)) / LOADED


def _checking(spec: PointSpec) -> float:
    """Seconds until it is known that the model answers alike each time: a sample of the examples is scored twice."""
    counts = {name: len(load(name, spec.limit).examples) for name in spec.capabilities}
    return sum(2 * min(SAMPLE, n) / n * _scoring(spec, name) for name, n in counts.items())


def _searching(spec: PointSpec, direction: Direction, scored: Mapping[str, float]) -> float:
    """Seconds to search for a direction that is not cached. `scored`: seconds that each capability takes at a point."""
    passes = sum(scored.get(name) or _guess(spec, name) for name in capabilities_of(direction)) / 2  # half the examples
    if isinstance(direction, Worst):
        ascents = direction.restarts + (direction.start is not None)
        return (GRADIENT * direction.steps + READINGS) * passes * ascents
    return 2 * GRADIENT * passes * PRODUCTS if isinstance(direction, Eigenvector) else 0.0


def _measured(spec: PointSpec, store: Store) -> dict[str, float]:
    """Seconds that each capability took at a point, in the latest run of the same checkpoint that measured any."""
    for run in store.runs():
        if isinstance(run.spec, PointSpec) and run.measured and _same_work(run.spec, spec):
            rows = store.result(run.id).rows
            if plan_of(spec).trials:
                rows = rows[(rows[list(spec.coordinates)] != 0).any(axis=1)]  # all but θ₀, which takes all examples
            seconds = rows.groupby("capability")["seconds"].median()
            names = {name: name_of(name) for name in spec.capabilities}
            return {name: float(seconds[short]) for name, short in names.items() if short in seconds}
    return {}


def _compared_with_guesses(spec: PointSpec, store: Store) -> float | None:
    """How many times as long as guessed the latest run of the same checkpoint took, on whatever examples."""
    for run in store.runs() if not plan_of(spec).trials else []:
        found = run.spec
        if not isinstance(found, PointSpec) or plan_of(found).trials or not run.measured:
            continue
        if any(getattr(found, field) != getattr(spec, field) for field in ("checkpoint", "device", "dtype")):
            continue
        seconds = store.result(run.id).rows.groupby("capability")["seconds"].median()
        guessed = {name_of(name): _guess(found, name) for name in found.capabilities if name_of(name) in seconds}
        if guessed:
            return float(sum(seconds[name] for name in guessed) / sum(guessed.values()))
    return None


def _same_work(a: PointSpec, b: PointSpec) -> bool:
    """Whether a point of one takes as long as a point of the other."""
    fields = ["checkpoint", "capabilities", "device", "dtype", "limit"]
    if plan_of(a).trials or plan_of(b).trials:
        fields += ["kind", "only", "exclude", "adapter"]  # moving the weights is most of a batch
    return all(getattr(a, field) == getattr(b, field) for field in fields)


def _guess(spec: PointSpec, capability: str) -> float:
    """Seconds of one capability at a point, from sizes; of a batch of trials all capabilities share the moves."""
    every, trials = _scoring(spec, capability), plan_of(spec).trials
    if not trials:
        return every
    count = len(load(capability, spec.limit).examples)
    move = _described(spec.checkpoint).parameters / MOVED[spec.device.partition(":")[0]]
    return trials * (move / len(spec.capabilities) + ALONE + (every - OVERHEAD) / count)


def _scoring(spec: PointSpec, capability: str) -> float:
    """Seconds that all examples of a capability take at once."""
    examples = load(capability, spec.limit).examples
    written = sum(e.max_new_tokens for e in examples if e.kind == "generate")
    tokens = _letters(examples) / LETTERS_A_TOKEN + 3 * written  # generated tokens come one at a time
    size, device = _described(spec.checkpoint).parameters, spec.device.partition(":")[0]
    return OVERHEAD + 2 * size * tokens / (FLOPS.get(device) or _flops_of_cpu(size))


def _flops_of_cpu(size: int) -> float:
    """What a forward pass of a model of so many weights reaches on this machine."""
    threads = min(1.0, max(1, size // WEIGHTS_A_THREAD) / (os.cpu_count() or 1))
    return REACHED * size / (size + HALF_REACHED) * _flops_of_products() * threads


@cache
def _flops_of_products() -> float:
    """Operations a second of matrix products with numpy, measured once a process for MEASURED seconds.

    What other programs take at that moment is left out: a run outlasts it. Of several threads the sum of their times
    would count too much, so the shorter of the two holds.
    """
    one, done = np.ones((512, 512), np.float32), 0
    one @ one  # the first one starts threads
    began, began_cpu = time.perf_counter(), time.process_time()
    while (taken := time.perf_counter() - began) < MEASURED:
        one @ one
        done += 1
    return 2 * 512**3 * done / max(1e-3, min(taken, time.process_time() - began_cpu))


def _letters(examples: Sequence[Example]) -> int:
    """The letters that are read at a point: all options of each choice, and what they share once where it pays."""
    asked = [(example.prompt, example.choices or (example.reference or "",)) for example in examples]
    whole = sum(len(prompt) * len(options) + sum(map(len, options)) for prompt, options in asked)
    common = len(os.path.commonprefix([prompt for prompt, _ in asked])) * (len(asked) - 1)
    shared = sum(len(prompt) + sum(map(len, options)) for prompt, options in asked) - common
    return shared if shared <= SHARED * whole else whole


def bfloat16_hint(spec: PointSpec, store: Store) -> str:
    """A sentence where a run that takes long would take less than half the time in bfloat16; empty elsewhere.

    On a CPU that multiplies bfloat16 itself. Nothing is changed by itself: scores near a tie may come out otherwise.
    """
    on_cpu = spec.device == "cpu" or (spec.device == "auto" and not Path("/proc/driver/nvidia").exists())
    if spec.dtype not in ("auto", "float32") or not on_cpu or not BFLOAT16_FLAGS & _cpu_flags():
        return ""
    wide = spec.dtype == "float32" or _described(spec.checkpoint).dtype == "float32"
    if not wide or seconds_of(spec, store)[0] < LONG:
        return ""
    return (
        "This CPU multiplies bfloat16 itself: with the number format bfloat16 it would take less than half the time. "
        "Scores that hang on rounding may come out otherwise, so the format is part of a result."
    )


@cache
def _cpu_flags() -> frozenset[str]:
    """What the CPU can do, as Linux says it; nothing on other systems."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
    return frozenset()
