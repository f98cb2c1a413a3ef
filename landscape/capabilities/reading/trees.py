"""What has to be read, as a tree: tokens that several sequences begin with are read once. Plain values, no model.

A causal model reads a token by what stands before it alone. So a sequence that another one begins with needs no
reading of its own, and where sequences go different ways, each goes on from the keys and values of what they share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

LEVELS = 4  # of reads that go on from one another, at most: each takes forward passes of its own


@dataclass(frozen=True)
class Read:
    """Tokens that are read at once, after those of the reads above."""

    tokens: Sequence[int]
    before: int  # tokens before them
    above: int | None = None  # the read that ends there


@dataclass(frozen=True)
class Tree:
    """Reads, each after the one above it, and for each sequence the read that holds its last token."""

    reads: list[Read]
    ends: list[int]

    @property
    def shares(self) -> bool:
        """Whether any read goes on from another one."""
        return any(read.above is not None for read in self.reads)

    @property
    def below(self) -> list[list[int]]:
        """The reads that go on from each read."""
        found: list[list[int]] = [[] for _ in self.reads]
        for index, read in enumerate(self.reads):
            if read.above is not None:
                found[read.above].append(index)
        return found

    def path(self, index: int | None) -> list[int]:
        """Return the reads from the beginning of a text to the end of a read."""
        found: list[int] = []
        while index is not None:
            found.append(index)
            index = self.reads[index].above
        return found[::-1]

    def places(self, sequence: int, first: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield (read, place in it) for the tokens of a sequence with the indices from `first` to before `stop`."""
        for index in self.path(self.ends[sequence]):
            read = self.reads[index]
            for place in range(max(first, read.before), min(stop, read.before + len(read.tokens))):
                yield index, place - read.before


@dataclass
class _Node:
    """A place where sequences part, or where one ends."""

    depth: int  # tokens before it
    sequence: int  # one of those that pass through it
    parts: list["_Node"] = field(default_factory=list)


class Forks:
    """Where sequences of tokens (one token or more each) part from one another."""

    def __init__(self, sequences: Sequence[list[int]]) -> None:
        """Sequences that another one begins with part nowhere of their own: they end on that one's way."""
        self.sequences = sequences
        self.order = sorted(range(len(sequences)), key=lambda index: sequences[index])
        self.begun = [sequences[b][: len(sequences[a])] == sequences[a] for a, b in pairwise(self.order)]
        longest = [a for a, begun in zip(self.order, [*self.begun, False], strict=False) if not begun]
        self.root = _Node(0, longest[0])
        open_nodes = [self.root]
        for former, index in zip([None, *longest], longest, strict=False):
            shared = 0 if former is None else _common(sequences[former], sequences[index])
            while open_nodes[-1].depth > shared:
                open_nodes.pop()
            if open_nodes[-1].depth < shared:
                parts = open_nodes[-1].parts
                parts[-1] = _Node(shared, index, [parts[-1]])
                open_nodes.append(parts[-1])
            end = _Node(len(sequences[index]), index)
            open_nodes[-1].parts.append(end)
            open_nodes.append(end)


def grow(forks: Forks, least: float) -> Tree:
    """Return the tree that parts at each fork where that saves reading `least` tokens or more again.

    With `least` infinite, only what another sequence begins with is left out.
    """
    reads: list[Read] = []
    ends = [0] * len(forks.sequences)
    todo: list[tuple[_Node, int | None, int, int]] = [(forks.root, None, 0, 0)]
    while todo:
        node, above, begun, level = todo.pop()
        saved = (node.depth - begun) * (len(node.parts) - 1)
        if not node.parts or (saved >= least and level < LEVELS - 1):
            reads.append(Read(forks.sequences[node.sequence][begun : node.depth], begun, above))
            above, begun, level = len(reads) - 1, node.depth, level + 1
        if not node.parts:
            ends[node.sequence] = len(reads) - 1
        todo += [(part, above, begun, level) for part in reversed(node.parts)]
    _end_shorter(forks, ends, reads)
    return Tree(reads, ends)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences have in common at their beginning, by bisection."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _end_shorter(forks: Forks, ends: list[int], reads: list[Read]) -> None:
    """Let each sequence that the next one in order begins with end where it ends on that one's way."""
    pairs = zip(pairwise(forks.order), forks.begun, strict=True)
    for index, longer in [pair for pair, begun in pairs if begun][::-1]:
        ends[index] = ends[longer]
        while reads[ends[index]].before >= len(forks.sequences[index]):
            ends[index] = reads[ends[index]].above or 0
