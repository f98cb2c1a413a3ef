"""Answers that share what they begin with, against reading each of them alone, whole, without a cache."""

import random
import warnings
from typing import Any

import peft
import pytest
import torch
from torch.nn import functional

from landscape.capabilities.encoding import TeacherForced
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.reading.answers import AnswerReader, AnswerScore
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints.adapters.virtual_tokens import prepend
from tests.capabilities.reading.architectures import BY_LENGTH, CACHED, RECURRENT, WINDOW, made
from tests.conftest import TEXT, make_model, make_tokenizer


def answers(questions: int = 9, header: int = 24) -> list[TeacherForced]:
    """Questions of many lengths behind one header, with four options of one token each, or of one to four."""
    rng = random.Random(0)
    draw = lambda n: [rng.randrange(3, 320) for _ in range(n)]  # noqa: E731
    begun, found = draw(header), []
    for question in range(questions):
        prompt = begun + draw(5 + question)
        options = [draw(1 + (question + option) % 4 * (question % 3 > 0)) for option in range(4)]
        found += [TeacherForced(question, prompt + each, len(prompt), not o) for o, each in enumerate(options)]
    return found


ANSWERS = answers()
LORA = peft.LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, fan_in_fan_out=True)


def slow(model: Any, answer: TeacherForced) -> AnswerScore:
    """The score of one answer, read alone."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([answer.ids])).logits[0, -len(answer.ids) :].float()
    told, target = logits[answer.start - 1 : -1], torch.tensor(answer.ids[answer.start :])
    greedy = bool((told.argmax(-1) == target).all())
    return AnswerScore(float(functional.cross_entropy(told, target)), len(target), greedy)


def with_adapter(model: Any, config: peft.PeftConfig) -> Any:
    with warnings.catch_warnings(action="ignore"):  # peft asks transformers for what will have another name
        return peft.get_peft_model(model, config).eval()


def read(reader: AnswerReader, asked: list[TeacherForced] = ANSWERS) -> list[AnswerScore]:
    with torch.inference_mode():
        return reader.scores(asked, len(asked), 2048)


def assert_equal(found: list[AnswerScore], model: Any, asked: list[TeacherForced] = ANSWERS) -> None:
    expected = [slow(model, answer) for answer in asked]
    assert [score.nll for score in found] == pytest.approx([score.nll for score in expected], rel=1e-5)
    assert [(s.tokens, s.greedy) for s in found] == [(s.tokens, s.greedy) for s in expected]


def tokens_read(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tokens of each forward pass from now on, without padding: no text has the token 0."""
    seen: list[int] = []
    forward = model.forward

    def counted(*args: Any, **how: Any) -> Any:
        seen.append(int((how["input_ids"] != 0).sum()))
        return forward(*args, **how)

    monkeypatch.setattr(model, "forward", counted)
    return seen


@pytest.mark.parametrize("name", CACHED)
def test_scores_are_those_of_each_answer_alone(name: str) -> None:
    model = made(name)
    reader = AnswerReader(model)
    assert max(len(answer.ids) for answer in ANSWERS) > 4 * WINDOW
    assert_equal(read(reader), model)
    assert not reader.whole
    assert reader.equal_up_to == {False: 0, True: max(len(answer.ids) for answer in ANSWERS)}
    assert reader.passes.narrow
    assert_equal(read(reader), model)  # without the trial


@pytest.mark.parametrize("name", RECURRENT)
def test_a_model_that_goes_on_from_no_prefix_reads_all_whole(name: str) -> None:
    model = made(name)
    reader = AnswerReader(model)
    assert_equal(read(reader), model)
    assert reader.whole


@pytest.mark.parametrize("name", BY_LENGTH)
def test_positions_that_turn_by_the_length_of_a_batch_are_shared_by_no_other(name: str) -> None:
    assert AnswerReader(made(name)).whole


