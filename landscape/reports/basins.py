"""Basin searches as tables for the terminal and as JSON: radii, boundaries, nesting, levels."""

import math
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from landscape.basins.boundaries import RAYS_NEEDED, Radius
from landscape.basins.losses import as_searched, default_tolerance, tolerance_text
from landscape.basins.nesting import Nesting
from landscape.basins.radii import Basin, Level, alpha_of_others, basins_of, levels_of, nestings
from landscape.basins.steepness import PARABOLA, TIMES, CliffIndex, cliff_indices
from landscape.figures.basins.orders import order_dict
from landscape.schema.directions import seed_of, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result, json_safe
from landscape.schema.specs import BasinSpec


def basin_dict(result: Result[BasinSpec]) -> dict[str, Any]:
    """The basins of a checkpoint as plain values for JSON. A boundary that was never met is null.

    Of a search by loss, everything is by loss, and `tolerance` of the spec has no part in it.
    """
    order, result = order_dict(result), as_searched(result)
    basins = basins_of(result)
    indices = cliff_indices(result, basins, default_tolerance(result))
    return {
        "spec": result.spec.model_dump(mode="json"),
        "rms": result.facts.rms if result.facts else None,
        **({"matrices_rms": result.facts.matrices_rms} if result.facts and result.facts.matrices_rms else {}),
        "alpha_of": alpha_of_others(result),
        "remarks": result.facts.remarks if result.facts else [],
        "capabilities": {
            basin.capability: _basin_dict(basin, result) | {"cliff_index": _index_dict(indices.get(basin.capability))}
            for basin in basins
        },
        "nesting": [
            {"inner": inner, "outer": outer, "claim": found.claim, **json_safe(asdict(found))}
            for (inner, outer), found in nestings(basins).items()
        ],
        "order": order,
        "levels": [json_safe(asdict(level)) for level in levels_of(result)],
    }


def _basin_dict(basin: Basin, result: Result[BasinSpec]) -> dict[str, Any]:
    rows = result.rows[result.rows["capability"] == basin.capability]
    found, rms = basin.radius, result.facts.typical if result.facts else None
    numbers = {
        "radius": found.median if found else None,
        "at_least": found.at_least if found else False,
        "radius_low": found.low if found else None,
        "radius_high": found.high if found else None,
        "radius_spread": found.spread[0] if found and found.spread else None,  # what low and high, or min and max, are
        "radius_min": found.minimum if found else None,
        "radius_max": found.maximum if found else None,
        "relative_radius": found.median / rms if found and rms and not result.spec.relative else None,
    }
    boundaries = []
    for ray in basin.rays:
        ends = asdict(ray.boundary)
        boundary = ends.pop("alpha")  # null: never left within the reach
        boundaries.append({"direction": ray.label, "seed": ray.seed, "sign": ray.sign, "boundary": boundary, **ends})
    return {
        **_at_origin(basin),
        "n": basin.n,
        **({"not_finite": basin.broken} if basin.broken else {}),
        **json_safe(numbers),
        "boundaries": boundaries,
        "points_measured": int((rows["alpha"] != 0).sum() + bool((rows["alpha"] == 0).any())),  # θ₀ is one point
        "warnings": list(basin.warnings),
    }


def _at_origin(basin: Basin) -> dict[str, Any]:
    known = basin.broken < basin.n and not math.isnan(basin.score)
    if basin.by_loss:
        return {"loss": -basin.score if known else None}
    return {"score": basin.score if known else None}


def _index_dict(index: CliffIndex | None) -> dict[str, Any] | None:
    return None if index is None else json_safe(asdict(index) | {"parabola": PARABOLA})


def basins(result: Result[BasinSpec]) -> Table:
    """One line a capability: the radius of its basin with interval and range."""
    result = as_searched(result)
    found, rms = basins_of(result), result.facts.typical if result.facts and not result.spec.relative else None
    rays = max((len(basin.draws) for basin in found), default=0)
    name, tau = escape(short_name(result.spec.checkpoint)), default_tolerance(result)
    indices = cliff_indices(result, found, tau)
    columns = ("", "loss" if result.by_loss else "score", "radius, α", "95 %", "range", "relative", "cliff index")
    table = Table(*(Column(heading, overflow="fold") for heading in columns))  # a number that is cut is another number
    drawn = "no random direction" if not rays else f"median of {rays} directions" if rays > 1 else "one direction"
    table.title = f"{name}: basin radius at {tolerance_text(tau, result.by_loss)}, {drawn}"
    captions = [f"relative: radius ÷ {result.facts.typical_words}, {number(rms)}"] if rms and result.facts else []
    if indices:
        captions += [f"cliff index: α where {TIMES} τ are lost ÷ radius; a cliff has 1, a parabola {PARABOLA:.2f}"]
    table.caption = "\n".join(captions)
    for basin in found:
        index = indices[basin.capability].text if basin.capability in indices else ""
        table.add_row(escape(basin.capability), basin.score_text, *_radius_cells(basin, rms), escape(index))
    return table


