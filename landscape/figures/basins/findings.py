"""Titles and texts about measured basins, in sentences that claim no more than was found."""

import math
from collections.abc import Sequence

from landscape.basins.boundaries import Boundary
from landscape.basins.radii import Basin, alpha_of_others, nestings, times_first
from landscape.basins.search.boundary_search import PRECISION
from landscape.basins.standings import NOTHING
from landscape.figures.scale import Scale, with_known_radius
from landscape.schema.directions import join_words, seed_of, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec


def basins_finding(result: Result[BasinSpec], basins: Sequence[Basin], scale: Scale) -> str:
    """Which basin is narrowest and which widest, and on which side of each boundary the checkpoints lie."""
    return "; ".join(filter(None, (radii_summary(result, basins, scale), checkpoint_sides(result, basins))))


def radii_summary(result: Result[BasinSpec], basins: Sequence[Basin], scale: Scale) -> str:
    """The narrowest and the widest of the radii that may be stated; "" without random directions."""
    if not any(seed_of(direction) is not None for direction in result.spec.directions):
        return ""
    if not basins:
        return "Nothing is known yet"
    if not any(basin.radius for basin in basins):
        if _searched(basins):
            return "Nothing is known beyond θ₀ yet"
        lacking = {why: [b.capability for b in basins if b.lacking == why] for why in _LACKING}
        return "; ".join(said.format(join_words(lacking[why])) for why, said in _LACKING.items() if lacking[why])
    stated = with_known_radius(result, basins)
    if not stated:
        return "No radius is known yet: not every direction has met a boundary"
    first, last = (choose(stated, key=_median) for choose in (min, max))
    if len(stated) == 1:
        return f"{first.capability} holds to {radius_text(first, scale)}"
    if _median(first) == _median(last) and _at_least(first):
        return f"{join_words([b.capability for b in stated])} hold in most directions up to {radius_text(first, scale)}"
    if (shared := scale.format(_median(first))) == scale.format(_median(last)):
        return f"{join_words([b.capability for b in stated])} end alike, at {scale.symbol} ≈ {shared}"
    widest = f"{last.capability} widest, {'≥ ' if _at_least(last) else ''}{scale.format(_median(last))}"
    return f"{_narrowest(first, stated)} {radius_text(first, scale)}; {widest}"


_LACKING = {
    NOTHING: f"{NOTHING} in {{}}",
    "no score": "{} has a loss and no score",
    "no loss": "no loss of {}: no reference answers",
    "not measurable": "{} not measurable: logits not finite",
}


def _narrowest(first: Basin, stated: Sequence[Basin]) -> str:
    """In how many directions a basin ends first, if every pair is shown to; else that its median is the smallest."""
    pairs = nestings(stated)
    others = [b for b in stated if b is not first]
    if all((p := pairs.get((first.capability, o.capability))) and p.claim == "first" for o in others):
        return f"{first.capability} ends first in {first_text(first, others)}; its radius is"
    return f"{first.capability} has the smallest median radius:"


def first_text(basin: Basin, others: Sequence[Basin]) -> str:
    """`8 of 8 random directions, in 1 of 3 directions towards checkpoints`: where a basin ends before all others."""
    drawn, aimed = times_first(basin, others)
    return counts_text(*drawn, *aimed)


def counts_text(first: int, rays: int, first_towards: int, towards: int) -> str:
    """`8 of 8 random directions, in 1 of 3 directions towards checkpoints`; only the former where there is no other."""
    said = f"{first} of {rays} random direction{'s' * (rays != 1)}"
    ways = "directions towards checkpoints" if towards > 1 else "direction towards a checkpoint"
    return f"{said}, in {first_towards} of {towards} {ways}" if towards else said


def checkpoint_sides(result: Result[BasinSpec], basins: Sequence[Basin]) -> str:
    """On which side of each boundary every checkpoint lies, along the straight way to it; "" without checkpoints."""
    bounded = [basin for basin in basins if basin.rays]
    texts: dict[str, list[str]] = {}
    for name, alpha in alpha_of_others(result).items():
        sides = {b.capability: side_of_boundary(b, name, alpha) for b in bounded}
        if sides:
            texts.setdefault(_placed(sides), []).append(short_name(name))
    return "; ".join(
        f"{join_words(names)} {'lies' if len(names) == 1 else 'lie'} {text}" for text, names in texts.items()
    )