def test_it_says_so_where_that_costs_time() -> None:
    model, tokenizer = made("Mamba"), make_tokenizer()
    header = " ".join(TEXT)
    asked = tuple(Example(prompt=f"{header} {i}:", choices=(" a cat", " a dog says"), answer=0) for i in range(6))
    few_shot = Capability("few-shot", asked, "few-shot")
    plain = Capability("plain", (Example(prompt="A cat", answer=" says"),), "plain")
    for model, said in ((made("Mamba"), True), (made("Llama"), False)):
        scorer = Scorer(model, tokenizer)
        scorer.score(few_shot)
        assert scorer.remarks(few_shot) == (
            [
                "few-shot: what prompts share is read anew for each, since this model cannot go on from it as if read whole"
            ]
            * said
        )
        assert scorer.remarks(plain) == []
        assert scorer.reading(few_shot) == {"prefixes": 1}
        assert scorer.reading(plain) == {}


@pytest.mark.parametrize("kind", ["prompt", "prefix"])
@pytest.mark.parametrize("ours", [True, False])
def test_virtual_tokens_are_read_before_every_answer(kind: str, ours: bool) -> None:
    settings: dict[str, Any] = {"num_virtual_tokens": 4, "task_type": "CAUSAL_LM"}
    config = peft.PromptTuningConfig(**settings) if kind == "prompt" else peft.PrefixTuningConfig(**settings)
    adapted = with_adapter(made("Llama"), config)
    expected = [slow(adapted, answer).nll for answer in ANSWERS]
    reader = AnswerReader(prepend(adapted) if ours else adapted)
    assert reader.whole
    assert [score.nll for score in read(reader)] == pytest.approx(expected, rel=1e-5)


def test_an_adapter_that_is_not_merged_shares_prefixes_too() -> None:
    adapted = with_adapter(made("GPT-2"), LORA)
    reader = AnswerReader(adapted)
    assert_equal(read(reader), adapted)
    assert not reader.whole


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_half_precision_losses_differ_by_its_rounding(dtype: torch.dtype) -> None:
    """Near ties may fall either way there, so outcomes need not be equal; which token is read after which is."""
    model = made("Llama").to(dtype)
    reader = AnswerReader(model)
    found, expected = read(reader), [slow(model, answer) for answer in ANSWERS]
    assert not reader.whole
    assert [score.nll for score in found] == pytest.approx([score.nll for score in expected], rel=0.05, abs=0.05)


def test_a_model_that_reads_after_a_prefix_otherwise_is_found_out() -> None:
    model = made("Llama")
    expected = [slow(model, answer) for answer in ANSWERS]
    forward = model.forward

    def another(*args: Any, **how: Any) -> Any:
        found = forward(*args, **how)
        if how.get("use_cache") and how["past_key_values"].get_seq_length():
            found.logits = found.logits + torch.linspace(0, 1, 320)
        return found

    model.forward = another
    reader = AnswerReader(model)
    assert [score.nll for score in read(reader)] == pytest.approx([score.nll for score in expected], rel=1e-5)
    assert reader.whole


def test_a_model_that_is_wrong_only_after_padded_prefixes_is_found_out_when_there_are_some() -> None:
    model = made("Llama")
    alike = [answer for answer in ANSWERS if len(answer.ids) - answer.start == 1]  # questions behind a header
    expected = [slow(model, answer) for answer in ANSWERS]
    forward = model.forward

    def another(*args: Any, **how: Any) -> Any:
        how.pop("attention_mask", None)  # as a model that knows of none
        return forward(*args, **how)

    model.forward = another
    reader = AnswerReader(model)
    assert_equal(read(reader, alike), made("Llama"), alike)
    assert not reader.whole
    assert reader.equal_up_to[True] == 0
    assert [score.nll for score in read(reader)] == pytest.approx([score.nll for score in expected], rel=1e-5)
    assert reader.whole


