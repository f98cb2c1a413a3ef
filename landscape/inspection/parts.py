"""The parts of an inspection, each a run of its own, in the order in which they decide. Measures nothing itself."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from landscape.assets import PREFIX
from landscape.inspection import interim_looks
from landscape.inspection.evidence import Evidence, held_by_base
from landscape.schema import deployments
from landscape.schema.capability_names import name_of
from landscape.schema.default_ranges import DEMO_REACH, PROBED, sigmas_of, sigmas_within
from landscape.schema.directions import Direction, Gaussian, Move, Towards, Worst
from landscape.schema.frames import Spec
from landscape.schema.specs import BasinSpec, CertificateSpec, ComparisonSpec, InspectionSpec, SliceSpec, WorstSpec

ALONG = (0.25, 0.5, 0.75, 1.25, 1.5, 2.0)  # of the fine-tune's α: merges with the base, and beyond it
BETWEEN = (0.25, 0.5, 0.75)  # of the first look at the way
BRITTLE_DRAWS = 3
FIRST_AROUND = ("way few", "base basin 1")  # the first looks at what lies between and around, by name


def parts_of(spec: InspectionSpec, evidence: Evidence) -> dict[str, Spec]:
    """The parts by name, in the order in which they decide. Later parts depend on what the first ones found.

    Base and fine-tune are each scored as they are, with their own number format and tokenizer, so that the verdict does
    not depend on where the straight way between them ends. With a budget, a first look at every question comes first,
    then finer ones at what is still unclear (`interim_looks`); the whole parts come last. Between equal weights there
    is no way.
    """
    found: dict[str, Spec] = {"delta": _delta(spec, ranks=not spec.budget)}
    if evidence.delta is None:
        return found
    alpha = float(evidence.delta["alpha"])
    looks = list(_looks_at_scores(spec, evidence))
    found |= dict(looks[:2])
    if spec.budget and evidence.scores is None:
        return found
    scores: dict[str, Spec] = dict(_scores(spec, "", spec.limit, spec.capabilities))
    basins: dict[str, Spec] = dict(_basins(spec, evidence, alpha))
    found |= dict(_first_around(spec, evidence, alpha)) | dict(looks) if spec.budget else basins
    if alpha > 0:
        found["way"] = _way(spec, alpha, ALONG)
    found |= dict(_looks_at_basins(spec, evidence, alpha)) if spec.budget else {}
    moves = tuple(Move(name=name) for name in deployments.USUAL)
    found["moves"] = SliceSpec(**_frame(spec, spec.other), directions=moves, alphas=(0.0,))
    found |= scores | basins  # with a budget: only now
    held = _held(spec, evidence)
    if spec.worst and (losable := _losable(spec, evidence)) and alpha > 0:
        found["worst"] = _worst(spec, evidence, losable)
    if spec.certify and held:
        exact = alpha > 0 and not evidence.delta.get("mismatches")
        found["certificate"] = _certificate(spec, evidence, exact=exact)
    found |= dict(_brittle(spec, evidence, evidence.delta))
    return found | ({"delta ranks": _delta(spec, ranks=True)} if spec.budget and alpha > 0 else {})


def _first_around(spec: InspectionSpec, evidence: Evidence, alpha: float) -> Iterator[tuple[str, Spec]]:
    """First looks between the two and around the base: few points and one direction, on the first examples."""
    first = evidence.looks("scores")[:1]
    if not first or alpha == 0:
        return
    few = {"limit": interim_looks.examples_around(spec, first[0])}
    if held := tuple(_held(spec, evidence)):
        yield FIRST_AROUND[0], _way(spec, alpha, BETWEEN).model_copy(update=few | {"capabilities": held})
    if losable := tuple(_losable(spec, evidence)):
        basin = _basin(spec, spec.checkpoint, (), _reach(spec, evidence, FIRST_AROUND[1]), draws=1)
        coarse = {"capabilities": losable, "precision": interim_looks.PRECISION}
        yield FIRST_AROUND[1], basin.model_copy(update=few | coarse)


def _held(spec: InspectionSpec, evidence: Evidence) -> list[str]:
    """What the base has by the first look at the scores; later looks must not change which parts there are."""
    first = evidence.looks("scores")[:1]
    return held_by_base(spec, first[0]) if first else []


def _losable(spec: InspectionSpec, evidence: Evidence) -> list[str]:
    """What has a basin to leave by the first look: by loss also what scores 0, if its examples have answers."""
    first = evidence.looks("scores")[:1]
    if spec.thresholds.max_loss_rise is None or not first:
        return _held(spec, evidence)
    known = set(first[0].rows.loc[first[0].rows["loss"].notna(), "capability"])
    return [name for name in spec.capabilities if name_of(name) in known]


def _scores(
    spec: InspectionSpec, look: str, limit: int | None, capabilities: tuple[str, ...]
) -> Iterator[tuple[str, SliceSpec]]:
    """The scores of both checkpoints on some examples of some capabilities."""
    for name, checkpoint in (("scores", spec.checkpoint), ("tuned scores", spec.other)):
        whole = _slice(spec, checkpoint, Gaussian(seed=0), ())
        yield f"{name} {look}".strip(), whole.model_copy(update={"limit": limit, "capabilities": capabilities})


def _looks_at_scores(spec: InspectionSpec, evidence: Evidence) -> Iterator[tuple[str, Spec]]:
    """Interim looks at the scores: ever more examples of the capabilities that the previous look left unclear."""
    names = spec.capabilities
    for limit in interim_looks.limits_of(spec):
        yield from _scores(spec, f"{limit}", limit, names)
        base, tuned = (evidence.parts.get(f"{name} {limit}") for name in ("scores", "tuned scores"))
        names = interim_looks.unclear_scores(spec, base, tuned) if base is not None and tuned is not None else ()
        if not names:
            return
    yield from _scores(spec, "unclear" if names != spec.capabilities else "", spec.limit, names)


def _looks_at_basins(spec: InspectionSpec, evidence: Evidence, alpha: float) -> Iterator[tuple[str, Spec]]:
    """Interim looks at the basins: few directions and examples first, then all of both where that is unclear."""
    held = tuple(_losable(spec, evidence))
    if not held or spec.draws <= interim_looks.DRAWS:
        return
    limit = next(iter(interim_looks.limits_of(spec)), spec.limit)
    kinds = list(_basins(spec, evidence, alpha))
    few = {kind: f"{kind} {interim_looks.DRAWS}" for kind, _ in kinds}
    for kind, whole in kinds:
        drawn = [d for d in whole.directions if not isinstance(d, Gaussian)]
        cheap: dict[str, Any] = {
            "limit": limit,
            "capabilities": held,
            "directions": (*_draws(interim_looks.DRAWS), *drawn),
        }
        cheap |= {"precision": interim_looks.PRECISION}
        yield few[kind], whole.model_copy(update=cheap | {"reach": _reach(spec, evidence, few[kind])})
    found = [evidence.parts[name] for name in few.values() if name in evidence.parts]
    if len(found) < len(kinds) or "base basin" not in few:
        return
    unclear = interim_looks.unclear_basins(spec, alpha, *found)
    if unclear and unclear != spec.capabilities:
        for kind, whole in kinds:
            reach = _reach(spec, evidence, name := f"{kind} unclear")
            yield name, whole.model_copy(update={"capabilities": unclear, "reach": reach})


def _basins(spec: InspectionSpec, evidence: Evidence, alpha: float) -> Iterator[tuple[str, BasinSpec]]:
    if alpha > 0:
        way = (Towards(checkpoint=spec.other),)
        yield "base basin", _basin(spec, spec.checkpoint, way, _reach(spec, evidence, "base basin"))
    yield "headroom", _basin(spec, spec.other, (), _reach(spec, evidence, "headroom"))


def _reach(spec: InspectionSpec, evidence: Evidence, part: str) -> float:
    """How far a part looks: what the first basin was found to reach, so that all parts compare on one scale.

    The first basin is the base's, unless both have the same weights. It is probed, and so is what comes before it has
    found its reach. Between demo models the range is given: inspections that ship, and those of earlier versions, have
    it in their specs and are found by them.
    """
    if spec.checkpoint.startswith(PREFIX):
        return DEMO_REACH
    earlier = takewhile(lambda one: one[0] != part, evidence.parts.items())  # what it found itself changes no spec
    basins = (found.facts for name, found in earlier if name.startswith(("base basin", "headroom")))
    return next((facts.reach for facts in basins if facts is not None and facts.reach is not None), PROBED)


def _delta(spec: InspectionSpec, *, ranks: bool) -> ComparisonSpec:
    """Δ; its ranks take most of the time, so that with a budget they come last."""
    return ComparisonSpec(checkpoint=spec.checkpoint, other=spec.other, device=spec.device, ranks=ranks)


def _frame(spec: InspectionSpec, checkpoint: str) -> dict[str, Any]:
    fields = ("capabilities", "limit", "device", "dtype")
    return {"checkpoint": checkpoint} | {name: getattr(spec, name) for name in fields}


def _slice(spec: InspectionSpec, checkpoint: str, direction: Direction, alphas: tuple[float, ...]) -> SliceSpec:
    return SliceSpec(**_frame(spec, checkpoint), directions=(direction,), alphas=(0.0, *alphas))


def _way(spec: InspectionSpec, alpha: float, shares: tuple[float, ...]) -> SliceSpec:
    """The slice from the base at shares of the way to the fine-tune, which is at `alpha`."""
    return _slice(spec, spec.checkpoint, Towards(checkpoint=spec.other), tuple(alpha * share for share in shares))


def _draws(count: int) -> tuple[Direction, ...]:
    return tuple(Gaussian(seed=seed) for seed in range(count))


def _basin(
    spec: InspectionSpec, checkpoint: str, aimed: tuple[Direction, ...], reach: float, draws: int = 0
) -> BasinSpec:
    return BasinSpec(
        **_frame(spec, checkpoint),
        directions=(*_draws(draws or spec.draws), *aimed),
        reach=reach,
        tolerance=spec.thresholds.max_drop,
        loss_tolerance=spec.thresholds.max_loss_rise,
    )


def _brittle(spec: InspectionSpec, evidence: Evidence, delta: Mapping[str, Any]) -> Iterator[tuple[str, BasinSpec]]:
    """A basin for each layer, and for each type of module, moved alone, by the names of the fine-tune's parameters."""
    tensors = [t for t in delta["tensors"] if t.get("tied_in") != "second" and not t.get("loose")]
    tensors += delta.get("fused", [])
    whole = _basin(spec, spec.other, (), _reach(spec, evidence, "layer"), BRITTLE_DRAWS)
    for kind in ("layer", "module"):
        places = dict.fromkeys(tensor[kind] for tensor in tensors if tensor[kind] is not None)
        for place in places:
            names = tuple(tensor["name"] for tensor in tensors if tensor[kind] == place)
            yield f"{kind} {place}", whole.model_copy(update={"only": names})