def ends(result: Result[BasinSpec]) -> Table:
    """Where each basin ends on the straight way to a checkpoint, beside that checkpoint's own α."""
    found, alphas = basins_of(result), alpha_of_others(result)
    table = Table("", "stands at", *(escape(basin.capability) for basin in found))
    table.title = "Towards a checkpoint, each basin ends at α ="
    for name, alpha in alphas.items():
        there = [_ending(basin, f"towards {name}") for basin in found]
        table.add_row(f"→ {escape(short_name(name))}", number(alpha), *there)
    return table


def _ending(basin: Basin, label: str) -> str:
    boundary = next((ray.boundary for ray in basin.rays if ray.label == label and ray.sign > 0), None)
    if boundary is None:
        return ""
    return f"≥ {number(boundary.inside)}" if boundary.alpha is None else number(boundary.alpha)


def _radius_cells(basin: Basin, rms: float | None) -> list[str]:
    """The cells radius, interval, range and relative radius."""
    found = basin.radius
    if found is None:
        return ["", "", "", ""]
    sign = "≥ " if found.at_least else ""
    interval = "" if math.isnan(found.low) else f"{number(found.low, 2)}–{_open(found.high)}"
    relative = "" if rms is None else f"{sign}{found.median / rms:.1%}"
    return [f"{sign}{number(found.median)}", interval, f"{number(found.minimum, 2)}–{_open(found.maximum)}", relative]


def radius_cell(found: Radius | None) -> str:
    """`0.02 (0.01–0.03)`: a radius with its interval, or the range of few directions; "" where none is known."""
    if found is None:
        return ""
    spread = "" if found.spread is None else f" ({number(found.spread[1], 2)}–{_open(found.spread[2])})"
    return f"{'≥ ' if found.at_least else ''}{number(found.median, 2)}{spread}"


def _open(value: float) -> str:
    return "beyond" if math.isinf(value) else number(value, 2)


def warnings(result: Result[BasinSpec]) -> str:
    """The warnings of all basins, a line each."""
    lines = [escape(f"{basin.capability}: {warning}") for basin in basins_of(result) for warning in basin.warnings]
    drawn = sum(seed_of(d) is not None for d in result.spec.directions)
    said = f"fewer than {RAYS_NEEDED} random directions have a range, lowest to highest, and no 95 % interval"
    if drawn == 1:
        said = "one random direction has neither a range nor a 95 % interval: what others would show is not known"
    return "\n".join([*lines, said] if 0 < drawn < RAYS_NEEDED else lines)


def nested(result: Result[BasinSpec]) -> Table:
    """The table of nesting: in how many directions each basin ends before each other."""
    pairs = nestings(basins_of(result))
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    table = Table("first?", *map(escape, names), title="In how many directions does the row's basin end first?")
    ways = ", and of directions towards checkpoints" if any(pair.towards for pair in pairs.values()) else ""
    table.caption = f"of random directions{ways}; first, last: in most random ones, with 95 %"
    for inner in names:
        table.add_row(escape(inner), *(_nesting_cell(pairs.get((inner, outer))) for outer in names))
    return table


def levels(result: Result[BasinSpec]) -> Table:
    """One line for each α of the ladder: in how many directions each capability still holds."""
    found = levels_of(result)
    names = list(dict.fromkeys(level.capability for level in found))
    table = Table("α", *map(escape, names), title="Directions still inside, mean score from 0 to α")
    cells = {(level.alpha, level.capability): level for level in found}
    for alpha in dict.fromkeys(level.alpha for level in found):
        table.add_row(number(alpha), *(_level_cell(cells.get((alpha, name))) for name in names))
    return table


def _level_cell(level: Level | None) -> str:
    if level is None:
        return ""
    return f"{round(level.inside.share * level.inside.n)} of {level.inside.n}, {level.mean:.2f}"


def _nesting_cell(found: Nesting | None) -> str:
    """`8 of 8, 1 of 3: first`; a claim needs an interval of the median ratio that lies on one side of 1."""
    if found is None:
        return ""
    ways = f", {found.first_towards} of {found.towards}" if found.towards else ""
    claim = "" if found.claim == "undecided" else f": {found.claim}"
    return f"{found.first} of {found.rays}{ways}{claim}"