def test_nothing_is_concluded_from_scores_that_are_not_finite() -> None:
    model = made("Llama")
    weight = model.model.norm.weight
    kept = weight.clone()
    weight.fill_(float("nan"))
    reader = AnswerReader(model)
    assert not any(score.finite for score in read(reader))
    assert (reader.whole, reader.equal_up_to) == (False, {False: 0, True: 0})
    weight.copy_(kept)
    assert_equal(read(reader), model)
    assert reader.equal_up_to[True]


def test_an_overflow_of_one_example_spoils_no_other() -> None:
    model = made("Llama")
    broken = ANSWERS[5].ids[ANSWERS[5].start - 1]  # the last token of one question
    touched = [broken in answer.ids[:-1] for answer in ANSWERS]
    assert 0 < sum(touched) < len(ANSWERS) // 2
    reader = AnswerReader(model)
    read(reader)
    model.model.embed_tokens.weight[broken] = float("inf")
    head = model.lm_head.weight
    model.lm_head.weight = torch.nn.Parameter(head.nan_to_num(0, 0, 0), requires_grad=False)
    assert [score.finite for score in read(reader)] == [not each for each in touched]


def test_a_longer_answer_is_tried_anew() -> None:
    reader = AnswerReader(made("Llama"))
    read(reader)
    longer = answers(header=100)
    assert_equal(read(reader, longer[:20]), reader.passes.model, longer[:20])
    assert reader.equal_up_to[True] == max(len(answer.ids) for answer in longer[:20])


def test_options_are_read_once_behind_a_prompt_and_questions_behind_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made("Llama")
    reader = AnswerReader(model)
    read(reader)
    seen = tokens_read(model, monkeypatch)
    read(reader)
    prefixes = {tuple(a.ids[:stop]) for a in ANSWERS for stop in range(1, len(a.ids))}
    assert sum(seen) == len(prefixes)
    assert sum(len(answer.ids) - 1 for answer in ANSWERS) > 5 * len(prefixes)


def test_four_options_of_one_token_take_one_row_and_one_place_of_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made("Llama")
    asked = [TeacherForced(0, [5, 6, 7, 8, option], 4, option == 20) for option in (20, 30, 40, 50)]
    reader = AnswerReader(model)
    assert_equal(read(reader, asked), model, asked)
    seen, rows = tokens_read(model, monkeypatch), []
    model.lm_head.register_forward_hook(lambda module, inputs, output: rows.append(output.shape[:2].numel()))
    read(reader, asked)
    assert (seen, rows) == ([4], [1])


def test_scores_differ_by_rounding_alone_when_memory_runs_out() -> None:
    model, tokenizer = make_model(context=256), make_tokenizer()
    header = " ".join(TEXT)[:120]
    asked = tuple(Example(prompt=f"{header} {i}:", choices=(" a cat", " a dog says"), answer=0) for i in range(12))
    suite, scorer = Capability("few-shot", asked, "few-shot"), Scorer(model, tokenizer)
    expected = scorer.score(suite)
    assert not scorer.reader.whole
    forward = model.forward

    def small_memory(input_ids: torch.Tensor, **rest: Any) -> Any:
        if len(input_ids) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(input_ids=input_ids, **rest)

    model.forward = small_memory  # type: ignore[method-assign]
    found = scorer.score(suite)
    assert found.outcomes.tolist() == expected.outcomes.tolist()
    assert found.losses == pytest.approx(expected.losses, rel=1e-5)
    assert scorer.tokens_per_batch < 512


def test_a_head_of_another_kind_is_applied_at_all_places() -> None:
    model = made("Llama")
    forward = model.forward

    def turned(*args: Any, **how: Any) -> Any:  # each place's logits depend on how many there are
        found = forward(*args, **how)
        found.logits = found.logits + found.logits.shape[1]
        found.logits[..., 0] += found.logits.shape[1]
        return found

    model.forward = turned
    reader = AnswerReader(model)
    assert reader.passes.narrow == []
    assert reader.passes.logits([[5, 6, 7]], [0, 0], [0, 2]).shape == (2, 320)
