"""Scores against `model.generate` and slow, independent computations."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import processors
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from landscape.assets import CAPABILITIES
from landscape.capabilities import examples as capability_examples
from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.scoring import Scorer, Scores
from landscape.checkpoints.models import load
from landscape.schema.results import NOT_SCORED
from tests.conftest import KINDS, TEXT, make_gpt2, make_model, make_tokenizer

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"


def greedy(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompt: str, new: int) -> list[int]:
    """Tokens that `generate` writes after the prompt, one example at a time."""
    return continued(model, [tokenizer(prompt)["input_ids"]], new)[0]


def continued(model: PreTrainedModel, prompts: Sequence[list[int]], new: int) -> list[list[int]]:
    """Tokens that `generate` writes after each of some prompts of one length."""
    ids = torch.tensor(prompts)
    written = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, do_sample=False, pad_token_id=2, eos_token_id=-1
    )
    return written[:, ids.shape[1] :].tolist()


def suite_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, n: int = 24) -> Capability:
    """Prompts of many lengths with the model's own greedy text, every third answer falsified."""
    examples = []
    for index in range(n):
        prompt = TEXT[index % len(TEXT)][: 6 + index].rstrip()  # a space at the end has tests of its own
        full = tokenizer.decode(
            tokenizer(prompt)["input_ids"] + greedy(model, tokenizer, prompt, 3), skip_special_tokens=True
        )
        answer = full[len(prompt) :] if full.startswith(prompt) else ""
        examples.append(
            Example(prompt=prompt, answer=answer if answer.strip() and index % 3 else " cat", max_new_tokens=12)
        )
    return Capability("greedy", tuple(examples), "digest")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [make_model, make_gpt2])
def test_one_pass_is_what_generate_gives(kind: str, make) -> None:
    model, tokenizer = make(), make_tokenizer(kind)
    suite = suite_of(model, tokenizer)
    scored = Scorer(model, tokenizer).score(suite)
    for example, outcome in zip(suite.examples, scored.outcomes, strict=True):
        prompt = tokenizer(example.prompt)["input_ids"]
        joint = tokenizer(example.prompt + str(example.answer))["input_ids"]
        if joint[: len(prompt)] == prompt:
            answer = joint[len(prompt) :]
            assert outcome == (greedy(model, tokenizer, example.prompt, len(answer)) == answer)
    assert 0 < scored.outcomes.sum() < len(suite.examples)


def check_against_generate(name: str, suite: Capability) -> None:
    """Outcomes of exact examples against `generate`, which writes after prompts of one length together: no padding."""
    loaded = load(name)
    scored = Scorer(loaded.model, loaded.tokenizer).score(suite)
    alike = defaultdict(list)  # (tokens of the prompt, tokens of the answer) → examples
    for example, outcome in zip(suite.examples, scored.outcomes, strict=True):
        if example.kind == "exact":
            prompt = loaded.tokenizer(example.prompt)["input_ids"]
            answer = loaded.tokenizer(example.prompt + str(example.answer))["input_ids"][len(prompt) :]
            alike[len(prompt), len(answer)].append((prompt, answer, outcome))
    for (_, new), examples in alike.items():
        prompts, answers, outcomes = zip(*examples, strict=True)
        written = continued(loaded.model, prompts, new)
        assert [text == answer for text, answer in zip(written, answers, strict=True)] == list(outcomes), prompts


@pytest.mark.parametrize("name", CAPABILITIES)
def test_one_pass_is_what_generate_gives_on_every_bundled_example(name: str) -> None:
    check_against_generate("demo:assistant", capability_examples.load(name))


@pytest.mark.skipif(not REAL.is_dir(), reason="needs a pretrained model that others trained")
@pytest.mark.parametrize("suite", ["stories", "sums"])
@pytest.mark.parametrize("model", ["stories260K", "stories260K-sums", "stories260K-lora+{}/models/stories260K"])
def test_one_pass_is_what_generate_gives_on_a_real_pretrained_model(model: str, suite: str) -> None:
    name = f"{REAL}/models/{model.format(REAL)}"
    check_against_generate(name, capability_examples.load(f"{REAL}/capabilities/{suite}.jsonl"))


def test_loss_is_the_mean_nll_of_the_answers_tokens() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    suite = suite_of(model, tokenizer)
    losses = Scorer(model, tokenizer).score(suite).losses
    for example, loss in zip(suite.examples, losses, strict=True):
        start = len(tokenizer(example.prompt)["input_ids"])
        ids = torch.tensor([tokenizer(example.prompt + str(example.answer))["input_ids"]])
        with torch.no_grad():
            logits = model(ids).logits[0]
        slow = functional.cross_entropy(logits[start - 1 : -1], ids[0, start:])
        assert loss == pytest.approx(float(slow), rel=1e-4)


