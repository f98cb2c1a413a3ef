"""The order of capabilities by what counts as lost: their radii by score and by loss, off the same points.

An order that holds by scores alone may come from where a score is cut, not from the model: both are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from landscape.basins.losses import default_tolerance, read_by_loss, tolerance_text
from landscape.basins.nesting import Nesting
from landscape.basins.radii import Basin, basins_of, nestings
from landscape.figures.scale import Scale, scale_of, with_known_radius
from landscape.schema.directions import join_words
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec


@dataclass(frozen=True, eq=False)
class Order:
    """The capabilities whose radius is known, by ascending median radius, read by score or by loss."""

    by_loss: bool
    tolerance: float
    basins: tuple[Basin, ...]
    pairs: dict[tuple[str, str], Nesting]

    def first(self, names: Sequence[str]) -> str | None:
        """Which of these is shown to end before each other of them; None if none is."""
        before = [one for one in names if all(self.claims_first(one, other) for other in names if other != one)]
        return before[0] if before else None

    def claims_first(self, one: str, other: str) -> bool:
        """Whether one is shown to end before the other in most random directions."""
        found = self.pairs.get((one, other))
        return found is not None and found.claim == "first"


def order_of(result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float) -> Order:
    """The order of basins that are read already, as the result is read."""
    stated = sorted(with_known_radius(result, basins), key=lambda basin: basin.radius.median if basin.radius else 0.0)
    return Order(result.by_loss, tolerance, tuple(stated), nestings(stated))


def orders_of(result: Result[BasinSpec]) -> tuple[Order, Order]:
    """The order by score and by loss, each at the τ of the search, where it went by the same, or else the usual one."""
    read = (result, read_by_loss(result))
    by_score, by_loss = (order_of(one, basins_of(one, tau), tau) for one in read for tau in [default_tolerance(one)])
    return by_score, by_loss


def in_both(by_score: Order, by_loss: Order) -> list[str]:
    """The capabilities whose radius is known by score and by loss: only of them the orders can be compared."""
    known = {basin.capability for basin in by_loss.basins}
    return [basin.capability for basin in by_score.basins if basin.capability in known]


def opposite(by_score: Order, by_loss: Order) -> list[tuple[str, str]]:
    """The pairs of which the first is shown to end before the other by score, and after it by loss."""
    pairs = [pair for a, b in combinations(in_both(by_score, by_loss), 2) for pair in ((a, b), (b, a))]
    return [(a, b) for a, b in pairs if by_score.claims_first(a, b) and by_loss.claims_first(b, a)]


def order_finding(by_score: Order, by_loss: Order, scale: Scale) -> str:
    """Both orders of the radii side by side, and what is shown of them; "" where fewer than two have a radius."""
    if max(len(by_score.basins), len(by_loss.basins)) < 2:
        return ""
    listed = "; ".join(f"by {_what(order)} {_radii(order, scale)}" for order in (by_score, by_loss))
    return f"Median radii, {scale.symbol}, in order: {listed}. {_compared(by_score, by_loss)}"


def _what(order: Order) -> str:
    return f"{'loss' if order.by_loss else 'score'} ({tolerance_text(order.tolerance, order.by_loss)})"


def _radii(order: Order, scale: Scale) -> str:
    radii = [(basin.capability, basin.radius) for basin in order.basins if basin.radius]
    return ", ".join(f"{name} {'≥ ' * r.at_least}{scale.format(r.median)}" for name, r in radii) or "none is known"


def _compared(by_score: Order, by_loss: Order) -> str:
    names = in_both(by_score, by_loss)
    if len(names) < 2:
        return "Fewer than two capabilities have both, so there is no order to compare."
    one, other = by_score.first(names), by_loss.first(names)
    if one and one == other:
        said = f"By both, {one} is shown to end first."
    elif one and other:
        said = f"By score {one} is shown to end first, by loss {other}: the order depends on what counts as lost."
    elif one or other:
        known, lacking = ("score", "loss") if one else ("loss", "score")
        said = f"By {known} {one or other} is shown to end first; by {lacking} no capability is."
    else:
        said = "Neither by score nor by loss is a capability shown to end first."
    turned = [f"{a} before {b}" for a, b in opposite(by_score, by_loss)]
    if turned:
        said += f" By score {join_words(turned)}, by loss the reverse."
    unknown = any(basin.ends is not None and not basin.ends.examples for basin in by_loss.basins)
    return f"{said} Without the loss of each example, nothing is shown by loss." if unknown else said


def order_dict(result: Result[BasinSpec]) -> dict[str, Any]:
    """Both orders as plain values for JSON: radii ascending, and which capability is shown to end first."""
    by_score, by_loss = orders_of(result)
    names = in_both(by_score, by_loss)
    found = {
        "loss" if order.by_loss else "score": {
            "tolerance": order.tolerance,
            "radii": {basin.capability: basin.radius.median for basin in order.basins if basin.radius},
            "first": order.first(names) if len(names) > 1 else None,
        }
        for order in (by_score, by_loss)
    }
    return {**found, "opposite": [list(pair) for pair in opposite(by_score, by_loss)]}


def order_text(result: Result[BasinSpec]) -> str:
    """`order_finding` of a result as it was searched."""
    return order_finding(*orders_of(result), scale_of(result))
