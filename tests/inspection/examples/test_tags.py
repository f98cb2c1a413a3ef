"""Tags: the table is that of the paired test in each, a planted loss is named, and an A/A inspection names none."""

import math
from pathlib import Path

import numpy as np
import pytest

from landscape.inspection.examples.tags import Tags, tag_changes, tags_of
from landscape.inspection.verdict import verdict_of
from landscape.intervals import dropped_by_more_than, sign_test
from tests.inspection.examples.simulated import evidence_of, spec_of, written

LIMIT, SURE = 0.05, 0.95
KINDS = ("history", "geography", "biology", "sport")


def named_tags(n: int) -> list[tuple[str, ...]]:
    """A topic and a tier of each example, as the starter capabilities have them."""
    return [(KINDS[i % 4], "hard" if i % 2 else "easy") for i in range(n)]


def simulated(seed: int, n: int = 240, planted: str | None = None, share: float = 0.5) -> Tags:
    """A base that is right 9 times of 10, and a fine-tune that answers 1 in 25 otherwise either way; in the planted tag
    it also loses a share of what the base had.
    """
    random, names = np.random.default_rng(seed), named_tags(n)
    quality = random.random(n) < 0.9
    before, after = (np.where(random.random(n) < 0.02, ~quality, quality) for _ in range(2))
    if planted is not None:
        inside = np.array([planted in each for each in names])
        after = np.where(inside & (random.random(n) < share), False, after)
    return tag_changes("math", before.astype(np.uint8), after.astype(np.uint8), names, LIMIT, SURE)


@pytest.mark.parametrize("planted", ["geography", "hard"])
def test_a_planted_loss_in_one_tag_is_named(planted: str) -> None:
    named = [found.driver.tags if (found := simulated(seed, planted=planted)).driver else () for seed in range(100)]
    assert named.count((planted,)) >= 95
    assert "The loss in math is driven by tag “" + planted in simulated(0, planted=planted).sentence


def test_nothing_is_named_where_nothing_was_lost() -> None:
    assert not [
        seed for seed in range(300) if simulated(seed).driver or any(one.shown for one in simulated(seed).changes)
    ]
    assert not [seed for seed in range(100) if simulated(seed, n=24).driver]  # six examples a topic


def test_an_inspection_of_equal_checkpoints_names_no_tag_and_does_not_fail(tmp_path: Path) -> None:
    n = 200
    file = written(tmp_path / "math.jsonl", named_tags(n))
    spec = spec_of(file)
    for seed in range(60):
        random = np.random.default_rng(seed)
        quality = random.random(n) < 0.9
        before, after = (np.where(random.random(n) < 0.02, ~quality, quality).astype(np.uint8) for _ in range(2))
        evidence = evidence_of(file, before, after)
        assert verdict_of(spec, evidence).outcome != "fail"
        (tags,) = tags_of(spec, evidence)
        assert tags.driver is None


def test_a_row_is_the_paired_test_of_its_examples_at_the_corrected_confidence() -> None:
    names = [("a",), ("a", "b"), ("b",), (), ("c", "c")] * 20
    before = np.ones(100, np.uint8)
    after = np.array([i % 5 != 1 or i % 2 for i in range(100)], np.uint8)  # 10 of those with both a and b are lost
    found = tag_changes("math", before, after, names, LIMIT, SURE)
    rows = {one.tag: one for one in found.changes}
    assert {tag: (row.drop.n, row.lost, row.won) for tag, row in rows.items()} == {
        "a": (40, 10, 0), "b": (40, 10, 0), "c": (20, 0, 0),
    }  # fmt: skip
    inside = np.array(["a" in each for each in names])
    expected = dropped_by_more_than(before[inside], after[inside], LIMIT, 1 - 0.05 / 3)
    assert rows["a"].drop == expected
    assert expected.high - expected.low > 0.25  # wider than uncorrected
    assert math.isclose(found.confidence, 1 - 0.05 / 3)
    assert found.untagged == 20
    assert (rows["a"].base, rows["a"].tuned) == (1, 0.75)


def test_two_tags_that_both_lost_drive_nothing_and_tags_of_the_same_examples_are_named_together() -> None:
    names = [("a", "twin") if i < 50 else ("b",) if i < 100 else ("c",) for i in range(200)]
    before = np.ones(200, np.uint8)
    both, one = before.copy(), before.copy()
    both[:25] = both[50:75] = 0
    one[:25] = 0
    assert tag_changes("math", before, both, names, LIMIT, SURE).driver is None
    found = tag_changes("math", before, one, names, LIMIT, SURE)
    assert found.driver is not None
    assert found.driver.tags == ("a", "twin")
    assert "tags “a” and “twin”" in found.sentence


def test_a_tag_of_three_lost_examples_is_not_named_and_a_tag_that_all_have_has_no_rest() -> None:
    names = [("rare",) if i < 3 else ("rest",) for i in range(200)]
    after = np.array([0] * 3 + [1] * 197, np.uint8)
    assert tag_changes("math", np.ones(200, np.uint8), after, names, LIMIT, SURE).driver is None
    every = [("all",)] * 100
    lost = tag_changes("math", np.ones(100, np.uint8), np.zeros(100, np.uint8), every, LIMIT, SURE)
    assert lost.changes[0].shown
    assert lost.driver is None


def test_a_request_that_is_asked_a_hundred_times_counts_once() -> None:
    names = [("a",)] * 100 + [("b",)] * 100
    after = np.array([0] * 100 + [1] * 100, np.uint8)
    requests = [0] * 100 + list(range(100, 200))
    found = tag_changes("math", np.ones(200, np.uint8), after, names, LIMIT, SURE, requests)
    assert found.driver is None
    assert found.changes[0].drop.independent == 1


def test_a_base_that_guesses_has_no_tag_that_drives(tmp_path: Path) -> None:
    names = [("a",) if i < 100 else ("b",) for i in range(400)]
    file = written(tmp_path / "math.jsonl", names)
    before = np.array([i < 2 for i in range(400)], np.uint8)
    (tags,) = tags_of(spec_of(file), evidence_of(file, before, np.zeros(400, np.uint8)))
    assert tags.driver is None


def test_what_lost_in_a_tag_and_gained_elsewhere_is_not_called_a_loss_of_the_whole() -> None:
    names = [("a",) if i < 100 else ("b",) for i in range(400)]
    before = np.array([1] * 100 + [0] * 300, np.uint8)
    found = tag_changes("math", before, 1 - before, names, LIMIT, SURE)
    assert found.sentence.startswith("math lost nothing as a whole, but it did in tag “a”")


@pytest.mark.parametrize(("lost", "won", "chance"), [(0, 0, 1), (3, 0, 1 / 8), (5, 1, 7 / 64), (2.9, 0.1, 0.5), (1000, 0, 2.0**-1000)])  # fmt: skip
def test_the_sign_test_is_exact(lost: float, won: float, chance: float) -> None:
    assert math.isclose(sign_test(lost, won), chance)
