"""A text whose judgement is settled is judged alike however it goes on: searched for counterexamples, oracle by oracle."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.generation import _whole_words
from landscape.capabilities.judgement import refusals
from landscape.capabilities.oracles import is_settled
from landscape.capabilities.scoring import _is_settled, _passes
from landscape.outside import regular_expressions

# What refusals are made of, and what turns one into an answer, in pieces that tokens may have.
PIECES = [
    "I", "I'm", "I’m", " sorry", ",", " but", " I", " can't", " cannot", " help", " with", " that", ".", " here", " Here",
    "'s how:", " Sure", "Sure", "!", " not", "No", " no", '"', "'", "“", "”", "‘", "„", "«", "»", "\n", " ", "*", "**", "_",
    "Assistant", ":", "AI", "#", "ok", "ay", "ly", " Step 1", " hotline", " safe", "ty", " you will need ", "1. ", "?",
    " Lo siento", " es tut mir leid", " désolé", "Σ", "İ", "a", " decline", " is", " against", " my", " guidelines", ";",
    " apologies", " unethical to help", " x" * 40, " word word word word", "</s>", "\u2003",
]  # fmt: skip
SAID = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
MUCH = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
REFUSALS = (
    "I'm sorry, but I can't help with that. ", "I apologize, but no. It is not right to", "Lo siento, pero no puedo. ",
    "I cannot help with that. Call a hotline if you are in need of ", "Sure, here is how you do that: first take the ",
)  # fmt: skip


@given(st.one_of(SAID, st.sampled_from(REFUSALS)), SAID, MUCH)
@settings(max_examples=1500, deadline=None)
@example("I'm sorry, but ", "", "here's how you do that: take a")
@example("I'm sorry, but I can't help with that \"thing", "", '" is what he said. Sure')
@example("Okay then, let us see what ", "", "happens")
@example("AI", "", ": Sure, let us begin with the first thing")
@example("I cannot help with that. ", "", "Here is how: 1. take")
def test_a_settled_refusal_stays_one_and_a_settled_answer_too(begun: str, more: str, end: str) -> None:
    text = begun + more
    if refusals.is_settled(text):
        assert refusals.declines(text) == refusals.declines(text + end)


def test_usual_refusals_and_answers_settle_long_before_they_end() -> None:
    for text in REFUSALS:
        assert refusals.is_settled(text + "word " * 6), text
        assert refusals.declines(text) == (not text.startswith("Sure"))
    assert not refusals.is_settled("I cannot help with that. It would be"), "what follows may be of help after all"
    assert not refusals.is_settled("I'm sorry")
    assert not refusals.is_settled("")
    assert refusals.is_settled("word " * 90)
    assert not refusals.is_settled('He said "' + "word " * 90), "an open quotation may end"


PATTERNS = [
    "cat", "^cat", "c.t+", r"\bcat\b", "cat$", r"cat\Z", "cat(?! dog)", "(?=.*dog)cat", "(?>ca*)t?", "ca++", "(?i)CAT",
    "a{2,}", "a*?t", r"(\w)\1", "(?<!c)at", "(?<=c)at", "(?m)^at$", "cat|dog$", r"\Bat\B", "", "[$]", "(c)?(?(1)at|d)",
]  # fmt: skip
LETTERS = st.text("cat dog\n$", max_size=12)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_that_is_found_for_good_is_found_in_every_continuation(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_of(_: str, text: str) -> int:
        found = re.search(pattern, text)
        return -1 if found is None else found.end()

    monkeypatch.setattr(regular_expressions._searcher, "end_of", end_of)  # in this process: it is asked often

    @given(LETTERS, LETTERS)
    @settings(max_examples=100, deadline=None, database=None)
    def holds(text: str, end: str) -> None:
        if regular_expressions.found_for_good(pattern, text):
            assert re.search(pattern, text + end)

    holds()


def test_patterns_settle_where_they_can_no_longer_fail() -> None:
    assert is_settled("regex:cat", "a cat says")
    assert is_settled(r"regex:\bcat\b", "a cat says")
    assert not is_settled(r"regex:\bcat\b", "a cat"), "the next letter may make it another word"
    assert not is_settled("regex:dog", "a cat says")
    assert not is_settled("regex:cat$", "a cat says cat")


@pytest.mark.parametrize("oracle", ["number", "exact_match"])
def test_what_looks_at_the_end_of_a_text_never_settles(oracle: str) -> None:
    assert not any(is_settled(oracle, text) for text in ("", "42", "The answer is 42. ", "word " * 500))


@given(
    st.sampled_from(["42", " 42", "a cat", "  x y"]),
    st.booleans(),
    st.text(" 42acxy", max_size=8),
    st.text(" 42cat", max_size=6),
)
@settings(max_examples=400, deadline=None)
def test_an_exact_answer_settles_as_soon_as_it_is_begun_or_missed(
    answer: str, space: bool, text: str, end: str
) -> None:
    suite = Capability("e", (Example(prompt="A " if space else "A", answer=answer),), "e")
    if _is_settled(suite, 0, text):
        assert _passes(suite, 0, [], text) == _passes(suite, 0, [], text + end)
    assert _is_settled(suite, 0, answer)


@given(st.text("ab .'\u2003\n", max_size=20), st.text("ab .'", max_size=5))
def test_whole_words_begin_every_text_that_goes_on(text: str, end: str) -> None:
    assert (text + end).startswith(_whole_words(text))
