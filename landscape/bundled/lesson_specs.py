"""What to measure of a pair of checkpoints so that all lessons can be told of it: as few runs as that takes."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.bundled.pair_specs import SIGMAS_TO_CHOOSE, asked_of
from landscape.bundled.pairs import Pair
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Gaussian, Towards, Worst
from landscape.schema.frames import PointSpec
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec


@dataclass(frozen=True)
class Look:
    """How closely a pair is looked at."""

    limit: int | None = None  # examples of each capability
    points: int = 33  # of the walk
    lines: int = 33  # of the plane, each way
    steps: int = 30  # of a search for a worst direction
    restarts: int = 3
    trials: int = 1000  # of the certificate, at each σ
    failure_probability: float = 0.001


FINE_TUNED = ("paths", "promise")  # lessons about a fine-tune

# The closest first. The others are for models that take long: fewer examples and points show the same, less certainly.
LOOKS = (Look(), *(Look(limit, 17, 17, 8, 1, 200, 0.01) for limit in (100, 50, 25)))


def lesson_specs(pair: Pair, look: Look = LOOKS[0], held: Collection[str] = ()) -> dict[str, PointSpec]:
    """Return, by the name of each lesson, the spec whose result tells it of a pair; several lessons may share one.

    Lessons about a fine-tune are left out where the pair has none. `held`: the short names of capabilities that the
    model is known to have; a worst direction is searched for the first of them that is asked.
    """
    asked = asked_of(pair)
    aimed = next((name for name in asked if name_of(name) in held), asked[0])
    around: dict[str, Any] = {"checkpoint": pair.centre, "capabilities": asked, "limit": look.limit}
    draws: tuple[Direction, ...] = tuple(Gaussian(seed=seed) for seed in range(RAYS_NEEDED))
    ways = tuple(Towards(checkpoint=name) for name in pair.names if name != pair.centre)
    walk = SliceSpec(**around, directions=draws[:1], probed_count=look.points)
    basins = BasinSpec(**around, directions=(*draws, *ways))
    searched = Worst(capabilities=(aimed,), steps=look.steps, restarts=look.restarts)
    worst = WorstSpec(**around | {"capabilities": (aimed,)}, directions=(*draws[:2], *ways, searched))
    found: dict[str, PointSpec] = {"out": walk, "flat": walk, "alike": basins, "nested": basins, "needle": worst}
    if pair.tuned:
        found["paths"] = PlaneSpec(**around, directions=(*ways, draws[0]), grid=look.lines)
        found["promise"] = CertificateSpec(
            checkpoint=pair.base,
            capabilities=asked,
            limit=look.limit,
            directions=(draws[0], Towards(checkpoint=pair.tuned)),
            sigmas=SIGMAS_TO_CHOOSE,
            trials=look.trials,
            failure_probability=look.failure_probability,
        )
    return found


def is_of_lessons(spec: PointSpec, pair: Pair) -> bool:
    """Whether a spec is one of `lesson_specs`, at whatever look, and whichever worst direction and σ were chosen."""
    held = [(name_of(name),) for name in asked_of(pair)]
    known = [each for look in LOOKS for names in held for each in lesson_specs(pair, look, names).values()]
    if isinstance(spec, CertificateSpec):
        known = [
            each.model_copy(update={"sigmas": spec.sigmas, "directions": (spec.directions[0], *each.directions[1:])})
            for each in known
            if isinstance(each, CertificateSpec)
        ]
    return spec in known
