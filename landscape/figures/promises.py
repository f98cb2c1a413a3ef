"""What certificates say, in words that claim no more than was proven: what is finished, what is vacuous, and titles."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from landscape.certificates import Certificate
from landscape.figures.scale import listed
from landscape.guarantees import Guarantee, distances
from landscape.recipes import short_name
from landscape.results import Result
from landscape.specs import CertificateSpec

VACUOUS = 0.005  # a floor that rounds to 0.00: every model scores at least that much
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Promise:
    """The floor of one capability at one fine-tune, by the σ that promises most there."""

    floor: float
    certificate: Certificate

    @property
    def vacuous(self) -> bool:
        """Whether it promises nothing at all."""
        return self.floor < VACUOUS


def finished(guarantee: Guarantee, spec: CertificateSpec) -> Guarantee:
    """The guarantee by those σ alone that had all their trials: the others, still tried or given up, prove nothing."""
    whole = tuple(c for c in guarantee.certificates if c.trials >= spec.trials)
    return replace(guarantee, certificates=whole)


def best(guarantee: Guarantee, spec: CertificateSpec, threshold: float) -> Certificate | None:
    """The finished certificate with the largest radius; None: every one of them abstains."""
    return finished(guarantee, spec).best(threshold)


def promised(guarantee: Guarantee, spec: CertificateSpec, r: float) -> Promise | None:
    """What the capability keeps at least at distance r; all σ hold together, so the best of them counts."""
    each = [Promise(c.floor(r), c) for c in finished(guarantee, spec).certificates]
    return max(each, key=lambda promise: promise.floor, default=None)


def certified(guarantees: Sequence[Guarantee], spec: CertificateSpec, threshold: float) -> dict[str, float | None]:
    """The certified radius of each capability, None where nothing is certified."""
    found = {g.capability: best(g, spec, threshold) for g in guarantees}
    return {name: c.radius(threshold) if c else None for name, c in found.items()}


def number(value: float) -> str:
    """A measured length to two digits."""
    if value >= 100:
        return f"{value:,.0f}"
    mantissa, _, power = f"{value:#.2g}".partition("e")
    return f"{mantissa}·10{str(int(power)).translate(_RAISED)}" if power else mantissa.removesuffix(".")


def at_least(value: float) -> str:
    """A proven length to two digits, rounded down: no title may promise more than the proof does."""
    if not 0 < value < math.inf:
        return f"{value:g}"
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return number(math.floor(value / unit * (1 + 1e-12)) * unit)


def down(share: float, digits: int = 2) -> str:
    """A proven score, rounded down."""
    return f"{math.floor(share * 10**digits + 1e-9) / 10**digits:.{digits}f}"


def verdicts(result: Result[CertificateSpec], guarantees: Sequence[Guarantee], threshold: float) -> list[str]:
    """A sentence a fine-tune (one for those alike): which scores are guaranteed there, what is vacuous, how far off."""
    alike: dict[str, dict[str, float]] = {}
    for name, r in distances(result).items():
        each = {g.capability: promise for g in guarantees if (promise := promised(g, result.spec, r)) is not None}
        if each:
            alike.setdefault(_verdict(each, threshold), {})[name] = r
    radius = max(filter(None, certified(guarantees, result.spec, threshold).values()), default=None)
    texts = []
    for verdict, places in alike.items():
        where = listed([f"**{short_name(name)}** (r = {number(r)})" for name, r in places.items()])
        nearest = min(places.values())
        off = (
            f" The largest certified radius is {at_least(radius)}, {number(nearest / radius)} times shorter."
            if radius and nearest > radius and "vacuous" in verdict
            else ""
        )
        texts.append(f"{where}: {verdict}.{off}")
    return texts


def _verdict(each: Mapping[str, Promise], threshold: float) -> str:
    """`a score of at least 0.62 for basic; **vacuous** for math …`."""
    kept = {name: promise for name, promise in each.items() if promise.floor >= threshold}
    short = {name: promise for name, promise in each.items() if name not in kept and not promise.vacuous}
    empty = [name for name, promise in each.items() if promise.vacuous]
    parts = []
    if kept:
        parts.append(f"guaranteed, with noise, to score at least {_floors(kept)}")
    if short:
        parts.append(f"below q, at least {_floors(short)}")
    if empty:
        which = "every capability" if len(empty) == len(each) > 1 else listed(empty)
        parts.append(f"**vacuous** for {which}, the floor is 0.00 and nothing is promised")
    return "; ".join(parts)


def _floors(promises: Mapping[str, Promise]) -> str:
    return listed([f"{down(promise.floor)} in {name}" for name, promise in promises.items()])


def confined(spec: CertificateSpec) -> str:
    """Which weights the noise is added to, as the end of a sentence."""
    whole = "the adapter's own A and B" if spec.adapter else "all weights"
    if spec.only:
        whole = ("those of " + whole if spec.adapter else "the tensors") + f" named {_globs(spec.only)}"
    return whole + (f", except those named {_globs(spec.exclude)}" if spec.exclude else "")


def _globs(patterns: Sequence[str]) -> str:
    return listed([f"`{pattern}`" for pattern in patterns])


def sweep_finding(result: Result[CertificateSpec], guarantees: Sequence[Guarantee], threshold: float) -> str:
    """The σ that certifies the largest radius, for the capability that holds farthest; who abstains."""
    found = {g.capability: best(g, result.spec, threshold) for g in guarantees}
    able = {name: c for name, c in found.items() if c is not None and c.radius(threshold)}
    waiting = [g.capability for g in guarantees if len(finished(g, result.spec).certificates) == 0]
    if not guarantees or len(waiting) == len(guarantees):
        return "Nothing is proven yet: no σ has had all its trials"
    if not able:
        return "Nothing is certified: at every σ the lower bound of p_A lies below q"
    name, top = max(able.items(), key=lambda item: item[1].radius(threshold) or 0.0)
    radius = top.radius(threshold) or 0.0
    text = f"{name} is certified farthest, to r = {at_least(radius)} by σ = {number(top.sigma)}"
    abstaining = [n for n in found if n not in able and n not in waiting]
    return text + (f"; {listed(abstaining)} abstain{'s' * (len(abstaining) == 1)}" if abstaining else "")
