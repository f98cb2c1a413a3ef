"""The benchmark of scoring: how answers are read here, against plain ways of reading the same ones."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from landscape.bench.models import BenchModel, Ratio
from landscape.bench.scoring.examples import completions, questions
from landscape.bench.timing import Clock, time_ratios
from landscape.capabilities import examples
from landscape.capabilities.encoding import TeacherForced
from landscape.capabilities.examples import Capability
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import parameters
from landscape.checkpoints.models import load
from landscape.engine.direction_tensors import GaussianDirection
from landscape.engine.mover import Mover

PLAIN = 2048  # padded tokens of a plain batch
ROWS = 32  # of a batch of the loop that computes the loss alone
HEADER = 600  # tokens: about five solved questions


def measure_scoring(model: BenchModel, *, repeats: int = 5, asked: int = 12) -> list[Ratio]:
    """Measure all ratios of scoring; on a CPU in processor time, on one thread. `asked`: questions of each kind."""
    short = measure_short(model, repeats=repeats, asked=asked)
    few_shot = measure_few_shot(model, repeats=repeats, asked=asked)
    with one_thread():
        return [*short, *few_shot, _point_of_demo(max(3, repeats))]


def measure_short(model: BenchModel, *, repeats: int, asked: int = 12, completed: int = 60) -> list[Ratio]:
    """Measure completions, and questions with options of several tokens and of one."""
    kinds = {
        f"{completed} completions": (completions(completed), 2.3),
        f"{2 * asked} questions, four options of 1 to 4 tokens": (questions(2 * asked), 2.5),
        f"{2 * asked} questions, four options of one token": (questions(2 * asked, (1, 1, 1, 1)), 2.5),
    }
    return _against_plain(model, kinds, repeats)


def measure_few_shot(model: BenchModel, *, repeats: int, asked: int = 12) -> list[Ratio]:
    """Measure questions of four options behind a long common header."""
    suite = questions(asked, (1, 1, 1, 1), HEADER, 60)
    return _against_plain(model, {f"{asked} questions behind {HEADER} tokens": (suite, 8.0)}, repeats)


@contextmanager
def one_thread() -> Iterator[None]:
    """Within the block, torch has one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def clock_of(model: BenchModel) -> Clock:
    """Return processor time for a model on the CPU, which other programs slow down less than they do the wall's."""
    return time.process_time if model.device == "cpu" else time.perf_counter


def _against_plain(model: BenchModel, kinds: Mapping[str, tuple[Capability, float]], repeats: int) -> list[Ratio]:
    """Time plain batches against the scores of a point. `kinds`: (what is scored, at least so much faster) by name."""
    scorer, clock, found = model.scorer(), clock_of(model), []
    with one_thread():
        for said, (suite, goal) in kinds.items():
            answers = scorer.encode(suite).teacher_forced
            plain = partial(_plain, scorer, answers)
            (ratio,) = time_ratios(partial(scorer.score, suite), [plain], repeats, clock)
            found.append(Ratio(f"{said}: whole, in plain batches ÷ as read here", ratio, at_least=goal))
    return found


@torch.inference_mode()
def _plain(scorer: Scorer, answers: Sequence[TeacherForced]) -> list[float]:
    """Return the loss of each answer: all rows whole, padded to the longest, the head from the first answer on."""
    losses: list[float] = []
    order = sorted(answers, key=lambda a: -len(a.ids))
    while order:
        batch = order[: max(1, PLAIN // len(order[0].ids))]
        del order[: len(batch)]
        ids = _padded(scorer, batch)
        first = min(a.start for a in batch) - 1
        keep = torch.arange(first, ids.shape[1], device=scorer.device)
        logits = scorer.model(input_ids=ids, use_cache=False, logits_to_keep=keep).logits
        for row, answer in enumerate(batch):
            told = logits[row, answer.start - 1 - first : len(answer.ids) - 1 - first].float()
            target = torch.tensor(answer.ids[answer.start :], device=scorer.device)
            losses.append(float(functional.cross_entropy(told, target)))
    return losses


def _padded(scorer: Scorer, batch: Sequence[TeacherForced]) -> Tensor:
    width = max(len(answer.ids) for answer in batch) - 1
    return torch.tensor([a.ids[:-1] + [0] * (width + 1 - len(a.ids)) for a in batch], device=scorer.device)


def _point_of_demo(repeats: int) -> Ratio:
    """Time a whole point of the demo assistant against a loop that computes only the loss of the same answers.

    The loop reads length-sorted batches, as a loss of loss-landscapes 3.0.6 does, and moves no weight.
    """
    loaded, suite = load("demo:assistant", device="cpu"), examples.load("basic")
    scorer = Scorer(loaded.model, loaded.tokenizer)
    mover = Mover(parameters.select(loaded.model))
    answers = sorted(scorer.encode(suite).teacher_forced, key=lambda a: len(a.ids))

    def point() -> None:
        with mover.at([(GaussianDirection(0), 1e-4)]):
            scorer.score(suite)

    @torch.inference_mode()
    def loss() -> float:
        total, tokens = 0.0, 0
        for begun in range(0, len(answers), ROWS):
            batch = answers[begun : begun + ROWS]
            ids = _padded(scorer, batch)
            target = torch.full(ids.shape, -100)
            for row, answer in enumerate(batch):
                target[row, answer.start - 1 : len(answer.ids) - 1] = torch.tensor(answer.ids[answer.start :])
            logits = loaded.model(input_ids=ids, use_cache=False).logits
            total += float(functional.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="sum"))
            tokens += int((target >= 0).sum())
        assert math.isfinite(total)
        return total / tokens

    (ratio,) = time_ratios(loss, [point], repeats, time.process_time)
    said = f"a point of demo:assistant on {len(answers)} answers of basic ÷ their loss alone, in batches of {ROWS}"
    return Ratio(said, ratio, at_most=0.9)
