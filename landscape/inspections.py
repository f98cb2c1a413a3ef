"""What an inspection measures, part by part, each a run of its own: what decides comes first. Measures nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from landscape import checkpoints, deployments
from landscape.arguments import default_reach, default_sigmas
from landscape.recipes import Direction, Gaussian, Move, Towards, Worst
from landscape.specs import (
    BasinSpec,
    CertificateSpec,
    ComparisonSpec,
    InspectionSpec,
    SliceSpec,
    Spec,
    WorstSpec,
)

ALONG = (0.25, 0.5, 0.75, 1.25, 1.5, 2.0)  # of the fine-tune's α: merges with the base, and beyond it
BRITTLE_DRAWS = 3


def parts_of(spec: InspectionSpec, delta: Mapping[str, Any] | None, held: Sequence[str] | None) -> dict[str, Spec]:
    """The parts by name, in the order in which they decide.

    Equal checkpoints need one score, and nothing lies between them.

    Args:
        spec: the inspection.
        delta: what the first part found, once it has.
        held: the capabilities that the base has, once its scores are known.
    """
    found: dict[str, Spec] = {"delta": _delta(spec)}
    if delta is None:
        return found
    alpha = float(delta["alpha"])
    found["scores"] = _slice(spec, spec.checkpoint, _way(spec, alpha), ())
    if alpha > 0:
        found["base basin"] = _basin(spec, spec.checkpoint, (Towards(checkpoint=spec.other),))
    found["headroom"] = _basin(spec, spec.other, ())
    if alpha > 0:
        found["way"] = _slice(spec, spec.checkpoint, _way(spec, alpha), tuple(alpha * t for t in ALONG))
    moves = tuple(Move(name=name) for name in deployments.USUAL)
    found["moves"] = SliceSpec(**_frame(spec, spec.other), directions=moves, alphas=(0.0,))
    found |= dict(_brittle(spec, delta))
    if spec.worst and held and alpha > 0:
        found["worst"] = _worst(spec, held)
    if spec.certify and held:
        found["certificate"] = _certificate(spec, alpha)
    return found


def _way(spec: InspectionSpec, alpha: float) -> Direction:
    return Towards(checkpoint=spec.other) if alpha > 0 else Gaussian(seed=0)


def _delta(spec: InspectionSpec) -> ComparisonSpec:
    return ComparisonSpec(
        checkpoint=spec.checkpoint, other=spec.other, device=spec.device, trust_remote_code=spec.trust_remote_code
    )


def _frame(spec: InspectionSpec, checkpoint: str) -> dict[str, Any]:
    fields = ("capabilities", "limit", "device", "dtype", "trust_remote_code")
    return {"checkpoint": checkpoint} | {name: getattr(spec, name) for name in fields}


def _slice(spec: InspectionSpec, checkpoint: str, direction: Direction, alphas: tuple[float, ...]) -> SliceSpec:
    return SliceSpec(**_frame(spec, checkpoint), directions=(direction,), alphas=(0.0, *alphas))


def _draws(count: int) -> tuple[Direction, ...]:
    return tuple(Gaussian(seed=seed) for seed in range(count))


def _basin(
    spec: InspectionSpec, checkpoint: str, aimed: tuple[Direction, ...], only: tuple[str, ...] = (), draws: int = 0
) -> BasinSpec:
    return BasinSpec(
        **_frame(spec, checkpoint),
        directions=(*_draws(draws or spec.draws), *aimed),
        reach=default_reach(_parameters(spec)),
        tolerance=spec.thresholds.max_drop,
        only=only,
    )


def _brittle(spec: InspectionSpec, delta: Mapping[str, Any]) -> Iterator[tuple[str, BasinSpec]]:
    """A basin for each layer, and for each type of module, moved alone."""
    for kind in ("layer", "module"):
        places = dict.fromkeys(tensor[kind] for tensor in delta["tensors"] if tensor[kind] is not None)
        for place in places:
            names = tuple(tensor["name"] for tensor in delta["tensors"] if tensor[kind] == place)
            yield f"{kind} {place}", _basin(spec, spec.other, (), names, BRITTLE_DRAWS)


def _worst(spec: InspectionSpec, held: Sequence[str]) -> WorstSpec:
    against = tuple(Worst(capabilities=(name,)) for name in held)
    basin = _basin(spec, spec.checkpoint, (Towards(checkpoint=spec.other), *against))
    return WorstSpec.model_validate(basin.model_dump(exclude={"kind"}))


def _certificate(spec: InspectionSpec, alpha: float) -> CertificateSpec:
    aimed = (Towards(checkpoint=spec.other),) if alpha > 0 else ()
    return CertificateSpec(
        **_frame(spec, spec.checkpoint),
        directions=(Gaussian(seed=0), *aimed),
        sigmas=default_sigmas(_parameters(spec), 4),
        trials=400,
    )


def _parameters(spec: InspectionSpec) -> int:
    return checkpoints.describe(spec.checkpoint).parameters
