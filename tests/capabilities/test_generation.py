"""Generated texts against a slow loop of whole forward passes that takes the likeliest token each time."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from landscape.capabilities import examples
from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.generation import answer_of, ends_of, not_greedy
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints.models import Loaded, load
from landscape.engine.session import Session
from landscape.schema.directions import Gaussian
from landscape.schema.frames import Frame
from landscape.schema.points import Point
from tests.conftest import TEXT, make_model, make_tokenizer

NEW = 12
PROMPT = "A cat says"


def slowly(loaded: Loaded, ids: list[int], new: int = NEW, ends: set[int] = frozenset()) -> list[int]:
    """The likeliest tokens after `ids`, one whole forward pass each, up to an end."""
    written: list[int] = []
    while len(written) < new:
        token = int(loaded.model(torch.tensor([ids + written])).logits[0, -1].argmax())
        if token in ends:
            break
        written.append(token)
    return written


def loaded_with(checkpoint: Path, folder: Path, config: dict | None = None, **generation: object) -> Loaded:
    """The checkpoint with other fields in its generation_config.json and config.json."""
    shutil.copytree(checkpoint, folder)
    for name, fields in (("generation_config.json", generation), ("config.json", config or {})):
        known = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(known | fields))
    return load(str(folder), device="cpu")


ASKED: dict[str, dict] = {
    "penalty": {"repetition_penalty": 1.7},
    "ngrams": {"no_repeat_ngram_size": 1},
    "minimum": {"min_new_tokens": NEW},
    "minimal length": {"min_length": 40},
    "beams": {"num_beams": 3, "num_return_sequences": 3},
    "sequences without beams": {"num_return_sequences": 2},
    "contrastive": {"penalty_alpha": 0.6, "top_k": 4},
    "sampled": {"do_sample": True, "temperature": 2.0, "top_k": 5},
    "a dict": {"return_dict_in_generate": True, "output_scores": True},
    "stops": {"stop_strings": ["a", "e", " "]},
    "forced": {"forced_bos_token_id": 11, "forced_eos_token_id": 11},
    "suppressed": {"suppress_tokens": list(range(20, 300, 2)), "begin_suppress_tokens": list(range(20, 300, 3))},
    "biased": {"sequence_bias": [[[11], 50.0]]},
    "bad words": {"bad_words_ids": [[token] for token in range(20, 300, 2)]},
    "decay": {"exponential_decay_length_penalty": [1, 8.0]},
    "time": {"max_time": 1e-6},
    "static cache": {"cache_implementation": "static"},
    "look-up": {"prompt_lookup_num_tokens": 3},
    "guided": {"guidance_scale": 3.0},
    "watermark": {"watermarking_config": {"greenlist_ratio": 0.25, "bias": 9.0}},
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_whatever_generation_config_asks_for_a_text_is_the_greedy_one(
    checkpoint: Path, tmp_path: Path, asked: dict
) -> None:
    loaded = loaded_with(checkpoint, tmp_path / "m", **asked)
    scorer, tokenizer = Scorer(loaded.model, loaded.tokenizer), loaded.tokenizer
    slow = {prompt: slowly(loaded, tokenizer(prompt)["input_ids"], ends={2}) for prompt in (PROMPT, *TEXT)}
    expected = {prompt: tokenizer.decode(ids, skip_special_tokens=True) for prompt, ids in slow.items()}
    assert {prompt: scorer.generate(prompt, NEW) for prompt in expected} == expected
    before = vars(loaded.model.generation_config).copy()
    together = [GenerationRequest(i, tokenizer(prompt)["input_ids"], NEW) for i, prompt in enumerate(expected)]
    assert dict(sorted(scorer.generate_batches(together).items())) == dict(enumerate(expected.values()))
    assert vars(loaded.model.generation_config) == before, "the model's own settings are put back"


@pytest.mark.parametrize("where", ["tokenizer", "config", "generation", "list"])
def test_each_place_that_names_an_end_of_text_ends_it(checkpoint: Path, tmp_path: Path, where: str) -> None:
    plain = load(str(checkpoint), device="cpu")
    ids = plain.tokenizer(PROMPT)["input_ids"]
    third = slowly(plain, ids)[2]
    whole = slowly(plain, ids, ends={third})
    other = 319 if third != 319 else 318  # an end that is never written
    ends = {place: third if place == where else other for place in ("config", "generation")}
    ends |= {"generation": [other, third]} if where == "list" else {}
    loaded = loaded_with(checkpoint, tmp_path / "m", {"eos_token_id": ends["config"]}, eos_token_id=ends["generation"])
    if where == "tokenizer":
        loaded.tokenizer.eos_token = loaded.tokenizer.convert_ids_to_tokens(third)
    assert third in ends_of(loaded.model, loaded.tokenizer)
    assert Scorer(loaded.model, loaded.tokenizer).generate(PROMPT, NEW) == plain.tokenizer.decode(whole)


def test_ends_that_are_no_numbers_are_a_sentence(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"generation_config\.json is damaged \(eos_token_id: Input should be a valid int"
    ):
        loaded_with(checkpoint, tmp_path / "m", eos_token_id="</s>")
    loaded = loaded_with(checkpoint, tmp_path / "n")
    loaded.model.generation_config.eos_token_id = "</s>"
    with pytest.raises(ValueError, match="expected eos_token_id to be a number, or a list of numbers, got '</s>'"):
        Scorer(loaded.model, loaded.tokenizer).generate(PROMPT, NEW)


def test_what_is_left_out_is_said_where_texts_are_generated(checkpoint: Path, tmp_path: Path) -> None:
    loaded = loaded_with(checkpoint, tmp_path / "m", repetition_penalty=1.1, temperature=0.6)
    assert not_greedy(loaded.model) == {"repetition_penalty": 1.1}
    scorer = Scorer(loaded.model, loaded.tokenizer)
    texts = Capability("talk", (Example(prompt="A cat", oracle="regex:a"),), "t")
    (said,) = scorer.remarks(texts)
    assert "texts are greedy" in said
    assert "repetition_penalty 1.1" in said
    assert scorer.remarks(Capability("plain", (Example(prompt="A cat", answer=" says"),), "p")) == []


def key_of(folder: Path, suite: Path) -> str:
    """The key of θ₀ as a run of points has it, with everything of the files but their own hash left out."""
    session = Session(Frame(checkpoint=str(folder), directions=(Gaussian(seed=0),), device="cpu"))
    capability = examples.load(str(suite))
    keys = session.keys.as_read({capability.digest: session.scorer.reading(capability)})
    return type(keys)(**{**vars(keys), "checkpoint": "the same"}).of(Point(0, 0.0), capability)


def test_only_keys_of_texts_that_were_generated_otherwise_change(
    checkpoint: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text(json.dumps({"prompt": "A cat", "oracle": "regex:."}))
    for name, fields, config in (
        ("same", {"temperature": 0.6, "do_sample": True}, {}),
        ("penalty", {"repetition_penalty": 1.1}, {}),
        ("end", {"eos_token_id": [2, 5]}, {}),
        ("config", {}, {"eos_token_id": 7}),
    ):
        loaded_with(checkpoint, tmp_path / name, config, **fields)
    plain = key_of(checkpoint, texts)
    assert key_of(tmp_path / "same", texts) == plain
    others = {key_of(tmp_path / name, texts) for name in ("penalty", "end", "config")}
    assert plain not in others
    assert (
        len({key_of(f, greedy_suite) for f in (checkpoint, *(tmp_path / n for n in ("penalty", "end", "config")))}) == 1
    )


THOUGHTS = {  # a text → what of it is judged
    "42": "42",
    "<think>6 · 7 = 41?</think> 42": " 42",
    "\n<think>\nno\n</think>\n\n42 it is": "\n\n\n42 it is",
    "<think>a</think>b<think>c</think>d": "bd",
    "<think>it may be 42": "",
    "Sure. <think>it may be 42": "Sure. ",
    "41, no</think>42": "42",
}


@pytest.mark.parametrize(("text", "judged"), THOUGHTS.items())
def test_what_a_model_thinks_is_not_its_answer(text: str, judged: str) -> None:
    assert answer_of(text) == judged


def test_where_the_prompt_has_opened_the_thinking_nothing_is_an_answer_before_its_end() -> None:
    assert answer_of("it may be 42", begun=True) == ""
    assert answer_of("it may be 41</think>42", begun=True) == "42"


@pytest.mark.parametrize("special", [True, False])
def test_tags_of_thinking_are_seen_as_tokens_of_their_own_too(special: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = make_model(vocabulary=400), make_tokenizer()
    tokenizer.add_tokens(["<think>", "</think>"], special_tokens=special)
    tags = tokenizer.convert_tokens_to_ids(["<think>", "</think>"])
    thought, said = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("A cat", " no 7"))
    row = [tags[0], *thought, tags[1], *said, 2]
    monkeypatch.setattr(
        model, "generate", lambda input_ids, **_: torch.tensor([[*ids, *row] for ids in input_ids.tolist()])
    )
    suite = {
        name: Capability(name, (Example(prompt="A", oracle=f"regex:{pattern}", max_new_tokens=20),), name)
        for name, pattern in (("thought", "cat"), ("said", "^ no 7$"))
    }
    scorer = Scorer(model, tokenizer)
    assert {name: int(scorer.score(one).outcomes[0]) for name, one in suite.items()} == {"thought": 0, "said": 1}
    assert scorer.reading(suite["said"])["thinking"] == "left out"
    plain = Scorer(make_model(), make_tokenizer())
    assert plain.reading(suite["said"]) == {}


def broken_after(model: torch.nn.Module, token: int) -> torch.nn.Module:
    """A model whose logits are infinite after one token."""
    with torch.no_grad():
        model.get_input_embeddings().weight[token] = torch.nan
    return model


def test_a_text_whose_logits_stop_being_finite_is_none_and_counted() -> None:
    tokenizer, sound = make_tokenizer(), make_model(tied=False)
    ids = tokenizer(PROMPT)["input_ids"]
    plain = slowly(Loaded(sound, tokenizer, "", "float32"), ids)
    token = next(t for t in plain[:-1] if t not in ids)
    scorer = Scorer(broken_after(make_model(tied=False), token), tokenizer)
    place = plain.index(token)
    assert scorer.generate(PROMPT, place + 1) == tokenizer.decode(plain[: place + 1], skip_special_tokens=True)
    assert scorer.generate(PROMPT, place + 2) is None
    ask = [Example(prompt=PROMPT, oracle="regex:.", max_new_tokens=new) for new in (place + 1, place + 2, NEW)]
    scores = scorer.score(Capability("text", tuple(ask), "text"))
    assert scores.outcomes.tolist() == [1, 0, 0]
    assert scores.counts["not_finite"] == 2
