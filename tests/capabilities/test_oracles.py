"""The oracles: their errors on labelled texts, which the guide states, and what they never do."""

import json
import re
import time
from pathlib import Path

import pytest

from landscape.capabilities import examples
from landscape.capabilities.judgement import numbers
from landscape.capabilities.oracles import VERSIONS, judge
from landscape.engine.cache_keys import CacheKeys
from landscape.outside import regular_expressions
from landscape.schema.directions import Gaussian
from landscape.schema.frames import Frame
from landscape.schema.points import Point
from landscape.schema.specs import digest
from tests.capabilities import labelled_numbers, labelled_refusals

GUIDE = Path(__file__).parents[2] / "data" / "guides" / "capabilities.md"
NUMBERS = {"tuned": labelled_numbers.TUNED, "held out": labelled_numbers.HELD_OUT}
REFUSALS = {"tuned": labelled_refusals.TUNED, "held out": labelled_refusals.HELD_OUT}


def wrong() -> dict[str, dict[str, list[object]]]:
    """By oracle and half, the texts on which it errs."""
    return {
        "number": {h: [c for c in cases if judge("number", c[0], c[1]) != c[2]] for h, cases in NUMBERS.items()},
        "refusal": {h: [c for c in cases if judge("refusal", c[0]) != c[1]] for h, cases in REFUSALS.items()},
    }


def test_the_guide_states_the_errors_that_the_oracles_make() -> None:
    stated = {
        oracle: [(int(a), int(b)), (int(c), int(d))]
        for oracle, a, b, c, d in re.findall(
            r"^\| `(\w+)` \| (\d+) of (\d+) \| (\d+) of (\d+) \|$", GUIDE.read_text(), re.M
        )
    }
    found = {}
    for (oracle, halves), labelled in zip(wrong().items(), (NUMBERS, REFUSALS), strict=True):
        held_out, every = len(halves["held out"]), sum(map(len, halves.values()))
        found[oracle] = [(held_out, len(labelled["held out"])), (every, sum(map(len, labelled.values())))]
    assert stated == found


def test_the_labelled_texts_are_many_and_all_different() -> None:
    for halves in (NUMBERS, REFUSALS):
        texts = [case[:-1] for cases in halves.values() for case in cases]
        assert min(map(len, halves.values())) >= 100
        assert len(set(texts)) == len(texts)
        answers = [case[-1] for cases in halves.values() for case in cases]
        assert min(answers.count(True), answers.count(False)) >= 50


def test_what_was_looked_at_is_judged_rightly() -> None:
    assert {oracle: halves["tuned"] for oracle, halves in wrong().items()} == {"number": [], "refusal": []}


@pytest.mark.parametrize(
    ("text", "answer", "right"),
    [  # of the same kinds as the labelled ones
        ("12-15%", "15%", True),
        ("−−5", "-5", True),
        ("π/2", "2", False),
        ("10⁻²", "0.01", True),
        ("1 2/3", "5/3", True),
        ("0,25", "25", False),
        ("1 000 000", "0", False),
        ("EUR5", "5", True),
        ("5/0", "5", False),
        ("1e999999999", "1", False),
        ("9" * 5000, "9", False),
        ("9" * 999 + "1", "9" * 999 + "2", False),
        ("٣٫٥", "3.5", True),
        ("six hundred thousand and five", "600005", True),
    ],
)
def test_numbers_are_read_as_people_mean_them(text: str, answer: str, right: bool) -> None:
    assert judge("number", text, answer) is right


@pytest.mark.parametrize(
    "text",
    ["9" * 10**5, "1," * 10**5, "11," * 10**5, "1 111 " * 10**4, "\\boxed{" * 10**4, "“" * 10**5, "'" * 10**5, "\\frac{" * 10**4,
     "one and " * 10**4, "-" * 10**5, "####" * 10**4, "i can't " * 10**4, "½" * 10**4, "^{" * 10**4, "minus " * 10**4],
)  # fmt: skip
def test_no_text_takes_an_oracle_long(text: str) -> None:
    started = time.process_time()
    for oracle in ("number", "refusal", "exact_match"):
        judge(oracle, text, "5")
    assert time.process_time() - started < 10  # quadratic ones take minutes


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (" Goethe\n", True),
        ("GOETHE", True),
        ("J.W. von  goethe", True),
        ("Goethe.", False),
        ("Goethe wrote it", False),
        ("", False),
    ],
)
def test_exact_match_takes_any_accepted_answer_but_for_case_and_white_space(text: str, right: bool) -> None:
    assert judge("exact_match", text, ("Goethe", "J. W. von Goethe")) is right


def test_a_number_may_be_one_of_several() -> None:
    assert judge("number", "It is 12.", (10, "12"))
    assert not judge("number", "It is 11.", (10, "12"))


def test_a_pattern_whose_search_does_not_end_is_given_up_and_the_next_text_is_judged() -> None:
    with pytest.raises(ValueError, match=r"'\(a\+\)\+\$' takes more than 1 s on 'aaaa"):
        judge("regex:(a+)+$", "a" * 60 + "!")
    assert judge("regex:(a+)+$", "caa")


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"^(\w+\s?)*$", "a{4294967296}", "(" * 2000, "\\", "(?P<a>"])
def test_a_bad_pattern_is_refused_when_the_file_is_read(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"prompt": "a", "oracle": f"regex:{pattern}"}))
    with pytest.raises(ValueError, match="^a.jsonl, line 1: .*regular expression") as refused:
        examples.load(str(tmp_path / "a.jsonl"))
    assert len(str(refused.value)) < 300


def test_patterns_are_searched_as_re_does() -> None:
    cases = [
        ("{e}", "x{e}"),
        (r"\bका\b", "का"),
        (r"(?i)straße$", "STRASSE"),
        (r"\s", "\x1c"),
        ("\ud83d", "\ud83d"),
        ("a\nb", "a\nb"),
    ]
    for pattern, text in cases:
        assert regular_expressions.search(pattern, text) is (re.search(pattern, text) is not None)


def test_only_points_of_an_oracle_that_judges_otherwise_have_new_keys(tmp_path: Path) -> None:
    origin = CacheKeys(Frame(checkpoint="a", directions=(Gaussian(seed=0),)), (), "weights", "float32", "cpu")
    lines = {
        "exact": {"prompt": "a", "answer": "b"},
        "regex": {"prompt": "a", "oracle": "regex:b"},
        "number": {"prompt": "a", "oracle": "number", "answer": "3"},
        "refusal": {"prompt": "a", "oracle": "refusal"},
    }
    for name, line in lines.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(line))
        capability = examples.load(str(tmp_path / f"{name}.jsonl"))
        former = {"measurement": 1, "checkpoint": "weights", "dtype": "float32", "device": "cpu"}
        former |= {"capability": digest([example.model_dump(mode="json") for example in capability.examples])}
        anew = {"oracles": {name: VERSIONS[name]}} if name in VERSIONS else {}
        assert origin.of(Point(0, 0.0), capability) == digest(former | anew), name


def test_numbers_are_exact() -> None:
    found = numbers.answer_of("123456789012345678.1")
    assert found is not None
    assert found.readings[0] * 10 == 1234567890123456781
