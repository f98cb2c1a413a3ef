"""Train the fine-tunes of the showcase on the real model: LoRA adapters, resumable."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from rich.console import Console
from transformers import PreTrainedTokenizerBase

from landscape.bundled.real_specs import BASE, QUANTISED, TUNED
from landscape.checkpoints.files import showcase_folder
from landscape.checkpoints.models import load, load_model
from landscape.demo.build import only_one, progress_bar, threads, whole
from landscape.demo.corpus import IGNORED, Batch
from landscape.demo.training import Entry, train
from landscape.showcase.exercises import exercise
from landscape.showcase.fetching import fetch
from landscape.showcase.quantising import quantise
from landscape.showcase.stages import CONTEXT, RANK, STAGES, WINDOWS, Stage


def folder_of_work() -> Path:
    """Return where everything of the showcase lies that does not ship."""
    return showcase_folder(BASE, built=False).parent


def build(console: Console | None = None) -> None:
    """Fetch the base, and train the adapters that are missing. A build that was killed goes on where it was.

    Raises:
        ValueError: the base cannot be fetched; another build is at work.
    """
    work = folder_of_work()
    work.mkdir(parents=True, exist_ok=True)
    with only_one(work), progress_bar(console) as progress:
        task = progress.add_task("fetching the model", total=sum(stage.schedule.updates for stage in STAGES))
        fetch(showcase_folder(BASE, built=False))
        for number, stage in enumerate(STAGES):
            before = sum(earlier.schedule.updates for earlier in STAGES[:number])
            progress.update(task, description=stage.name, completed=before)

            def advance(count: int, _loss: float, before: int = before) -> None:
                progress.update(task, completed=before + count)

            folder = showcase_folder(stage.checkpoint, built=False)
            if not folder.is_dir():
                with threads(1):  # the order of a sum, and so its rounding, depends on it
                    train_adapter(BASE, stage, folder, work, advance)
        quantised = showcase_folder(QUANTISED, built=False)
        if not quantised.is_dir():
            progress.update(task, description="quantising")
            base = next(showcase_folder(BASE).glob("*.gguf"))
            with whole(quantised) as partial:
                quantise(base, load_model(TUNED, dtype="float32", device="cpu"), partial / f"{quantised.name}.gguf")
        progress.update(task, description="done", completed=progress.tasks[task].total)


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
    model = _with_adapter(loaded.model, stage.seed)

    def batches(update: int) -> Batch:
        return batch_of(loaded.tokenizer, f"{stage.seed}:{update}")

    work.mkdir(parents=True, exist_ok=True)
    state, log = work / f"{stage.name}.state", list[Entry]()
    train(model, batches, stage.schedule, state, f"{base} {RANK} {WINDOWS} {stage}", advance, log=log)
    with whole(folder) as partial:
        (partial / "trainer_state.json").write_text(json.dumps({"log_history": log}, indent=1) + "\n")
        model.bfloat16().save_pretrained(str(partial))
        (partial / "README.md").unlink(missing_ok=True)  # peft writes an empty template
        config = json.loads((partial / "adapter_config.json").read_text())
        config |= {"base_model_name_or_path": base, "target_modules": sorted(config["target_modules"])}
        (partial / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    state.unlink(missing_ok=True)


def _with_adapter(model: Any, seed: int) -> PeftModel:
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
