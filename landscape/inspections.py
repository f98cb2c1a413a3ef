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
DECISIVE = ("delta", "scores", "tuned scores")  # what a verdict takes, whatever it costs


def parts_of(spec: InspectionSpec, delta: Mapping[str, Any] | None, held: Sequence[str] | None) -> dict[str, Spec]:
    """The parts by name, in the order in which they decide.

    Each of the two is scored as what it is, in its own number format and with its own tokenizer: a verdict does not
    rest on where the way between them ends. Nothing lies between equal weights.

    Args:
        spec: the inspection.
        delta: what the first part found, once it has.
        held: the capabilities that the base has, once its scores are known.
    """
    found: dict[str, Spec] = {"delta": _delta(spec)}
    if delta is None:
        return found
    alpha = float(delta["alpha"])
    found["scores"] = _slice(spec, spec.checkpoint, Gaussian(seed=0), ())
    found["tuned scores"] = _slice(spec, spec.other, Gaussian(seed=0), ())
    if alpha > 0:
        found["base basin"] = _basin(spec, spec.checkpoint, (Towards(checkpoint=spec.other),))
    found["headroom"] = _basin(spec, spec.other, ())
    if alpha > 0:
        way = Towards(checkpoint=spec.other)
        found["way"] = _slice(spec, spec.checkpoint, way, tuple(alpha * t for t in ALONG))
    moves = tuple(Move(name=name) for name in deployments.USUAL)
    found["moves"] = SliceSpec(**_frame(spec, spec.other), directions=moves, alphas=(0.0,))
    found |= dict(_brittle(spec, delta))
    if spec.worst and held and alpha > 0:
        found["worst"] = _worst(spec, held)
    if spec.certify and held:
        found["certificate"] = _certificate(spec, exact=alpha > 0 and not delta.get("mismatches"))
    return found


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
    """A basin for each layer, and for each type of module, moved alone, by the names of the fine-tune's parameters."""
    tensors = [t for t in delta["tensors"] if t.get("tied_in") != "second" and not t.get("loose")]
    tensors += delta.get("fused", [])
    for kind in ("layer", "module"):
        places = dict.fromkeys(tensor[kind] for tensor in tensors if tensor[kind] is not None)
        for place in places:
            names = tuple(tensor["name"] for tensor in tensors if tensor[kind] == place)
            yield f"{kind} {place}", _basin(spec, spec.other, (), names, BRITTLE_DRAWS)


def _worst(spec: InspectionSpec, held: Sequence[str]) -> WorstSpec:
    against = tuple(Worst(capabilities=(name,)) for name in held)
    basin = _basin(spec, spec.checkpoint, (Towards(checkpoint=spec.other), *against))
    return WorstSpec.model_validate(basin.model_dump(exclude={"kind"}))


def _certificate(spec: InspectionSpec, *, exact: bool) -> CertificateSpec:
    """What holds around the base; said of the fine-tune too where it is exactly a point of the base's weight space."""
    aimed = (Towards(checkpoint=spec.other),) if exact else ()
    return CertificateSpec(
        **_frame(spec, spec.checkpoint),
        directions=(Gaussian(seed=0), *aimed),
        sigmas=default_sigmas(_parameters(spec), 4),
        trials=400,
    )


def _parameters(spec: InspectionSpec) -> int:
    return checkpoints.describe(spec.checkpoint).parameters
