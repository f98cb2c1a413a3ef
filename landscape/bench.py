"""The benchmark: what a point costs beside the bare forward passes, in time and in memory.

Every figure is a ratio of two things measured in turns in one run: these machines are noisy, ratios are not.
"""

import gc
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from landscape import weights
from landscape.capabilities import Capability, Example
from landscape.directions import GaussianLine, Line, TowardsLine
from landscape.evaluate import Scorer

ALPHABET = "abcdefghijklmnopqrstuvwxyz "
ANSWER = 16  # tokens
TARGETS = {"stored": 1.05, "regenerated": 1.25, "memory": 2.2, "exact": 5.0}


@dataclass(frozen=True)
class Figure:
    """One measured ratio and what it should be."""

    name: str
    meaning: str
    measured: float
    target: float

    @property
    def reached(self) -> bool:
        """At most the target; for the speed-up, at least."""
        return self.measured >= self.target if self.name == "exact" else self.measured <= self.target


def bench(
    *, parameters: int = 25_000_000, examples: int = 96, length: int = 96, repeats: int = 5, device: str = "cpu"
) -> list[Figure]:
    """Measure all ratios on a random-init Llama of at least so many parameters."""
    scorer, suite = _scorer(parameters, device), _suite(examples, length)
    stored, regenerated = _point_ratios(scorer, suite, repeats)
    speed_up = _exact_ratio(scorer, suite, max(1, repeats // 2))
    del scorer
    return [
        Figure("stored", "time of a point ÷ bare forward passes, stored direction", stored, TARGETS["stored"]),
        Figure("regenerated", "the same, Gaussian drawn anew", regenerated, TARGETS["regenerated"]),
        Figure(
            "memory",
            "peak ÷ weights of a Gaussian slice, activations aside",
            _memory(parameters, device),
            TARGETS["memory"],
        ),
        Figure("exact", "model.generate ÷ one-pass exact score", speed_up, TARGETS["exact"]),
    ]


def _scorer(parameters: int, device: str) -> Scorer:
    """A random Llama of at least so many parameters, and a character tokenizer."""
    width = 64
    while _count(width) < parameters:
        width += 64
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(_config(width)).eval().requires_grad_(False)
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


def _count(width: int) -> int:
    return 4096 * width + 6 * (4 * width**2 + 9 * width**2 + 2 * width) + width


def _suite(examples: int, length: int) -> Capability:
    letters = [ALPHABET[(7 * i + i // 5) % len(ALPHABET)] for i in range(length + examples)]
    texts = ["".join(letters[i : i + length]) for i in range(examples)]
    made = (Example(prompt=text[:-ANSWER], answer=text[-ANSWER:], max_new_tokens=ANSWER) for text in texts)
    return Capability("bench", tuple(made), f"bench {examples} {length}")


def _point_ratios(scorer: Scorer, suite: Capability, repeats: int) -> tuple[float, float]:
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

    bare, stored, regenerated = _in_turns([_bare(scorer, suite), *map(point, lines)], repeats)
    return stored / bare, regenerated / bare


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


def _exact_ratio(scorer: Scorer, suite: Capability, repeats: int) -> float:
    """How many times faster the one-pass score is than generating the same answers, batched alike."""
    prompts = torch.tensor([scorer.tokenizer(e.prompt)["input_ids"] for e in suite.examples], device=scorer.device)
    rows = max(1, scorer.tokens_per_batch // (prompts.shape[1] + ANSWER))

    def generate() -> None:
        for batch in prompts.split(rows):
            _generate(scorer.model, batch)

    one_pass, generated = _in_turns([lambda: scorer.score(suite), generate], repeats)
    return generated / one_pass


def _generate(model: nn.Module, batch: Tensor) -> None:
    mask = torch.ones_like(batch)
    model.generate(  # type: ignore[operator]
        input_ids=batch, attention_mask=mask, max_new_tokens=ANSWER, do_sample=False, pad_token_id=0
    )


def _in_turns(tasks: list[Callable[[], object]], repeats: int) -> list[float]:
    """Median seconds of each task; they take turns, so that a slow spell of the machine meets all of them."""
    times: list[list[float]] = [[] for _ in tasks]
    for repeat in range(repeats + 1):
        for task, spent in zip(tasks, times, strict=True):
            started = time.perf_counter()
            task()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if repeat:  # the first round warms up
                spent.append(time.perf_counter() - started)
    return [statistics.median(spent) for spent in times]


def _memory(parameters: int, device: str) -> float:
    """Peak memory of a Gaussian slice less the activations, in units of the weights, in a fresh process."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_memory_of_slice, args=(sender, parameters, device))
    process.start()
    try:
        ratio: float = receiver.recv()
    finally:
        process.join()
    return ratio


def _memory_of_slice(sender, parameters: int, device: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """In the child: (weights + what the slice adds to the peak of the bare passes) ÷ weights."""
    scorer, suite = _scorer(parameters, device), _suite(32, 64)
    selected = weights.select(scorer.model)
    size = sum(weight.numel() * weight.element_size() for weight in selected.values())
    bare = _bare(scorer, suite)
    for _ in range(2):
        bare()
    gc.collect()
    before = _peak(scorer, bare)
    mover = weights.Mover(selected)

    def points() -> None:
        for seed in range(3):
            with mover.at([(GaussianLine(seed), 1e-3)]):
                scorer.score(suite)

    sender.send((size + _peak(scorer, points) - before) / size)


def _peak(scorer: Scorer, task: Callable[[], None]) -> float:
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
