"""What is in a capability, before anything is measured: how it was read, its examples, how long they are. No torch."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from landscape.capabilities.encoding import Encoded, encode
from landscape.capabilities.examples import Capability, Example, requests_of

SHOWN = 3  # examples
LONGEST = 120  # characters of a text that is shown
IN_WORDS = {
    "exact": "exact: what the model writes next begins with the answer",
    "choice": "choice: the likeliest one is the right one",
    "generate": "generate: an oracle judges what the model writes",
    "loss": "loss alone: there is no score",
}


@dataclass(frozen=True)
class Lengths:
    """How long examples are for a checkpoint, in its tokens, prompt and answer together."""

    median: int
    longest: int
    context: int
    too_long: int  # examples that do not fit, and count as wrong
    cut: int  # texts that are longer than the context, and are read in pieces; or of lm-eval, that lose their beginning

    @property
    def text(self) -> str:
        """One sentence."""
        said = f"{self.median:,} tokens in the median, {self.longest:,} at most; the context holds {self.context:,}"
        said += f"; {self.too_long:,} examples do not fit, and would count as wrong" if self.too_long else ""
        return said + (f"; {self.cut:,} are longer, and are read in pieces or cut" if self.cut else "")


@dataclass(frozen=True)
class Check:
    """What is in a capability."""

    name: str
    source: str  # format and encoding
    how: str  # how its fields were read; "" of our own form
    kinds: tuple[str, ...]
    count: int
    requests: int  # distinct ones
    chance: float | None  # the score of guessing; None where there is no score
    shown: tuple[tuple[str, str], ...]  # prompt and answer of the first examples
    lengths: Lengths | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**vars(self), "lengths": None if self.lengths is None else vars(self.lengths)}


def check(capability: Capability, tokenizer: Any = None, context: int | None = None) -> Check:
    """Describe a capability; with a tokenizer, also how long its examples are beside a context.

    Raises:
        ValueError: the tokenizer lacks what an example needs, a chat template say.
    """
    encoded = None if tokenizer is None else encode(capability, tokenizer, 2**31)
    return Check(
        capability.name,
        capability.source,
        capability.how,
        tuple(sorted({example.kind for example in capability.examples})),
        len(capability.examples),
        len(set(requests_of(capability))),
        None if capability.by_loss_alone else capability.chance,
        tuple((_short(example.prompt), _short(_answer(example))) for example in capability.examples[:SHOWN]),
        None if encoded is None else _lengths(capability, encoded, context or 2**31),
    )


def _lengths(capability: Capability, encoded: Encoded, context: int) -> Lengths:
    """Measure what was encoded without a limit. A generated answer takes as many tokens as it may have."""
    longest = [0] * len(capability.examples)
    for read in encoded.teacher_forced:
        longest[read.example] = max(longest[read.example], len(read.ids))
    for request in encoded.generated:
        longest[request.example] = max(longest[request.example], len(request.ids) + request.max_new_tokens)
    beyond = [index for index, length in enumerate(longest) if length > context]
    pieces = [i for i in beyond if capability.benchmark is not None or not capability.examples[i].prompt]
    return Lengths(int(median(longest)), max(longest), context, len(beyond) - len(pieces), len(pieces))


def _answer(example: Example) -> str:
    if example.choices is not None:
        return f"{example.reference} (of {len(example.choices)} choices)"
    return " | ".join(example.answers) if example.answers else f"judged by {example.oracle}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
