"""One text that is being written: its prompt, its drafts, and the tokens so far."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.writing.drafts import Lookup, Text


@dataclass
class Row:
    """What is written after one prompt."""

    request: GenerationRequest
    drafts: Sequence[Text] = ()  # the nearest first
    ids: list[int] = field(default_factory=list)  # with the token that ended it, if one did
    failed: int = -1  # the place of the first token whose logits were not finite, or -1
    over: bool = False

    @property
    def follows(self) -> bool:
        """Whether the text is the beginning of its draft, and the draft goes on."""
        draft = self.drafts[0] if self.drafts else ()
        return len(self.ids) < len(draft) and tuple(self.ids) == draft[: len(self.ids)]

    def drafted(self, width: int) -> list[int]:
        """Return the tokens that may come next, at most so many and no more than may be written.

        They are those of the draft, as long as the text follows it; then those that followed its last tokens where
        these stood in the prompt or a draft.
        """
        wanted = min(width, self.room)
        if wanted < 1:
            return []
        if self.follows:
            return list(self.drafts[0][len(self.ids) : len(self.ids) + wanted])
        return self._lookup.following(self.ids, wanted)

    @property
    def room(self) -> int:
        """How many drafted tokens one pass may read: the pass itself writes one more."""
        return self.request.max_new_tokens - len(self.ids) - 1

    def take(self, drafted: Sequence[int], likeliest: Sequence[tuple[int, bool]], ends: Collection[int]) -> int:
        """Note the likeliest tokens up to the first that is not the drafted one; return how many drafted were kept.

        `likeliest`: of the place before each drafted token, and after the last, with whether its logits are finite.
        """
        kept = 0
        for place, (token, finite) in enumerate(likeliest):
            if not finite:
                self.failed, self.over = len(self.ids), True
                break
            self.ids.append(token)
            self.over = token in ends or len(self.ids) >= self.request.max_new_tokens
            as_drafted = place < len(drafted) and token == drafted[place]
            kept += as_drafted
            if self.over or not as_drafted:
                break
        return kept

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup([self.request.ids, *reversed(self.drafts)])
