"""How long a run will take, before any model is loaded: from earlier runs, else from sizes."""

import math
from collections.abc import Mapping

from landscape.basins.boundary_search import RUNGS
from landscape.capabilities import examples as capabilitie_examples
from landscape.certificates.sigma_race import BATCH, foreseen
from landscape.checkpoints import files
from landscape.planes.refinement import COARSE
from landscape.schema import capability_names
from landscape.schema.directions import Direction, Eigenvector, Worst, asked_about, end_of
from landscape.schema.specs import BasinSpec, CertificateSpec, Measurable, PlaneSpec, SliceSpec
from landscape.store.store import Store

FLOPS = {"cpu": 2e10, "cuda": 5e13, "mps": 2e12, "auto": 2e10}  # a cautious guess of what a forward pass reaches
LETTERS_A_TOKEN = 3.5
GRADIENT = 3  # passes that one forward and backward takes
PRODUCTS = 60  # with the Hessian, until the top eigenvector has converged
OVERHEAD = 0.02  # s a point and capability, whatever the size
ALONE = 0.005  # s an example that is scored by itself, whatever the size
MOVED = {"cpu": 6e7, "cuda": 2e10, "mps": 1e9, "auto": 6e7}  # weights a second: noise drawn, added, taken back
HALVINGS = 6  # of a bracket from the ladder
EDGES = 4.5  # points that a boundary of middling length takes, in units of the grid's lines, for one capability


def points_of(spec: Measurable) -> int:
    """How many different θ the spec asks for: θ₀ once, and what directions end at; a search's roughly."""
    if isinstance(spec, SliceSpec):
        moved = sum(alpha != 0 for alpha in spec.alphas)
        return 1 + len(spec.directions) * moved + sum(end_of(direction) is not None for direction in spec.directions)
    if isinstance(spec, BasinSpec):
        return 1 + len(spec.directions) * (1 + spec.both_signs) * (RUNGS + HALVINGS * len(spec.capabilities))
    if isinstance(spec, CertificateSpec):
        return 1 + foreseen(spec)
    if spec.full:
        return spec.grid**2
    return min(spec.grid**2, COARSE**2 + round(EDGES * len(spec.capabilities) * spec.grid))


def seconds_of(spec: Measurable, store: Store) -> tuple[float, bool]:
    """(estimated seconds of the whole run, whether earlier runs of this checkpoint back it)."""
    seconds = _measured(spec, store)
    backed = len(seconds) == len(spec.capabilities)
    each = [seconds.get(name) or _guess(spec, name) for name in spec.capabilities]
    total = sum(count * s for count, s in zip(_scorings(spec), each, strict=True))
    if isinstance(spec, CertificateSpec):  # θ₀ takes all examples, each batch one a trial
        total += sum(_guess_of_all(spec, name) for name in spec.capabilities)
    scored = dict(zip(spec.capabilities, each, strict=True))
    return total + sum(_searching(spec, direction, scored) for direction in spec.directions), backed


def _searching(spec: Measurable, direction: Direction, scored: Mapping[str, float]) -> float:
    """What finding a direction takes, were it not kept from before; `scored`: seconds a capability takes at a point."""
    passes = sum(scored.get(name) or _guess(spec, name) for name in asked_about(direction)) / 2  # half the examples
    if isinstance(direction, Worst):
        return GRADIENT * passes * direction.steps * (direction.restarts + (direction.start is not None))
    return 2 * GRADIENT * passes * PRODUCTS if isinstance(direction, Eigenvector) else 0.0


def _scorings(spec: Measurable) -> list[int]:
    """At how many points each capability is scored: a search scores one only where it decides something."""
    count, names = points_of(spec), len(spec.capabilities)
    if isinstance(spec, BasinSpec):
        count = 1 + len(spec.directions) * (1 + spec.both_signs) * (RUNGS + HALVINGS)
    elif isinstance(spec, PlaneSpec) and not spec.full:
        count = COARSE**2 + (count - COARSE**2) // names
    elif isinstance(spec, CertificateSpec):
        count = foreseen(spec.model_copy(update={"capabilities": spec.capabilities[:1]}))
    return [count] * names


def _measured(spec: Measurable, store: Store) -> dict[str, float]:
    """Seconds that each capability took at a point, in the latest run of the same checkpoint that measured any."""
    for run in store.runs():
        asked = run.spec
        if isinstance(asked, Measurable) and run.measured and _same_work(asked, spec):
            rows = store.result(run.id).rows
            if isinstance(spec, CertificateSpec):
                rows = rows[rows["sigma"] > 0]
            seconds = rows.groupby("capability")["seconds"].median()
            names = {name: capability_names.name_of(name) for name in spec.capabilities}
            return {name: float(seconds[short]) for name, short in names.items() if short in seconds}
    return {}


def _same_work(a: Measurable, b: Measurable) -> bool:
    fields = ["checkpoint", "capabilities", "device", "dtype", "limit"]
    if isinstance(a, CertificateSpec) or isinstance(b, CertificateSpec):
        fields += ["kind", "only", "exclude", "adapter"]  # moving the weights is most of a batch
    return all(getattr(a, field) == getattr(b, field) for field in fields)


def _guess(spec: Measurable, capability: str) -> float:
    """Seconds of one capability at a point; of a certificate at a batch, whose moves all capabilities share."""
    every = _guess_of_all(spec, capability)
    if not isinstance(spec, CertificateSpec):
        return every
    examples = len(capabilitie_examples.load(capability, spec.limit).examples)
    move = files.describe(spec.checkpoint).parameters / MOVED[spec.device.partition(":")[0]]
    return BATCH * (move / len(spec.capabilities) + ALONE + (every - OVERHEAD) / examples)


def _guess_of_all(spec: Measurable, capability: str) -> float:
    """Seconds that all examples of a capability take at once."""
    examples = capabilitie_examples.load(capability, spec.limit).examples
    letters = sum(len(e.prompt) + len(e.reference or "") for e in examples)
    written = sum(e.max_new_tokens for e in examples if e.kind == "generate")
    tokens = letters / LETTERS_A_TOKEN + 3 * written  # generated tokens come one at a time
    flops = 2 * files.describe(spec.checkpoint).parameters * tokens
    return OVERHEAD + flops / FLOPS[spec.device.partition(":")[0]]


def format_duration(seconds: float) -> str:
    """A duration as people say it: 4 s, 2 min, 1 h 20 min."""
    if seconds < 90:
        return f"{max(1, math.ceil(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
