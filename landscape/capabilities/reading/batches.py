"""In which batches a tree is read, by the padded work of each forward pass. Plain values, no model.

Work is counted in tokens. Measured on CPUs, from 0.8 M to 135 M weights: a pass costs as much as 17 to 32 more tokens,
and a token costs least in passes of 256 to 512 for each thread, whose activations stay in its cache.
Batches follow from these figures and from no clock, so that another run has the same ones, and thus the same last bits.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from landscape.capabilities.reading.trees import Forks, Tree, grow

COPY = 0.03  # what a token of a row's prefix costs beside one that is read: keys and values are copied for every row
NEAR = 32  # prefixes whose lengths differ by less are alike where batches are formed
LEAST = (1024, 128, 32, 8)  # tokens that parting at a place has to save: the best of these is taken
WORTH = 0.6  # a tree that shares prefixes is taken where its work is at most this part of reading all whole


@dataclass(frozen=True)
class Costs:
    """What forward passes cost on a kind of device, and how large they are at most."""

    a_pass: int  # tokens that take as long as a pass takes beside its tokens
    tokens: int  # padded tokens of a pass
    seen: int  # padded tokens of a pass and of its prefixes: one layer's keys and values of these are in memory at once
    held: int  # tokens from which others go on: all keys and values of these are in memory at once

    def at_most(self, tokens: int) -> "Costs":
        """Return the costs of passes of at most so many tokens."""
        part = min(1.0, tokens / self.tokens)
        return Costs(self.a_pass, *(max(1, int(part * each)) for each in (self.tokens, self.seen, self.held)))


CPU = Costs(a_pass=24, tokens=384, seen=8192, held=2048)  # for each thread
ACCELERATOR = Costs(a_pass=2048, tokens=65536, seen=131072, held=16384)  # which waits for launches of kernels


@dataclass(frozen=True)
class Group:
    """Passes, each a batch of reads; and, while their keys and values are held, the groups that go on from them."""

    passes: list[list[int]]
    then: list["Group"]


def best_tree(sequences: Sequence[list[int]], costs: Costs) -> Tree:
    """Return the tree that takes the least work; one that shares prefixes only where it is clearly less."""
    forks = Forks(sequences)
    whole = grow(forks, math.inf)
    trees = [tree for tree in (grow(forks, least) for least in LEAST) if tree.shares]
    best = min(trees, key=lambda tree: work(tree, costs), default=whole)
    return best if work(best, costs) <= WORTH * work(whole, costs) else whole


def work(tree: Tree, costs: Costs) -> float:
    """Return the work of reading a tree, in tokens."""
    passes = passes_of(groups_of(tree, costs))
    return sum(costs.a_pass + len(batch) * _row(_widest(tree, batch)) for batch in passes)


def passes_of(groups: Sequence[Group]) -> Iterator[list[int]]:
    """Yield every pass of groups, in order."""
    for group in groups:
        yield from group.passes
        yield from passes_of(group.then)


def groups_of(tree: Tree, costs: Costs) -> list[Group]:
    """Return the passes that read a tree, in order."""
    return _groups(tree, tree.below, [i for i, read in enumerate(tree.reads) if read.above is None], costs)


def _groups(tree: Tree, below: list[list[int]], reads: list[int], costs: Costs) -> list[Group]:
    found = [Group([batch], []) for batch in batches(tree, [i for i in reads if not below[i]], costs)]
    held: list[list[int]] = []
    waiting = list(batches(tree, [i for i in reads if below[i]], costs))
    for number, batch in enumerate(waiting):
        held.append(batch)
        tokens = sum(len(tree.reads[i].tokens) for each in (*held, *waiting[number + 1 : number + 2]) for i in each)
        if number == len(waiting) - 1 or tokens > costs.held:
            following = [j for each in held for i in each for j in below[i]]
            found.append(Group(held, _groups(tree, below, following, costs)))
            held = []
    return found


def batches(tree: Tree, reads: Sequence[int], costs: Costs) -> Iterator[list[int]]:
    """Yield batches of reads, the longest first, that take nearly the least work: padding against passes."""
    sizes = {i: (len(tree.reads[i].tokens), -(-tree.reads[i].before // NEAR) * NEAR) for i in reads}
    order = sorted(reads, key=lambda i: (-sizes[i][0], -sizes[i][1], i))
    runs = [len(list(run)) for _, run in groupby(order, key=sizes.__getitem__)]
    next_run = [end for end, size in zip(accumulate(runs), runs, strict=True) for _ in range(size)]
    least, stops = [0.0] * (len(order) + 1), [0] * len(order)
    for begin in range(len(order) - 1, -1, -1):
        work, stops[begin] = min(_first_batches(begin, order, sizes, next_run, least, costs))
        least[begin] = work
    begin = 0
    while begin < len(order):
        yield order[begin : stops[begin]]
        begin = stops[begin]


def _first_batches(
    begin: int,
    order: list[int],
    sizes: dict[int, tuple[int, int]],
    next_run: list[int],
    least: list[float],
    costs: Costs,
) -> Iterator[tuple[float, int]]:
    """Yield (work from `begin` on, where the first batch ends), for batches that end with reads of a size, or full."""
    widest, stop, alone = (sizes[order[begin]][0], 0), begin, 0.0
    while stop < len(order):
        size, end = sizes[order[stop]], next_run[stop]
        widest = (widest[0], max(widest[1], size[1]))
        most = begin + max(1, min(costs.tokens // widest[0], costs.seen // sum(widest)))
        if most <= stop:
            return
        alone += (min(end, most) - stop) * _row(size)
        stop = min(end, most)
        work = (stop - begin) * _row(widest)
        yield costs.a_pass + work + least[stop], stop
        if stop < end or work - alone > 2 * costs.a_pass:
            return


def _row(widest: tuple[int, int]) -> float:
    return widest[0] + COPY * widest[1]


def _widest(tree: Tree, batch: list[int]) -> tuple[int, int]:
    """Return the (tokens, tokens before them) to which the rows of a batch are padded."""
    reads = [tree.reads[i] for i in batch]
    return max(len(read.tokens) for read in reads), max(read.before for read in reads)
