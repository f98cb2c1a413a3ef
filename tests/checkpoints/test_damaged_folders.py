"""Damaged checkpoints, by a seed: each is refused in one sentence, or is scored as transformers loads it.

`pytest --fuzz 5000 --fuzz-seed 7` tries more than the few hundred of every run.
"""

import math
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import compatibility, files, models, parameters
from landscape.checkpoints.contents import contents
from landscape.checkpoints.fingerprints import fingerprint
from tests.conftest import make_gpt2, make_model, save
from tests.damage import damage

FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "generation_config.json")
CAPABILITY = Capability("sums", (Example(prompt="2 + 2", answer=" = 4"), Example(prompt="A cat", answer=" says")), "d")
TOKENS = torch.arange(3, 9)[None]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint in one file, the same in shards, and one of another architecture."""
    folder = tmp_path_factory.mktemp("sound")
    return {
        "one": save(folder / "one", make_model()),
        "shards": save(folder / "shards", make_model(), max_shard_size="20KB"),
        "gpt2": save(folder / "gpt2", make_gpt2(), kind="sentencepiece"),
    }


def measured(name: str, beside: str) -> dict[str, Any]:
    """All that a command does with a checkpoint: described, compared by its files, loaded, scored."""
    described = files.describe(name)
    compatibility.mismatches(beside, name)
    loaded = models.load(name, device="cpu")
    counted = parameters.count(parameters.select(loaded.model))
    assert (
        described.parameters
        == counted
        == sum(math.prod(weight.stored.shape) for weight in contents(name).weights.values())
    )
    scorer = Scorer(loaded.model, loaded.tokenizer)
    scores = scorer.score(CAPABILITY)
    scorer.generate("A cat", 2)
    return {"fingerprint": fingerprint(name), "losses": scores.losses, "logits": loaded.model(TOKENS).logits}


def test_a_damaged_checkpoint_is_refused_in_a_sentence_or_scored_as_transformers_loads_it(
    fuzz_seed: int, sound: dict[str, Path], tmp_path: Path
) -> None:
    chance = random.Random(fuzz_seed)
    kind = chance.choice(["one", "one", "gpt2", "shards"])
    folder = Path(shutil.copytree(sound[kind], tmp_path / "damaged"))
    file = chance.choice(("model.safetensors.index.json", "config.json") if kind == "shards" else FILES)
    damage(folder / file, chance)
    try:
        found = measured(str(folder), str(sound[kind]))
    except ValueError as error:
        refusal = str(error)
    else:
        refusal = ""
        expected = AutoModelForCausalLM.from_pretrained(str(folder))
        assert torch.equal(found["logits"], expected(TOKENS).logits)
    assert "\n" not in refusal
    assert len(refusal) < 1000
