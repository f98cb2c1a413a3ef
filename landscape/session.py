"""A loaded model standing at θ₀: it moves to a point of its frame, is scored or asked there, and comes back."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from landscape import capabilities, checkpoints, models, weights
from landscape.axes import Axes, orthonormal, place
from landscape.capabilities import Capability
from landscape.directions import GaussianLine, Line, ScaledLine, TowardsLine
from landscape.evaluate import Scorer
from landscape.fingerprints import fingerprint
from landscape.points import Point
from landscape.principal import Components, components
from landscape.recipes import Direction, Principal, Towards, pointed_at
from landscape.results import Facts
from landscape.specs import Frame, PlaneSpec, Survey, digest

MEASUREMENT = 1  # raise when the meaning of a measured number changes: old points are then measured again


@dataclass(frozen=True)
class Measurement:
    """One capability at one θ, example by example."""

    outcomes: np.ndarray  # uint8 (n,), NOT_SCORED where an example was left out
    losses: np.ndarray  # float32 (n,), nats per answer token; NaN where an example has no reference
    seconds: float
    realised_alpha: float
    counts: dict[str, int]  # too_long: did not fit the context; generated; not_finite: NaN logits


class Session:
    """A model and the directions that leave it, ready for any point of the frame.

    Raises:
        ValueError: whatever is wrong with the checkpoints, globs or device of the frame.
    """

    def __init__(self, frame: Frame, pool: models.Pool | None = None) -> None:
        """Load and check everything."""
        self.frame, self._pool = frame, pool or models.Pool()
        self.contents = _contents(frame)
        checkpoints.require_match(frame.checkpoint, *frame.others)
        self._loaded = self._pool.get(
            frame.checkpoint,
            dtype=frame.dtype,
            device=frame.device,
            trust_remote_code=frame.checkpoint in frame.trust_remote_code,
        )
        self._selected = weights.select(self._loaded.model, frame.only, frame.exclude)
        self._lines = [self._line(direction) for direction in frame.directions]
        self._identities = [self._identity(direction) for direction in frame.directions]
        self._mover = weights.Mover(self._selected)
        self._scorer = Scorer(self._loaded.model, self._loaded.tokenizer)
        self._at_origin: tuple[tuple[str, int] | None, str | None] = (None, None)  # the latest question at θ₀

    def fits(self, frame: Frame) -> bool:
        """Whether this session stands in the same frame, none of whose checkpoints changed on disk."""
        return self.frame == frame.frame and self.contents == _contents(frame)

    @property
    def settings(self) -> dict[str, Any]:
        """What besides the spec decides the last bits of a loss: `use` it in the session that resumes."""
        return {"threads": torch.get_num_threads(), "tokens_per_batch": self._scorer.tokens_per_batch}

    def use(self, settings: dict[str, Any]) -> None:
        """Take over the settings of an earlier session, so that the numbers are equal bit for bit."""
        torch.set_num_threads(settings.get("threads", torch.get_num_threads()))
        self._scorer.tokens_per_batch = settings.get("tokens_per_batch", self._scorer.tokens_per_batch)

    def calibrate(self, capability: Capability) -> None:
        """Choose the number of threads by trying: a small model is faster on one than on many."""
        if self._scorer.device.type == "cpu":
            every = torch.get_num_threads()
            seconds = {n: self._seconds(capability, threads=n) for n in sorted({1, every, max(1, every // 2)})}
            torch.set_num_threads(min(seconds, key=lambda n: seconds[n]))

    def _seconds(self, capability: Capability, threads: int) -> float:
        """The faster of two goes at a few examples."""
        torch.set_num_threads(threads)
        part, taken = np.arange(min(64, len(capability.examples))), []
        for _ in range(2):
            started = time.perf_counter()
            self._scorer.score(capability, part)
            taken.append(time.perf_counter() - started)
        return min(taken)

    def key(self, point: Point, capability: Capability, floor: float | None = None) -> str:
        """Hash of everything that determines a measurement; the same θ₀ for every direction.

        `floor`: of a measurement that stops as soon as its score is known to lie above or below it.
        """
        moved: dict[str, Any] = {}
        if point.beta != 0:
            moved = {"plane": [*self._identities, point.alpha, point.beta]}
        elif point.alpha != 0:
            moved = {"directions": [[self._identities[point.direction], point.alpha]]}
        if moved:
            moved |= {"only": self.frame.only, "exclude": self.frame.exclude}
        if floor is not None:
            moved |= {"floor": floor}
        return digest(
            {
                "measurement": MEASUREMENT,
                "checkpoint": self._loaded.fingerprint,
                "dtype": self._loaded.dtype,
                "device": next(iter(self._selected.values())).device.type,
                "capability": capability.digest,
                **moved,
            }
        )

    def verify(self, wanted: Sequence[Capability]) -> dict[str, Measurement]:
        """θ₀'s measurement by capability name, made twice.

        Raises:
            RuntimeError: the two differ, so that nothing measured here could be trusted.
        """
        origin = Point(0, 0.0)
        first, second = (self.measure(origin, wanted) for _ in range(2))
        for name, one in first.items():
            flips = int((one.outcomes != second[name].outcomes).sum())
            if flips or not np.allclose(one.losses, second[name].losses, rtol=1e-3, equal_nan=True):
                raise RuntimeError(
                    f"{name} scored twice at α = 0 gives two answers ({flips} of {len(one.outcomes)} outcomes differ): "
                    "the model is not deterministic here; try --dtype float32"
                )
        return first

    def measure(
        self, point: Point, wanted: Sequence[Capability], floors: Mapping[str, float] | None = None
    ) -> dict[str, Measurement]:
        """Move to the point, score each wanted capability, restore θ₀ bit for bit.

        A capability with a floor is scored until its score is known to lie above or below it.
        """
        started = time.perf_counter()
        measured = {}
        with self._mover.at(self._coordinates(point)) as change:
            realised = change / self._unit(point.direction) * (-1 if point.alpha < 0 and not point.beta else 1)
            for capability in wanted:
                floor = (floors or {}).get(capability.name)
                scores = self._scorer.score(capability) if floor is None else self._scorer.compare(capability, floor)
                seconds, started = time.perf_counter() - started, time.perf_counter()
                measured[capability.name] = Measurement(
                    scores.outcomes, scores.losses, seconds, realised, scores.counts
                )
        return measured

    def answer(self, point: Point, prompt: str, max_new_tokens: int) -> str | None:
        """What the model writes after the prompt at a point (greedy); None: its logits are not finite there.

        Raises:
            ValueError: prompt and answer do not fit the context.
        """
        asked = (prompt, max_new_tokens)
        if point.at_origin and self._at_origin[0] == asked:
            return self._at_origin[1]
        with self._mover.at(self._coordinates(point)):
            text = self._scorer.continued(prompt, max_new_tokens)
        if point.at_origin:
            self._at_origin = asked, text  # one prompt is usually asked at many points
        return text

    def facts(self, spec: Survey, wanted: Sequence[Capability]) -> Facts:
        """What a reader of the result needs to know besides the points."""
        return Facts(
            parameters=weights.count(self._selected),
            rms=weights.rms(self._selected),
            alpha_of={
                direction.checkpoint: line.alpha
                for direction, line in zip(self.frame.directions, self._lines, strict=True)
                if isinstance(direction, Towards) and isinstance(line, TowardsLine)
            },
            counts={c.name: self._scorer.encode(c).counts for c in wanted},
            chance={c.name: c.chance for c in wanted},
            places={name: self._place(name) for name in spec.landmarks} if isinstance(spec, PlaneSpec) else {},
            cosine=self._axes.cosine if isinstance(spec, PlaneSpec) else None,
            variance=list(self._principal.variance) if self._snapshots else [],
        )

    @cached_property
    def _axes(self) -> Axes:
        u, v = self._lines
        return orthonormal(u, v, self._mover.origin, relative=self.frame.relative)

    def _coordinates(self, point: Point) -> list[tuple[Line, float]]:
        """A point as αs of the stored lines; a checkpoint that a line points at is met exactly."""
        if point.beta == 0:
            return [(self._lines[point.direction], point.alpha)]
        pair = self._axes.coefficients(point.alpha, point.beta)
        size = math.hypot(point.alpha, point.beta)
        met = [_snapped(alpha, line, size) for alpha, line in zip(pair, self._lines, strict=True)]
        return list(zip(self._lines, met, strict=True))

    def _place(self, name: str) -> list[float]:
        """[x, y, distance to the plane] of a landmark."""
        for index, (direction, line) in enumerate(zip(self.frame.directions, self._lines, strict=True)):
            if pointed_at(direction) == (name,) and isinstance(line, TowardsLine):
                ends = [0.0, 0.0]
                ends[index] = line.alpha
                return [*self._axes.point_of(*ends), 0.0]
        checkpoints.require_match(self.frame.checkpoint, name)
        target = self._weights_of(name)
        alpha = weights.rms_difference(self._selected, target)
        if alpha == 0:
            return [0.0, 0.0, 0.0]
        u, v = self._lines
        return place(TowardsLine(target, alpha), u, v, self._axes, self._mover.origin)

    def _unit(self, direction: int) -> float:
        """RMS of the direction: 1, or for relative directions that of the weights they scale with."""
        if not self.frame.relative:
            return 1.0
        rows = self.frame.directions[direction].kind == "filter"
        scaled = {name: w for name, w in self._mover.origin.items() if w.ndim > 1 or not rows}
        if not scaled:
            raise ValueError("filter directions move no 1-D tensor, and only/exclude leave nothing else")
        share = weights.count(scaled) / weights.count(self._selected)
        return weights.rms(scaled) * share**0.5

    def _weights_of(self, name: str) -> dict[str, torch.Tensor]:
        """The selected weights of another checkpoint."""
        trusted = name in self.frame.trust_remote_code
        other = models.load_model(name, dtype=self._loaded.dtype, device=self.frame.device, trust_remote_code=trusted)
        return {key: weight for key, weight in weights.select(other).items() if key in self._selected}

    def _line(self, direction: Direction) -> Line:
        if isinstance(direction, Principal):
            return self._principal.lines[direction.component]
        if not isinstance(direction, Towards):
            if direction.kind == "gaussian":
                return GaussianLine(direction.seed)
            return ScaledLine(direction.seed, rows=direction.kind == "filter")
        target = self._weights_of(direction.checkpoint)
        alpha = weights.rms_difference(self._selected, target)
        if alpha == 0:
            raise ValueError(f"{direction.checkpoint!r} has the same weights as {self.frame.checkpoint!r}: Δθ = 0")
        return TowardsLine(target, alpha)

    @property
    def _snapshots(self) -> list[Principal]:
        return [direction for direction in self.frame.directions if isinstance(direction, Principal)]

    @cached_property
    def _principal(self) -> Components:
        asked = self._snapshots
        if len({direction.checkpoints for direction in asked}) > 1:
            raise ValueError("expected both principal directions to be of the same snapshots")
        snapshots = [self._weights_of(name) for name in asked[0].checkpoints]
        return components(snapshots, self._selected, 1 + max(direction.component for direction in asked))

    def _identity(self, direction: Direction) -> dict[str, Any]:
        """A direction by content: a checkpoint is what its files hold, not what they are called."""
        if isinstance(direction, Towards):
            return {"kind": "towards", "fingerprint": fingerprint(direction.checkpoint)}
        if isinstance(direction, Principal):
            prints = [fingerprint(name) for name in direction.checkpoints]
            return {"kind": "principal", "component": direction.component, "fingerprints": prints}
        return direction.model_dump()


def load_capabilities(spec: Survey) -> list[Capability]:
    """The capabilities of a spec. Raises ValueError for a bad file, or two of one name."""
    loaded = [capabilities.load(name, spec.limit) for name in spec.capabilities]
    names = [capability.name for capability in loaded]
    if len(set(names)) < len(names):
        raise ValueError(f"expected capabilities with different names, got {', '.join(names)}: rename a file")
    return loaded


def _contents(frame: Frame) -> tuple[str, ...]:
    return tuple(fingerprint(name) for name in (frame.checkpoint, *frame.others))


def _snapped(alpha: float, line: Line, size: float) -> float:
    """α without the rounding of Gram–Schmidt: exactly 0, or exactly that of the checkpoint pointed at."""
    if abs(alpha) < 1e-9 * size:
        return 0.0
    close = isinstance(line, TowardsLine) and math.isclose(alpha, line.alpha, rel_tol=1e-9)
    return line.alpha if close and isinstance(line, TowardsLine) else alpha
