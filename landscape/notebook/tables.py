"""The rows of results: pandas tables of numbers with their intervals. Intervals are of 95 % unless a column says."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from landscape.basins.boundaries import Radius
from landscape.basins.losses import as_searched
from landscape.basins.radii import basins_of
from landscape.basins.standings import counted_of
from landscape.certificates.guarantees import guarantees_of
from landscape.inspection.rules import gravest
from landscape.inspection.verdict import Verdict
from landscape.intervals import wilson
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, SliceSpec, WorstSpec
from landscape.slices.deployment_survival import Survival
from landscape.worst.boundaries import worst_boundaries

NAN = math.nan


def point_rows(result: Result[Any]) -> pd.DataFrame:
    """One row for each point and capability, with Wilson's interval of the score. Repeated requests count once."""
    table = result.table
    shares = {name: counted_of(result, str(name)) / int(rows["n"].max()) for name, rows in table.groupby("capability")}
    ends = [
        (NAN, NAN) if math.isnan(row.score) else wilson(row.score, shares[row.capability] * row.n)
        for row in table.itertuples()
    ]
    place = list(table.columns).index("score") + 1
    named = pd.DataFrame(ends, columns=["score_low", "score_high"], index=table.index)
    return pd.concat([table.iloc[:, :place], named, table.iloc[:, place:]], axis=1)


def basin_rows(result: Result[BasinSpec]) -> pd.DataFrame:
    """One row for each capability: its score (or loss) at θ₀, and the radius of its basin in α."""
    read = as_searched(result)
    typical = read.facts.typical if read.facts and not result.spec.relative else NAN
    found = []
    for basin in basins_of(read):
        counted = NAN if basin.broken else counted_of(read, basin.capability)
        scored = not basin.broken and not basin.by_loss and not math.isnan(basin.score)
        low, high = wilson(basin.score, counted) if scored else (NAN, NAN)
        found.append(
            {
                "capability": basin.capability,
                "n": basin.n,
                "score": basin.score if scored else NAN,
                "score_low": low,
                "score_high": high,
                "loss": -basin.score if basin.by_loss and not basin.broken else NAN,
                **_radius("radius", basin.radius),
                "relative_radius": basin.radius.median / typical if basin.radius else NAN,
                "why_none": basin.why,
            }
        )
    return pd.DataFrame(found)


def worst_rows(result: Result[WorstSpec]) -> pd.DataFrame:
    """One row for each computed direction and capability: where it ends there, and in random directions.

    The boundary lies between `inside` and `outside`, the points beside it; it is of one direction, and has no interval.
    """
    found = []
    for end in worst_boundaries(as_searched(result)):
        at = end.boundary
        ends = (at.alpha, at.inside, at.outside) if at else (None, None, None)
        found.append(
            {
                "direction": end.direction,
                "capability": end.capability,
                "role": end.role,
                "n": end.n,
                "unseen_examples_only": end.held_out,
                "loss" if end.by_loss else "score": -end.score if end.by_loss else end.score,
                **dict(zip(("boundary", "inside", "outside"), map(_number, ends), strict=True)),
                "times_nearer": _number(end.times_nearer),
                **_radius("random_radius", end.random),
            }
        )
    return pd.DataFrame(found)


def certificate_rows(result: Result[CertificateSpec]) -> pd.DataFrame:
    """One row for each capability and σ: how many trials were right, and the radius (L2, and as α) that this proves.

    `p_low` to `p_high` describes the trials. `p_proved` is the bound on which the radius rests, at the failure
    probability of the run. Where nothing is claimed, `p_proved` and the radius are NaN.
    """
    size = result.facts.parameters**0.5 if result.facts else NAN
    found = []
    for guarantee in guarantees_of(result):
        best = guarantee.best(result.spec.threshold)
        for one in guarantee.certificates:
            radius = _number(one.radius(result.spec.threshold) if one.complete else None)
            found.append(
                {
                    "capability": guarantee.capability,
                    "sigma": one.sigma,
                    "trials": one.trials,
                    "p": one.share,
                    "p_low": one.interval[0],
                    "p_high": one.interval[1],
                    "p_proved": one.low if one.complete else NAN,
                    "radius": radius,
                    "radius_as_alpha": radius / size,
                    "best": one is best,
                    "state": guarantee.state(one),
                }
            )
    return pd.DataFrame(found)


def move_rows(result: Result[SliceSpec], survivals: Sequence[Survival]) -> pd.DataFrame:
    """One row for each move and capability: the score there, and how far it fell (`drop`), on the same examples.

    `predicted` is the score under noise of the move's size; `predicted_low` to `predicted_high` the range of its draws.
    """
    found = []
    for one in survivals:
        counted = one.drop.independent or one.drop.n
        low, high = wilson(one.score, counted) if one.not_finite < one.drop.n else (NAN, NAN)
        found.append(
            {
                "move": one.move,
                "alpha": one.alpha,
                "capability": one.capability,
                "n": one.drop.n,
                "score": one.score if one.not_finite < one.drop.n else NAN,
                "score_low": low,
                "score_high": high,
                "drop": one.drop.drop,
                "drop_low": one.drop.low,
                "drop_high": one.drop.high,
                "kept": one.kept,
                "predicted": one.noise.mean if one.noise else NAN,
                "predicted_low": one.noise.low if one.noise else NAN,
                "predicted_high": one.noise.high if one.noise else NAN,
                "predicted_kept": one.predicted,
            }
        )
    return pd.DataFrame(found)


def verdict_rows(verdict: Verdict) -> pd.DataFrame:
    """One row for each capability: both scores, the drop on the same examples, the radii of both, and the verdict."""
    found = []
    for judged in verdict.capabilities:
        n = judged.drop.independent or judged.drop.n
        row: dict[str, Any] = {"capability": judged.capability, "verdict": judged.outcome, "n": judged.drop.n}
        scores = zip(("base", "finetuned"), (judged.base, judged.tuned), judged.not_finite, strict=True)
        for name, score, broken in scores:
            row |= dict(zip(_ends(name), (NAN,) * 3 if broken else (score, *wilson(score, n)), strict=True))
        fell = judged.drop
        drops = (NAN,) * 3 if any(judged.not_finite) else (fell.drop, fell.low, fell.high)
        change = judged.loss_change
        losses = (change.change, change.low, change.high) if change else (NAN,) * 3
        row |= dict(zip((*_ends("drop"), *_ends("loss_change")), (*drops, *losses), strict=True))
        row |= _radius("base_radius", judged.base_radius) | _radius("radius", judged.tuned_radius)
        grave = gravest(judged.findings)
        found.append(row | {"why": "; ".join(f.text for f in judged.findings if f.outcome == grave)})
    return pd.DataFrame(found)


def tensor_rows(compared: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each tensor: how far it moved (α), beside its size, and the rank of its change. These are exact."""
    return pd.DataFrame(compared["tensors"])


def _radius(name: str, found: Radius | None) -> dict[str, Any]:
    """A radius, from where to where it may lie, what that is, and whether it is a lower bound."""
    spread = found.spread if found else None
    low, high = spread[1:] if spread else (NAN, NAN)
    return {
        **dict(zip(_ends(name), (found.median if found else NAN, low, high), strict=True)),
        f"{name}_interval": spread[0] if spread else "",
        f"{name}_at_least": found.at_least if found else False,
    }


def _ends(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _number(value: float | None) -> float:
    return NAN if value is None else value
