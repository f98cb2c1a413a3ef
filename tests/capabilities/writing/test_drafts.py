"""Which texts are drafts, how far away they are, and how many of their tokens are read."""

import math

import pytest

from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.writing.drafts import POINTS, Acceptance, Drafts, Lookup, best_width

ASKED = GenerationRequest(0, [5, 6], 8)


def test_the_nearest_text_comes_first_and_theta_0_is_always_there() -> None:
    drafts = Drafts()
    for place, text in (({}, (1,)), ({0: 0.1}, (2,)), ({0: 0.3}, (3,)), ({1: 0.31}, (4,))):
        drafts.place = place
        drafts.keep(ASKED, text)
    drafts.place = {0: 0.28}
    found = drafts.nearest(ASKED)
    assert [text for _, text in found] == [(3,), (2,), (1,), (4,)]
    assert [distance for distance, _ in found] == pytest.approx([0.02, 0.18, 0.28, math.hypot(0.28, 0.31)])
    drafts.place = {0: -0.1}
    assert [text for _, text in drafts.nearest(ASKED)][0] == (1,)
    assert drafts.nearest(GenerationRequest(1, [5, 7], 8)) == []


def test_few_points_are_remembered_and_theta_0_for_ever() -> None:
    drafts = Drafts()
    for step in range(3 * POINTS):
        drafts.place = {0: float(step)} if step else {}
        drafts.keep(ASKED, (step,))
    remembered = sorted(text[0] for _, text in drafts.nearest(ASKED))
    assert remembered == [0, *range(3 * POINTS - POINTS + 1, 3 * POINTS)]


def test_nothing_is_remembered_where_nobody_says_where_the_weights_are() -> None:
    drafts = Drafts()
    drafts.keep(ASKED, (1,))
    drafts.place = {}
    assert drafts.nearest(ASKED) == []
    assert drafts.usual_length(ASKED) == 8
    drafts.keep(ASKED, (1, 2))
    assert drafts.usual_length(ASKED) == 2
    drafts.place = None
    assert drafts.nearest(ASKED) == []


def worth(chances: list[float], width: int, a_pass: int) -> float:
    """Tokens that reading a draft of some width saves, computed token by token."""
    saved = a_pass * sum(math.prod(chances) ** place for place in range(1, width + 1))
    return saved - sum(1 - chance**place for chance in chances for place in range(1, width + 1))


@pytest.mark.parametrize(("rows", "chance"), [(1, 0.5), (1, 0.95), (10, 0.9), (10, 0.995), (32, 0.5), (32, 0.999)])
def test_as_many_drafted_tokens_are_read_as_save_the_most(rows: int, chance: float) -> None:
    found = best_width([chance] * rows, 13, 0.0)
    values = [worth([chance] * rows, width, 13) for width in range(65)]
    assert found == max(range(65), key=values.__getitem__)


def test_drafts_are_switched_off_where_they_do_not_pay() -> None:
    assert best_width([0.5] * 32, 13, 0.0) == 0
    assert best_width([0.5], 13, 0.0) > 0
    assert best_width([0.5], 13, 100.0) == 0
    bad = Acceptance(0.1)
    for _ in range(30):
        bad.add(0, 4)
    assert best_width([bad.chance] * 10, 13, 0.0) == 0
    drafts = Drafts()
    drafts.learn(bad, 0.01)
    assert drafts.expected(0.01).chance < 0.2
    assert drafts.expected(0.0001).chance > drafts.expected(0.01).chance
    assert drafts.expected(0.0).chance > 0.99


def test_what_followed_the_last_tokens_is_found_again_in_the_likeliest_source() -> None:
    lookup = Lookup([[1, 2, 3, 4], [9, 1, 2, 3, 7, 8, 6]])
    assert lookup.following([0, 1, 2, 3], 2) == [7, 8]
    assert lookup.following([2, 3, 7], 9) == [8, 6]
    assert lookup.following([2, 3, 9], 9) == []
    assert lookup.following([3], 9) == []
