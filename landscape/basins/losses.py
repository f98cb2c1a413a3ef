"""Results read by loss: the same points, where the mean loss takes the place of the score. No model.

Everything that reads basins goes by a quantity that falls. So a loss is read with a minus sign, and its τ is a rise in
nats a token.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from landscape.schema.frames import LOSS_TOLERANCE
from landscape.schema.results import NOT_SCORED, Facts, Result
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec, WorstSpec

S = TypeVar("S", WorstSpec, BasinSpec, PlaneSpec, SliceSpec)
B = TypeVar("B", WorstSpec, BasinSpec, PlaneSpec)


def steering_tolerance(spec: BasinSpec | PlaneSpec) -> float:
    """The τ that steers a search: in nats where it goes by the loss."""
    return spec.tolerance if spec.loss_tolerance is None else spec.loss_tolerance


def guessed(spec: BasinSpec | PlaneSpec, facts: Facts, capability: str) -> float:
    """What guessing scores; −inf in a search by loss."""
    return facts.chance[capability] if spec.loss_tolerance is None else -math.inf


def default_tolerance(result: Result[BasinSpec] | Result[PlaneSpec]) -> float:
    """The τ that a result, as it is read, was searched with; LOSS_TOLERANCE where it was searched by score."""
    return result.spec.loss_tolerance or LOSS_TOLERANCE if result.by_loss else result.spec.tolerance


def as_searched(result: Result[B]) -> Result[B]:
    """The result, read by loss if it was searched so."""
    return result if result.spec.loss_tolerance is None else read_by_loss(result)


def read_by_loss(result: Result[S]) -> Result[S]:
    """The result with −loss for scores, and −loss of each example for outcomes; NaN where there is no loss.

    Only examples that have a loss at θ₀ are left, and are counted; a capability without any has NaN for the score.
    Where logits are not finite at a point, it has no loss, and lies outside of every basin. The loss is the mean over
    examples; without the loss of each, as in an exported result, only that is known.
    """
    by_loss: Result[S] = result if result.by_loss else _read_by_loss(result)
    return by_loss


@lru_cache(maxsize=16)
def _read_by_loss(result: Result[Any]) -> Result[Any]:
    having = {str(name): _with_loss(rows) for name, rows in result.rows.groupby("capability", sort=False)}
    parts = [_by_loss(result.rows[result.rows["capability"] == name], kept) for name, kept in having.items()]
    rows = pd.concat(parts).sort_index() if parts else result.rows
    return replace(result, rows=rows, facts=_of_kept(result.facts, having), by_loss=True, by_score=result)


Kept = np.ndarray | None  # which examples have a loss, (n,) bool; None where only the mean over them is known, or none


def _with_loss(rows: pd.DataFrame) -> Kept:
    at_origin = rows[(rows[[c for c in ("alpha", "x", "y") if c in rows]] == 0).all(axis=1)]
    if at_origin.empty or rows["losses"].isna().any():
        return None
    kept = np.isfinite(at_origin["losses"].iloc[0])
    return kept if kept.any() else None


def _by_loss(rows: pd.DataFrame, kept: Kept) -> pd.DataFrame:
    if kept is None:
        comparable = rows["n"] == rows["n"].max()  # where scoring stopped early, the mean is over other examples
        return rows.assign(score=-rows["loss"].where(comparable), outcomes=None)
    each = [_each(*row, kept) for row in zip(rows["losses"], rows["outcomes"], rows["not_finite"], strict=True)]
    means = [float(np.nanmean(one)) if np.isfinite(one).any() else np.nan for one in each]
    return rows.assign(
        score=pd.Series(means, rows.index, float), outcomes=pd.Series(each, rows.index, object), n=int(kept.sum())
    )


def _each(losses: np.ndarray, outcomes: np.ndarray | None, not_finite: int, kept: np.ndarray) -> np.ndarray:
    if not_finite:
        return np.full(int(kept.sum()), np.nan)
    found = -losses[kept].astype(float)
    if outcomes is None or (outcomes == NOT_SCORED).all():  # or what has a loss alone, where nothing is scored
        return found
    return np.where(outcomes[kept] == NOT_SCORED, np.nan, found)


def _of_kept(facts: Facts | None, having: Mapping[str, Kept]) -> Facts | None:
    """The facts that speak of single examples, by their places among those that are kept."""
    if facts is None:
        return None
    requests, searched = dict(facts.requests), dict(facts.searched)
    for name, kept in having.items():
        if kept is not None:
            places = np.cumsum(kept) - 1
            if len(requests.get(name, ())) == len(kept):
                requests[name] = np.asarray(requests[name])[kept].tolist()
            if name in searched:
                searched[name] = [int(places[i]) for i in searched[name] if i < len(kept) and kept[i]]
    return replace(facts, requests=requests, searched=searched)


def tolerance_text(tolerance: float, by_loss: bool = False) -> str:
    """`τ = 0.05`, or `τ = 0.1 nats of loss`."""
    return f"τ = {tolerance:g} nats of loss" if by_loss else f"τ = {tolerance:g}"
