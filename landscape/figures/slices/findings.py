"""Titles of slices: how far capabilities hold along the directions of a panel, in sentences true of any draws."""

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from landscape.basins.boundaries import RAYS_NEEDED, Curve, RayEnds, radius_of, ray_ends
from landscape.basins.losses import tolerance_text
from landscape.basins.nesting import EXAMPLES_NEEDED
from landscape.basins.radii import curves_of
from landscape.basins.standings import has_something_to_lose
from landscape.schema.capability_names import name_of
from landscape.schema.directions import (
    Direction,
    Move,
    Towards,
    describe_direction,
    join_words,
    label_of,
    seed_of,
    short_name,
)
from landscape.schema.frames import TOLERANCE
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec

RESAMPLES = 200  # of the examples, for the interval in a title


def slice_finding(result: Result[SliceSpec], panel: str, tolerance: float = TOLERANCE, *, unit: float = 1.0) -> str:
    """One line on what the panel shows: where the first and the last capability end, in the unit of the α axis.

    By score or by loss, as the result is read; by loss the tolerance is in nats.
    """
    return _sentence(result, panel, known_ends(result, panel, tolerance), unit)


def slice_title(
    result: Result[SliceSpec],
    panel: str,
    known: Mapping[str, RayEnds],
    tolerance: float,
    *,
    unit: float = 1,
    by: str = "",
) -> str:
    """The finding with its τ, which holds together at the end of a line; `by` stands before the τ.

    `known` are the ends of the panel at this tolerance (`known_ends`).
    """
    tau = f"{by}{tolerance_text(tolerance, result.by_loss)}".replace(" ", "\u00a0")
    return _sentence(result, panel, known, unit) + (f" ({tau})" if known else "")


def known_ends(result: Result[SliceSpec], panel: str, tolerance: float = TOLERANCE) -> dict[str, RayEnds]:
    """Where each capability ends along the directions of a panel, as far as that is known (`ends_of`)."""
    if result.facts and not result.facts.leads_away(_direction(result, panel)):
        return {}
    found = ((name, ends_of(result, panel, name, tolerance)) for name in map(name_of, result.spec.capabilities))
    return {name: ends for name, ends in found if ends is not None}


def _sentence(result: Result[SliceSpec], panel: str, known: Mapping[str, RayEnds], unit: float) -> str:
    where = _where(result, panel)
    if result.facts and not result.facts.leads_away(_direction(result, panel)):
        return f"{where}: changes no weight, and is θ₀ itself"
    names = [name_of(name) for name in result.spec.capabilities]
    if broken := [name for name in names if result.not_finite_at_origin(name)]:
        where += f" ({join_words(broken)} not measurable: logits at θ₀ are not finite)"
    if none := [name for name in names if result.by_loss and _without_loss(result, name) and name not in broken]:
        where += f" (no loss of {join_words(none)}: no reference answers)"
    if alone := [name for name in names if result.has_loss_alone(name)]:
        where += f" ({join_words(alone)}: a loss and no score)"
    if not known:
        return where
    if all(np.isinf(ends.found).all() for ends in known.values()):
        return f"{where}: {join_words(list(known))} hold{'s' * (len(known) == 1)} over the whole range"
    ordered = sorted(known, key=lambda name: rank_of(known[name]))
    told = [ordered[0], *ordered[1:][-1:]]
    return f"{where}: {'; '.join(f'{name} {end_text(known[name], unit)}' for name in told)}"


@lru_cache(maxsize=128)
def ends_of(result: Result[SliceSpec], panel: str, capability: str, tolerance: float = TOLERANCE) -> RayEnds | None:
    """Where a capability ends along the directions of a panel; None without a basin at θ₀, or a finished direction.

    A direction counts once every requested α up to its boundary is measured, since coarse points prove nothing.
    """
    if result.not_finite_at_origin(capability):
        return None
    directions = [direction for direction in result.spec.directions if label_of(direction) == panel]
    sides = (curve for direction in directions for sign, curve in curves_of(result, capability, direction) if sign > 0)
    having = [c for c in sides if has_something_to_lose(result, capability, float(c.scores()[0]), tolerance)]
    curves = [curve for curve in having if _is_finished(result, curve, tolerance)]
    if not curves:
        return None
    rng = np.random.default_rng(0)
    return ray_ends(curves, tolerance, rng, requests=result.requests_of(capability), resamples=RESAMPLES)