def side_of_boundary(basin: Basin, checkpoint: str, alpha: float) -> str:
    """The side on which a checkpoint at α lies: `inside`, `outside`, `at the edge of` (in the bracket) or `unknown`."""
    ends = [ray.boundary for ray in basin.rays if ray.label == f"towards {checkpoint}" and ray.sign > 0]
    if not ends:
        return "unknown"
    end, rounding = ends[0], 1e-9 * alpha
    if end.outside is not None and end.outside <= alpha + rounding:
        return "outside"
    return "inside" if end.inside >= alpha - rounding else "at the edge of" if end.outside is not None else "unknown"


def _placed(sides: dict[str, str]) -> str:
    """`inside basic, outside math and code`."""
    groups: dict[str, list[str]] = {}
    for name, where in sides.items():
        groups.setdefault(where, []).append(name)
    unknown = groups.pop("unknown", [])
    if not groups:
        return "where nothing is known yet"
    if len(groups) == 1 and not unknown and len(sides) > 1:
        (where,) = groups
        return f"{where} all of them"
    return ", ".join(
        f"{where} {join_words(groups[where])}" for where in ("inside", "at the edge of", "outside") if where in groups
    )


def extent_ratio(result: Result[BasinSpec], basins: Sequence[Basin]) -> str:
    """How many times as far the widest basin reaches as the narrowest, and whether their intervals overlap."""
    stated = with_known_radius(result, basins)
    if len(stated) < 2:
        return ""
    first, last = (choose(stated, key=_median) for choose in (min, max))
    if _at_least(first) or _median(first) <= 0:
        return "No two radii can be told apart: the basins are wider than what was searched"
    assert first.radius
    assert last.radius
    least = "at least " if _at_least(last) else ""
    ratio = number(_median(last) / _median(first), 2)
    times = f"{last.capability} reaches {least}{ratio} times as far as {first.capability}"
    if math.isnan(first.radius.low):
        return f"{times}; too few directions for an interval"
    apart = last.radius.low > first.radius.high
    return f"{times}; their 95 % intervals {'do not overlap' if apart else 'overlap'}"


def bracket_widths(basins: Sequence[Basin]) -> tuple[float, float] | None:
    """The median and the largest width of the boundaries' brackets, as shares of the boundary; None without any."""
    shares = [share for basin in basins for end in basin.draws if (share := bracket_width(end)) is not None]
    return (sorted(shares)[len(shares) // 2], max(shares)) if shares else None


def bracket_width(end: Boundary) -> float | None:
    """The width of the bracket of a boundary, as a share of its middle; None if it was not met."""
    return None if end.outside is None else 2 * (end.outside - end.inside) / (end.outside + end.inside)


def coarseness(basins: Sequence[Basin]) -> float | None:
    """The widest bracket as a share of α, if it is wider than a finished search leaves it; else None."""
    widest = bracket_widths(basins)
    return widest[1] if widest and widest[1] > 1.5 * PRECISION else None


def rim_of(result: Result[BasinSpec], basins: Sequence[Basin]) -> float:
    """The largest α that a figure must show: all rays and intervals, or while rays are open, their next points."""
    ends = [ray.boundary.alpha or ray.boundary.inside for basin in basins for ray in basin.rays]
    if not ends:
        return result.spec.reach
    if len(with_known_radius(result, basins)) < sum(bool(basin.draws) for basin in basins):
        return min(result.spec.reach, 2 * max(ends))
    highs = [b.radius.high for b in basins if b.radius and math.isfinite(b.radius.high)]
    return max([*ends, *highs, *alpha_of_others(result).values()])


def _searched(basins: Sequence[Basin]) -> bool:
    return any(basin.bounded for basin in basins)


def _median(basin: Basin) -> float:
    assert basin.radius is not None
    return basin.radius.median


def _at_least(basin: Basin) -> bool:
    return basin.radius is not None and basin.radius.at_least


def radius_text(basin: Basin, scale: Scale) -> str:
    """`α ≈ 0.012 (95 %: 0.010 to 0.014)`, with "≥" where the median is open; of few directions, their range."""
    found = basin.radius
    assert found is not None
    text = f"{scale.symbol} {'≥' if found.at_least else '≈'} {scale.format(found.median)}"
    if found.spread is None:
        return text
    name, low, high = found.spread
    return f"{text} ({name}: {scale.format(low)} {'and beyond' if math.isinf(high) else f'to {scale.format(high)}'})"
