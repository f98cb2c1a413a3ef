"""The search for a worst direction: projected gradient ascent on the answers' NLL over ‖δ‖ = √d, at one α.

The direction found is an upper bound on robustness: a worse one may exist. The search uses one half of a capability's
examples (`examples.search_split`); the other half, which it never sees, confirms what it found.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from torch import Tensor

from landscape.basins.inside import has_basin
from landscape.capabilities import examples
from landscape.capabilities.examples import Capability
from landscape.checkpoints import parameters
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.direction_tensors import DirectionTensors, GaussianDirection, StoredDirection, flat_tensor
from landscape.engine.frame_directions import search_alpha
from landscape.engine.session import Session
from landscape.schema.directions import Worst, label_of, short_name
from landscape.schema.frames import TOLERANCE
from landscape.schema.progress import ProgressReport
from landscape.worst.gradients import Gradients

FIRST, LAST = 1.0, 0.02  # length of the first step and, almost, of the last, relative to the direction's length
SOFT = 0.01  # nats: when several losses are weighed, those below it count about the same as none
SAVING = 0.05  # share of the time that may be spent on saving the state of a search

Directions = dict[str, Tensor]  # flat fp32 tensors by parameter name
GradientAt = Callable[[Directions], AbstractContextManager[Mapping[str, Tensor]]]


@dataclass
class SearchState:
    """The state of a search: which restart, which step, and the losses of every restart so far."""

    restart: int = 0
    step: int = 0
    ascents: list[dict[str, Any]] = field(default_factory=list)  # {"start": …, "losses": {capability: [at each step]}}
    seconds: float = 0.0


class Search:
    """The search of one recipe. The session's first direction is the fine-tune's if the recipe starts from it.

    Memory besides the session's weights and θ₀: one gradient in the model's dtype and the direction in fp32.

    Raises:
        ValueError: θ₀ already fails a capability that the search is to lower; no reference answers; too few examples.
    """

    def __init__(self, session: Session, recipe: Worst, cache: DirectionCache, key: str) -> None:
        """Load the examples; nothing is searched yet."""
        hurt, spared = ([examples.load(name) for name in names] for names in (recipe.capabilities, recipe.spared))
        session.choose_settings()
        for capability in hurt:
            require_something_to_lose(session, capability)
        self.session, self.recipe, self._cache, self._key = session, recipe, cache, key
        self._signs = {c.name: 1 for c in hurt} | {c.name: -1 for c in spared}
        self._gradients = Gradients(session.scorer, session.weights, [*hurt, *spared])
        self._origin = self._gradients.losses()
        self._alpha = search_alpha(recipe, parameters.count(session.weights))
        self._written = -math.inf, 0.0  # when the state was last saved, and how long that took

    def run(self, report: ProgressReport) -> None:
        """Search, resuming an earlier attempt, and store the direction of the best restart with its notes."""
        state, direction = self._resumed()
        starts = self._starts()
        while state.restart < len(starts):
            name, start = starts[state.restart]
            if direction is None:
                direction = start()
                state.ascents.append({"start": name, "losses": {capability: [] for capability in self._origin}})
            for _ in self._steps(state, direction):
                self._report_progress(report, state, direction, len(starts))
            self._end_restart(state, direction)
            direction = None
        self._store_best(state)

    def _report_progress(
        self, report: ProgressReport, state: SearchState, direction: Directions, restarts: int
    ) -> None:
        """Report the progress, and save the state: now and then, and always before the search is stopped."""
        traces = state.ascents[-1]["losses"].items()
        climbed = ", ".join(f"{name} {self._origin[name]:.2g} → {trace[-1]:.2g}" for name, trace in traces)
        start = f" from {state.ascents[-1]['start']}" if restarts > 1 else ""
        text = f"searching {label_of(self.recipe)}{start}, loss {climbed}"
        try:
            report(text, state.restart * self.recipe.steps + state.step, restarts * self.recipe.steps)
        except BaseException:
            self._save(state, direction)
            raise
        written, took = self._written
        if (started := time.monotonic()) - written > took / SAVING:
            self._save(state, direction)
            self._written = time.monotonic(), time.monotonic() - started

    def _save(self, state: SearchState, direction: Directions) -> None:
        self._cache.save_state(self._key, "current", direction, asdict(state))

    def _starts(self) -> list[tuple[str, Callable[[], Directions]]]:
        """Return where each restart begins: at the fine-tune's direction (if any), then at random ones."""
        starts: list[tuple[str, Callable[[], Directions]]] = []
        if self.recipe.start is not None:
            starts.append(
                (f"towards {short_name(self.recipe.start)}", partial(self._in_memory, self.session.directions[0]))
            )
        for index in range(self.recipe.restarts):
            drawn = GaussianDirection(self.recipe.seed + index)
            starts.append((f"random {index + 1}", partial(self._in_memory, drawn)))
        return starts

    def _in_memory(self, direction: DirectionTensors) -> Directions:
        origin = self.session.mover.origin
        return _normalised({name: flat_tensor(direction, name, weight) for name, weight in origin.items()})

    def _steps(self, state: SearchState, direction: Directions) -> Iterator[int]:
        """Ascend in place; after each step the state is up to date, and its number is yielded."""
        traces, started = state.ascents[-1]["losses"], time.monotonic()

        @contextmanager
        def gradient_at(here: Directions) -> Iterator[Directions]:
            with self._at(here):
                latest = {name: trace[-1] for name, trace in traces.items() if trace} or self._gradients.losses()
                with self._gradients.at(self._shares(latest)) as (losses, gradient):
                    for name, loss in losses.items():
                        traces[name].append(loss)
                    yield gradient

        for step in ascend(direction, gradient_at, self.recipe.steps, state.step):
            state.step = step
            state.seconds, started = state.seconds + time.monotonic() - started, time.monotonic()
            yield step

    def _at(self, direction: Directions) -> Any:
        return self.session.mover.at([(StoredDirection(direction), self._alpha)])

    def _shares(self, losses: Mapping[str, float]) -> dict[str, float]:
        """Return the weight of each capability's gradient: that of ± log(loss + SOFT), so that none drowns the others.

        With one capability this is plain ascent. A spared one counts only while its loss is higher than at θ₀.
        """
        spared_now = {n: s < 0 and losses[n] <= self._origin[n] for n, s in self._signs.items()}
        return {n: 0.0 if spared_now[n] else s / (losses[n] + SOFT) for n, s in self._signs.items()}

    def _objective(self, losses: Mapping[str, float]) -> float:
        return sum(s * math.log(max(losses[n], self._origin[n]) + SOFT) for n, s in self._signs.items())

    def _end_restart(self, state: SearchState, direction: Directions) -> None:
        """Add the final losses to the restart's trace, and save its direction if it is the best so far."""
        with self._at(direction):
            final = self._gradients.losses()
        for name, loss in final.items():
            state.ascents[-1]["losses"][name].append(loss)
        best = self._cache.load_state(self._key, "best", {})  # without its tensors: one direction in memory is enough
        if best is None or self._objective(final) > best[1]["objective"]:
            notes = {"objective": self._objective(final), "restart": state.restart}
            self._cache.save_state(self._key, "best", direction, notes)
        state.restart, state.step = state.restart + 1, 0
        self._save(state, {})

    def _store_best(self, state: SearchState) -> None:
        if self._cache.has(self._key):
            return  # another process was faster
        best = self._cache.load_state(self._key, "best", self.session.weights)
        assert best is not None, "every restart saves its direction, unless a better one is saved"
        direction, notes = best
        noted = {
            "recipe": self.recipe.model_dump(mode="json"),
            "checkpoint": self.session.frame.checkpoint,
            "alpha": self._alpha,
            "origin": self._origin,
            "ascents": state.ascents,
            "kept": notes["restart"],
            "seconds": state.seconds,
            "mass": mass(direction),
        }
        self._cache.save(self._key, direction, noted)
        self._cache.forget_state(self._key)

    def _resumed(self) -> tuple[SearchState, Directions | None]:
        """Return the state of an earlier attempt, and its direction if it was within a restart."""
        found = self._cache.load_state(self._key, "current", self.session.weights)
        if found is None:
            return SearchState(), None
        direction, state = found
        return SearchState(**state), direction or None