def _without_loss(result: Result[SliceSpec], capability: str) -> bool:
    """Whether a capability was scored, and has no loss anywhere."""
    own = result.rows.loc[result.rows["capability"] == capability, "loss"]
    return len(own) > 0 and bool(own.isna().all())


def _is_finished(result: Result[SliceSpec], curve: Curve, tolerance: float) -> bool:
    outside = curve.boundary(tolerance).outside
    last = math.inf if outside is None else outside
    return all(np.isclose(curve.alphas, a, rtol=1e-9, atol=0).any() for a in result.spec.alphas if 0 < a <= last)


def rank_of(ends: RayEnds) -> tuple[float, float]:
    """What ends are ordered by: the lower median, then the nearest."""
    found = np.sort(ends.found)
    return float(found[(len(found) - 1) // 2]), float(found[0])


def end_text(ends: RayEnds, unit: float = 1.0) -> str:
    """Where a capability ends, as a verb: `holds to α ≈ 0.012 [0.010, 0.014]`, `is lost in 1 of 2, from α = 0.01 on`.

    One direction has the 95 % interval of its boundary for the choice of examples; several have their range, and
    RAYS_NEEDED or more the median with its interval, unless it lies beyond what was measured.
    """
    found, symbol = np.sort(ends.found), "α" if unit == 1 else "α / rms"
    count, left = len(found), int(np.isfinite(found).sum())
    if not left:
        return "holds over the whole range" + (f" in all {count}" if count > 1 else "")
    if count == 1:
        again = np.sort(ends.again[:, 0])
        low, high = (float(again[round(share * (len(again) - 1))]) for share in (0.025, 0.975))
        sure = _interval(low, high, unit) if ends.examples >= EXAMPLES_NEEDED else ""
        return f"holds to {symbol} ≈ {_number(found[0], unit)}{sure}"
    if count >= RAYS_NEEDED and not (middle := radius_of(ends, np.random.default_rng(0))).at_least:
        never = f" (never in {count - left} of {count})" if left < count else ""
        return f"ends at {symbol} ≈ {_number(middle.median, unit)}{_interval(middle.low, middle.high, unit)}{never}"
    first, last = _number(found[0], unit), _number(found[left - 1], unit)
    if left < count:
        return f"is lost in {left} of {count}, from {symbol} = {first} on"
    return f"ends at {symbol} = {first}{f' to {last}' if last != first else ''}"


def _number(alpha: float, unit: float) -> str:
    return number(alpha / unit, 2)


def _interval(low: float, high: float, unit: float) -> str:
    return f" [{_number(low, unit)}, {'beyond' if math.isinf(high) else _number(high, unit)}]"


def _where(result: Result[SliceSpec], panel: str) -> str:
    direction = _direction(result, panel)
    if isinstance(direction, Towards | Move):
        return f"Towards {aim(direction)}"
    return f"Along {describe_direction(direction)}" if seed_of(direction) is None else _draws(result, panel)


def aim(direction: Direction) -> str:
    """What a direction points at, in words."""
    return short_name(direction.checkpoint) if isinstance(direction, Towards) else describe_direction(direction)


def _direction(result: Result[SliceSpec], panel: str) -> Direction:
    """The first direction of a panel."""
    return next(direction for direction in result.spec.directions if label_of(direction) == panel)


def _draws(result: Result[SliceSpec], panel: str) -> str:
    count = sum(label_of(direction) == panel for direction in result.spec.directions)
    word = {"gaussian": "random", "layer": "random layer-scaled", "filter": "random filter-scaled"}[panel]
    return f"{count} {word} directions" if count > 1 else f"One {word} direction"
