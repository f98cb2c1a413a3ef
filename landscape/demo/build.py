"""Build the demo checkpoints and capabilities from nothing: the stages, one after the other, resumable."""

import copy
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

import torch
from filelock import FileLock, Timeout
from peft import LoraConfig, PeftModel, get_peft_model
from platformdirs import user_cache_path
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from transformers import LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from landscape.demo import corpus, examinations
from landscape.demo.architecture import CONTEXT, model_of, tokenizer_of
from landscape.demo.stages import STAGES, Stage
from landscape.demo.training import Entry, train


def build(
    folder: Path, work: Path | None = None, *, console: Console | None = None, stages: tuple[Stage, ...] = STAGES
) -> None:
    """Train every demo checkpoint that `folder/models` lacks and write `folder/capabilities`.

    A build that was killed continues where it was when it is called again, and ends with the same weights. To train
    a checkpoint anew, delete its folder.

    Args:
        folder: the data folder.
        work: where training states are kept; by default a place in the user's cache that belongs to `folder`.
        console: where the progress bar is shown.
        stages: what to train (`stages.chosen`); each stage starts from a checkpoint that exists or an earlier stage's.

    Raises:
        ValueError: another process is building into the same work folder.
    """
    work = work or _work_of(folder)
    work.mkdir(parents=True, exist_ok=True)
    models = folder / "models"
    with only_one(work), progress_bar(console) as progress:
        examinations.write(folder / "capabilities")
        task = progress.add_task("", total=sum(stage.tokens for stage in stages))
        tokenizer = _tokenizer(work / "tokenizer")
        for number, stage in enumerate(stages):
            before = sum(earlier.tokens for earlier in stages[:number])
            progress.update(task, description=stage.name, completed=before)
            if not all(_is_complete(models / name) for name in stage.products):

                def advance(tokens: int, before: int = before) -> None:
                    progress.update(task, completed=before + tokens)

                with threads(stage.threads):
                    _run(stage, models, work, tokenizer, advance)
        progress.update(task, description="done", completed=progress.tasks[task].total)


def _work_of(folder: Path) -> Path:
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return user_cache_path("landscape") / "demo-build" / place


@contextmanager
def only_one(work: Path) -> Iterator[None]:
    """Keep every other build out of a work folder. Raises ValueError where one is at work."""
    try:
        with FileLock(work / "lock", timeout=0):  # the system releases it, even after a kill
            yield
    except Timeout:
        raise ValueError(f"another build is at work in {work}: expected none; wait for it or name another") from None


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with so many threads meanwhile."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def progress_bar(console: Console | None) -> Progress:
    """Return a bar for a build that takes minutes or hours."""
    return Progress(
        TextColumn("{task.description:>14}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=60,
    )


def _tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Return the tokenizer, learned from pre-training text on the first call and loaded afterwards."""
    if not (folder / "tokenizer.json").is_file():
        documents = corpus.documents("plain text", Random("tokenizer"), 20_000)
        with whole(folder) as partial:
            tokenizer_of(document.answer for document in documents).save_pretrained(partial)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def _run(
    stage: Stage, models: Path, work: Path, tokenizer: PreTrainedTokenizerFast, advance: Callable[[int], None]
) -> None:
    model = _start(stage, models, tokenizer)

    def batches(update: int) -> corpus.Batch:
        return corpus.batch(stage.mixture, tokenizer, (stage.windows, CONTEXT), f"{stage.seed}:{update}")

    log: list[Entry] = []

    def after(count: int, loss: float) -> None:
        advance(stage.windows * CONTEXT * count)
        if count in stage.snapshots:
            _save(
                copy.deepcopy(model).half() if stage.half else model,
                tokenizer,
                models / f"{stage.name}-{count:05}",
                log,
            )

    state = work / f"{stage.name}.state"
    train(model, batches, stage.schedule, state, repr(stage), after, method=stage.method, seed=stage.seed, log=log)
    _save(model, tokenizer, models / stage.name, log)
    state.unlink(missing_ok=True)


def _start(stage: Stage, models: Path, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel | PeftModel:
    if stage.start is None:
        return model_of(tokenizer, stage.seed, layers=stage.size.layers, width=stage.size.width)
    model = LlamaForCausalLM.from_pretrained(models / stage.start)
    if stage.rank is None:
        return model
    config = LoraConfig(
        r=stage.rank,
        lora_alpha=2 * stage.rank,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(devices=[]):  # peft draws from the global generator; ours stays as it was
        torch.manual_seed(stage.seed)
        adapted = get_peft_model(model, config)
    adapted.peft_config["default"].base_model_name_or_path = f"../{stage.start}"  # relative: both can be moved
    return adapted


def _is_complete(folder: Path) -> bool:
    return folder.is_dir()  # a folder appears under its name only when it is whole


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """Yield a folder to fill; it gets its name only if the block ends without an exception."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)


def _save(
    model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerFast, folder: Path, log: Sequence[Entry]
) -> None:
    with whole(folder) as partial:
        # In the name and format of transformers.Trainer, so that readers of a training log know one format.
        (partial / "trainer_state.json").write_text(json.dumps({"log_history": log}, indent=1) + "\n")
        model.save_pretrained(str(partial))
        (partial / "README.md").unlink(missing_ok=True)  # peft writes an empty template
        tokenizer.save_pretrained(partial)
        adapter = partial / "adapter_config.json"
        if adapter.is_file():  # peft writes the modules in the order of a set, which differs between processes
            config = json.loads(adapter.read_text())
            config["target_modules"].sort()
            adapter.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
