"""What to measure of a pair of checkpoints: one spec for each kind of measurement that has a page."""

from collections.abc import Callable, Iterable

from landscape.bundled.default_capabilities import default_capabilities
from landscape.bundled.pairs import Pair, closeness
from landscape.bundled.real_specs import BASE, CAPABILITIES, TUNED
from landscape.bundled.results import shipped
from landscape.bundled.specs import DEMO_BASIN, DEMO_CERTIFICATE, DEMO_PLANE, DEMO_SPEC, DEMO_WORST, showcase_specs
from landscape.schema.directions import Direction, Gaussian, Towards, Worst
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.specs import (
    BasinSpec,
    CertificateSpec,
    ComparisonSpec,
    InspectionSpec,
    PlaneSpec,
    SliceSpec,
    WorstSpec,
)

DEMO_PAIR = Pair("demo:base", "demo:assistant")
REAL_PAIR = Pair(BASE, TUNED, CAPABILITIES)
SIGMAS_TO_CHOOSE = (1.0,)  # of a certificate whose σ nobody chose: they follow from the model
FIRST_BUDGET = 300.0  # s, of a first inspection

_DRAWN = {"slice": 3, "basin": 8, "worst": 8}  # random directions


def asked_of(pair: Pair, *, gate: bool = False) -> tuple[str, ...]:
    """Return the capabilities that a pair is asked: those chosen, else those that suit both checkpoints.

    Of a `gate`, also whether they decline and answer what they should.
    """
    return pair.capabilities or default_capabilities(pair.names, gate=gate).names


def answers(spec: Spec, pair: Pair) -> int:
    """Return how well a spec answers for a pair (`closeness`); 0 where it does not.

    It does not where it asks other capabilities, moves nothing, or moves only some of the weights.
    """
    if isinstance(spec, PointSpec) and (spec.stays_at_origin or spec.only or spec.exclude):
        return 0
    asked = set(getattr(spec, "capabilities", ()))
    wanted = [set(asked_of(pair)), set(asked_of(pair, gate=True))]
    return closeness(spec, pair) if not asked or asked in wanted else 0


def spec_for(kind: str, pair: Pair) -> Spec | None:
    """Return what a page measures of a pair unless somebody changes it: what ships measured, where it answers.

    None: the kind compares two checkpoints, and there is only one.
    """
    asked = set(pair.capabilities)
    ships = [spec for spec in _shipping(kind) if not asked or asked >= set(spec.capabilities)]
    best = max(ships, key=lambda spec: closeness(spec, pair), default=None)
    if best is not None and closeness(best, pair):
        return best
    return _MADE[kind](pair) if pair.tuned or kind not in ("inspection", "comparison") else None


def _shipping(kind: str) -> Iterable[PointSpec]:
    known = (DEMO_SPEC, DEMO_BASIN, DEMO_PLANE, DEMO_WORST, DEMO_CERTIFICATE, *showcase_specs().values())
    return [spec for spec in known if spec.kind == kind and shipped(spec) is not None]


def _directions(kind: str, pair: Pair, centre: str) -> tuple[Direction, ...]:
    aims = tuple(Towards(checkpoint=name) for name in pair.names if name != centre)
    return (*(Gaussian(seed=seed) for seed in range(_DRAWN[kind])), *aims)


def _slice(pair: Pair) -> SliceSpec:
    return SliceSpec(
        checkpoint=pair.base, directions=_directions("slice", pair, pair.base), capabilities=asked_of(pair)
    )


def _basin(pair: Pair) -> BasinSpec:
    directions = _directions("basin", pair, pair.centre)
    return BasinSpec(checkpoint=pair.centre, directions=directions, capabilities=asked_of(pair))


def _plane(pair: Pair) -> PlaneSpec:
    first: Direction = Towards(checkpoint=pair.base) if pair.tuned else Gaussian(seed=1)
    return PlaneSpec(checkpoint=pair.centre, directions=(first, Gaussian(seed=0)), capabilities=asked_of(pair), grid=33)


def _worst(pair: Pair) -> WorstSpec:
    asked = asked_of(pair)
    directions = (*_directions("worst", pair, pair.centre), *(Worst(capabilities=(name,)) for name in asked))
    return WorstSpec(checkpoint=pair.centre, directions=directions, capabilities=asked)


def _certificate(pair: Pair) -> CertificateSpec:
    aims = (Towards(checkpoint=pair.tuned),) if pair.tuned else ()
    return CertificateSpec(
        checkpoint=pair.base, directions=(Gaussian(seed=0), *aims), capabilities=asked_of(pair), sigmas=SIGMAS_TO_CHOOSE
    )


def _inspection(pair: Pair) -> InspectionSpec:
    asked = asked_of(pair, gate=True)
    return InspectionSpec(checkpoint=pair.base, other=pair.tuned, capabilities=asked, budget=FIRST_BUDGET)


def _comparison(pair: Pair) -> ComparisonSpec:
    return ComparisonSpec(checkpoint=pair.base, other=pair.tuned)


_MADE: dict[str, Callable[[Pair], Spec]] = {
    "slice": _slice, "basin": _basin, "plane": _plane, "worst": _worst, "certificate": _certificate,
    "inspection": _inspection, "comparison": _comparison,
}  # fmt: skip
