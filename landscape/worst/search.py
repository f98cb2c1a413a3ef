"""The search for a worst direction: gradient ascent on the answers' NLL over ‖δ‖ = √d, in rounds of falling α.

The first round of a restart climbs at one α, each later one where the direction found so far ends the capability: far
beyond that, a higher loss no longer means a nearer end. So it matters little at which α the first one climbs: with a
start 10,000 times as far, or a hundredth as far, as where the capability ends, the end comes out within some percent.
Of all rounds and restarts, what ends it nearest is kept. The
end is read on the examples that the search climbs on (one half, `examples.search_split`), as the α at which CLEARLY
times the tolerance is lost: the first few that it loses it may lose alone. With the demo assistant, the directions that
are nearest by the tolerance itself lose basic's other half at twice the α.

The other half, which the search never sees, confirms what it found. That is an upper bound on robustness: a worse
direction may exist.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from landscape.basins.inside import has_basin
from landscape.capabilities import examples
from landscape.capabilities.examples import Capability
from landscape.checkpoints import parameters
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.direction_tensors import DirectionTensors, GaussianDirection, StoredDirection, flat_tensor
from landscape.engine.session import Session
from landscape.schema.default_ranges import default_search_alpha
from landscape.schema.directions import Worst, label_of, short_name
from landscape.schema.frames import TOLERANCE
from landscape.schema.numbers import number
from landscape.schema.points import ProgressReport
from landscape.worst.ends import SOFT, End, ScoredHalf
from landscape.worst.gradient_ascent import Directions, ascend, mass, normalised
from landscape.worst.gradients import Gradients

ROUNDS = 4  # of a restart; the first takes half of the steps
FARTHEST = 4  # times a typical weight: beyond, a model is noise, and no direction is followed there
SAVING = 0.05  # share of the time that may be spent on saving the state of a search


@dataclass
class SearchState:
    """The state of a search: which restart, which step of its present round, and what every round found so far."""

    restart: int = 0
    step: int = 0
    # {"start": …, "rounds": [{"alpha": …, "losses": {capability: […]}, "end": α or None, "spared_lost": […]}, …]}
    ascents: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0


class Search:
    """The search of one recipe. The session's first direction is the fine-tune's if the recipe starts from it.

    Memory besides the session's weights and θ₀: one gradient in the model's dtype and the direction in fp32.

    Raises:
        ValueError: θ₀ already fails a capability that the search is to lower; no reference answers; too few examples.
    """

    def __init__(self, session: Session, recipe: Worst, cache: DirectionCache, key: str) -> None:
        """Load the examples and score θ₀; nothing is searched yet."""
        hurt, spared = ([examples.load(name) for name in names] for names in (recipe.capabilities, recipe.spared))
        session.choose_settings()
        for capability in hurt:
            require_something_to_lose(session, capability)
        self.session, self.recipe, self._cache, self._key = session, recipe, cache, key
        self._signs = {c.name: 1 for c in hurt} | {c.name: -1 for c in spared}
        self._gradients = Gradients(session.scorer, session.weights, [*hurt, *spared])
        self._origin = self._gradients.losses()
        self._alpha = recipe.alpha or default_search_alpha(parameters.count(session.weights))
        typical = parameters.matrices_rms(session.weights) or parameters.rms(session.weights)
        self._half = ScoredHalf(session, hurt, spared, max(FARTHEST * typical, self._alpha))
        self._rounds = round_lengths(recipe.steps)
        self._written = -math.inf, 0.0  # when the state was last saved, and how long that took

    def run(self, report: ProgressReport) -> None:
        """Search, resuming an earlier attempt, and store the direction that ends the capability nearest."""
        state, direction = self._resumed()
        starts = self._starts()
        while state.restart < len(starts):
            name, start = starts[state.restart]
            if direction is None:
                direction = start()
                state.ascents.append({"start": name, "rounds": []})
                self._begin_round(state, self._alpha)
            for _ in self._steps(state, direction):
                self._report_progress(report, state, direction, len(starts))
            if not self._end_round(state, direction):
                direction = None
        self._store_best(state)

    def _starts(self) -> list[tuple[str, Callable[[], Directions]]]:
        """Return where each restart begins: towards the fine-tune (if any), along ∇ at θ₀, then at random."""
        starts: list[tuple[str, Callable[[], Directions]]] = []
        if self.recipe.start is not None:
            towards = partial(self._in_memory, self.session.directions[0])
            starts.append((f"towards {short_name(self.recipe.start)}", towards))
        starts.append(("the gradient at θ₀", self._gradient_at_origin))
        for index in range(self.recipe.restarts - 1):
            drawn = GaussianDirection(self.recipe.seed + index)
            starts.append((f"random {index + 1}", partial(self._in_memory, drawn)))
        return starts

    def _in_memory(self, direction: DirectionTensors) -> Directions:
        origin = self.session.mover.origin
        return normalised({name: flat_tensor(direction, name, weight) for name, weight in origin.items()})

    def _gradient_at_origin(self) -> Directions:
        with self._gradients.at(self._shares(self._origin)) as (_, gradient):
            return normalised({name: part.flatten().float().clone() for name, part in gradient.items()})

    def _begin_round(self, state: SearchState, alpha: float) -> None:
        losses: dict[str, list[float]] = {capability: [] for capability in self._origin}
        state.ascents[-1]["rounds"].append({"alpha": alpha, "losses": losses})
        state.step = 0

    def _steps(self, state: SearchState, direction: Directions) -> Iterator[int]:
        """Ascend in place for a round; after each step the state is up to date, and its number is yielded."""
        rounds, started = state.ascents[-1]["rounds"], time.monotonic()
        alpha, traces = rounds[-1]["alpha"], rounds[-1]["losses"]

        @contextmanager
        def gradient_at(here: Directions) -> Iterator[Directions]:
            with self._at(here, alpha):
                latest = {name: trace[-1] for name, trace in traces.items() if trace} or self._gradients.losses()
                with self._gradients.at(self._shares(latest)) as (losses, gradient):
                    for name, loss in losses.items():
                        traces[name].append(loss)
                    yield gradient

        for step in ascend(direction, gradient_at, self._rounds[len(rounds) - 1], state.step):
            state.step = step
            state.seconds, started = state.seconds + time.monotonic() - started, time.monotonic()
            yield step

    def _at(self, direction: Directions, alpha: float) -> Any:
        return self.session.mover.at([(StoredDirection(direction), alpha)])

    def _shares(self, losses: Mapping[str, float]) -> dict[str, float]:
        """Return the weight of each capability's gradient: that of ± log(loss + SOFT), so that none drowns the others.

        With one capability this is plain ascent. A spared one counts only while its loss is higher than at θ₀.
        """
        spared_now = {n: s < 0 and losses[n] <= self._origin[n] for n, s in self._signs.items()}
        return {n: 0.0 if spared_now[n] else s / (losses[n] + SOFT) for n, s in self._signs.items()}

    def _end_round(self, state: SearchState, direction: Directions) -> bool:
        """Note where the round's direction ends the capability, and keep it if it is the best so far.

        Returns whether another round follows, from there.
        """
        started, rounds = time.monotonic(), state.ascents[-1]["rounds"]
        with self._at(direction, rounds[-1]["alpha"]):
            for name, loss in self._gradients.losses().items():
                rounds[-1]["losses"][name].append(loss)
        end = self._half.end(StoredDirection(direction), rounds[-1]["alpha"])
        rounds[-1] |= {"end": end.alpha, "spared_lost": list(end.spared_lost)}
        best = self._cache.load_state(self._key, "best", {})  # without its tensors: one direction in memory is enough
        if best is None or end.rank < End(**best[1]["end"]).rank:
            notes = {"end": asdict(end), "restart": state.restart, "round": len(rounds) - 1}
            self._cache.save_state(self._key, "best", direction, notes)
        state.seconds += time.monotonic() - started
        if len(rounds) < len(self._rounds):
            self._begin_round(state, end.alpha or rounds[-1]["alpha"])
            self._save(state, direction)
            return True
        state.restart, state.step = state.restart + 1, 0
        self._save(state, {})
        return False

    def _store_best(self, state: SearchState) -> None:
        if self._cache.has(self._key):
            return  # another process was faster
        best = self._cache.load_state(self._key, "best", self.session.weights)
        assert best is not None, "every restart saves its direction, unless a better one is saved"
        direction, notes = best
        alpha = state.ascents[notes["restart"]]["rounds"][notes["round"]]["alpha"]
        noted = {
            "recipe": self.recipe.model_dump(mode="json"),
            "checkpoint": self.session.frame.checkpoint,
            "alpha": alpha,
            "origin": self._origin,
            "ascents": state.ascents,
            "kept": notes["restart"],
            "kept_round": notes["round"],
            "drops": self._half.drops,
            "ends": self._half.ends(StoredDirection(direction), notes["end"]["alpha"] or alpha),
            "seconds": state.seconds,
            "mass": mass(direction),
        }
        self._cache.save(self._key, direction, noted)
        self._cache.forget_state(self._key)

    def _resumed(self) -> tuple[SearchState, Directions | None]:
        """Return the state of an earlier attempt, and its direction if it was within a climb."""
        found = self._cache.load_state(self._key, "current", self.session.weights)
        if found is None:
            return SearchState(), None
        direction, state = found
        return SearchState(**state), direction or None

    def _save(self, state: SearchState, direction: Directions) -> None:
        self._cache.save_state(self._key, "current", direction, asdict(state))

    def _report_progress(
        self, report: ProgressReport, state: SearchState, direction: Directions, restarts: int
    ) -> None:
        """Report the progress, and save the state: now and then, and always before the search is stopped."""
        rounds = state.ascents[-1]["rounds"]
        traces = rounds[-1]["losses"].items()
        climbed = ", ".join(
            f"{name} {number(self._origin[name], 2)} → {number(trace[-1], 2)}" for name, trace in traces
        )
        start = f" from {state.ascents[-1]['start']}" if restarts > 1 else ""
        text = f"searching {label_of(self.recipe)}{start} at α = {number(rounds[-1]['alpha'], 2)}, loss {climbed}"
        done = state.restart * self.recipe.steps + sum(self._rounds[: len(rounds) - 1]) + state.step
        try:
            report(text, done, restarts * self.recipe.steps)
        except BaseException:
            self._save(state, direction)
            raise
        written, took = self._written
        if (started := time.monotonic()) - written > took / SAVING:
            self._save(state, direction)
            self._written = time.monotonic(), time.monotonic() - started


def round_lengths(steps: int) -> list[int]:
    """Return how many steps each round of a restart takes, ROUNDS of them if there are steps enough."""
    first = math.ceil(steps / 2)
    later = [len(range(index, steps - first, ROUNDS - 1)) for index in range(ROUNDS - 1)]
    return [first, *(count for count in later if count)]


def require_something_to_lose(session: Session, capability: Capability) -> None:
    """Raises ValueError where θ₀ scores too low to have a basin of the capability that it could leave."""
    if capability.by_loss_alone:  # a loss can always rise
        return
    score = float(session.scorer.score(capability).outcomes.mean())
    if not has_basin(score, capability.chance, TOLERANCE):
        raise ValueError(
            f"{short_name(session.frame.checkpoint)} already fails {capability.name}: it scores {score:.3f}, guessing "
            f"{capability.chance:.2f}; there is nothing to lose. Choose a capability that it has"
        )
