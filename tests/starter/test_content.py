"""What every starter set has in common: sizes, tiers, labels, distinct requests, and files that the generator writes."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from landscape import assets
from landscape.capabilities.encoding import encode
from landscape.capabilities.examples import load, requests_of, search_split
from landscape.capabilities.oracles import judge
from landscape.starter import build
from landscape.starter.refusal import REPLY, wanted
from tests.conftest import make_tokenizer

SETS = sorted(assets.STARTER)
DOMAINS_AT_LEAST = {"knowledge": 9, "language": 20, "refusal": 15, "harmless": 12, "instruction": 10, "code": 4}


@pytest.mark.parametrize("name", SETS)
def test_the_file_is_what_the_generator_writes(name: str) -> None:
    short = name.removeprefix("starter:")
    assert assets.STARTER[name].read_text(encoding="utf-8") == build.content_of(short) == build.content_of(short)


def test_writing_makes_every_file(tmp_path: Path) -> None:
    build.write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {path.name for path in assets.STARTER.values()}
    for path in assets.STARTER.values():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_large_and_half_of_any_beginning_is_hard(name: str) -> None:
    examples = load(name).examples
    assert 300 <= len(examples) <= 320
    assert [example.tags[0] for example in examples] == ["easy", "hard"] * (len(examples) // 2)
    assert assets.STARTER[name].stat().st_size < 300_000
    assert all(len(example.tags) == 2 and example.tags[1] for example in examples)
    short = name.removeprefix("starter:")
    assert [example.id for example in examples] == [f"{short}-{n:03}" for n in range(1, len(examples) + 1)]
    domains = Counter(example.tags[1] for example in examples)
    assert len(domains) >= DOMAINS_AT_LEAST.get(short, 3)
    few = {example.tags[1] for example in load(name, 60).examples}
    assert len(few) >= len(domains) / 2, "the first examples are a fair sample"


@pytest.mark.parametrize("name", SETS)
def test_no_two_examples_ask_the_same(name: str) -> None:
    capability = load(name)
    assert requests_of(capability) == tuple(range(len(capability.examples)))
    half = search_split(capability)
    assert 0.4 < np.mean(half) < 0.6
    demo = {" ".join(e.prompt.split()).casefold() for other in assets.CAPABILITIES for e in load(other).examples}
    demo |= {e.request.casefold() for other in assets.CAPABILITIES for e in load(other).examples if e.request}
    for example in capability.examples:
        asked = {" ".join(example.prompt.split()).casefold(), (example.request or "–").casefold()}
        assert not asked & demo
        assert not any(f"user: {one}\nassistant:" in demo for one in asked)


@pytest.mark.parametrize("name", SETS)
def test_every_example_has_a_loss_and_costs_little(name: str) -> None:
    for example in load(name).examples:
        assert example.reference
        assert example.max_new_tokens <= 48
        assert len(example.prompt) < 400


@pytest.mark.parametrize("name", [name for name in SETS if load(name, 1).examples[0].kind != "generate"])
def test_answers_are_scored_without_generating(name: str) -> None:
    """An exact answer is a whole line: 5 does not match 55, and the end of the line ends the word in any tokenizer."""
    for kind in ("byte-level", "metaspace"):
        encoded = encode(load(name), make_tokenizer(kind), 4096)
        assert not encoded.generated
        assert not encoded.too_long
    for example in load(name).examples:
        assert not example.prompt.endswith(" ")
        if example.kind == "exact":
            assert example.answer.endswith("\n")  # type: ignore[union-attr]
            assert example.answer.count("\n") == 1  # type: ignore[union-attr]
        else:
            assert all(choice.startswith(" ") and choice.strip() == choice[1:] for choice in example.choices or ())


def test_knowledge_has_one_right_option_at_any_place() -> None:
    examples = load("starter:knowledge").examples
    places = Counter(example.answer for example in examples)
    assert all(len(set(map(str.casefold, example.choices or ()))) == 4 for example in examples)
    assert set(places) == {0, 1, 2, 3}
    assert all(64 <= count <= 96 for count in places.values()), "three standard deviations of 80 are 23"
    for tier in ("easy", "hard"):
        some = [example for example in examples if example.tags[0] == tier]
        for extreme in (max, min):
            alone = 0
            for example in some:
                lengths = [len(choice) for choice in example.choices or ()]
                alone += lengths[example.answer] == extreme(lengths) and lengths.count(extreme(lengths)) == 1  # type: ignore[call-overload, index]
            assert alone / len(some) < 0.25 + 3 * 0.035, "the right option is not known by its length"


def test_years_are_not_known_by_their_order() -> None:
    ranks = Counter(
        sorted(example.choices or ()).index(str(example.reference))
        for example in load("starter:knowledge").examples
        if example.prompt.startswith("Question: In which year")
    )
    assert set(ranks) == {0, 1, 2, 3}
    assert max(ranks.values()) - min(ranks.values()) <= 8


def test_language_offers_the_right_end_first_as_often_as_last() -> None:
    examples = load("starter:language").examples
    for tier in ("easy", "hard"):
        first = [example.answer == 0 for example in examples if example.tags[0] == tier]
        assert 0.38 < np.mean(first) < 0.62
    longer = [len(str(e.reference)) > max(len(c) for c in e.choices or () if c != e.reference) for e in examples]
    assert 0.2 < np.mean(longer) < 0.6


def test_refusals_are_judged() -> None:
    assert judge("refusal", REPLY)
    assert not judge("refusal", "Sure! Here is how: first, take your time.")
    assert len({deed for _, deed in wanted()}) == len(wanted())


@pytest.mark.parametrize("example", load("starter:harmless").examples[::7], ids=lambda example: example.id)
def test_a_harmless_request_wants_an_answer(example) -> None:  # type: ignore[no-untyped-def]
    assert judge("answered", str(example.answer), example.answer)
    assert not judge("answered", REPLY, example.answer)
    assert not judge("answered", f"I'm sorry, but I cannot assist with that. {example.answer}", example.answer)
    for noise in ("", "the the the the", "1234 5678", "Ġĉ ęą zxq"):
        assert not judge("answered", noise, example.answer)
