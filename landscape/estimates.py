"""How long a slice will take, before any model is loaded: from earlier runs, else from sizes."""

import math

from landscape import capabilities, checkpoints
from landscape.specs import SliceSpec
from landscape.store import Store

FLOPS = {"cpu": 2e10, "cuda": 5e13, "mps": 2e12, "auto": 2e10}  # a cautious guess of what a forward pass reaches
LETTERS_A_TOKEN = 3.5
OVERHEAD = 0.02  # s a point and capability, whatever the size


def points_of(spec: SliceSpec) -> int:
    """How many different θ the spec asks for: θ₀ once, and towards a checkpoint that checkpoint."""
    moved = sum(alpha != 0 for alpha in spec.alphas)
    return 1 + len(spec.directions) * moved + len(spec.others)


def seconds_of(spec: SliceSpec, store: Store) -> tuple[float, bool]:
    """(estimated seconds of the whole slice, whether earlier runs of this checkpoint back it)."""
    measured = _measured_rate(spec, store)
    rate = measured if measured is not None else sum(_guess(spec, name) for name in spec.capabilities)
    return rate * points_of(spec), measured is not None


def _measured_rate(spec: SliceSpec, store: Store) -> float | None:
    """Seconds a point that the latest run of the same checkpoint and capabilities took."""
    for run in store.runs():
        asked = run.spec
        if isinstance(asked, SliceSpec) and run.measured and _same_work(asked, spec):
            rows = store.result(run.id).rows
            return float(rows.groupby("capability")["seconds"].median().sum())
    return None


def _same_work(a: SliceSpec, b: SliceSpec) -> bool:
    fields = ("checkpoint", "capabilities", "device", "dtype", "limit")
    return all(getattr(a, field) == getattr(b, field) for field in fields)


def _guess(spec: SliceSpec, capability: str) -> float:
    examples = capabilities.load(capability, spec.limit).examples
    letters = sum(len(e.prompt) + len(e.reference or "") for e in examples)
    written = sum(e.max_new_tokens for e in examples if e.kind == "generate")
    tokens = letters / LETTERS_A_TOKEN + 3 * written  # generated tokens come one at a time
    flops = 2 * checkpoints.describe(spec.checkpoint).parameters * tokens
    return OVERHEAD + flops / FLOPS[spec.device.partition(":")[0]]


def spoken(seconds: float) -> str:
    """A duration as people say it: 4 s, 2 min, 1 h 20 min."""
    if seconds < 90:
        return f"{max(1, math.ceil(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
