"""The benchmark: what a point costs beside the bare forward passes, in time and in memory.

Every figure is a ratio of two things measured in turns in one run: these machines are noisy, ratios are not.
"""

import gc
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from landscape import weights
from landscape.bench_comparison import growth
from landscape.bench_training import updates
from landscape.capabilities import Capability, Example
from landscape.directions import GaussianLine, Line, StoredLine, TowardsLine
from landscape.evaluate import Scorer
from landscape.gradients import Gradients
from landscape.worst import ascend

ALPHABET = "abcdefghijklmnopqrstuvwxyz "
ANSWER = 16  # tokens
SHORT = 2 * ANSWER  # tokens of prompt and answer where one pass is compared with generation

Quartiles = tuple[float, float, float]


@dataclass(frozen=True)
class Figure:
    """One measured ratio (lower quartile, median, upper quartile), and its bound: at most, at least, or none."""

    meaning: str
    quartiles: Quartiles
    at_most: float | None = None
    at_least: float | None = None

    @property
    def bound(self) -> str:
        """`≤ 1.05`, `≥ 5`, or nothing."""
        signs = {"≤": self.at_most, "≥": self.at_least}
        return "".join(f"{sign} {value:g}" for sign, value in signs.items() if value is not None)

    @property
    def reached(self) -> bool:
        """Whether the median keeps the bound."""
        measured = self.quartiles[1]
        return (self.at_most is None or measured <= self.at_most) and measured >= (self.at_least or 0)


