"""Whether one checkpoint's basins are wider than another's, and how much of that is growth of the weights. No model.

A basin's radius in α can be bought by growing the weights alone: multiply all of them, and every α grows as much. So
a ratio of radii is always shown as its two factors, (α / α₀) = (rms / rms₀) · (relative α / relative α₀).

The rms of all weights is mostly that of the largest tensors (embeddings, norms), and training grows tensors
differently. So what is left is also measured by a second search, along layer directions, whose α is the relative
change of every tensor: the ratio of those radii needs no division. The two may differ, and neither stands for both.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landscape.basins.boundaries import Radius
from landscape.basins.inside import SLACK
from landscape.basins.radii import Basin, basins_of
from landscape.enlarge.ratios import Ratio, ratio_of
from landscape.schema.directions import short_name
from landscape.schema.numbers import number
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
    matrices_rms: float | None = None  # of the matrices that move; None where it is not known
    layer_radius: Radius | None = None  # along layer directions; None: no basin, or not measured

    @property
    def relative(self) -> float | None:
        """The radius as α / rms of the matrices, or of all weights where no other is known."""
        return None if self.radius is None else self.radius.median / (self.matrices_rms or self.rms)


@dataclass(frozen=True)
class Enlargement:
    """The basin of one capability in a checkpoint, compared with that in the reference."""

    reference: CheckpointRadius
    other: CheckpointRadius

    @property
    def in_alpha(self) -> Ratio | None:
        """The ratio of the radii in α; None if one has no basin, or was not followed to its boundary."""
        return ratio_of(self.other.radius, self.reference.radius)

    @property
    def ratio(self) -> float | None:
        """The ratio of the radii in α, without its interval."""
        return None if self.in_alpha is None else self.in_alpha.value

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `ratio`; NaN without."""
        return (math.nan, math.nan) if self.in_alpha is None else (self.in_alpha.low, self.in_alpha.high)

    @property
    def rms_ratio(self) -> float:
        """The ratio of the rms weights: the factor that growing all weights alike would bring."""
        if self.other.matrices_rms and self.reference.matrices_rms:
            return self.other.matrices_rms / self.reference.matrices_rms
        return self.other.rms / self.reference.rms

    @property
    def rms_words(self) -> str:
        """Which rms `rms_ratio` compares: that of the matrices where both know it."""
        known = self.other.matrices_rms and self.reference.matrices_rms
        return "rms of the matrices" if known else "rms of all weights"

    @property
    def by_rms(self) -> Ratio | None:
        """The ratio of the radii in α / rms: what growth of the rms does not explain."""
        return None if self.in_alpha is None else self.in_alpha.over(self.rms_ratio)

    @property
    def relative_ratio(self) -> float | None:
        """`by_rms` without its interval."""
        return None if self.by_rms is None else self.by_rms.value

    @property
    def by_tensor(self) -> Ratio | None:
        """The ratio of the radii along layer directions, whose α is the relative change of every tensor."""
        return ratio_of(self.other.layer_radius, self.reference.layer_radius)

    @property
    def open_ended(self) -> bool:
        """Whether it held as far as the search went, unlike the reference: the ratio has no upper end."""
        return _outlasts(self.other.radius, self.reference.radius)

    @property
    def open_ended_by_tensor(self) -> bool:
        """The same of the search along layer directions."""
        return _outlasts(self.other.layer_radius, self.reference.layer_radius)

    @property
    def worse(self) -> bool:
        """Whether it scores lower at θ₀ than the reference by more than EQUAL: a wider basin is then no gain."""
        return self.other.score < self.reference.score - EQUAL - SLACK

    @property
    def equal(self) -> bool:
        """Whether both score the same at θ₀, within EQUAL."""
        return abs(self.other.score - self.reference.score) <= EQUAL + SLACK


def _outlasts(one: Radius | None, other: Radius | None) -> bool:
    return one is not None and other is not None and one.at_least and not other.at_least


