"""What a model says to chosen examples agrees with how each was judged, in files of ours and in tasks of lm-eval."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from landscape.capabilities import examples as capability_examples
from landscape.capabilities import lm_eval_files
from landscape.capabilities.scoring import Scorer
from landscape.capabilities.writing.responses import NOT_FINITE, TOO_LONG, respond
from tests.capabilities.lm_eval_files import CHOICE, LIKELIHOOD, NORMED, TEXT, make_task
from tests.conftest import make_gpt2, make_model, make_tokenizer


def said_by(scorer: Scorer, capability: capability_examples.Capability, *wanted: int) -> dict[int, dict[str, Any]]:
    reported: list[int] = []
    found = respond(scorer, capability, wanted, lambda known: reported.append(len(known)))
    assert list(found) == list(wanted)
    assert reported[-1] == len(wanted)
    return found


@pytest.mark.parametrize("config", [CHOICE, NORMED], ids=["acc", "acc_norm"])
def test_the_preferred_option_of_a_task_is_the_right_one_where_it_was_judged_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]
) -> None:
    monkeypatch.setenv(lm_eval_files.FOLDER, str(tmp_path))
    capability = capability_examples.load(f"lm_eval:{make_task(tmp_path, 'choice', config).stem}")
    scorer = Scorer(make_gpt2(), make_tokenizer())
    outcomes = scorer.score(capability).outcomes
    found = said_by(scorer, capability, *range(len(outcomes)))
    right = [found[index]["option"] == example.answer for index, example in enumerate(capability.examples)]
    assert right == outcomes.astype(bool).tolist()
    assert 0 < sum(right) < len(right)


@pytest.mark.parametrize("config", [TEXT, LIKELIHOOD], ids=["text", "likelihood"])
def test_texts_of_a_task_are_those_that_it_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]
) -> None:
    monkeypatch.setenv(lm_eval_files.FOLDER, str(tmp_path))
    capability = capability_examples.load(f"lm_eval:{make_task(tmp_path, 'task', config).stem}")
    scorer = Scorer(make_model(), make_tokenizer())
    encoded, found = scorer.encode(capability), said_by(scorer, capability, 2, 0)
    if config is TEXT:
        whole = scorer.generate_batches(encoded.generated)
        assert {index: one["text"] for index, one in found.items()} == {index: whole[index] for index in (2, 0)}
        return
    outcomes = scorer.score(capability).outcomes
    for index, one in found.items():
        assert one["text"].startswith(str(capability.examples[index].reference)) == bool(outcomes[index])


def test_what_overflows_or_does_not_fit_is_said_to_lack_an_answer(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    lines = [
        {"prompt": "2 + 2 =", "answer": " 4"}, {"prompt": "2 + 2 = 4. " * 40, "answer": " 5"},
        {"prompt": "A cat", "choices": [" says", " is"], "answer": 0},
    ]  # fmt: skip
    file.write_text("\n".join(map(json.dumps, lines)))
    capability, model = capability_examples.load(str(file)), make_model()
    found = said_by(Scorer(model, make_tokenizer()), capability, 1, 2, 0)
    assert (found[1], set(found[2]), set(found[0])) == ({"lacking": TOO_LONG}, {"option"}, {"text"})
    with torch.no_grad():
        next(iter(model.parameters())).fill_(float("nan"))
    broken = said_by(Scorer(model, make_tokenizer()), capability, 0, 1, 2)
    assert broken == {0: {"lacking": NOT_FINITE}, 1: {"lacking": TOO_LONG}, 2: {"lacking": NOT_FINITE}}
