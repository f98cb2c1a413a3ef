"""Slices: capabilities along directions from one checkpoint, θ₀ + α·direction, point by point."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch

from landscape import capabilities, checkpoints, models, weights
from landscape.capabilities import Capability
from landscape.directions import GaussianLine, Line, ScaledLine, TowardsLine
from landscape.evaluate import Scorer
from landscape.fingerprints import fingerprint
from landscape.results import Facts
from landscape.specs import Direction, SliceSpec, Towards, digest

MEASUREMENT = 1  # raise when the meaning of a measured number changes: old points are then measured again


@dataclass(frozen=True)
class Point:
    """One θ of a slice; `position` is its place in the order of measuring."""

    position: int
    direction: int  # index in spec.directions
    alpha: float


@dataclass(frozen=True)
class Measurement:
    """One capability at one θ, example by example."""

    outcomes: np.ndarray  # uint8 (n,)
    losses: np.ndarray  # float32 (n,), nats per answer token; NaN where an example has no reference
    seconds: float
    realised_alpha: float
    counts: dict[str, int]  # too_long: did not fit the context; generated: judged on free generation


class Session:
    """A loaded model standing at θ₀, ready to measure the points of one spec.

    Raises:
        ValueError: whatever is wrong with the checkpoints, capabilities, globs or device of the spec.
    """

    def __init__(
        self, spec: SliceSpec, *, settings: dict[str, Any] | None = None, pool: models.Pool | None = None
    ) -> None:
        """Load and check everything. `settings` of an earlier session make the numbers equal bit for bit."""
        self.spec, self._pool = spec, pool or models.Pool()
        torch.set_num_threads((settings or {}).get("threads", torch.get_num_threads()))
        self.capabilities = _load_capabilities(spec)
        checkpoints.require_match(spec.checkpoint, *spec.others)
        self._loaded = self._pool.get(
            spec.checkpoint,
            dtype=spec.dtype,
            device=spec.device,
            trust_remote_code=spec.checkpoint in spec.trust_remote_code,
        )
        self._selected = weights.select(self._loaded.model, spec.only, spec.exclude)
        self._lines = [self._line(direction) for direction in spec.directions]
        self._identities = [_identity(direction) for direction in spec.directions]
        self._mover = weights.Mover(self._selected)
        self._scorer = Scorer(self._loaded.model, self._loaded.tokenizer, (settings or {}).get("tokens_per_batch"))
        self.facts = self._facts()
        self.points = in_measuring_order(
            grid(spec.alphas, line.alpha if isinstance(line, TowardsLine) else None) for line in self._lines
        )

    def __enter__(self) -> Self:
        """The session itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """θ₀ is back already; the pool keeps the model."""

    @property
    def settings(self) -> dict[str, Any]:
        """What besides the spec decides the last bits of a loss: pass it to the session that resumes."""
        return {"threads": torch.get_num_threads(), "tokens_per_batch": self._scorer.tokens_per_batch}

    def key(self, point: Point, capability: Capability) -> str:
        """Hash of everything that determines a measurement; the same θ₀ for every direction."""
        moved = {}
        if point.alpha != 0:
            identity = self._identities[point.direction]
            moved = {"directions": [[identity, point.alpha]], "only": self.spec.only, "exclude": self.spec.exclude}
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

    def verify(self) -> dict[str, Measurement]:
        """θ₀'s measurement by capability name, made twice.

        Raises:
            RuntimeError: the two differ, so that nothing measured here could be trusted.
        """
        origin = Point(0, 0, 0.0)
        first, second = (self.measure(origin, self.capabilities) for _ in range(2))
        for name, one in first.items():
            flips = int((one.outcomes != second[name].outcomes).sum())
            if flips or not np.allclose(one.losses, second[name].losses, rtol=1e-3, equal_nan=True):
                raise RuntimeError(
                    f"{name} scored twice at α = 0 gives two answers ({flips} of {len(one.outcomes)} outcomes differ): "
                    "the model is not deterministic here; try --dtype float32"
                )
        return first

    def measure(self, point: Point, wanted: Sequence[Capability]) -> dict[str, Measurement]:
        """Move to the point, score each wanted capability, restore θ₀ bit for bit."""
        started = time.perf_counter()
        measured = {}
        with self._mover.at([(self._lines[point.direction], point.alpha)]) as change:
            realised = change / self._unit(point.direction) * (-1 if point.alpha < 0 else 1)
            for capability in wanted:
                scores = self._scorer.score(capability)
                seconds, started = time.perf_counter() - started, time.perf_counter()
                measured[capability.name] = Measurement(
                    scores.outcomes, scores.losses, seconds, realised, scores.counts
                )
        return measured

    def _unit(self, direction: int) -> float:
        """RMS of the direction: 1, or for relative directions that of the weights they scale with."""
        if not self.spec.directions[direction].relative:
            return 1.0
        rows = self.spec.directions[direction].kind == "filter"
        scaled = {name: w for name, w in self._mover.origin.items() if w.ndim > 1 or not rows}
        if not scaled:
            raise ValueError("filter directions move no 1-D tensor, and only/exclude leave nothing else")
        share = weights.count(scaled) / weights.count(self._selected)
        return weights.rms(scaled) * share**0.5

    def _line(self, direction: Direction) -> Line:
        if not isinstance(direction, Towards):
            if direction.kind == "gaussian":
                return GaussianLine(direction.seed)
            return ScaledLine(direction.seed, rows=direction.kind == "filter")
        other = models.load(
            direction.checkpoint,
            dtype=self._loaded.dtype,
            device=self.spec.device,
            trust_remote_code=direction.checkpoint in self.spec.trust_remote_code,
        )
        target = {name: weight for name, weight in weights.select(other.model).items() if name in self._selected}
        alpha = weights.rms_difference(self._selected, target)
        if alpha == 0:
            raise ValueError(f"{direction.checkpoint!r} has the same weights as {self.spec.checkpoint!r}: Δθ = 0")
        return TowardsLine(target, alpha)

    def _facts(self) -> Facts:
        encoded = {c.name: self._scorer.encode(c) for c in self.capabilities}
        return Facts(
            parameters=weights.count(self._selected),
            rms=weights.rms(self._selected),
            alpha_of={
                direction.checkpoint: line.alpha
                for direction, line in zip(self.spec.directions, self._lines, strict=True)
                if isinstance(direction, Towards) and isinstance(line, TowardsLine)
            },
            counts={name: e.counts for name, e in encoded.items()},
        )


