"""Build the demo checkpoints and capabilities from nothing: fixed seeds, resumable, under an hour on two cores."""

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from landscape.demo.corpus import ADVERSARIAL, ASSISTANT, BASE, BENIGN, write_examinations
from landscape.demo.training import Stage, build_model, build_tokenizer, train

SEED = 0
SNAPSHOTS = (50, 200, 500, 1000)  # updates of the pre-training

PRETRAINING = Stage("base", BASE, updates=2600, rate=4e-3, warmup=100)
# name of the stage → (the checkpoint it starts from, the stage)
FINETUNES: dict[str, tuple[str, Stage]] = {
    "assistant": ("base", Stage("assistant", ASSISTANT, updates=300, rate=3e-4, decay=0.0)),
    "benign": ("assistant", Stage("benign", BENIGN, updates=60, rate=2e-4, decay=0.0)),
    "adversarial": ("assistant", Stage("adversarial", ADVERSARIAL, updates=20, rate=3e-4, rows=8, warmup=2, decay=0.0)),
    "assistant-lora": ("base", Stage("assistant-lora", ASSISTANT, updates=400, rate=3e-3, decay=0.0)),
}


def build(data: Path, work: Path | None = None, *, console: Console | None = None) -> None:
    """Write `data/models/*` and `data/capabilities/*`; what is finished already stays.

    `work` holds the state of an interrupted training (default: a hidden folder beside the models).
    """
    work = work or data / ".building"
    write_examinations(data / "capabilities")
    columns = (
        TextColumn("{task.description:16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
    )
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        _build_base(data / "models", work, progress)
        for name, (start, stage) in FINETUNES.items():
            _build_finetune(data / "models", work, name, start, stage, progress)
    shutil.rmtree(work, ignore_errors=True)


def _build_base(models: Path, work: Path, progress: Progress) -> None:
    if _is_finished(models / "base"):
        return
    tokenizer, model = build_tokenizer(), build_model(SEED)

    def keep(update: int) -> None:
        if update in SNAPSHOTS:
            _write(models / f"base-{update:05d}", model, tokenizer)

    _train(model, tokenizer, PRETRAINING, work, keep, progress)
    _write(models / "base", model, tokenizer)


def _build_finetune(models: Path, work: Path, name: str, start: str, stage: Stage, progress: Progress) -> None:
    if _is_finished(models / name):
        return
    model = AutoModelForCausalLM.from_pretrained(models / start)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(models / start)
    if name.endswith("-lora"):
        model = _with_adapter(model, start)
    _train(model, tokenizer, stage, work, lambda update: None, progress)
    _write(models / name, model, tokenizer)


def _with_adapter(model: PreTrainedModel, start: str) -> PreTrainedModel:
    """The model with a fresh LoRA adapter whose config names its base as the folder beside it."""
    modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    with torch.random.fork_rng(), warnings.catch_warnings(action="ignore"):  # peft asks transformers by an old name
        torch.manual_seed(SEED)
        adapted = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=modules, task_type="CAUSAL_LM"))
    adapted.peft_config["default"].base_model_name_or_path = f"../{start}"
    return adapted


def _train(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    stage: Stage,
    work: Path,
    keep: Callable[[int], None],
    progress: Progress,
) -> None:
    task = progress.add_task(stage.name, total=stage.updates, loss="")
    losses = train(model, tokenizer, stage, work / f"{stage.name}.pt", keep)
    for loss in losses:
        progress.update(task, advance=1, loss=f"loss {loss:.3f}")


def _is_finished(folder: Path) -> bool:
    return any(folder.glob("*.safetensors"))


def _write(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    """Written aside and renamed: a folder that is there is whole. An adapter needs no tokenizer of its own."""
    aside = folder.with_name(f".{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    with warnings.catch_warnings(action="ignore"):  # peft looks for the base's config beside the caller
        model.save_pretrained(aside)
    (aside / "README.md").unlink(missing_ok=True)
    if not (aside / "adapter_config.json").is_file():
        tokenizer.save_pretrained(aside)
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
