"""Drafts: what a model is likely to write, since it wrote it at θ₀ or at a point nearby; and how much to read of them.

A draft decides no token: one pass reads it, and only tokens that are the likeliest are kept.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from landscape.capabilities.encoding import GenerationRequest

MOST_TOKENS = 2_000_000  # that are remembered, of all points together
POINTS = 8  # that are remembered beside θ₀
MOST = 64  # tokens of a draft that one pass reads
PRIOR = 30  # drafted tokens that what is expected counts as
LEAST, UNKNOWN = 1e-3, 0.03  # chances that another token is met: at the least, and where nothing is known
NGRAM = 3  # written tokens by which the place in a draft is found again after another token than the drafted one

Place = Mapping[object, float]  # coordinates by axis, without zeros: θ₀ is empty
Text = tuple[int, ...]


@dataclass
class Acceptance:
    """How many drafted tokens were the likeliest ones, and how many passes met another one."""

    expected: float  # chance that another token is met
    kept: int = 0
    other: int = 0

    def add(self, kept: int, drafted: int) -> None:
        """Note a pass that read so many drafted tokens, of which the first `kept` were kept."""
        self.kept += kept
        self.other += kept < drafted

    @property
    def chance(self) -> float:
        """The chance that a drafted token is kept, once all before it are."""
        return (PRIOR * (1 - self.expected) + self.kept) / (PRIOR + self.kept + self.other)


@dataclass
class Drafts:
    """The tokens that were written after each prompt at θ₀ and at the latest points."""

    place: Place | None = None  # where the model is; None: nobody knows, and nothing is remembered
    _texts: dict[tuple[tuple[object, float], ...], dict[Text, Text]] = field(default_factory=dict)  # by place, prompt
    _seen: tuple[float, float] = (0.0, 0.0)  # other tokens met, and tokens read × the distance of their draft

    def nearest(self, request: GenerationRequest) -> list[tuple[float, Text]]:
        """Return what was written after a prompt elsewhere, with its distance, the nearest first."""
        if self.place is None:
            return []
        asked = tuple(request.ids)
        found = [(self._distance(dict(place)), texts[asked]) for place, texts in self._texts.items() if asked in texts]
        return sorted(found, key=lambda each: each[0])

    def usual_length(self, request: GenerationRequest) -> int:
        """Return how many tokens θ₀ wrote after a prompt; where that is not known, how many it may write."""
        return len(self._texts.get((), {}).get(tuple(request.ids), range(request.max_new_tokens)))

    def keep(self, request: GenerationRequest, written: Sequence[int]) -> None:
        """Remember what was written here; the oldest points are forgotten, and θ₀ never is."""
        if self.place is None:
            return
        here = tuple(sorted(self.place.items(), key=str))
        self._texts[here] = self._texts.pop(here, {}) | {tuple(request.ids): tuple(written)}
        while len(self._texts) > POINTS or self._tokens > MOST_TOKENS:
            oldest = next((place for place in self._texts if place not in ((), here)), None)
            if oldest is None:
                break
            del self._texts[oldest]

    def expected(self, distance: float) -> Acceptance:
        """Return how drafts from so far away should fare: another token is met the sooner, the farther they are."""
        other, exposed = self._seen
        return Acceptance(min(0.9, max(LEAST, other / exposed * distance if exposed else distance and UNKNOWN)))

    def learn(self, found: Acceptance, distance: float) -> None:
        """Take over how drafts fared; what was seen before counts half."""
        if distance and found.kept + found.other:
            read = found.kept + found.other
            self._seen = (self._seen[0] / 2 + found.other, self._seen[1] / 2 + read * distance)

    @property
    def _tokens(self) -> int:
        return sum(len(asked) + len(text) for texts in self._texts.values() for asked, text in texts.items())

    def _distance(self, other: Place) -> float:
        here = self.place or {}
        return math.hypot(*(here.get(axis, 0.0) - other.get(axis, 0.0) for axis in here.keys() | other.keys()))


def best_width(chances: Sequence[float], a_pass: int, overhead: float) -> int:
    """Return how many drafted tokens of each row one pass should read: as many as save the most time, or none.

    A token that all rows keep saves a pass, and one that is not kept is read in vain.

    `chances`: of each row, that a drafted token is kept, once all before are. `a_pass`, `overhead`: tokens that take as
    long as a pass beside its tokens, and as moving all rows once they have unequally many tokens.
    """
    by_chance = Counter(chances)
    best, most, saved, wasted = 0, 0.0, 0.0, 0.0
    for width in range(1, MOST + 1):
        all_kept = math.prod(chance ** (width * rows) for chance, rows in by_chance.items())
        saved += a_pass * all_kept
        wasted += sum(rows * (1 - chance**width) for chance, rows in by_chance.items())
        worth = saved - wasted - (1 - all_kept) * overhead
        if worth > most:
            best, most = width, worth
    return best


class Lookup:
    """Where the last tokens of a text stood in its prompt and drafts, and what followed there."""

    def __init__(self, sources: Sequence[Sequence[int]]) -> None:
        """`sources`: the likeliest last."""
        self._sources = sources
        self._after: dict[Text, tuple[int, int]] = {}
        for number, source in enumerate(sources):
            for end in range(NGRAM, len(source)):
                self._after[tuple(source[end - NGRAM : end])] = number, end

    def following(self, written: Sequence[int], width: int) -> list[int]:
        """Return up to `width` tokens that followed the last ones; none where they never stood."""
        found = self._after.get(tuple(written[-NGRAM:]))
        return [] if found is None else list(self._sources[found[0]][found[1] : found[1] + width])
