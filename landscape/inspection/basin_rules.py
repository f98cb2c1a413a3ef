"""The rules about basins and the straight way: is the fine-tune inside, would a merge hold, how much room is left.

Each is judged by an interval. A rule says what the interval shows, and that it cannot be told where it shows nothing.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from landscape.basins.boundaries import RAYS_NEEDED, Boundary, Radius
from landscape.basins.radii import Basin, interval_doubt
from landscape.enlarge.ratios import ratio_interval
from landscape.inspection.evidence import Evidence
from landscape.inspection.rules import Finding
from landscape.intervals import PairedDrop, dropped_by_more_than
from landscape.schema.numbers import number
from landscape.schema.results import NOT_SCORED, score_text
from landscape.schema.specs import InspectionSpec, Thresholds

FACTOR = 1.5  # with too few directions for an interval, a radius is told from α if all of them are so far from it


def judge_inside(spec: InspectionSpec, evidence: Evidence, base: Basin | None) -> Iterator[Finding]:
    """Judge whether the fine-tune is inside the base's basin: its α below the lower end of the radius's interval."""
    if evidence.base_basin is None or base is None or base.radius is None or evidence.base_basin.facts is None:
        return
    measured = evidence.delta["alpha"] if evidence.delta is not None else math.nan  # of a look that did not go there
    alpha, radius = float(evidence.base_basin.facts.alpha_of.get(spec.other, measured)), base.radius
    way = next((ray.boundary for ray in base.rays if ray.label == f"towards {spec.other}"), None)
    left = way is not None and way.alpha is not None and way.alpha <= alpha
    along = f"; along the line to it, it ends at {number(way.alpha)}" if left and way and way.alpha is not None else ""
    low, high = _ends(radius)
    by = " by loss" if base.by_loss else ""
    if radius.rays == 1:  # which makes no radius: other directions may end elsewhere
        ends = _ends_along_one(radius, base.draws)
        said = (
            f"α = {number(alpha)} against {ends}{by} along one direction, the only random one that was measured{along}"
        )
        if low < alpha <= high:
            yield Finding("basin", "warn", f"whether it is inside the base's basin cannot be told: {said}")
        elif alpha > high or along:
            yield Finding("basin", "warn", f"outside the base's basin as far as that shows: {said}")
        else:
            yield Finding("basin", "pass", f"inside the base's basin as far as that shows: {said}")
        return
    said = f"α = {number(alpha)} against a most-case radius{by} of {_written(radius)}"
    if alpha <= low and not along:
        yield Finding("basin", "pass", f"inside the base's basin: {said}, {radius.median / alpha:.1f} × as far")
    elif alpha <= low:
        yield Finding("basin", "warn", f"nearer than random directions end, yet not inside: {said}{along}")
    elif alpha > high:
        yield Finding("basin", "warn", f"outside the base's most-case basin: {said}{along}")
    else:
        yield Finding("basin", "warn", f"whether it is inside the base's basin cannot be told: {said}{along}")


def _ends_along_one(radius: Radius, draws: Sequence[Boundary]) -> str:
    """`0.0059 (between 0.005 and 0.006)`: where the only direction ends, and the points that it was read between."""
    ends = f"{'≥ ' if radius.at_least else ''}{number(radius.median)}"
    known = [(end.inside, end.outside) for end in draws if end.outside is not None]
    return f"{ends} (between {number(known[0][0])} and {number(known[0][1])})" if known else ends


def _ends(radius: Radius) -> tuple[float, float]:
    """What the radius is known to lie between: its interval, or with too few directions their range, widened."""
    if radius.rays >= RAYS_NEEDED:
        return radius.low, radius.high
    return radius.minimum / FACTOR, radius.maximum * FACTOR


def _written(radius: Radius) -> str:
    """`0.02 [0.018, 0.023]`; the range of the directions where they are too few for an interval."""
    said = f"{'≥ ' if radius.at_least else ''}{number(radius.median)}"
    if radius.spread is None:
        return f"{said} along one direction"
    what, low, high = radius.spread
    ends = f"[{number(low, 2)}, {'beyond' if math.isinf(high) else f'{number(high, 2)}'}]"
    doubt = f" ({doubt})" if (doubt := interval_doubt(radius)) else ""
    return f"{said} {ends}{doubt}" if radius.rays >= RAYS_NEEDED else f"{said}, {what} {ends}"


def judge_barrier(spec: InspectionSpec, evidence: Evidence, name: str) -> Iterator[Finding]:
    """Judge whether the score falls below both base and fine-tune between them, so that a merge would lose it.

    The same examples are compared at every point of the way, with an interval that holds for all of them together.
    """
    if evidence.way is None or evidence.way.facts is None:
        return
    alpha = evidence.way.facts.alpha_of[spec.other]
    rows = evidence.way.rows[evidence.way.rows["capability"] == name].sort_values("alpha")
    between = rows[(rows["alpha"] > 0) & (rows["alpha"] < alpha) & ~np.isclose(rows["alpha"], alpha)]
    ends = [rows[np.isclose(rows["alpha"], place, rtol=1e-9, atol=0)] for place in (0.0, alpha)]
    if between.empty or any(end.empty for end in ends):
        return
    confidence = 1 - (1 - spec.thresholds.confidence) / len(between)  # Bonferroni
    base, tuned = (end.iloc[0] for end in ends)
    drops = [(_fall(base, tuned, row, spec.thresholds.max_barrier, confidence), row) for _, row in between.iterrows()]
    fall, lowest = max(drops, key=lambda one: (one[0].low, one[0].drop))
    known = score_text(lowest["score"], lowest["not_finite"], lowest["n"])
    where = f"{known} at {lowest['alpha'] / alpha:.0%} of the way"
    if fall.low > spec.thresholds.max_barrier:
        text = f"between the two the score falls to {where}, by {_interval(fall)}: a merge would lose it"
        yield Finding("barrier", "warn", text)
    else:
        text = f"no barrier is shown on the straight way: the lowest, {where}, is a fall of {_interval(fall)}"
        yield Finding("barrier", "pass", text)


def _fall(base: pd.Series, tuned: pd.Series, row: pd.Series, limit: float, confidence: float) -> PairedDrop:
    """The fall below both ends at a point: the smaller of the two."""
    after = _scored(row)
    falls = [dropped_by_more_than(_scored(end), after, limit, confidence) for end in (base, tuned)]
    return min(falls, key=lambda fall: (fall.low, fall.drop))


def _scored(row: pd.Series) -> np.ndarray:
    """The outcomes of a point, NaN where an example was not scored; logits that are not finite answer nothing."""
    return np.where(row["outcomes"] == NOT_SCORED, np.nan, row["outcomes"])


def _interval(fall: PairedDrop) -> str:
    drop, low, high = (round(value, 3) + 0.0 for value in (fall.drop, fall.low, fall.high))
    return f"{drop:.3f} [{low:.3f}, {high:.3f}]".replace("-", "−")


def judge_headroom(limits: Thresholds, base: Basin | None, tuned: Basin | None) -> Iterator[Finding]:
    """Judge how far the fine-tune itself can still be moved, compared with the base: by the interval of the ratio."""
    if base is None or tuned is None or base.radius is None or tuned.radius is None:
        return
    said = f"the fine-tune's radius{' by loss' if tuned.by_loss else ''} is {_written(tuned.radius)}"
    if base.radius.at_least or not base.radius.median > 0:
        yield Finding("headroom", "pass", f"{said}; the base's is not known to compare with: {_written(base.radius)}")
        return
    low, high = ratio_interval(_with_ends(tuned.radius), _with_ends(base.radius))
    share = tuned.radius.median / base.radius.median
    least = "≥ " if tuned.radius.at_least else ""
    high = math.inf if tuned.radius.at_least else high
    ends = f"[{number(low, 2)}, {'open' if math.isinf(high) else f'{number(high, 2)}'}]"
    said += f", {least}{share:.2f} × the base's {ends}"
    if high < limits.min_headroom:
        yield Finding("headroom", "warn", f"{said}, less than {limits.min_headroom:g} ×")
    elif low < limits.min_headroom:
        yield Finding("headroom", "pass", f"{said}, not shown to be less than {limits.min_headroom:g} ×")
    else:
        yield Finding("headroom", "pass", said)


def _with_ends(radius: Radius) -> tuple[float, float, float]:
    return radius.median, *_ends(radius)
