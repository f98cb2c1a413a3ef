"""The plan of what is read: pure values, checked against the sequences they come from."""

import math
import random
from collections.abc import Iterator

import pytest

from landscape.capabilities.reading.batches import ACCELERATOR, CPU, Costs, Group, batches, best_tree, groups_of, work
from landscape.capabilities.reading.trees import LEVELS, Forks, Tree, grow

SMALL = Costs(a_pass=5, tokens=24, seen=90, held=30)


def sequences(seed: int) -> list[list[int]]:
    """Sequences of few kinds of tokens, so that many begin alike, are equal, or begin one another."""
    rng = random.Random(seed)
    shared = [[rng.randrange(3) for _ in range(rng.randrange(1, 20))] for _ in range(3)]
    made = [rng.choice(shared)[: rng.randrange(1, 20)] + [rng.randrange(3) for _ in range(rng.randrange(6))]
            for _ in range(rng.randrange(1, 40))]  # fmt: skip
    return [*made, rng.choice(made)]


def tokens_of(tree: Tree, read: int, stop: int) -> list[int]:
    """All tokens from the beginning of a text up to before a place of a read."""
    *above, last = tree.path(read)
    return [token for index in above for token in tree.reads[index].tokens] + list(tree.reads[last].tokens[:stop])


def passes(groups: list[Group], held: frozenset[int] = frozenset()) -> Iterator[tuple[list[int], frozenset[int]]]:
    """Every pass, with the reads that are held meanwhile."""
    for group in groups:
        for batch in group.passes:
            yield batch, held
        yield from passes(group.then, held | {i for batch in group.passes for i in batch})


@pytest.mark.parametrize("least", [1, 4, 20, math.inf])
@pytest.mark.parametrize("seed", range(25))
def test_every_token_is_predicted_from_exactly_its_own_prefix(seed: int, least: float) -> None:
    wanted = sequences(seed)
    tree = grow(Forks(wanted), least)
    for index, sequence in enumerate(wanted):
        for first in (0, len(sequence) // 2, len(sequence) - 1):
            places = list(tree.places(index, first, len(sequence)))
            assert [tokens_of(tree, read, place + 1) for read, place in places] == [
                sequence[: i + 1] for i in range(first, len(sequence))
            ]
    assert all(read.tokens for read in tree.reads)


@pytest.mark.parametrize("seed", range(25))
def test_no_token_is_read_twice_where_sequences_part_at_every_place(seed: int) -> None:
    wanted = sequences(seed)
    prefixes = {tuple(sequence[: i + 1]) for sequence in wanted for i in range(len(sequence))}
    tree = grow(Forks(wanted), 1)
    read = sum(len(each.tokens) for each in tree.reads)
    deep = max(len(tree.path(end)) for end in tree.ends) == LEVELS
    assert read >= len(prefixes)
    assert read == len(prefixes) or deep


@pytest.mark.parametrize("seed", range(25))
def test_without_parting_only_what_another_one_begins_with_is_left_out(seed: int) -> None:
    wanted = sequences(seed)
    tree = grow(Forks(wanted), math.inf)
    longest = {tuple(a) for a in wanted if not any(len(b) > len(a) and b[: len(a)] == a for b in wanted)}
    assert sorted(tuple(read.tokens) for read in tree.reads) == sorted(longest)
    assert not tree.shares


@pytest.mark.parametrize("costs", [SMALL, CPU, ACCELERATOR, CPU.at_most(1)])
@pytest.mark.parametrize("least", [1, 20, math.inf])
@pytest.mark.parametrize("seed", range(8))
def test_each_read_is_in_one_pass_while_what_stands_before_it_is_held(seed: int, least: float, costs: Costs) -> None:
    tree = grow(Forks(sequences(seed)), least)
    planned = list(passes(groups_of(tree, costs)))
    assert sorted(i for batch, _ in planned for i in batch) == list(range(len(tree.reads)))
    for batch, held in planned:
        assert {above for i in batch for above in tree.path(i)[:-1]} <= held
        reads = [tree.reads[i] for i in batch]
        width, before = max(len(r.tokens) for r in reads), max(r.before for r in reads)
        if len(batch) > 1:
            assert len(batch) * width <= costs.tokens
            assert len(batch) * (width + before) <= costs.seen


def test_what_is_held_is_bounded_unless_a_single_pass_is_more() -> None:
    tree = grow(Forks([[index] * 10 + [100 + option] for index in range(12) for option in range(3)]), 1)
    groups = groups_of(tree, SMALL)
    held = [sum(len(tree.reads[i].tokens) for batch in g.passes for i in batch) for g in groups if g.then]
    assert sum(held) == 120
    assert max(held) <= SMALL.held


def test_four_options_of_one_token_are_one_read() -> None:
    asked = [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]
    tree = best_tree(asked, CPU)
    assert [list(read.tokens) for read in tree.reads] == [[1, 2, 3]]
    assert tree.ends == [0] * 4


def test_options_share_their_prompt_and_questions_their_header() -> None:
    header = list(range(600))
    prompts = [header + [1000 + 50 * q + i for i in range(40)] for q in range(24)]
    tree = best_tree([p + [5000 + o] * (o + 2) for p in prompts for o in range(4)], CPU)
    assert sum(len(read.tokens) for read in tree.reads) == 600 + 24 * (40 + 2 + 3 + 4 + 5)
    assert {len(tree.path(end)) for end in tree.ends} == {3}


def test_short_prompts_of_different_questions_are_read_whole() -> None:
    tree = best_tree([[1, 2, *range(10 * q, 10 * q + 12)] for q in range(1, 30)], CPU)
    assert not tree.shares


def test_one_question_behind_a_header_is_read_whole() -> None:
    assert not best_tree([list(range(600))], CPU).shares
    assert not best_tree([list(range(20)) + [100 + o] * 2 for o in range(4)], CPU).shares, "two passes for 60 tokens"


def test_short_texts_are_not_padded_to_the_longest() -> None:
    tree = grow(Forks([[i] * length for i, length in enumerate((100, 3, 3, 3, 3, 3, 3, 90))]), math.inf)
    found = [sorted(len(tree.reads[i].tokens) for i in batch) for batch in batches(tree, range(8), CPU)]
    assert found == [[90, 100], [3] * 6]
    assert work(tree, CPU) == 2 * 24 + 2 * 100 + 6 * 3


def least_work(lengths: list[int], costs: Costs) -> int:
    """The least work of reading rows of such lengths, the longest first, by trying all ways."""
    if not lengths:
        return 0
    most = max(1, costs.tokens // lengths[0])
    return min(
        costs.a_pass + n * lengths[0] + least_work(lengths[n:], costs) for n in range(1, min(most, len(lengths)) + 1)
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_other_batches_take_much_less_work(seed: int) -> None:
    rng = random.Random(seed)
    lengths = sorted((rng.choice((2, 3, 5, 9, 14)) for _ in range(rng.randrange(1, 11))), reverse=True)
    tree = grow(Forks([[i] * length for i, length in enumerate(lengths)]), math.inf)
    least = least_work(lengths, SMALL)
    assert least <= work(tree, SMALL) <= 1.02 * least


def test_smaller_passes_are_smaller_in_all() -> None:
    half = CPU.at_most(CPU.tokens // 2)
    assert half == Costs(CPU.a_pass, CPU.tokens // 2, CPU.seen // 2, CPU.held // 2)
    assert CPU.at_most(10_000) == CPU