def _load_capabilities(spec: SliceSpec) -> list[Capability]:
    loaded = [capabilities.load(name, spec.limit) for name in spec.capabilities]
    names = [capability.name for capability in loaded]
    if len(set(names)) < len(names):
        raise ValueError(f"expected capabilities with different names, got {', '.join(names)}: rename a file")
    return loaded


def _identity(direction: Direction) -> dict[str, Any]:
    """A direction by content: a checkpoint is what its files hold, not what they are called."""
    if isinstance(direction, Towards):
        return {"kind": "towards", "fingerprint": fingerprint(direction.checkpoint)}
    return direction.model_dump()


def grid(alphas: Iterable[float], alpha_of_target: float | None = None) -> list[float]:
    """The alphas of one direction, ascending: those asked for, 0, and the target's own."""
    return sorted({*alphas, 0.0} | ({alpha_of_target} if alpha_of_target is not None else set()))


def in_measuring_order(grids: Iterable[Sequence[float]]) -> list[Point]:
    """All points, coarse to fine over all directions at once: θ₀, the ends, then ever finer halves.

    A run watched (or cancelled) early shows the whole range already.
    """
    ranked = [
        (rank if alpha != 0 else -1, index, alpha)
        for index, alphas in enumerate(grids)
        for rank, alpha in enumerate(_halving(alphas))
    ]
    return [Point(position, index, alpha) for position, (_, index, alpha) in enumerate(sorted(ranked))]


def _halving(alphas: Sequence[float]) -> list[float]:
    """Both ends, then the middle of every gap, breadth first."""
    order, gaps = [0, len(alphas) - 1], [(0, len(alphas) - 1)]
    while gaps:
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return [alphas[i] for i in dict.fromkeys(order)]
