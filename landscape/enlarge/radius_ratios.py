"""Whether one checkpoint's basins are wider than another's, and how much of that is growth of the weights. No model.

A basin's radius in α can be bought by growing the weights alone: multiply all of them, and every α grows as much. So
a ratio of radii is always shown as its two factors, (α / α₀) = (rms / rms₀) · (relative α / relative α₀).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landscape.basins.boundaries import Radius
from landscape.basins.inside import SLACK
from landscape.basins.radii import Basin, basins_of
from landscape.schema.directions import short_name
from landscape.schema.results import Result, finite_text
from landscape.schema.specs import BasinSpec

EQUAL = 0.02  # two clean scores that differ by no more than this count as equal


@dataclass(frozen=True)
class CheckpointRadius:
    """One capability of one checkpoint: its score at θ₀, and the radius of its basin."""

    checkpoint: str
    capability: str
    score: float  # NaN where logits at θ₀ are not finite: it is not measurable
    loss: float  # nats per answer token, at θ₀
    rms: float  # of the weights that move
    radius: Radius | None  # None: there is no basin

    @property
    def relative(self) -> float | None:
        """The radius as α / rms(θ₀)."""
        return None if self.radius is None else self.radius.median / self.rms


@dataclass(frozen=True)
class Enlargement:
    """The basin of one capability in a checkpoint, compared with that in the reference."""

    reference: CheckpointRadius
    other: CheckpointRadius

    @property
    def ratio(self) -> float | None:
        """The ratio of the radii in α; None if one has no basin, or was not followed to its boundary."""
        one, other = self.reference.radius, self.other.radius
        return None if one is None or other is None or one.at_least or other.at_least else other.median / one.median

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `ratio`, from those of both radii (MOVER for a ratio, Zou & Donner 2008); NaN without."""
        one, other = self.reference.radius, self.other.radius
        if self.ratio is None or one is None or other is None:
            return math.nan, math.nan
        return ratio_interval((other.median, other.low, other.high), (one.median, one.low, one.high))

    @property
    def rms_ratio(self) -> float:
        """The ratio of the rms weights: the factor that growing the weights alone would bring."""
        return self.other.rms / self.reference.rms

    @property
    def relative_ratio(self) -> float | None:
        """The ratio of the radii in α / rms(θ₀): what the growth of the weights does not explain."""
        return None if self.ratio is None else self.ratio / self.rms_ratio

    @property
    def open_ended(self) -> bool:
        """Whether it held as far as the search went, unlike the reference: the ratio has no upper end."""
        one, other = self.reference.radius, self.other.radius
        return one is not None and other is not None and other.at_least and not one.at_least

    @property
    def worse(self) -> bool:
        """Whether it scores lower at θ₀ than the reference by more than EQUAL: a wider basin is then no gain."""
        return self.other.score < self.reference.score - EQUAL - SLACK

    @property
    def equal(self) -> bool:
        """Whether both score the same at θ₀, within EQUAL."""
        return abs(self.other.score - self.reference.score) <= EQUAL + SLACK


def ratio_interval(above: tuple[float, float, float], below: tuple[float, float, float]) -> tuple[float, float]:
    """The interval of a ratio of two independent positive estimates, each (estimate, low, high), on the log scale.

    The distances from each estimate to its own limits add in quadrature. NaN where a limit is unknown; a lower limit
    of 0 or an upper one of inf gives 0 or inf.
    """
    (a, a_low, a_high), (b, b_low, b_high) = above, below
    if any(math.isnan(limit) for limit in (a_low, a_high, b_low, b_high)):
        return math.nan, math.nan
    down = math.hypot(_log_ratio(a, a_low), _log_ratio(b_high, b))
    up = math.hypot(_log_ratio(a_high, a), _log_ratio(b, b_low))
    return a / b * math.exp(-down), a / b * math.exp(up) if up < math.inf else math.inf


def _log_ratio(larger: float, smaller: float) -> float:
    return math.log(larger / smaller) if smaller > 0 and larger < math.inf else math.inf


def enlargements(
    results: Sequence[Result[BasinSpec]], basins: Mapping[str, Sequence[Basin]] | None = None
) -> list[Enlargement]:
    """Compare every capability of every checkpoint with that of the first checkpoint, capability by capability.

    Args:
        results: the reference first.
        basins: by checkpoint those to compare, if they are read already; by default all, at the τ of the search.

    Raises:
        ValueError: fewer than two results, or different capabilities or tolerances.
    """
    asked = {(result.spec.capabilities, result.spec.tolerance, result.spec.limit) for result in results}
    if len(results) < 2 or len(asked) > 1:
        raise ValueError(f"expected two basins or more of the same capabilities, got {len(results)}")
    read = basins or {result.spec.checkpoint: basins_of(result) for result in results}
    first, *others = [checkpoint_radii(result, read[result.spec.checkpoint]) for result in results]
    return [Enlargement(first[name], other[name]) for name in first for other in others if name in other]


def checkpoint_radii(result: Result[BasinSpec], basins: Sequence[Basin]) -> dict[str, CheckpointRadius]:
    """The radius of every capability of a basin search, by capability."""
    return {basin.capability: _width(result, basin) for basin in basins} if result.facts else {}


def _width(result: Result[BasinSpec], basin: Basin) -> CheckpointRadius:
    assert result.facts is not None
    name, rms = result.spec.checkpoint, result.facts.rms
    score = math.nan if basin.broken else basin.score
    return CheckpointRadius(
        name, basin.capability, score, float(result.row_at_origin(basin.capability)["loss"]), rms, basin.radius
    )


def ratio_finding(found: Sequence[Enlargement]) -> list[str]:
    """A sentence for each pair: how much wider, how much of that is growth of the weights, and at which scores.

    A capability that neither has is left out.
    """
    return [_sentence(one) for one in found if one.other.radius or one.reference.radius]


def _sentence(one: Enlargement) -> str:
    a, b, capability = short_name(one.other.checkpoint), short_name(one.reference.checkpoint), one.other.capability
    scores = f"score {finite_text(one.other.score)} against {finite_text(one.reference.score)}"
    if one.ratio is None or one.relative_ratio is None:
        return f"{capability}: {a} and {b} cannot be compared: {_why_not(one)} ({scores})."
    low, high = one.interval
    spread = "" if math.isnan(low) else f" ({low:.2g}–{high:.2g})"
    growth = f"of which {one.rms_ratio:.2g} × is the size of the weights and {one.relative_ratio:.2g} × is left"
    said = f"{capability}: the basin of {a} is {one.ratio:.2g}{spread} × as wide in α as that of {b}, {growth}"
    return f"{said}; {scores}{'' if one.equal else ', which is not equal'}."


def _why_not(one: Enlargement) -> str:
    for width in (one.other, one.reference):
        if math.isnan(width.score):
            return f"in {short_name(width.checkpoint)} it is not measurable, as logits are not finite"
        if width.radius is None:
            return f"{short_name(width.checkpoint)} does not have it"
        if width.radius.at_least:
            return (
                f"that of {short_name(width.checkpoint)} ends beyond α = {width.radius.reach:.3g}, where the search did"
            )
    raise AssertionError("both are known")