def _worst(spec: InspectionSpec, evidence: Evidence, held: Sequence[str]) -> WorstSpec:
    against = tuple(Worst(capabilities=(name,)) for name in held)
    aimed: tuple[Direction, ...] = (Towards(checkpoint=spec.other), *against)
    basin = _basin(spec, spec.checkpoint, aimed, _reach(spec, evidence, "worst"))
    return WorstSpec.model_validate(basin.model_dump(exclude={"kind"}))


def _certificate(spec: InspectionSpec, evidence: Evidence, *, exact: bool) -> CertificateSpec:
    """The certificate of the base; also stated at the fine-tune if that is exactly a point of its weight space.

    Its σ follow from how far the base's basin reaches; where that is not known, from the size of the base's weights.
    Its noise is not among the random directions of the basin, so that no trial has a share in the choice of σ.
    """
    aimed = (Towards(checkpoint=spec.other),) if exact else ()
    noise = Gaussian(seed=0 if spec.checkpoint.startswith(PREFIX) else 1)  # of demo models nothing is chosen
    reach, facts = _reach(spec, evidence, "certificate"), evidence.scores.facts if evidence.scores else None
    return CertificateSpec(
        **_frame(spec, spec.checkpoint),
        directions=(noise, *aimed),
        sigmas=sigmas_within(reach, 4) if reach or facts is None else sigmas_of(facts.typical, 4),
        trials=400,
    )
