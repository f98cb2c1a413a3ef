"""The benchmark against lm-eval: a point here, and its own `simple_evaluate` of the same task and model."""

import io
import json
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import lm_eval
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from landscape.bench.models import BenchModel, Ratio
from landscape.bench.scoring.examples import ALPHABET
from landscape.bench.scoring.reading import clock_of, one_thread
from landscape.bench.timing import time_ratios
from landscape.capabilities import examples, lm_eval_files
from landscape.checkpoints import parameters
from landscape.engine.direction_tensors import GaussianDirection
from landscape.engine.mover import Mover

NAME = "landscape_bench"
SHOTS = 5
WORDS = 100  # letters of each solved question
TASK: dict[str, Any] = {
    "task": NAME,
    "dataset_path": "json",
    "test_split": "test",
    "fewshot_split": "train",
    "fewshot_config": {"sampler": "first_n"},
    "num_fewshot": SHOTS,
    "output_type": "multiple_choice",
    "doc_to_text": "{{question}} answer:",
    "doc_to_choice": ["a", "b", "c", "d"],
    "doc_to_target": "gold",
    "target_delimiter": "",
    "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
}


def measure_against_lm_eval(model: BenchModel, *, repeats: int = 3, asked: int = 24, shortest: int = 40) -> list[Ratio]:
    """Measure points on a five-shot task of four choices; in lm-eval's favour, its model does not move.

    Raises:
        RuntimeError: the two do not agree on every question.
    """
    scorer, clock = model.scorer(), clock_of(model)
    scorer.tokenizer.eos_token = "?"
    mover = Mover(parameters.select(scorer.model))
    theirs = HFLM(pretrained=scorer.model, tokenizer=scorer.tokenizer, batch_size=1 if model.device == "cpu" else 16)
    with _task(asked, shortest) as path, one_thread():
        suite = examples.load(f"lm_eval:{NAME}")
        manager = TaskManager(include_defaults=False)

        def evaluate() -> list[bool]:
            with redirect_stderr(io.StringIO()):  # progress bars
                found = lm_eval.simple_evaluate(theirs, tasks=[str(path)], task_manager=manager, bootstrap_iters=0)
            return [bool(sample["acc"]) for sample in sorted(found["samples"][NAME], key=lambda s: int(s["doc_id"]))]

        def point() -> None:
            with mover.at([(GaussianDirection(0), 1e-4)]):
                scorer.score(suite)

        if evaluate() != scorer.score(suite).outcomes.astype(bool).tolist():
            raise RuntimeError("lm-eval finds other answers right: expected the same of the same model and task")
        (ratio,) = time_ratios(point, [evaluate], repeats, clock)
    said = f"lm-eval's simple_evaluate ÷ a point here, {asked} questions of four choices, five-shot"
    return [Ratio(said, ratio, at_least=4)]


@contextmanager
def _task(asked: int, shortest: int) -> Iterator[Path]:
    """Within the block, a task of random letters lies where the engine and lm-eval find it; nothing is fetched."""
    drawn, former = random.Random(0), os.environ.get(lm_eval_files.FOLDER)

    def rows(count: int, least: int) -> list[dict[str, object]]:
        texts = ["".join(drawn.choice(ALPHABET) for _ in range(least + index % 40)) for index in range(count)]
        return [{"question": text.strip(), "gold": index % 4} for index, text in enumerate(texts)]

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for split, made in (("train", rows(SHOTS, WORDS)), ("test", rows(asked, shortest))):
            (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, made)))
        files = {split: str(folder / f"{split}.jsonl") for split in ("train", "test")}
        told = TASK | {"dataset_kwargs": {"data_files": files, "cache_dir": str(folder / "cache")}}
        path = folder / f"{NAME}.yaml"
        path.write_text(json.dumps(told))  # which is YAML too
        os.environ[lm_eval_files.FOLDER] = name
        try:
            yield path
        finally:
            del os.environ[lm_eval_files.FOLDER]
            if former is not None:
                os.environ[lm_eval_files.FOLDER] = former
