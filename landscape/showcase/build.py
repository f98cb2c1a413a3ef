"""Train the fine-tunes of the showcase on the real model: LoRA adapters, resumable."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import PreTrainedTokenizerBase

from landscape.checkpoints.models import load
from landscape.demo.build import whole
from landscape.demo.corpus import IGNORED, Batch
from landscape.demo.training import Entry, train
from landscape.showcase.exercises import exercise
from landscape.showcase.stages import CONTEXT, RANK, WINDOWS, Stage


def train_adapter(base: str, stage: Stage, folder: Path, work: Path, advance: Callable[[int, float], None]) -> None:
    """Train one fine-tune of `base` and save its adapter to `folder`, in bfloat16; continues after a kill.

    Args:
        base: a checkpoint's name.
        stage: how it is trained.
        folder: where the adapter lies when it is whole.
        work: where the state of a training that was stopped lies.
        advance: called after each update, with the number of updates done and the loss.
    """
    loaded = load(base, dtype="bfloat16", device="cpu")  # the adapter itself is trained in float32
    model = _with_adapter(loaded.model.train(), stage.seed)

    def batches(update: int) -> Batch:
        return batch_of(loaded.tokenizer, f"{stage.seed}:{update}")

    work.mkdir(parents=True, exist_ok=True)
    state, log = work / f"{stage.name}.state", list[Entry]()
    train(model, batches, stage.schedule, state, f"{base} {RANK} {WINDOWS} {stage}", advance, log=log)
    with whole(folder) as partial:
        (partial / "trainer_state.json").write_text(json.dumps({"log_history": log}, indent=1) + "\n")
        model.to(torch.bfloat16).save_pretrained(str(partial))
        (partial / "README.md").unlink(missing_ok=True)  # peft writes an empty template
        config = json.loads((partial / "adapter_config.json").read_text())
        config |= {"base_model_name_or_path": base, "target_modules": sorted(config["target_modules"])}
        (partial / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    state.unlink(missing_ok=True)


def _with_adapter(model: nn.Module, seed: int) -> nn.Module:
    config = LoraConfig(
        r=RANK,
        lora_alpha=2 * RANK,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return get_peft_model(model, config)


def batch_of(tokenizer: PreTrainedTokenizerBase, seed: str) -> Batch:
    """Return WINDOWS exercises, one a row, padded to CONTEXT tokens: the loss covers the answers and their end."""
    rng = Random(seed)
    tokens = torch.full((WINDOWS, CONTEXT), int(tokenizer.eos_token_id))
    labels = torch.full((WINDOWS, CONTEXT), IGNORED)
    for row in range(WINDOWS):
        document = exercise(rng)
        seen = len(tokenizer(document.prompt)["input_ids"])
        ids = torch.tensor(tokenizer(document.prompt + document.answer)["input_ids"][:CONTEXT])
        tokens[row, : len(ids)] = ids
        labels[row, seen : len(ids)] = ids[seen:]
    return Batch(tokens, labels)