def enlargements(
    results: Sequence[Result[BasinSpec]],
    basins: Mapping[str, Sequence[Basin]] | None = None,
    layers: Mapping[str, Sequence[Basin]] | None = None,
) -> list[Enlargement]:
    """Compare every capability of every checkpoint with that of the first checkpoint, capability by capability.

    Args:
        results: the reference first.
        basins: by checkpoint those to compare, if they are read already; by default all, at the τ of the search.
        layers: by checkpoint the basins along layer directions at the same τ, as far as they were measured.

    Raises:
        ValueError: fewer than two results, or different capabilities or tolerances.
    """
    asked = {(result.spec.capabilities, result.spec.tolerance, result.spec.limit) for result in results}
    if len(results) < 2 or len(asked) > 1:
        raise ValueError(f"expected two basins or more of the same capabilities, got {len(results)}")
    read = basins or {result.spec.checkpoint: basins_of(result) for result in results}
    first, *others = [
        checkpoint_radii(result, read[result.spec.checkpoint], (layers or {}).get(result.spec.checkpoint, ()))
        for result in results
    ]
    return [Enlargement(first[name], other[name]) for name in first for other in others if name in other]


def checkpoint_radii(
    result: Result[BasinSpec], basins: Sequence[Basin], layers: Sequence[Basin] = ()
) -> dict[str, CheckpointRadius]:
    """The radius of every capability of a basin search, and of the one along layer directions, by capability."""
    along = {basin.capability: basin.radius for basin in layers}
    return {b.capability: _width(result, b, along.get(b.capability)) for b in basins} if result.facts else {}


def _width(result: Result[BasinSpec], basin: Basin, layer_radius: Radius | None) -> CheckpointRadius:
    assert result.facts is not None
    name, rms, matrices = result.spec.checkpoint, result.facts.rms, result.facts.matrices_rms
    score = math.nan if basin.broken else basin.score
    loss = float(result.row_at_origin(basin.capability)["loss"])
    return CheckpointRadius(name, basin.capability, score, loss, rms, basin.radius, matrices, layer_radius)


def ratio_finding(found: Sequence[Enlargement]) -> list[str]:
    """A sentence for each pair: how much wider, how much of that is growth of the weights, and at which scores.

    A capability that neither has is left out.
    """
    return [_sentence(one) for one in found if one.other.radius or one.reference.radius]


def _sentence(one: Enlargement) -> str:
    a, b, capability = short_name(one.other.checkpoint), short_name(one.reference.checkpoint), one.other.capability
    scores = f"score {finite_text(one.other.score)} against {finite_text(one.reference.score)}"
    if one.in_alpha is None or one.by_rms is None:
        return f"{capability}: {a} and {b} cannot be compared: {_why_not(one)} ({scores})."
    wider = f"{number(one.in_alpha.value, 2)}{one.in_alpha.spread} × as wide in α as that of {b}"
    growth = f"of which {number(one.rms_ratio, 2)} × comes from larger weights and {one.by_rms} is left"
    said = f"{capability}: the basin of {a} is {wider}, {growth} by the {one.rms_words}{_by_tensor(one)}"
    return f"{said}; {scores}{'' if one.equal else ', which is not equal'}."


def _by_tensor(one: Enlargement) -> str:
    """What directions relative to every tensor say beside the rms; "" where they were not measured."""
    if one.by_tensor is not None:
        return f", {one.by_tensor} by the relative change of every tensor"
    radii = [(width, width.layer_radius) for width in (one.other, one.reference)]
    far = [short_name(width.checkpoint) for width, radius in radii if radius is not None and radius.at_least]
    return f"; by the relative change of every tensor, {far[0]} ends beyond what was searched" if far else ""


def _why_not(one: Enlargement) -> str:
    for width in (one.other, one.reference):
        if math.isnan(width.score):
            return f"in {short_name(width.checkpoint)} it is not measurable, as logits are not finite"
        if width.radius is None:
            return f"{short_name(width.checkpoint)} does not have it"
        if width.radius.at_least:
            searched = number(width.radius.reach)
            return f"that of {short_name(width.checkpoint)} ends beyond α = {searched}, where the search did"
    return "the radius of one is 0"
