"""In which tags of the examples a loss lies: a table, corrected for the number of tags, and the tag that drives it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.basins.standings import standing_of
from landscape.inspection import interim_looks
from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.flips import changed_examples, examples_of
from landscape.inspection.rules import format_change
from landscape.intervals import PairedDrop, dropped_by_more_than, sign_test
from landscape.schema.capability_names import name_of
from landscape.schema.results import NOT_SCORED
from landscape.schema.specs import InspectionSpec


@dataclass(frozen=True)
class TagChange:
    """The scores of both checkpoints on the examples that have a tag (or, of `rest`, that have not)."""

    tag: str
    base: float
    tuned: float
    drop: PairedDrop  # with an interval that is corrected for the number of tags
    lost: int
    won: int
    shown: bool  # whether a loss beyond what is allowed is shown, corrected for the number of tags

    @property
    def change_text(self) -> str:
        """`−0.050 [−0.120, +0.010]`."""
        return format_change(self.drop)


@dataclass(frozen=True)
class Driver:
    """The tag (or the tags of the very same examples) in which the loss lies, and the examples without it."""

    tags: tuple[str, ...]
    change: TagChange
    rest: TagChange


@dataclass(frozen=True)
class Tags:
    """The tags of one capability, those that lost most first. An example counts under each of its tags."""

    capability: str
    changes: tuple[TagChange, ...]
    untagged: int  # examples without a tag
    confidence: float  # of each interval, so that all of them hold together with that of the verdict
    limit: float  # the drop that is allowed
    drop: float  # of the score over all examples
    driver: Driver | None

    @property
    def sentence(self) -> str:
        """`The loss in math is driven by tag “hard”: …`; "" where none drives it."""
        if self.driver is None:
            return ""
        named = " and ".join(f"“{tag}”" for tag in self.driver.tags)
        one, rest = self.driver.change, self.driver.rest
        several = "s" if len(self.driver.tags) > 1 else ""
        within = (
            f"the drop is less than {self.limit:g}"
            if rest.drop.high < self.limit
            else f"no drop of more than {self.limit:g} is shown"
        )
        begins = f"The loss in {self.capability} is driven by tag{several} {named}"
        if self.drop <= 0:
            begins = f"{self.capability} lost nothing as a whole, but it did in tag{several} {named}"
        return (
            f"{begins}: {one.base:.3f} → {one.tuned:.3f}, a "
            f"change of {one.change_text} on {one.drop.n:,} examples; on the other {rest.drop.n:,} it is "
            f"{rest.change_text}, where {within}."
        )

    @property
    def method(self) -> str:
        """How the intervals were made, in one sentence."""
        count = len(self.changes)
        return (
            f"Intervals are corrected for {count} tag{'s' * (count != 1)} (Bonferroni: {self.confidence:.2%} each); an "
            "example counts under each of its tags."
        )

    def values(self) -> dict[str, Any]:
        """Plain values for exports."""
        return {
            "tags": [{**asdict(one), "n": one.drop.n} for one in self.changes],
            "confidence_of_each": self.confidence,
            "untagged": self.untagged,
            "driven_by": list(self.driver.tags) if self.driver else [],
            "rest": asdict(self.driver.rest) if self.driver else None,
            "sentence": self.sentence or None,
        }


def tags_of(spec: InspectionSpec, evidence: Evidence) -> list[Tags]:
    """Return the tags of every capability that has any and of which both scores are measurable."""
    found = []
    for name in spec.capabilities:
        short = name_of(name)
        if changed_examples(evidence, short) is None or evidence.scores is None or evidence.tuned is None:
            continue
        before, after = (one.row_at_origin(short)["outcomes"] for one in (evidence.scores, evidence.tuned))
        examples, _ = examples_of(evidence, name)
        named = [example.tags for example in examples[: len(before)]]
        if len(named) == len(before) and any(named):
            limit, sure = spec.thresholds.max_drop, interim_looks.confidence_at_last(spec)
            tags = tag_changes(short, before, after, named, limit, sure, evidence.scores.requests_of(short))
            standing = standing_of(evidence.scores, short, limit)
            held = standing is not None and standing.held  # a base that is not told from guessing has nothing to lose
            found.append(tags if held else replace(tags, driver=None))
    return found


def tag_changes(
    capability: str,
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    named: list[tuple[str, ...]],
    limit: float,
    confidence: float,
    requests: list[int] | None = None,
) -> Tags:
    """Return the change of the score in each tag, and which tag drives a loss.

    A loss is *shown* in a tag where two tests agree, each at the error 1 − `confidence` divided by the number of tags
    (Bonferroni): the interval of the drop (Tango's, for matched pairs) lies above `limit`, and the exact sign test
    says that more were lost than won. The latter keeps a tag of a few examples from being named by chance.

    A tag *drives* the loss where it is shown in it; among the examples without the tag no drop beyond `limit` is shown;
    and the interval of these lies wholly below that of the tag, so that the two are shown to differ. Of several such
    tags (one may contain another) it is the one that differs most from the examples without it.

    Args:
        capability: its name.
        before: outcomes (n,) of the base, NOT_SCORED where an example was not scored.
        after: those of the fine-tune.
        named: the tags of each example.
        limit: the drop that is allowed.
        confidence: of the interval in the verdict.
        requests: which request each example asks; None: each its own.
    """
    scored = (before != NOT_SCORED) & (after != NOT_SCORED)
    masks: dict[str, NDArray[np.bool_]] = {}
    for index in np.flatnonzero(scored):
        for tag in named[index]:
            masks.setdefault(tag, np.zeros(len(before), bool))[index] = True
    error = (1 - confidence) / max(1, len(masks))

    def change(tag: str, mask: NDArray[np.bool_]) -> TagChange:
        first, second = before[mask], after[mask]
        same = None if requests is None else np.asarray(requests)[mask]
        drop = dropped_by_more_than(first, second, limit, 1 - error, same)
        lost, won = int((first > second).sum()), int((first < second).sum())
        share = (drop.independent or drop.n) / drop.n
        shown = drop.low > limit and sign_test(share * lost, share * won) < error
        return TagChange(tag, float(first.mean()), float(second.mean()), drop, lost, won, shown)

    changes = sorted((change(tag, mask) for tag, mask in masks.items()), key=lambda one: (-one.drop.drop, one.tag))
    drivers = []
    for one in changes:
        without = scored & ~masks[one.tag]
        if one.shown and without.any():
            rest = change("", without)
            if rest.drop.low <= limit and rest.drop.high < one.drop.low:
                same = tuple(other.tag for other in changes if np.array_equal(masks[other.tag], masks[one.tag]))
                drivers.append(Driver(same, one, rest))
    driver = max(drivers, key=lambda found: found.change.drop.drop - found.rest.drop.drop, default=None)
    untagged = sum(not named[index] for index in np.flatnonzero(scored))
    return Tags(capability, tuple(changes), untagged, 1 - error, limit, change("", scored).drop.drop, driver)
