"""A loaded model standing at θ₀: it moves to a point of its frame, is scored or asked there, and comes back."""

import math
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import torch

from landscape import assets
from landscape.capabilities import examples
from landscape.capabilities.examples import Capability, search_split
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import compatibility, models, parameters
from landscape.checkpoints.fingerprints import fingerprint
from landscape.engine import mover
from landscape.engine.cache_keys import CacheKeys
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.direction_tensors import DirectionTensors, TargetedDirection, TowardsDirection
from landscape.engine.frame_directions import FrameDirections, origin_of
from landscape.engine.plane_axes import Axes, inner, orthonormal, place
from landscape.schema.directions import asked_about, end_of, label_of, pointed_at, seed_of
from landscape.schema.points import Point
from landscape.schema.results import Facts, Measurement
from landscape.schema.specs import Frame, PlaneSpec, PointSpec


class Session:
    """A model and the directions that leave it, ready for any point of the frame.

    Raises:
        ValueError: whatever is wrong with the checkpoints, globs or device of the frame.
    """

    def __init__(
        self,
        frame: Frame,
        pool: models.Pool | None = None,
        kept: DirectionCache | None = None,
        origin: models.Loaded | None = None,
    ) -> None:
        """Load and check everything. `origin`: the model at θ₀, where it is of a larger frame."""
        kept = kept or DirectionCache(assets.DIRECTIONS)
        self.frame, self._pool = frame, pool or models.Pool()
        self.contents = contents_of(frame)
        compatibility.require_fit(frame)
        self.loaded = origin or origin_of(frame, self._pool)
        self.weights = parameters.select(self.loaded.model, frame.only, frame.exclude, adapter=frame.adapter)
        self.lines = FrameDirections(frame, self.loaded, self.weights, kept)
        self.mover = mover.Mover(self.weights)
        self.scorer = Scorer(self.loaded.model, self.loaded.tokenizer)
        self._at_origin: tuple[tuple[str, int] | None, str | None] = (None, None)  # the latest question at θ₀

    def fits(self, frame: Frame) -> bool:
        """Whether this session stands in the same frame, none of whose checkpoints changed on disk."""
        return self.frame == frame.frame and self.contents == contents_of(frame)

    @property
    def settings(self) -> dict[str, Any]:
        """What besides the spec decides the last bits of a loss: `use` it in the session that resumes."""
        return {"threads": torch.get_num_threads(), "tokens_per_batch": self.scorer.tokens_per_batch}

    def use(self, settings: dict[str, Any]) -> None:
        """Take over the settings of an earlier session, so that the numbers are equal bit for bit."""
        torch.set_num_threads(settings.get("threads", torch.get_num_threads()))
        self.scorer.tokens_per_batch = settings.get("tokens_per_batch", self.scorer.tokens_per_batch)

    def calibrate(self, capability: Capability) -> None:
        """Choose the number of threads by trying: a small model is faster on one than on many."""
        if self.scorer.device.type == "cpu":
            every = torch.get_num_threads()
            seconds = {n: self._seconds(capability, threads=n) for n in sorted({1, every, max(1, every // 2)})}
            torch.set_num_threads(min(seconds, key=lambda n: seconds[n]))

    def _seconds(self, capability: Capability, threads: int) -> float:
        """The faster of two goes at a few examples."""
        torch.set_num_threads(threads)
        part, taken = np.arange(min(64, len(capability.examples))), []
        for _ in range(2):
            started = time.perf_counter()
            self.scorer.score(capability, part)
            taken.append(time.perf_counter() - started)
        return min(taken)

    @cached_property
    def keys(self) -> CacheKeys:
        """Under which keys the measurements of this session lie."""
        loaded, device = self.loaded, next(iter(self.weights.values())).device.type
        identities = tuple(self.lines.identities)
        return CacheKeys(self.frame, identities, loaded.fingerprint, loaded.dtype, device, loaded.untied)

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
        with self.mover.at(self._coordinates(point)) as change:
            realised = change / self._unit(point.direction) * (-1 if point.alpha < 0 and not point.beta else 1)
            for capability in wanted:
                floor = (floors or {}).get(capability.name)
                scores = self.scorer.score(capability) if floor is None else self.scorer.compare(capability, floor)
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
        with self.mover.at(self._coordinates(point)):
            text = self.scorer.continued(prompt, max_new_tokens)
        if point.at_origin:
            self._at_origin = asked, text  # one prompt is usually asked at many points
        return text

    def facts(self, spec: PointSpec, wanted: Sequence[Capability]) -> Facts:
        """What a reader of the result needs to know besides the points."""
        return Facts(
            parameters=parameters.count(self.weights),
            rms=parameters.rms(self.weights),
            alpha_of={
                end: line.alpha
                for direction, line in zip(self.frame.directions, self.lines, strict=True)
                if (end := end_of(direction)) is not None and isinstance(line, TargetedDirection)
            },
            counts={c.name: self.scorer.encode(c).counts for c in wanted},
            chance={c.name: c.chance for c in wanted},
            places={name: self._place(name) for name in spec.landmarks} if isinstance(spec, PlaneSpec) else {},
            cosine=self._axes.cosine if isinstance(spec, PlaneSpec) else None,
            variance=self.lines.variance,
            searched=self._searched(wanted),
            touched=self.lines.touched,
            added_rows=self.lines.added_rows,
            remarks=[*self.lines.remarks, *self._quantised()],
            found={label: found.notes for label, found in self.lines.found.items()},
            cosines=self._cosines() if self.lines.found else {},
        )

    def _quantised(self) -> list[str]:
        """What a reader has to know of a quantised base."""
        how = self.loaded.quantisation
        return [f"The base is quantised ({how}) and scored as it is; its integers are not counted in d."] if how else []

    def _searched(self, wanted: Sequence[Capability]) -> dict[str, list[int]]:
        """Which examples searches use, where any direction was searched for."""
        return {c.name: np.flatnonzero(search_split(c)).tolist() for c in wanted} if self.lines.found else {}

    def _cosines(self) -> dict[str, dict[str, float]]:
        """Between the directions that are not random (all of unit RMS), by both labels."""
        named = [(label_of(d), u) for d, u in zip(self.frame.directions, self.lines, strict=True) if seed_of(d) is None]
        found: dict[str, dict[str, float]] = {name: {} for name, _ in named}
        for (one, u), (other, v) in combinations(named, 2):
            found[one][other] = found[other][one] = inner(u, v, self.mover.origin)
        return found

    @cached_property
    def _axes(self) -> Axes:
        u, v = self.lines
        return orthonormal(u, v, self.mover.origin, relative=self.frame.relative)

    def _coordinates(self, point: Point) -> list[tuple[DirectionTensors, float]]:
        """A point as αs of the stored lines; a checkpoint that a line points at is met exactly."""
        if point.beta == 0:
            return [(self.lines[point.direction], point.alpha)]
        pair = self._axes.coefficients(point.alpha, point.beta)
        size = math.hypot(point.alpha, point.beta)
        met = [_snapped(alpha, line, size) for alpha, line in zip(pair, self.lines, strict=True)]
        return list(zip(self.lines, met, strict=True))

    def _place(self, name: str) -> list[float]:
        """[x, y, distance to the plane] of a landmark."""
        for index, (direction, line) in enumerate(zip(self.frame.directions, self.lines, strict=True)):
            if pointed_at(direction) == (name,) and isinstance(line, TowardsDirection):
                ends = [0.0, 0.0]
                ends[index] = line.alpha
                return [*self._axes.point_of(*ends), 0.0]
        compatibility.require_match(self.frame.checkpoint, name)
        target = self.lines.weights_of(name)
        alpha = parameters.rms_difference(self.weights, target)
        if alpha == 0:
            return [0.0, 0.0, 0.0]
        u, v = self.lines
        return place(TowardsDirection(target, alpha), u, v, self._axes, self.mover.origin)

    def _unit(self, direction: int) -> float:
        """RMS of the direction: 1, or for relative directions that of the weights they scale with."""
        return self._units[self.frame.directions[direction].kind == "filter"] if self.frame.relative else 1.0

    @cached_property
    def _units(self) -> dict[bool, float]:
        """RMS of a relative direction by whether it scales rows. One pass over θ₀, offloaded or not, serves all."""
        return {rows: self._scaled(rows) for rows in {d.kind == "filter" for d in self.frame.directions}}

    def _scaled(self, rows: bool) -> float:
        scaled = {name: w for name, w in self.weights.items() if w.ndim > 1 or not rows}
        if not scaled:
            raise ValueError("filter directions move no 1-D tensor, and only/exclude leave nothing else")
        share = parameters.count(scaled) / parameters.count(self.weights)
        return math.sqrt(parameters.squares(self.mover.origin, scaled) / parameters.count(scaled)) * share**0.5


def load_capabilities(spec: PointSpec) -> list[Capability]:
    """The capabilities of a spec. Raises ValueError for a bad file, or two of one name."""
    loaded = [examples.load(name, spec.limit) for name in spec.capabilities]
    names = [capability.name for capability in loaded]
    if len(set(names)) < len(names):
        raise ValueError(f"expected capabilities with different names, got {', '.join(names)}: rename a file")
    return loaded


def contents_of(frame: Frame) -> tuple[str, ...]:
    """What a session's lines hang on, by content: a file that changed makes another session."""
    asked = dict.fromkeys(name for direction in frame.directions for name in asked_about(direction))
    searched_on = (examples.load(name).digest for name in asked)
    return (*(fingerprint(name) for name in (frame.checkpoint, *frame.others)), *searched_on)


def _snapped(alpha: float, line: DirectionTensors, size: float) -> float:
    """α without the rounding of Gram–Schmidt: exactly 0, or exactly that of the place a line ends at."""
    if abs(alpha) < 1e-9 * size:
        return 0.0
    if isinstance(line, TargetedDirection) and math.isclose(alpha, line.alpha, rel_tol=1e-9):
        return line.alpha
    return alpha
