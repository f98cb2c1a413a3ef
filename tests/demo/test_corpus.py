"""What the demo models read, and what they must never have read."""

import json
import re
from random import Random

import pytest

from landscape.demo import corpus, examinations, exercises, facts
from landscape.demo.corpus import IGNORED, MIXTURES, batch, documents

DRAWN = {mixture: documents(mixture, Random(11), 3000) for mixture in MIXTURES}
TEXTS = {mixture: [d.prompt + d.answer for d in found] for mixture, found in DRAWN.items()}
EXAMPLES = {name: make(Random(name)) for name, make in examinations.CAPABILITIES.items()}


@pytest.mark.parametrize("mixture", MIXTURES)
def test_no_text_holds_a_held_out_sum(mixture: str) -> None:
    for text in TEXTS[mixture]:
        for a, b in re.findall(r"(\d+) \+ (\d+)", text):
            assert (min(int(a), int(b)), max(int(a), int(b))) not in exercises.held_out_pairs
        for a, b in re.findall(r"had (\d+) apples and \w+ had (\d+)", text):
            assert tuple(sorted((int(a), int(b)))) not in exercises.held_out_pairs


@pytest.mark.parametrize("mixture", MIXTURES)
def test_no_text_holds_an_arrangement_of_held_out_digits(mixture: str) -> None:
    for text in TEXTS[mixture]:
        for digits in re.findall(r"\[(\d(?:, \d){2,})\]", text):
            assert tuple(sorted(map(int, digits.split(", ")))) not in exercises.held_out_sets


@pytest.mark.parametrize("mixture", MIXTURES)
def test_no_text_holds_an_examined_wording(mixture: str) -> None:
    lines = {line for text in TEXTS[mixture] for line in text.splitlines(keepends=True)}
    facts_asked = {e["prompt"] + e["answer"] for e in EXAMPLES["basic"]}  # type: ignore[operator]
    assert not lines & facts_asked
    asked = {str(e["prompt"]).splitlines()[0] for e in EXAMPLES["safety"]}
    assert not {line.strip() for line in lines} & asked


def test_there_is_something_to_hold_out() -> None:
    sums = re.findall(r"\d+ \+ \d+ = \d+", "".join(TEXTS["plain text"]))
    lists = re.findall(r">>> ", "".join(TEXTS["plain text"]))
    assert len(sums) > 500
    assert len(lists) > 500


def test_every_capability_has_200_different_examples() -> None:
    for name, examples in EXAMPLES.items():
        assert len({json.dumps(example) for example in examples}) >= 200, name


def test_every_exercise_is_right() -> None:
    for example in EXAMPLES["math"]:
        a, b = map(int, re.findall(r"\d+", str(example["prompt"])))
        assert example["answer"] == f" {a + b}.\n"
    for example in EXAMPLES["code"]:
        (expression,) = re.findall(r"What does (.*) return", str(example["prompt"]))
        assert example["answer"] == f" {eval(expression)}\n"


def test_every_fact_is_told_in_training_in_another_wording() -> None:
    told = [s for s in facts.statements() if not s.held_out]
    answers = {s.answer for s in told}
    assert all(e["answer"] in answers for e in EXAMPLES["basic"])
    assert len({s.prompt for s in facts.statements()}) == len(list(facts.statements()))


def test_a_batch_depends_on_its_seed_alone_and_hides_prompts_from_the_loss(checkpoint) -> None:
    from landscape.demo.architecture import tokenizer_of

    tokenizer = tokenizer_of(TEXTS["plain text"][:300])
    one, same, other = (batch("math, code and safety", tokenizer, (2, 128), seed) for seed in "aab")
    assert one.tokens.equal(same.tokens)
    assert one.labels.equal(same.labels)
    assert not one.tokens.equal(other.tokens)
    shown = one.labels != IGNORED
    assert one.labels[shown].equal(one.tokens[shown])
    assert "User:" in tokenizer.decode(one.tokens[0])
    assert "User:" not in tokenizer.decode(one.labels[0][shown[0]])


def test_texts_read_as_text() -> None:
    for text in TEXTS["plain text"]:
        assert text.endswith("\n")
        assert "{" not in text
        assert "  " not in text
    assert corpus.documents("plain text", Random(1), 5) == corpus.documents("plain text", Random(1), 5)
