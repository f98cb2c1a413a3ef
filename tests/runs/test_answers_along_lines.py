"""Answers along a line are what transformers writes with the weights of that point, of θ₀, and of the fine-tune."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from landscape.checkpoints.comparison import compare
from landscape.runs import worker
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import ComparisonSpec, SliceSpec
from landscape.store.store import Store
from landscape.ui.examples import ask, place

PROMPTS = ("Once upon", "2 + 2 =", "A cat")


@pytest.mark.parametrize("share", [0.5, 3.0])
def test_the_answers_are_those_of_transformers(checkpoint: Path, finetuned: Path, tmp_path: Path, share: float) -> None:
    base, tuned = (AutoModelForCausalLM.from_pretrained(path).eval() for path in (checkpoint, finetuned))
    whole = compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(finetuned)), lambda *_: None)["alpha"]
    spec = SliceSpec(
        checkpoint=str(checkpoint), directions=(Towards(checkpoint=str(finetuned)),), alphas=(0.0, share * whole),
        capabilities=("basic",), device="cpu",
    )  # fmt: skip
    rows = [
        {"direction": "towards tiny-tuned", "seed": None, "alpha": alpha, "realised_alpha": alpha, "capability": "basic",
         "score": 1.0, "loss": 0.1, "n": 1, "seconds": 0.1}
        for alpha in spec.alphas
    ]  # fmt: skip
    result = Result(spec, tidy(spec, rows), Facts(10, 1.0, {str(finetuned): whole}))
    assert place.fine_tunes(result) == {str(finetuned): Point(0, whole)}
    moved = AutoModelForCausalLM.from_pretrained(checkpoint).eval()
    with torch.no_grad():
        for weight, there in zip(moved.parameters(), tuned.parameters(), strict=True):
            weight += share * (there - weight)
    store, tokenizer = Store(str(tmp_path / "store.sqlite")), AutoTokenizer.from_pretrained(checkpoint)
    texts = []
    for prompt in PROMPTS:
        asked = ask.questions(result, Point(0, share * whole), prompt, str(finetuned))
        found = {}
        for name, question in asked.items():
            run = submit_or_resume(store, question)
            worker.work(store, run_id=run.id)
            found[name] = store.artifact(run.id)
        written = [text_of(model, tokenizer, prompt) for model in (moved, base, tuned)]
        assert [found["here"]["here"], found["here"]["origin"], found["tuned"]["here"]] == written
        assert submit_or_resume(store, asked["here"]).status == "done"  # cached
        texts.append(written)
    assert any(len(set(each)) > 1 for each in texts)


def text_of(model: torch.nn.Module, tokenizer: object, prompt: str) -> str:
    ids = torch.tensor([tokenizer(prompt)["input_ids"]])  # type: ignore[operator]
    out = model.generate(  # type: ignore[operator]
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=ask.TOKENS, do_sample=False, pad_token_id=2
    )
    return str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))  # type: ignore[attr-defined]