def test_choice_takes_the_highest_length_normalised_likelihood() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    options = (" Paris.", " a cat", " 7 red balls.", " no")
    suite = Capability(
        "c", tuple(Example(prompt=t[:12], choices=options, answer=i % 4) for i, t in enumerate(TEXT)), "d"
    )
    scored = Scorer(model, tokenizer).score(suite)
    singles = [
        Scorer(model, tokenizer).score(Capability(o, tuple(Example(prompt=t[:12], answer=o) for t in TEXT), o)).losses
        for o in options
    ]
    best = np.argmin(np.stack(singles), axis=0)
    assert scored.outcomes.tolist() == [int(best[i] == i % 4) for i in range(len(TEXT))]
    assert scored.losses == pytest.approx([singles[i % 4][i] for i in range(len(TEXT))], rel=1e-4)


def test_a_choice_that_merges_with_the_whole_prompt_is_scored_from_the_beginning_of_a_text() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    tokenizer.backend_tokenizer.post_processor = processors.ByteLevel()  # no <s> in front, as in GPT-2 and Qwen
    ids = {option: tokenizer("T" + option)["input_ids"] for option in ("he", "x")}
    assert len(ids["he"]) == 1
    scorer = Scorer(model, tokenizer)
    loss = scorer.score(Capability("m", (Example(prompt="T", choices=("he", "x"), answer=0),), "m")).losses[0]
    logits = model(torch.tensor([[tokenizer.bos_token_id]])).logits[0].detach()
    assert loss == pytest.approx(float(functional.cross_entropy(logits, torch.tensor(ids["he"]))), rel=1e-5)


def test_generated_text_is_judged_and_does_not_depend_on_its_batch() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    texts = [tokenizer.decode(greedy(model, tokenizer, t[: 5 + 3 * i], 6)) for i, t in enumerate(TEXT)]
    examples = tuple(
        Example(prompt=t[: 5 + 3 * i], oracle="regex:" + re.escape(texts[i][:4]), max_new_tokens=6)
        for i, t in enumerate(TEXT)
    )
    together = Scorer(model, tokenizer).score(Capability("g", examples, "d"))
    alone = Scorer(model, tokenizer, tokens_per_batch=1).score(Capability("g", examples, "d"))
    assert together.outcomes.tolist() == alone.outcomes.tolist()
    assert together.counts["generated"] == len(TEXT)
    assert np.isnan(together.losses).all()


def test_a_text_that_ends_early_is_filled_with_no_token_that_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    tokenizer.pad_token = None  # as GPT-2's, whose token 0 is an exclamation mark
    generate, pads = model.generate, []
    monkeypatch.setattr(
        model, "generate", lambda **how: pads.append(how["generation_config"].pad_token_id) or generate(**how)
    )
    Scorer(model, tokenizer).generate("A cat", 4)
    assert pads == [tokenizer.eos_token_id]


