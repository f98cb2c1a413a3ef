"""The examples that a fine-tune lost and won beside its base: the discordant pairs of the test in the verdict."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from landscape.capabilities import examples as capability_examples
from landscape.capabilities.examples import Example
from landscape.inspection.evidence import Evidence
from landscape.schema.capability_names import name_of
from landscape.schema.results import NOT_SCORED
from landscape.schema.specs import InspectionSpec

Change = Literal["lost", "won"]
ORDER = "lost before won, then by how much the loss rose (those without a loss last)"
LACKING = {
    "not finite": "no answer: the logits are not finite",
    "too long": "no answer: it does not fit the context",
}
UNREADABLE = "the examples cannot be read any more, or were changed since"


@dataclass(frozen=True)
class Flip:
    """One example that only one of the two checkpoints has right. Losses are in nats a token; None: it has none."""

    capability: str
    index: int  # of the example in its capability, from 0
    change: Change
    base_loss: float | None = None
    tuned_loss: float | None = None
    example: Example | None = None  # None where the examples cannot be read any more
    base_said: str | None = None  # the greedy text, or the option it prefers; None: not generated
    tuned_said: str | None = None
    request: int | None = None  # the first example that asks the same, in a capability where some do

    @property
    def rise(self) -> float | None:
        """How much the loss rose, base to fine-tune."""
        return None if self.base_loss is None or self.tuned_loss is None else self.tuned_loss - self.base_loss

    @property
    def number(self) -> str:
        """The id that the example brings, else its number in the file, from 1: `#12`."""
        return self.example.id if self.example is not None and self.example.id else f"#{self.index + 1}"

    def values(self) -> dict[str, Any]:
        """Plain values for exports; what is not known is None."""
        one = self.example
        return {
            "capability": self.capability,
            "index": self.index,
            "id": one.id if one is not None else None,
            "tags": list(one.tags) if one is not None else [],
            "change": self.change,
            "prompt": asked(one) if one is not None else None,
            "reference": one.reference if one is not None else None,
            "accepted": list(one.answers) if one is not None else [],
            "choices": list(one.choices or ()) if one is not None else [],
            "judged_by": (one.oracle or one.kind) if one is not None else None,
            "base_said": self.base_said,
            "tuned_said": self.tuned_said,
            "base_loss": self.base_loss,
            "tuned_loss": self.tuned_loss,
            "loss_rise": self.rise,
            "asks_the_same_as": None if self.request == self.index else self.request,
        }


@dataclass(frozen=True)
class Flips:
    """All examples of one capability whose outcome changed, in ORDER, among those that both were scored on."""

    capability: str
    n: int  # examples that both were scored on
    flips: tuple[Flip, ...]
    repeated: bool = False  # whether some of the n ask the same, so that each request counts once in the verdict
    lacking: str = ""  # why prompts are not there
    texts: int = field(default=0)  # flips of which it is known what both said

    @property
    def lost(self) -> int:
        """How many examples the base had right and the fine-tune has not."""
        return sum(flip.change == "lost" for flip in self.flips)

    @property
    def won(self) -> int:
        """How many examples the fine-tune has right and the base had not."""
        return len(self.flips) - self.lost

    def requests(self, change: Change) -> int:
        """How many different requests the lost, or the won, examples ask."""
        return len(
            {flip.index if flip.request is None else flip.request for flip in self.flips if flip.change == change}
        )

    @property
    def text(self) -> str:
        """`240 of 240 examples lost (32 requests), none won`."""
        return f"{self._count('lost', f' of {self.n:,} examples')}, {self._count('won')}"

    def _count(self, change: Change, of: str = "") -> str:
        count, same = (self.lost if change == "lost" else self.won), self.requests(change)
        several = f" ({same:,} request{'s' * (same != 1)})" if self.repeated and count else ""
        return f"{f'{count:,}' if count else 'none'}{of} {change}{several}"


def flips_of(spec: InspectionSpec, evidence: Evidence) -> list[Flips]:
    """Return the flips of every capability of which both scores are measurable, what lost most examples first."""
    found = [
        _flips(evidence, name, changed)
        for name in spec.capabilities
        if (changed := changed_examples(evidence, name_of(name))) is not None
    ]
    return sorted(found, key=lambda one: -one.lost)


def changed_examples(evidence: Evidence, name: str) -> list[tuple[int, Change]] | None:
    """Return the index and the change of each flip in ORDER; None where the two cannot be compared."""
    both = (evidence.scores, evidence.tuned)
    if any(one is None or not (one.rows["capability"] == name).any() for one in both):
        return None
    assert evidence.scores is not None
    assert evidence.tuned is not None
    if evidence.scores.not_finite_at_origin(name) or evidence.tuned.not_finite_at_origin(name):
        return None
    before, after = (one.row_at_origin(name) for one in (evidence.scores, evidence.tuned))
    first, second = before["outcomes"], after["outcomes"]
    if first is None or second is None or len(first) != len(second):
        return None
    return changes(first, second, before["losses"], after["losses"])


def changes(
    before: np.ndarray, after: np.ndarray, losses: np.ndarray | None, later: np.ndarray | None
) -> list[tuple[int, Change]]:
    """Return the index and the change of each example whose outcome differs, in ORDER.

    `before` and `after` are outcomes (n,) of the same examples; `losses` and `later` theirs (n,), or None.
    """
    both = (before != NOT_SCORED) & (after != NOT_SCORED)
    rise = np.full(len(before), np.nan) if losses is None or later is None else later.astype(float) - losses
    size = np.where(np.isnan(rise), -math.inf, rise)
    found: list[tuple[int, Change]] = []
    kinds: tuple[tuple[Change, np.ndarray], ...] = (("lost", before > after), ("won", before < after))
    for change, differs in kinds:
        chosen = np.flatnonzero(both & differs)
        found += [(int(index), change) for index in chosen[np.argsort(-size[chosen], kind="stable")]]
    return found


def _flips(evidence: Evidence, name: str, changed: Sequence[tuple[int, Change]]) -> Flips:
    assert evidence.scores is not None
    assert evidence.tuned is not None
    short = name_of(name)
    before, after = (one.row_at_origin(short) for one in (evidence.scores, evidence.tuned))
    both = (before["outcomes"] != NOT_SCORED) & (after["outcomes"] != NOT_SCORED)
    examples, lacking = examples_of(evidence, name)
    said = [evidence.responses.get((who, short), {}) for who in ("base", "tuned")]
    requests = evidence.scores.requests_of(short)
    found = []
    for index, change in changed:
        example = examples[index] if index < len(examples) else None
        texts = [text_of(each.get(index), example) for each in said]
        losses = [_number(row["losses"], index) for row in (before, after)]
        same = requests[index] if requests else None
        found.append(Flip(short, index, change, losses[0], losses[1], example, texts[0], texts[1], same))
    known = sum(flip.base_said is not None and flip.tuned_said is not None for flip in found)
    return Flips(short, int(both.sum()), tuple(found), bool(requests), lacking, known)


def examples_of(evidence: Evidence, name: str) -> tuple[tuple[Example, ...], str]:
    """Return the examples of a capability as they were measured; none, and why, where they are not there any more."""
    count = 0 if evidence.scores is None else len(evidence.scores.row_at_origin(name_of(name))["outcomes"])
    return load_examples(name, limit_of(evidence, name_of(name)), count, evidence.digests.get(name))


def load_examples(name: str, limit: int | None, count: int, digest: str | None) -> tuple[tuple[Example, ...], str]:
    """As `examples_of`: there have to be `count` of them, and their digest, where that is known, is `digest`."""
    try:
        if digest is not None and capability_examples.content_digest(name) != digest:
            return (), UNREADABLE
        found = capability_examples.load(name, limit).examples
    except (ValueError, OSError):
        return (), UNREADABLE
    return (found, "") if len(found) == count else ((), UNREADABLE)


def limit_of(evidence: Evidence, name: str) -> int | None:
    """Return the `limit` of the latest look at the scores of a capability: its examples are the first so many."""
    looks = [look for look in evidence.looks("scores") if (look.rows["capability"] == name).any()]
    return looks[-1].spec.limit if looks else None


def text_of(response: Mapping[str, Any] | None, example: Example | None) -> str | None:
    """Return a response in words: the text, or the option; None where there is none."""
    if response is None:
        return None
    if "lacking" in response:
        return LACKING[response["lacking"]]
    if "option" in response:
        options = (example.choices or ()) if example is not None else ()
        option = int(response["option"])
        return options[option] if option < len(options) else f"option {option + 1}"
    return str(response["text"])


def asked(example: Example) -> str:
    """Return what an example asks: its prompt, else its turns, a line each."""
    return example.prompt or "\n".join(f"{role}: {text}" for role, text in example.turns)


def _number(losses: np.ndarray | None, index: int) -> float | None:
    return None if losses is None or math.isnan(losses[index]) else float(losses[index])
