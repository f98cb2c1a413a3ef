"""A base and its fine-tune, and examples on which they agree: what a gate passed yesterday, and what it may meet today."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.conftest import TEXT, make_model, save

EXAMPLES = 120  # so many that a budget takes a look at the first 50 of them
NOISE = 0.1  # of the fine-tune: it agrees with the base on some prompts, and on some it does not


@dataclass(frozen=True)
class Places:
    """What the command names: the same paths on both days."""

    base: Path
    tuned: Path
    kept: Path  # examples that the fine-tune answers as the base does

    def written(self) -> dict[Path, bytes]:
        """Every file, to be put back."""
        files = [*self.base.rglob("*"), *self.tuned.rglob("*"), self.kept]
        return {file: file.read_bytes() for file in files if file.is_file()}

    def restore(self, written: dict[Path, bytes]) -> None:
        """Put back all files with their content."""
        for folder in (self.base, self.tuned):
            folder.unlink() if folder.is_symlink() else shutil.rmtree(folder, ignore_errors=True)
        for file, content in written.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def make_places(folder: Path) -> Places:
    """Base, fine-tune and examples; beside them `harmful`, a checkpoint that lost all, and `lost.jsonl`: examples that
    the base gets right and the fine-tune does not.
    """
    places = Places(save(folder / "base"), folder / "tuned", folder / "kept.jsonl")
    save(places.tuned, noised(NOISE, seed=1))
    save(folder / "harmful", make_model(seed=7))
    prompts = sorted({text[:end][start:] for text in TEXT for end in range(6, len(text)) for start in range(6)})
    prompts = [prompt for prompt in prompts if not prompt.endswith(" ")]  # such a space is read as the answer's
    answered = [answers(each, prompts) for each in (places.base, places.tuned)]
    lines = [
        {"prompt": prompt, "answer": answer, "kept": answer == other}
        for prompt, answer, other in zip(prompts, *answered, strict=True)
        if answer and answer.strip()
    ]
    for name, kept in (("kept", True), ("lost", False)):
        chosen = [{k: v for k, v in line.items() if k != "kept"} for line in lines if line["kept"] == kept][:EXAMPLES]
        assert len(chosen) >= (EXAMPLES if kept else EXAMPLES // 2), f"{len(chosen)} examples {name}"
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, chosen)))
    return places


def noised(scale: float, seed: int) -> torch.nn.Module:
    """The base with noise on every weight."""
    model = make_model()
    torch.manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight += scale * weight.std() * torch.randn_like(weight)
    return model


def answers(folder: Path, prompts: Sequence[str]) -> list[str | None]:
    """What transformers writes next, a token; None where prompt and answer together are other tokens."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    every: dict[str, list[int]] = {prompt: tokenizer(prompt)["input_ids"] for prompt in prompts}
    next_token: dict[str, int] = {}
    for length in set(map(len, every.values())):  # prompts of one length need no padding beside each other
        alike = {prompt: ids for prompt, ids in every.items() if len(ids) == length}
        with torch.no_grad():
            likeliest = model(torch.tensor([*alike.values()])).logits[:, -1].argmax(-1).tolist()
        next_token |= zip(alike, likeliest, strict=True)
    found: list[str | None] = []
    for prompt, ids in every.items():
        token = next_token[prompt]
        answer = tokenizer.decode([*ids, token], skip_special_tokens=True)[len(prompt) :]
        found.append(answer if answer and tokenizer(prompt + answer)["input_ids"] == [*ids, token] else None)
    return found


def share_right(folder: Path, examples: Path) -> float:
    """The score of a checkpoint, with transformers alone: its likeliest text goes on with the answer.

    Where prompt and answer together are other tokens than the prompt and then more, the text is written out.
    """
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    right = []
    for line in map(json.loads, examples.read_text().splitlines()):
        prompt, whole = (tokenizer(text)["input_ids"] for text in (line["prompt"], line["prompt"] + line["answer"]))
        if whole[: len(prompt)] == prompt:
            with torch.no_grad():
                likeliest = model(torch.tensor([whole])).logits[0].argmax(-1).tolist()
            right.append(likeliest[len(prompt) - 1 : len(whole) - 1] == whole[len(prompt) :])
        else:
            ids = torch.tensor([prompt])
            written = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, do_sample=False)
            text = tokenizer.decode(written[0, len(prompt) :], skip_special_tokens=True)
            right.append(text.strip().startswith(line["answer"].strip()))
    return float(np.mean(right))