def test_a_text_ends_before_its_first_stop_whatever_stands_beside_it() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    scorer = Scorer(model, tokenizer)
    prompts = [tokenizer(text[:12])["input_ids"] for text in TEXT]
    whole = scorer.generator.texts([GenerationRequest(i, ids, 12) for i, ids in enumerate(prompts)])
    stops = tuple(text[len(text) // 2 :][:1] or "x" for text in whole)
    ended = scorer.generator.texts(
        [GenerationRequest(i, ids, 12, (stops[i], "never")) for i, ids in enumerate(prompts)]
    )
    assert ended == [text.partition(stop)[0] for text, stop in zip(whole, stops, strict=True)]
    assert ended != whole


def test_generation_is_over_when_every_text_has_met_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    passes, forward = [], model.forward
    monkeypatch.setattr(model, "forward", lambda *a, **how: passes.append(1) or forward(*a, **how))
    prompt = tokenizer("A cat says")["input_ids"]
    (text,) = Scorer(model, tokenizer).generator.texts([GenerationRequest(0, prompt, 40)])
    whole, first = len(passes), text.lstrip()[0]
    Scorer(model, tokenizer).generator.texts([GenerationRequest(0, prompt, 40, (first,))])
    assert len(passes) - whole < whole / 2


def test_scores_do_not_depend_on_batches() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    suite = suite_of(model, tokenizer)
    big, small = (Scorer(model, tokenizer, tokens_per_batch=n).score(suite) for n in (4096, 16))
    assert big.outcomes.tolist() == small.outcomes.tolist()
    assert big.losses == pytest.approx(small.losses, rel=1e-4)


def test_out_of_memory_halves_the_batch_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    suite, scorer = suite_of(model, tokenizer), Scorer(model, tokenizer)
    expected = scorer.score(suite)
    forward = model.forward

    def small_memory(input_ids: torch.Tensor, **rest: object) -> object:
        if input_ids.numel() > 100:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(input_ids=input_ids, **rest)

    monkeypatch.setattr(model, "forward", small_memory)
    got = scorer.score(suite)
    assert got.outcomes.tolist() == expected.outcomes.tolist()
    assert scorer.tokens_per_batch < 4096


def test_prompts_longer_than_the_context_are_counted_and_score_zero() -> None:
    model, tokenizer = make_model(context=64), make_tokenizer()
    long = Example(prompt="The capital " * 60, answer=" cat")
    suite = Capability("long", (*suite_of(model, tokenizer, 4).examples, long), "d")
    scored = Scorer(model, tokenizer).score(suite)
    assert scored.counts["too_long"] == 1
    assert scored.outcomes[-1] == 0
    assert np.isnan(scored.losses[-1])


def test_tokens_that_the_model_lacks_are_wrong_input() -> None:
    scorer = Scorer(make_model(vocabulary=100), make_tokenizer())
    with pytest.raises(ValueError, match=r"writes token \d+ for greedy, but the model has only 100"):
        scorer.score(Capability("greedy", (Example(prompt="The capital", answer=" of"),), "d"))


def test_an_answer_cannot_ask_for_an_end_of_text_that_the_tokenizer_lacks() -> None:
    tokenizer = make_tokenizer()
    tokenizer.eos_token = None
    with pytest.raises(ValueError, match="no end-of-text token"):
        Scorer(make_model(), tokenizer).score(Capability("e", (Example(prompt="a", answer="b", eos=True),), "e"))


def test_an_answer_may_ask_for_end_of_text() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    suite = suite_of(model, tokenizer)
    plain = Scorer(model, tokenizer).score(suite)
    ended = tuple(example.model_copy(update={"eos": True}) for example in suite.examples)
    strict = Scorer(model, tokenizer).score(Capability("eos", ended, "eos"))
    assert (strict.outcomes <= plain.outcomes).all()
    assert strict.outcomes.sum() < plain.outcomes.sum()


def test_bundled_capability_files_are_json_lines() -> None:
    for path in CAPABILITIES.values():
        assert all(json.loads(line)["prompt"] for line in path.read_text().splitlines())


def nan_model() -> torch.nn.Module:
    model = make_model()
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    return model


def test_nan_logits_are_wrong_answers_counted_and_never_averaged() -> None:
    tokenizer = make_tokenizer()
    first = tokenizer.decode([0])  # argmax calls NaN the largest: without care this token would be right
    suite = Capability(
        "n", (Example(prompt=TEXT[0], answer=first), Example(prompt="A", choices=(" a", " b"), answer=0)), "d"
    )
    scored = Scorer(nan_model(), tokenizer).score(suite)
    assert scored.outcomes.tolist() == [0, 0]
    assert np.isnan(scored.losses).all()
    assert scored.counts["not_finite"] == 2


def test_a_model_whose_logits_are_nan_writes_nothing() -> None:
    tokenizer = make_tokenizer()
    assert Scorer(nan_model(), tokenizer).generate("A cat", 4) is None
    assert isinstance(Scorer(make_model(), tokenizer).generate("A cat", 4), str)


def test_a_continuation_is_what_generate_gives() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    said = tokenizer.decode(greedy(model, tokenizer, "A cat says", 6), skip_special_tokens=True)
    assert Scorer(model, tokenizer).generate("A cat says", 6) == said


def test_a_prompt_that_leaves_no_room_for_the_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="the prompt has .* tokens: expected at most 32"):
        Scorer(make_model(), make_tokenizer()).generate("word " * 60, 32)


@pytest.mark.parametrize(("right", "floor", "most"), [(1.0, 0.5, 32), (0.0, 0.5, 32), (0.5, 0.5, 256)])
def test_a_comparison_stops_as_soon_as_it_is_clear(
    right: float, floor: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random(256) < right).astype(np.uint8)
    suite = Capability("c", tuple(Example(prompt=f"{i}", answer=".") for i in range(256)), "d")

    def score(self: Scorer, capability: Capability, part: np.ndarray) -> Scores:
        outcomes = np.full(256, NOT_SCORED, np.uint8)
        outcomes[part] = truth[part]
        return Scores(outcomes, np.zeros(256, np.float32), {"too_long": 0, "generated": 0, "not_finite": 0})

    monkeypatch.setattr(Scorer, "score", score)
    found = Scorer(make_model(), make_tokenizer()).compare(suite, floor)
    scored = found.outcomes != NOT_SCORED
    assert scored.sum() == most
    assert (found.outcomes[scored] == truth[scored]).all()


def test_a_part_scores_as_in_the_whole() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    suite = suite_of(model, tokenizer)
    whole, part = (Scorer(model, tokenizer).score(suite, p) for p in (None, np.array([1, 3])))
    assert np.flatnonzero(part.outcomes != NOT_SCORED).tolist() == [1, 3]
    assert part.outcomes[[1, 3]].tolist() == whole.outcomes[[1, 3]].tolist()
