"""The worst direction found: projected gradient ascent on the answers' NLL over ‖δ‖ = √d, at one α (DESIGN §3).

It is an upper bound on robustness: a worse direction may exist. A capability is searched on one half of its examples
(`capabilities.searched`); the other half, which the search never saw, confirms it.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from landscape.basins.inside import has_basin
from landscape.capabilities import examples
from landscape.capabilities.examples import Capability
from landscape.checkpoints import parameters
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.direction_tensors import DirectionTensors, GaussianDirection, StoredDirection
from landscape.engine.frame_directions import search_alpha
from landscape.engine.session import Session
from landscape.schema.directions import Worst, label_of, short_name
from landscape.schema.specs import TOLERANCE
from landscape.worst.gradients import Gradients

FIRST, LAST = 1.0, 0.02  # length of a step beside that of the direction: the first, and what the last comes down to
SOFT = 0.01  # nats: below it a loss counts as good as none when several are weighed against each other
SAVING = 0.05  # share of the time that may go into writing down where a search stands

Directions = dict[str, Tensor]  # flat fp32 tensors by parameter name
Slope = Callable[[Directions], AbstractContextManager[Mapping[str, Tensor]]]
Report = Callable[[str, int, int], None]  # told what is being done, how much of it, of how much; raises to stop it


@dataclass
class Standing:
    """Where a search stands: in which restart, at which step, and what each restart's ascent has been."""

    restart: int = 0
    step: int = 0
    ascents: list[dict[str, Any]] = field(default_factory=list)  # {"start": …, "losses": {capability: [at each step]}}
    seconds: float = 0.0


class Search:
    """One recipe's search. The session's first line is the fine-tune's direction if the recipe starts from one.

    Memory besides the session's weights and θ₀: one gradient in the model's dtype and the direction in fp32.

    Raises:
        ValueError: θ₀ already fails a capability that is to be hurt; no reference answers; too few examples.
    """

    def __init__(self, session: Session, recipe: Worst, kept: DirectionCache, key: str) -> None:
        """Load the examples; nothing is searched yet."""
        hurt, spared = ([examples.load(name) for name in names] for names in (recipe.capabilities, recipe.spared))
        session.calibrate(hurt[0])
        for capability in hurt:
            require_something_to_lose(session, capability)
        self.session, self.recipe, self._kept, self._key = session, recipe, kept, key
        self._signs = {c.name: 1 for c in hurt} | {c.name: -1 for c in spared}
        self._gradients = Gradients(session.scorer, session.weights, [*hurt, *spared])
        self._origin = self._gradients.losses()
        self._alpha = search_alpha(recipe, parameters.count(session.weights))
        self._written = -math.inf, 0.0  # when the standing was last written down, and how long that took

    def run(self, report: Report) -> None:
        """Search, from where an earlier attempt was, and keep the best restart's direction with its notes."""
        standing, direction = self._resumed()
        starts = self._starts()
        while standing.restart < len(starts):
            name, start = starts[standing.restart]
            if direction is None:
                direction = start()
                standing.ascents.append({"start": name, "losses": {capability: [] for capability in self._origin}})
            for _ in self._steps(standing, direction):
                self._tell(report, standing, direction, len(starts))
            self._end_restart(standing, direction)
            direction = None
        self._keep(standing)

    def _tell(self, report: Report, standing: Standing, direction: Directions, restarts: int) -> None:
        """Say where the search stands, and write it down: seldom, but always before it is stopped."""
        traces = standing.ascents[-1]["losses"].items()
        climbed = ", ".join(f"{name} {self._origin[name]:.2g} → {trace[-1]:.2g}" for name, trace in traces)
        start = f" from {standing.ascents[-1]['start']}" if restarts > 1 else ""
        text = f"searching {label_of(self.recipe)}{start}, loss {climbed}"
        try:
            report(text, standing.restart * self.recipe.steps + standing.step, restarts * self.recipe.steps)
        except BaseException:
            self._save(standing, direction)
            raise
        written, took = self._written
        if (started := time.monotonic()) - written > took / SAVING:
            self._save(standing, direction)
            self._written = time.monotonic(), time.monotonic() - started

    def _save(self, standing: Standing, direction: Directions) -> None:
        self._kept.save_state(self._key, "current", direction, asdict(standing))

    def _starts(self) -> list[tuple[str, Callable[[], Directions]]]:
        """Where each restart begins: the fine-tune's direction, then random ones."""
        begins: list[tuple[str, Callable[[], Directions]]] = []
        if self.recipe.start is not None:
            begins.append((f"towards {short_name(self.recipe.start)}", partial(self._direction, self.session.lines[0])))
        for index in range(self.recipe.restarts):
            line = GaussianDirection(self.recipe.seed + index)
            begins.append((f"random {index + 1}", partial(self._direction, line)))
        return begins

    def _direction(self, line: DirectionTensors) -> Directions:
        flat = {}
        for name, origin in self.session.mover.origin.items():
            flat[name] = torch.zeros(origin.numel(), device=origin.device)
            for part, chunk in line.chunks(name, origin):
                flat[name][part] = chunk
        return _normalised(flat)

    def _steps(self, standing: Standing, direction: Directions) -> Iterator[int]:
        """Ascend in place, a step at a time; the standing keeps up."""
        traces, started = standing.ascents[-1]["losses"], time.monotonic()

        @contextmanager
        def slope(here: Directions) -> Iterator[Directions]:
            with self._at(here):
                latest = {name: trace[-1] for name, trace in traces.items() if trace} or self._gradients.losses()
                with self._gradients.at(self._shares(latest)) as (losses, gradient):
                    for name, loss in losses.items():
                        traces[name].append(loss)
                    yield gradient

        for step in ascend(direction, slope, self.recipe.steps, standing.step):
            standing.step = step
            standing.seconds, started = standing.seconds + time.monotonic() - started, time.monotonic()
            yield step

    def _at(self, direction: Directions) -> Any:
        return self.session.mover.at([(StoredDirection(direction), self._alpha)])

    def _shares(self, losses: Mapping[str, float]) -> dict[str, float]:
        """Of each capability's gradient: that of ± log(loss + SOFT), so that none drowns the others.

        One alone is plain ascent. What is spared pulls only while it is worse off than at θ₀.
        """
        spared_now = {n: s < 0 and losses[n] <= self._origin[n] for n, s in self._signs.items()}
        return {n: 0.0 if spared_now[n] else s / (losses[n] + SOFT) for n, s in self._signs.items()}

    def _objective(self, losses: Mapping[str, float]) -> float:
        return sum(s * math.log(max(losses[n], self._origin[n]) + SOFT) for n, s in self._signs.items())

    def _end_restart(self, standing: Standing, direction: Directions) -> None:
        """The restart's end joins its trace; its direction is the best so far, or forgotten."""
        with self._at(direction):
            final = self._gradients.losses()
        for name, loss in final.items():
            standing.ascents[-1]["losses"][name].append(loss)
        best = self._kept.load_state(self._key, "best", {})  # its notes alone: one direction in memory is enough
        if best is None or self._objective(final) > best[1]["objective"]:
            notes = {"objective": self._objective(final), "restart": standing.restart}
            self._kept.save_state(self._key, "best", direction, notes)
        standing.restart, standing.step = standing.restart + 1, 0
        self._save(standing, {})

    def _keep(self, standing: Standing) -> None:
        if self._kept.has(self._key):
            return  # another process was here first
        best = self._kept.load_state(self._key, "best", self.session.weights)
        assert best is not None, "every restart leaves a direction, or a better one is there"
        direction, notes = best
        noted = {
            "recipe": self.recipe.model_dump(mode="json"),
            "checkpoint": self.session.frame.checkpoint,
            "alpha": self._alpha,
            "origin": self._origin,
            "ascents": standing.ascents,
            "kept": notes["restart"],
            "seconds": standing.seconds,
            "mass": mass(direction),
        }
        self._kept.save(self._key, direction, noted)
        self._kept.forget_state(self._key)

    def _resumed(self) -> tuple[Standing, Directions | None]:
        """Where an earlier attempt was: its standing, and its direction if it was on its way."""
        found = self._kept.load_state(self._key, "current", self.session.weights)
        if found is None:
            return Standing(), None
        direction, standing = found
        return Standing(**standing), direction or None


