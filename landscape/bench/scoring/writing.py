"""The benchmark of generation: a point near θ₀ as texts are written here, and by `model.generate` in plain batches."""

import itertools
import random

from landscape.bench.models import BenchModel, Ratio
from landscape.bench.scoring.examples import ALPHABET
from landscape.bench.scoring.reading import clock_of, one_thread
from landscape.bench.timing import time_ratios
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.generation import never
from landscape.capabilities.scoring import Scorer
from landscape.capabilities.writing.rows import Row
from landscape.checkpoints import parameters
from landscape.engine.direction_tensors import GaussianDirection
from landscape.engine.mover import Mover

PLAIN = 2048  # tokens of a plain batch
NEW = 64  # tokens of a text
PROMPT = 24  # tokens, on average
DISTANCES = (0.001, 0.01)  # of the points, as parts of the RMS weight


def measure_writing(model: BenchModel, *, repeats: int = 5, prompts: int = 12, new: int = NEW) -> list[Ratio]:
    """Measure points that score generated texts, on one thread of a CPU in processor time.

    Each point lies in a direction of its own, so that θ₀'s text is the nearest draft. Random letters settle no
    refusal early, and have no reference whose loss would be read too.
    """
    scorer, clock, seeds = model.scorer(), clock_of(model), itertools.count()
    mover = Mover(parameters.select(scorer.model))
    rms = parameters.rms(parameters.select(scorer.model))
    found: list[Ratio] = []
    with one_thread():
        for number, distance in itertools.product((prompts, 1), DISTANCES):
            suite = _texts(number, new)
            scorer.place = {}
            scorer.score(suite)

            def point(suite: Capability = suite, alpha: float = distance * rms) -> None:
                seed = next(seeds)
                with mover.at([(GaussianDirection(seed), alpha)]):
                    scorer.place = {seed: alpha}
                    scorer.score(suite)

            def plain(suite: Capability = suite, alpha: float = distance * rms) -> None:
                with mover.at([(GaussianDirection(next(seeds)), alpha)]):
                    _plain(scorer, suite)

            (ratio,) = time_ratios(point, [plain], repeats, clock)
            said = (
                f"texts of {new} tokens after {number} prompt{'s' * (number > 1)}, {distance:.1%} of the RMS weight off"
            )
            goal = 3.0 if distance == DISTANCES[0] else 0.98
            found.append(Ratio(f"{said}: model.generate ÷ as written here", ratio, at_least=goal))
    return found


def _texts(number: int, new: int) -> Capability:
    drawn = random.Random(0)
    asked = ["".join(drawn.choice(ALPHABET[:-1]) for _ in range(PROMPT - 4 + i % 9)) for i in range(number)]
    made = tuple(Example(prompt=text, oracle="refusal", max_new_tokens=new) for text in asked)
    return Capability("texts", made, f"texts {number} {new}")


def _plain(scorer: Scorer, suite: Capability) -> None:
    """Write every text as long as it may be: prompts in batches, sorted by length and padded on the left."""
    waiting = sorted(scorer.encode(suite).generated, key=lambda request: -len(request.ids))
    while waiting:
        size = max(1, PLAIN // (len(waiting[0].ids) + waiting[0].max_new_tokens))
        scorer.generator.write_by_transformers([Row(request) for request in waiting[:size]], never)
        del waiting[:size]