def bench(
    *, parameters: int = 25_000_000, examples: int = 96, length: int = 96, repeats: int = 15, device: str = "cpu"
) -> list[Figure]:
    """Measure all ratios on a random-init Llama of at least so many parameters."""
    scorer, suite = _scorer(parameters, device), _suite(examples, length)
    stored, regenerated = _point_ratios(scorer, suite, repeats)
    alone, batched = _exact_ratios(scorer, _suite(examples, SHORT), max(1, repeats // 5))
    bare, *noisy = updates(scorer.model)
    noised, passing = _ratios(bare, noisy, repeats)
    del scorer, bare, noisy
    memory = _memory("peak_of_slice", parameters, device)
    searching = _memory("peak_of_search", parameters, device)
    copied, drawn = (_memory(peak, parameters, device) for peak in ("peak_of_noise", "peak_of_passing_noise"))
    comparing = growth(_width(parameters))
    return [
        Figure("time of a point ÷ bare forward passes, stored direction", stored, at_most=1.05),
        Figure("the same, Gaussian drawn anew", regenerated, at_most=1.25),
        Figure("peak ÷ weights of a Gaussian slice, activations aside", (memory,) * 3, at_most=2.2),
        Figure("peak ÷ weights of a search for a worst direction", (searching,) * 3, at_most=4.3),
        Figure("time of a training update under weight noise ÷ without, 1,024 tokens", noised, at_most=1.25),
        Figure("the same, without a copy of the weights", passing, at_most=1.5),
        Figure("peak ÷ weights of what noise adds to a training update", (copied,) * 3, at_most=1.1),
        Figure("the same, without a copy of the weights", (drawn,) * 3, at_most=0.5),
        Figure("peak of comparing checkpoints of 4 layers ÷ of 2 layers", (comparing,) * 3, at_most=1.05),
        Figure("model.generate, a prompt at a time ÷ one-pass exact score", alone, at_least=5),
        Figure("model.generate, in the same batches ÷ one-pass exact score", batched),
    ]


def _scorer(parameters: int, device: str) -> Scorer:
    """A random Llama of at least so many parameters, and a character tokenizer."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(_config(_width(parameters))).eval().requires_grad_(False)
    tokenizer = Tokenizer(models.WordLevel({c: i for i, c in enumerate(["?", *ALPHABET])}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    return Scorer(model.to(device), PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="?", pad_token="?"))


def _config(width: int) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=4096,
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=6,
        num_attention_heads=width // 64,
        num_key_value_heads=width // 64,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        eos_token_id=None,
    )


def _width(parameters: int) -> int:
    """The least one of a model of at least so many parameters."""
    return next(width for width in itertools.count(64, 64) if _count(width) >= parameters)


def _count(width: int) -> int:
    return 4096 * width + 6 * (4 * width**2 + 9 * width**2 + 2 * width) + width


def _suite(examples: int, length: int) -> Capability:
    letters = [ALPHABET[(7 * i + i // 5) % len(ALPHABET)] for i in range(length + examples)]
    texts = ["".join(letters[i : i + length]) for i in range(examples)]
    made = (Example(prompt=text[:-ANSWER], answer=text[-ANSWER:], max_new_tokens=ANSWER) for text in texts)
    return Capability("bench", tuple(made), f"bench {examples} {length}")


def _point_ratios(scorer: Scorer, suite: Capability, repeats: int) -> list[Quartiles]:
    """(stored, regenerated): the time of a point over that of the same batches at θ₀ without any movement."""
    selected = weights.select(scorer.model)
    mover = weights.Mover(selected)
    target = {name: weight + 0.01 for name, weight in selected.items()}
    lines: list[Line] = [TowardsLine(target, weights.rms_difference(selected, target)), GaussianLine(0)]

    def point(line: Line) -> Callable[[], None]:
        def measure() -> None:
            with mover.at([(line, 1e-3)]):
                scorer.score(suite)

        return measure

    return _ratios(_bare(scorer, suite), [point(line) for line in lines], repeats)


def _bare(scorer: Scorer, suite: Capability) -> Callable[[], None]:
    """Nothing but the forward passes of the batches that a score makes, recorded once."""
    batches: list[tuple[tuple, dict]] = []

    def record(module: nn.Module, args: tuple, kwargs: dict) -> None:
        batches.append((args, kwargs))

    hook = scorer.model.register_forward_pre_hook(record, with_kwargs=True)
    scorer.score(suite)
    hook.remove()

    @torch.inference_mode()
    def run() -> None:
        for args, kwargs in batches:
            scorer.model(*args, **kwargs)

    return run


def _exact_ratios(scorer: Scorer, suite: Capability, repeats: int) -> list[Quartiles]:
    """How many times longer generating the same answers takes than the one-pass score: (prompt by prompt, batched).

    Batched is the harder comparison: prompts of one length, no padding, and told where each answer ends.
    """
    prompts = torch.tensor([scorer.tokenizer(e.prompt)["input_ids"] for e in suite.examples], device=scorer.device)

    def generate(rows: int) -> None:
        for batch in prompts.split(rows):
            _generate(scorer.model, batch)

    rows = max(1, scorer.tokens_per_batch // SHORT)
    return _ratios(lambda: scorer.score(suite), [lambda: generate(1), lambda: generate(rows)], repeats)


def _generate(model: nn.Module, batch: Tensor) -> None:
    mask = torch.ones_like(batch)
    model.generate(  # type: ignore[operator]
        input_ids=batch, attention_mask=mask, max_new_tokens=ANSWER, do_sample=False, pad_token_id=0
    )


def _ratios(yardstick: Callable[[], object], tasks: Sequence[Callable[[], object]], repeats: int) -> list[Quartiles]:
    """Seconds of each task over those of the yardstick, round by round: a slow spell of the machine meets both."""
    rounds = []
    for repeat in range(repeats + 1):
        order = [yardstick, *tasks] if repeat % 2 else [*tasks, yardstick]
        seconds = {id(task): _seconds(task) for task in order}
        if repeat:  # the first round warms up
            rounds.append([seconds[id(task)] / seconds[id(yardstick)] for task in tasks])
    return [(low, middle, high) for low, middle, high in np.percentile(rounds, (25, 50, 75), axis=0).T.tolist()]


def _seconds(task: Callable[[], object]) -> float:
    started = time.perf_counter()
    task()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def _memory(peak: str, parameters: int, device: str) -> float:
    """A `peak_of_…` in a fresh process that hands freed memory back, so that its resident set is what it uses."""
    code = f"from landscape.bench import {peak}; print({peak}({parameters}, {device!r}))"
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**16)}  # glibc: larger blocks are mapped and unmapped
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[1], capture_output=True, text=True
    )
    if child.returncode:
        raise RuntimeError(f"the process that measures memory failed: {child.stderr.strip().splitlines()[-1]}")
    return float(child.stdout)


def peak_of_slice(parameters: int, device: str) -> float:
    """(weights + what a Gaussian slice adds to the peak of the bare passes) ÷ weights."""
    scorer, suite = _scorer(parameters, device), _suite(32, 64)
    selected = weights.select(scorer.model)
    before = _settled_peak(scorer, _bare(scorer, suite))
    mover = weights.Mover(selected)

    def points() -> None:
        for seed in range(3):
            with mover.at([(GaussianLine(seed), 1e-3)]):
                scorer.score(suite)

    return 1 + (_peak(scorer, points) - before) / _bytes(selected)


def peak_of_search(parameters: int, device: str) -> float:
    """(weights + what three steps of ascent add to the peak of a forward pass) ÷ weights."""
    scorer, suite = _scorer(parameters, device), _suite(4, SHORT)  # few tokens: their activations are small
    selected = weights.select(scorer.model)
    slopes = Gradients(scorer, selected, [suite])
    before = _settled_peak(scorer, slopes.losses)
    mover = weights.Mover(selected)
    direction = {name: torch.ones(weight.numel(), device=weight.device) for name, weight in selected.items()}

    @contextmanager
    def slope(here: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
        with mover.at([(StoredLine(here), 1e-3)]), slopes.at({suite.name: 1.0}) as (_, gradient):
            yield gradient

    def search() -> None:
        for _ in ascend(direction, slope, 3):
            pass

    return 1 + (_peak(scorer, search) - before) / _bytes(selected)


def peak_of_noise(parameters: int, device: str, which: int = 1) -> float:
    """What noise adds to the peak of a training update, ÷ weights."""
    scorer = _scorer(parameters, device)
    kinds = updates(scorer.model)
    before = _settled_peak(scorer, kinds[0])
    return (_settled_peak(scorer, kinds[which]) - before) / _bytes(weights.select(scorer.model))


def peak_of_passing_noise(parameters: int, device: str) -> float:
    """The same, without a copy of the weights."""
    return peak_of_noise(parameters, device, which=2)


def _bytes(selected: dict[str, Tensor]) -> int:
    return sum(weight.numel() * weight.element_size() for weight in selected.values())


def _settled_peak(scorer: Scorer, task: Callable[[], object]) -> float:
    """The peak of a task that has run before."""
    for _ in range(2):
        task()
    gc.collect()
    return _peak(scorer, task)


def _peak(scorer: Scorer, task: Callable[[], object]) -> float:
    """Peak bytes while a task runs: of the CUDA allocator, or the resident set sampled from a thread."""
    if scorer.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        task()
        return float(torch.cuda.max_memory_allocated())
    process, peak, over = psutil.Process(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    task()
    over.set()
    watcher.join()
    return float(peak)