def ascend(direction: Directions, slope: Slope, steps: int, begin: int = 0) -> Iterator[int]:
    """Projected gradient ascent over ‖δ‖ = √d, in place: δ ← √d · (δ + η·∇/rms(∇)) / ‖…‖. Yields the steps taken.

    `slope` gives, within its block, the gradient at a direction, any positive factor allowed. η falls linearly from
    the direction's own length to LAST of it, so that the first step already points along the gradient.
    """
    for step in range(begin, steps):
        with slope(direction) as gradient:
            length = (LAST + (FIRST - LAST) * (1 - step / steps)) / parameters.rms(gradient)
            for name, flat in direction.items():
                flat.add_(gradient[name].flatten().float(), alpha=length)
        del gradient  # before the next one is made
        _normalised(direction)
        yield step + 1


def require_something_to_lose(session: Session, capability: Capability) -> None:
    """Raises ValueError where θ₀ has no basin of the capability to be driven out of."""
    score = float(session.scorer.score(capability).outcomes.mean())
    if not has_basin(score, capability.chance, TOLERANCE):
        raise ValueError(
            f"{short_name(session.frame.checkpoint)} already fails {capability.name}: it scores {score:.3f}, guessing "
            f"{capability.chance:.2f}; there is nothing to lose. Choose a capability that it has"
        )


def mass(direction: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Where a direction's mass lies: each tensor's share of ‖δ‖², with its layer, module and share of the weights."""
    squares = {name: float(tensor.double().square().sum()) for name, tensor in direction.items()}
    total, d = sum(squares.values()), parameters.count(direction)
    return [
        {"name": name, **parameters.place_of(name), "share": square / total, "weights": direction[name].numel() / d}
        for name, square in squares.items()
    ]


def _normalised(direction: Directions) -> Directions:
    """The same of unit RMS, in place."""
    size = parameters.rms(direction)
    for flat in direction.values():
        flat.div_(size)
    return direction
