"""The greedy loop: prompts are read with drafts of their texts, and a row that has ended leaves the batch.

A row follows its draft as long as each drafted token is the likeliest one; after another one, it is looked up where its
last tokens stood in the prompt or a draft. Reading a drafted token takes as long as writing one, and saves a pass only
where every row of the batch keeps its own: so drafts are read where all have one, as far as they should be kept.
"""

from collections.abc import Callable, Collection, Sequence
from os.path import commonprefix

import torch

from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.reading.passes import Passes
from landscape.capabilities.writing.caches import Rows
from landscape.capabilities.writing.drafts import Acceptance, best_width
from landscape.capabilities.writing.rows import Row

# Of one thread of a CPU: tokens of a pass whose activations stay in its cache, and those that take as long as a pass
# takes beside its tokens. Measured with 135 M weights.
CPU, CPU_PASS = 384, 13
ACCELERATOR, ACCELERATOR_PASS = 65536, 2048  # which waits for launches of kernels
LOGITS = 2**26  # numbers of one pass
COMMON = 8  # tokens that all prompts of a batch begin with, from which they are read once
SHIFT = 0.01  # tokens that take as long as moving the keys and values of one
ANOTHER = 0.4  # expected chance that another token follows than the one that was looked up

Ended = Callable[[GenerationRequest, Sequence[int], int], bool]  # is told how many of the tokens are new


class Loop:
    """Writes greedy texts with one model that goes on from keys and values of every token."""

    def __init__(self, passes: Passes, ends: Collection[int], ended: Ended) -> None:
        """`ends`: tokens that end a text. `ended`: whether a text needs no more tokens for another reason."""
        self._passes, self._ends, self._ended = passes, frozenset(ends), ended
        threads = torch.get_num_threads()
        on_cpu = passes.device.type == "cpu"
        self._tokens, self._a_pass = (CPU * threads, CPU_PASS * threads) if on_cpu else (ACCELERATOR, ACCELERATOR_PASS)

    @torch.inference_mode()
    def write(self, rows: Sequence[Row], drafts: Acceptance) -> None:
        """Write the text of each row. `drafts`: how they are expected to fare, and how they fared afterwards."""
        active = sorted(rows, key=lambda row: -len(row.request.ids))
        cache = self._begun(active)
        before = [row.request.ids[cache.end :] for row in active]
        found_again = Acceptance(ANOTHER)
        while active:
            kinds = [drafts if row.follows else found_again for row in active]
            width = 0
            if all(row.drafted(1) or row.room == 0 for row in active):
                overhead = SHIFT * sum(cache.lengths) if cache.layers else 0.0
                width = best_width([kind.chance for kind in kinds], self._a_pass, overhead)
            drafted = [row.drafted(width) for row in active]
            kept = self._read(cache, active, before, drafted)
            for kind, one, draft in zip(kinds, kept, drafted, strict=True):
                kind.add(one, len(draft))
            on = [i for i, row in enumerate(active) if not row.over]
            more = [len(own) + one for own, one in zip(before, kept, strict=True)]
            cache, active = _staying(cache, active, on, more)
            before = [row.ids[-1:] for row in active]

    def _begun(self, rows: Sequence[Row]) -> Rows:
        """Read what all prompts begin with, once."""
        prompts = [row.request.ids for row in rows]
        common = min(len(commonprefix(prompts)), min(map(len, prompts)) - 1)
        if len(rows) == 1 or common < COMMON:
            return Rows([0] * len(rows))
        begun = Rows([0])
        self._passes.logits([prompts[0][:common]], [], [], begun)
        return begun.chosen([0] * len(rows), [common] * len(rows))

    def _read(
        self, cache: Rows, active: Sequence[Row], before: Sequence[list[int]], drafted: Sequence[list[int]]
    ) -> list[int]:
        """Read tokens and drafts of each row, note what it writes, and return how many drafted tokens it keeps."""
        inputs = [own + draft for own, draft in zip(before, drafted, strict=True)]
        kept: list[int] = []
        while len(kept) < len(active):
            begun = len(kept)
            end = begun + self._fitting(inputs[begun:], drafted[begun:])
            drafts = drafted[begun:end]
            likeliest = self._likeliest(cache, slice(begun, end), inputs[begun:end], drafts)
            if any(drafts) and not all(finite for found in likeliest for _, finite in found):
                # the drafted tokens may be why: 0 × NaN is NaN, also for tokens that do not see them
                drafts = [[] for _ in drafts]
                likeliest = self._likeliest(cache, slice(begun, end), before[begun:end], drafts)
            for row, draft, found in zip(active[begun:end], drafts, likeliest, strict=True):
                written = len(row.ids)
                kept.append(row.take(draft, found, self._ends))
                row.over = row.over or self._ended(row.request, row.ids, len(row.ids) - written)
        return kept

    def _fitting(self, inputs: Sequence[list[int]], drafted: Sequence[list[int]]) -> int:
        """Return how many of the first rows one pass reads, at least one."""
        widest, wanted = 0, 0
        most = max(1, LOGITS // self._passes.model.get_input_embeddings().weight.shape[0])
        for number, (tokens, draft) in enumerate(zip(inputs, drafted, strict=True)):
            widest, wanted = max(widest, len(tokens)), wanted + len(draft) + 1
            if number and ((number + 1) * widest > self._tokens or wanted > most):
                return number
        return len(inputs)

    def _likeliest(
        self, cache: Rows, part: slice, inputs: Sequence[list[int]], drafted: Sequence[list[int]]
    ) -> list[list[tuple[int, bool]]]:
        """Return the likeliest token of each place that is wanted of each row, and whether its logits are finite."""
        cache.part = part
        width = max(map(len, inputs))
        # padded by tokens of the row itself: those of another one may not be finite, and 0 × NaN is NaN
        padded = [tokens + tokens[-1:] * (width - len(tokens)) for tokens in inputs]
        wanted = [
            range(len(tokens) - len(draft) - 1, len(tokens)) for tokens, draft in zip(inputs, drafted, strict=True)
        ]
        rows = [row for row, places in enumerate(wanted) for _ in places]
        logits = self._passes.logits(padded, rows, [place for places in wanted for place in places], cache)
        highest, tokens = logits.max(-1)  # a single −∞ hides a token, and is no fault
        found = iter(list(zip(tokens.tolist(), highest.isfinite().tolist(), strict=True)))
        return [[next(found) for _ in places] for places in wanted]


@torch.inference_mode()
def goes_on(passes: Passes, ids: Sequence[int]) -> bool:
    """Whether a model reads the second half of a text after the keys and values of the first as it does in one pass."""
    half = len(ids) // 2
    places = range(half, len(ids))
    cache = Rows([0])
    passes.logits([ids[:half]], [], [], cache)
    cache.advance(half)
    found = passes.logits([ids[half:]], [0] * len(places), range(len(places)), cache)
    wanted = passes.logits([ids], [0] * len(places), places)
    return bool(cache.layers) and found.allclose(wanted, 0, 1e-4 * float(wanted.abs().max()))


def _staying(cache: Rows, active: list[Row], stay: Sequence[int], more: Sequence[int]) -> tuple[Rows, list[Row]]:
    """Return the rows that stay, with so many `more` tokens each; in place, where all have equally many more."""
    if len({more[i] for i in stay}) > 1:
        return cache.chosen(stay, [more[i] for i in stay]), [active[i] for i in stay]
    if stay:
        cache.advance(more[stay[0]])
        for i in sorted(set(range(len(active))) - set(stay), reverse=True):
            cache.drop(i)
            active[i] = active[-1]
            active.pop()
    return cache, active if stay else []
