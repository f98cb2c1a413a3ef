"""A search for a worst direction on weights of any size: where it begins matters little, and how far it looks follows."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from landscape.checkpoints.models import Pool
from landscape.engine.direction_cache import DirectionCache
from landscape.schema.directions import Worst
from landscape.schema.frames import Frame
from landscape.worst.find import find, key_of
from tests.conftest import TEXT, make_tokenizer, save

SIZES = {"tiny weights": 1 / 32, "as made": 1.0, "large weights": 4096.0}
END = 7.8e-5  # where matrices as made lose their own answers; that of others is in proportion


def of_size(folder: Path, scale: float) -> tuple[Path, Path]:
    """A tiny model with matrices of another size, for which gains of norms make up; and its own answers."""
    save(folder)
    weights = load_file(folder / "model.safetensors")
    scaled = {name: (w * scale if w.ndim > 1 else w / scale).contiguous() for name, w in weights.items()}
    save_file(scaled, folder / "model.safetensors", metadata={"format": "pt"})
    model, tokenizer, lines = AutoModelForCausalLM.from_pretrained(folder), make_tokenizer(), []
    for index in range(64):
        prompt = TEXT[index % len(TEXT)][: 3 + index // 4]
        ids = tokenizer(prompt)["input_ids"]
        token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
        answer = tokenizer.decode([*ids, token], skip_special_tokens=True)[len(prompt) :]
        if answer.strip() and tokenizer(prompt + answer)["input_ids"] == [*ids, token]:
            lines.append(json.dumps({"prompt": prompt, "answer": answer}))
    (folder / "own.jsonl").write_text("\n".join(lines))
    return folder, folder / "own.jsonl"


def end_of_search(folder: Path, suite: Path, cache: Path, alpha: float | None) -> float:
    direction = Worst(capabilities=(str(suite),), steps=12, restarts=1, alpha=alpha)
    frame = Frame(checkpoint=str(folder), directions=(direction,), exclude=("*norm*",), device="cpu")
    pool, found = Pool(), DirectionCache(cache)
    find(frame, pool, found, lambda *said: None)
    end = found.notes(key_of(direction, frame, pool))["ends"]["own"]
    assert end is not None, "it is followed as far as weights of this size make it necessary"
    return float(end)


@pytest.mark.parametrize("size", SIZES)
def test_a_start_a_hundred_times_as_far_or_a_hundredth_as_far_finds_the_same_end(size: str, tmp_path: Path) -> None:
    folder, suite = of_size(tmp_path / "model", SIZES[size])
    expected = END * SIZES[size]
    starts = {"usual": None, "near": expected / 100, "far": expected * 100}
    ends = {name: end_of_search(folder, suite, tmp_path / name, alpha) for name, alpha in starts.items()}
    assert list(ends.values()) == pytest.approx([expected] * 3, rel=0.1)
