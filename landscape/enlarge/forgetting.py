"""What a fine-tune forgot of its base's capabilities, and what it learned. No model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from landscape.basins.standings import has_something_to_lose
from landscape.intervals import PairedChange, PairedDrop, dropped_by_more_than, independent, mean_change, wilson
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, SliceSpec


@dataclass(frozen=True, eq=False)
class CapabilityChange:
    """The scores of one capability at a base and at its fine-tune."""

    base: str
    tuned: str
    capability: str
    base_had_it: bool  # so it can be forgotten; otherwise it can only be learned
    before: pd.Series  # rows of the results: score, loss, n, outcomes; a score is NaN where logits are not finite
    after: pd.Series
    requests: list[int] | None = None  # which request each example asks; None: each its own

    @property
    def measurable(self) -> bool:
        """Whether both have a score."""
        return not pd.isna(self.before["score"]) and not pd.isna(self.after["score"])

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the score after the fine-tune; NaN without a score."""
        if pd.isna(self.after["score"]):
            return math.nan, math.nan
        return wilson(float(self.after["score"]), independent(self.requests, int(self.after["n"])))

    def score_lead_over(self, other: "CapabilityChange") -> PairedDrop:
        """How much higher this fine-tune scores than another one, on the same examples."""
        return dropped_by_more_than(self.after["outcomes"], other.after["outcomes"], 0.0, requests=self.requests)

    @property
    def example_changes(self) -> np.ndarray:
        """(n,) outcome after − outcome before of each example: −1 lost, 1 learned."""
        return np.subtract(self.after["outcomes"], self.before["outcomes"], dtype=float)

    def retention_lead_over(self, other: "CapabilityChange") -> PairedChange | None:
        """How much less of its own base's score this fine-tune lost than another one of its own."""
        return mean_change(other.example_changes, self.example_changes, requests=self.requests)

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        ends = {
            when: {name: None if pd.isna(row[name]) else float(row[name]) for name in ("score", "loss")}
            for when, row in (("before", self.before), ("after", self.after))
        }
        names = {"checkpoint": self.base, "tuned": self.tuned, "capability": self.capability}
        return names | {"had": self.base_had_it, "n": int(self.after["n"]), **ends}


def capability_changes(base: Result[BasinSpec], tuned: Result[SliceSpec]) -> list[CapabilityChange]:
    """The change of every capability that is scored in both base and fine-tune, in the order of the spec."""
    found = []
    for name in map(name_of, base.spec.capabilities):
        if all((result.rows["capability"] == name).any() for result in (base, tuned)):
            before, after = _at_origin(base, name), _at_origin(tuned, name)
            base_had_it = has_something_to_lose(base, name, float(before["score"]), base.spec.tolerance)
            names = base.spec.checkpoint, tuned.spec.checkpoint, name
            found.append(CapabilityChange(*names, base_had_it, before, after, base.requests_of(name)))
    return found


def _at_origin(result: Result[Any], capability: str) -> pd.Series:
    """A capability's row at θ₀, without a score if any example's logits are not finite: it is not measurable then."""
    row = result.row_at_origin(capability).copy()
    if result.not_finite_at_origin(capability):
        row["score"] = math.nan
    return row


def change_of(changes: Sequence[CapabilityChange], base: str, capability: str) -> CapabilityChange | None:
    """The change of one capability in the fine-tune of one base, if it is known."""
    return next((change for change in changes if (change.base, change.capability) == (base, capability)), None)
