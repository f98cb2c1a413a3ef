"""How long a run will take, before any model is loaded: from earlier runs, else from sizes."""

import math
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from landscape.capabilities.examples import Example, load
from landscape.checkpoints import files
from landscape.runs.kinds import plan_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Eigenvector, Worst, capabilities_of
from landscape.schema.frames import PointSpec
from landscape.store.store import Store

# A cautious guess of what a forward pass reaches; a CPU, with each of its threads.
FLOPS = {"cpu": 3e10, "cuda": 5e13, "mps": 2e12, "auto": 3e10}
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

BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}  # of /proc/cpuinfo
LONG = 60  # s: of a shorter run nobody asks how to shorten it


def points_of(spec: PointSpec) -> int:
    """About how many different θ the spec asks for."""
    return plan_of(spec).expected_points(spec)


def seconds_of(spec: PointSpec, store: Store) -> tuple[float, bool]:
    """(estimated seconds of the whole run, whether earlier runs of this checkpoint back it)."""
    plan, seconds = plan_of(spec), _measured(spec, store)
    backed = len(seconds) == len(spec.capabilities)
    each = {name: seconds.get(name) or _guess(spec, name) for name in spec.capabilities}
    scorings = plan.expected_scorings or plan.expected_points
    total = scorings(spec) * sum(each.values())
    if plan.trials:  # θ₀ takes all examples, a point one a trial
        total += sum(_scoring(spec, name) for name in spec.capabilities)
    total += START + files.describe(spec.checkpoint).bytes / LOADED
    total += sum(map(files.seconds_until_there, spec.named_checkpoints))
    return total + sum(_searching(spec, direction, each) for direction in spec.directions), backed


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
    move = files.describe(spec.checkpoint).parameters / MOVED[spec.device.partition(":")[0]]
    return trials * (move / len(spec.capabilities) + ALONE + (every - OVERHEAD) / count)


def _scoring(spec: PointSpec, capability: str) -> float:
    """Seconds that all examples of a capability take at once."""
    examples = load(capability, spec.limit).examples
    written = sum(e.max_new_tokens for e in examples if e.kind == "generate")
    tokens = _letters(examples) / LETTERS_A_TOKEN + 3 * written  # generated tokens come one at a time
    size, device = files.describe(spec.checkpoint).parameters, spec.device.partition(":")[0]
    threads = min(os.cpu_count() or 1, max(1, size // WEIGHTS_A_THREAD)) if device in ("cpu", "auto") else 1
    return OVERHEAD + 2 * size * tokens / (FLOPS[device] * threads)


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
    wide = spec.dtype == "float32" or files.describe(spec.checkpoint).dtype == "float32"
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


def format_duration(seconds: float) -> str:
    """A duration as people say it: 4 s, 2 min, 1 h 20 min."""
    if seconds < 90:
        return f"{max(1, math.ceil(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