def ascend(direction: Directions, gradient_at: GradientAt, steps: int, begin: int = 0) -> Iterator[int]:
    """Projected gradient ascent over ‖δ‖ = √d, in place: δ ← √d · (δ + η·∇/rms(∇)) / ‖…‖. Yields the steps taken.

    `gradient_at` gives, within its block, the gradient at a direction, up to a positive factor. η falls linearly from
    FIRST to LAST, both relative to the direction's length, so that the first step already points along the gradient.
    """
    for step in range(begin, steps):
        with gradient_at(direction) as gradient:
            length = (LAST + (FIRST - LAST) * (1 - step / steps)) / parameters.rms(gradient)
            for name, flat in direction.items():
                flat.add_(gradient[name].flatten().float(), alpha=length)
        del gradient  # before the next one is made
        _normalised(direction)
        yield step + 1


def require_something_to_lose(session: Session, capability: Capability) -> None:
    """Raises ValueError where θ₀ scores too low to have a basin of the capability that it could leave."""
    score = float(session.scorer.score(capability).outcomes.mean())
    if not has_basin(score, capability.chance, TOLERANCE):
        raise ValueError(
            f"{short_name(session.frame.checkpoint)} already fails {capability.name}: it scores {score:.3f}, guessing "
            f"{capability.chance:.2f}; there is nothing to lose. Choose a capability that it has"
        )


def mass(direction: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Return each tensor's share of ‖δ‖², with its layer, its module and its share of the weights."""
    squares = {name: float(tensor.double().square().sum()) for name, tensor in direction.items()}
    total, d = sum(squares.values()), parameters.count(direction)
    return [
        {"name": name, **parameters.place_of(name), "share": square / total, "weights": direction[name].numel() / d}
        for name, square in squares.items()
    ]


def _normalised(direction: Directions) -> Directions:
    """Scale a direction to unit RMS, in place, and return it."""
    size = parameters.rms(direction)
    for flat in direction.values():
        flat.div_(size)
    return direction
