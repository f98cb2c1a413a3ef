"""A session: a loaded model at θ₀ that moves to any point of its frame, is scored there, and comes back to θ₀."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import torch

from landscape import assets
from landscape.capabilities import examples
from landscape.capabilities.examples import Capability
from landscape.capabilities.scoring import Scorer, Scores
from landscape.checkpoints import compatibility, models, parameters
from landscape.checkpoints.fingerprints import fingerprint
from landscape.engine import mover
from landscape.engine.cache_keys import CacheKeys
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.direction_tensors import DirectionTensors, KeptDirections, TargetedDirection
from landscape.engine.frame_directions import FrameDirections, origin_of
from landscape.engine.plane_axes import Axes, orthonormal
from landscape.schema.directions import capabilities_of
from landscape.schema.frames import Frame, PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Measurement

THREADS = torch.get_num_threads()  # of this machine, before any session chooses
SAMPLE = 16  # examples of each capability that are scored twice before a run, to see whether the model is deterministic
WEIGHTS_A_THREAD = 1_000_000  # with fewer, waiting for one another takes threads longer than their work


class Session:
    """A model at θ₀ and the directions of its frame, ready to be measured at any point of the frame.

    Raises:
        ValueError: a checkpoint, glob or device of the frame cannot be used.
    """

    def __init__(
        self,
        frame: Frame,
        pool: models.Pool | None = None,
        cache: DirectionCache | None = None,
        origin: models.Loaded | None = None,
    ) -> None:
        """Load and check everything. `origin`: the model at θ₀, if the caller has loaded it for a larger frame."""
        cache = cache or DirectionCache(assets.DIRECTIONS)
        self.frame, self._pool = frame, pool or models.Pool()
        self.contents = content_hashes_of(frame)
        compatibility.require_fit(frame)
        self.loaded = origin or origin_of(frame, self._pool)
        self.weights = parameters.select(self.loaded.model, frame.only, frame.exclude, adapter=frame.adapter)
        self.directions = FrameDirections(frame, self.loaded, self.weights, cache)
        if self.contents != content_hashes_of(frame) or self.loaded.fingerprint != self.contents[0]:
            raise ValueError("a checkpoint changed while it was loaded: wait until it is complete")
        self.mover = mover.Mover(self.weights)
        self.kept = KeptDirections(self.weights)
        self.scorer = Scorer(self.loaded.model, self.loaded.tokenizer)
        self._tokens_per_batch = self.scorer.tokens_per_batch  # before it is halved where memory runs out
        self._at_origin: tuple[tuple[str, int] | None, str | None] = (
            None,
            None,
        )  # the latest prompt at θ₀ and its answer

    def fits(self, frame: Frame) -> bool:
        """Whether this session can measure in that frame: the frames are equal, and no file changed on disk."""
        return self.frame == frame.frame and self.contents == content_hashes_of(frame)

    @property
    def settings(self) -> dict[str, Any]:
        """Return what, besides the spec, decides the last bits of a loss. A session that resumes a run `use`s it."""
        return {"threads": torch.get_num_threads(), "tokens_per_batch": self.scorer.tokens_per_batch}

    def use(self, settings: dict[str, Any]) -> None:
        """Take over the `settings` of an earlier session, so that the numbers are equal bit for bit."""
        torch.set_num_threads(settings.get("threads", torch.get_num_threads()))
        self.scorer.tokens_per_batch = settings.get("tokens_per_batch", self.scorer.tokens_per_batch)

    def choose_settings(self) -> None:
        """Choose the settings of a new run, by the model alone: another run of it has the same numbers, bit for bit.

        A small model is faster on one thread than on many. What an earlier run of this process chose does not count.
        """
        self.scorer.tokens_per_batch = self._tokens_per_batch
        if self.scorer.device.type == "cpu":
            size = sum(parameter.numel() for parameter in self.loaded.model.parameters())
            torch.set_num_threads(min(THREADS, max(1, size // WEIGHTS_A_THREAD)))

    @cached_property
    def keys(self) -> CacheKeys:
        """Return the cache keys of this session's measurements."""
        loaded, device = self.loaded, next(iter(self.weights.values())).device.type
        identities = tuple(self.directions.identities)
        return CacheKeys(self.frame, identities, loaded.fingerprint, loaded.dtype, device, loaded.untied)

    def verify(
        self, capabilities: Sequence[Capability], known: Mapping[str, Measurement] | None = None
    ) -> dict[str, Measurement]:
        """Return θ₀'s measurement by capability name, and check on a sample that the model answers alike each time.

        `known` measurements are taken as they are, unless the sample is answered otherwise here: another machine made
        them, or another version of a library.

        Raises:
            RuntimeError: the sample, scored twice, has two answers, so no measurement could be trusted.
        """
        found: dict[str, Measurement] = {}
        for capability in capabilities:
            n = len(capability.examples)
            sample = np.sort(np.random.default_rng(0).permutation(n)[:SAMPLE])
            first, second = (self.scorer.score(capability, sample) for _ in range(2))
            if flips := _difference(first, second, sample):
                raise RuntimeError(
                    f"{capability.name} scored twice at α = 0 gives two answers ({flips}): "
                    "the model is not deterministic here; try --dtype float32"
                )
            earlier = (known or {}).get(capability.name)
            if earlier is not None and not _difference(first, earlier, sample):
                found[capability.name] = earlier
        left = [capability for capability in capabilities if capability.name not in found]
        return found | (self.measure(Point(0, 0.0), left) if left else {})

    def measure(
        self, point: Point, capabilities: Sequence[Capability], floors: Mapping[str, float] | None = None
    ) -> dict[str, Measurement]:
        """Move to the point, score each capability there, and restore θ₀ bit for bit.

        A capability that has a floor is only scored until its score is known to lie above or below the floor.
        """
        started = time.perf_counter()
        measured = {}
        with self._at(point) as change:
            realised = change / self._unit(point.direction) * (-1 if point.alpha < 0 and not point.beta else 1)
            for capability in capabilities:
                floor = (floors or {}).get(capability.name)
                scores = self.scorer.score(capability) if floor is None else self.scorer.compare(capability, floor)
                seconds, started = time.perf_counter() - started, time.perf_counter()
                measured[capability.name] = Measurement(
                    scores.outcomes, scores.losses, seconds, realised, scores.counts
                )
        return measured

    def answer(self, point: Point, prompt: str, max_new_tokens: int) -> str | None:
        """Return what the model at a point writes after the prompt (greedy); None if its logits are not finite there.

        Raises:
            ValueError: prompt and answer do not fit the context.
        """
        question = (prompt, max_new_tokens)
        if point.at_origin and self._at_origin[0] == question:
            return self._at_origin[1]
        with self._at(point):
            text = self.scorer.generate(prompt, max_new_tokens)
        if point.at_origin:
            self._at_origin = question, text  # one prompt is usually asked at many points
        return text

    @contextmanager
    def _at(self, point: Point) -> Iterator[float]:
        """Within the block, the model is at a point; yields how far it really moved. The scorer knows where it is."""
        axes = {point.direction: point.alpha} if point.beta == 0 else {0: point.alpha, 1: point.beta}
        with self.mover.at(self._coordinates(point)) as change:
            self.scorer.place = {axis: along for axis, along in axes.items() if along}
            try:
                yield change
            finally:
                self.scorer.place = None

    @cached_property
    def axes(self) -> Axes:
        """The orthogonal axes of the plane that the two directions of the frame span."""
        u, v = self.directions
        return orthonormal(u, v, self.mover.origin, relative=self.frame.relative)

    def _coordinates(self, point: Point) -> list[tuple[DirectionTensors, float]]:
        """Return (direction, α) pairs that lead to a point; a checkpoint that a direction points at is met exactly."""
        if point.beta == 0:
            [direction] = self.kept.of({point.direction: self.directions[point.direction]})
            return [(direction, point.alpha)]
        pair = self.axes.coefficients(point.alpha, point.beta)
        size = math.hypot(point.alpha, point.beta)
        exact = [_snapped(alpha, tensors, size) for alpha, tensors in zip(pair, self.directions, strict=True)]
        return list(zip(self.kept.of(dict(enumerate(self.directions))), exact, strict=True))

    def _unit(self, direction: int) -> float:
        """Return the RMS of a direction: 1, or for a relative direction that of the weights it scales with."""
        return self._units[self.frame.directions[direction].kind == "filter"] if self.frame.relative else 1.0

    @cached_property
    def _units(self) -> dict[bool, float]:
        """The RMS of relative directions, by whether they scale rows. Computed once: it takes a pass over θ₀."""
        return {rows: self._rms_of_scaled(rows) for rows in {d.kind == "filter" for d in self.frame.directions}}

    def _rms_of_scaled(self, rows: bool) -> float:
        scaled = {name: w for name, w in self.weights.items() if w.ndim > 1 or not rows}
        if not scaled:
            raise ValueError("filter directions move no 1-D tensor, and only/exclude leave nothing else")
        share = parameters.count(scaled) / parameters.count(self.weights)
        return math.sqrt(parameters.squares(self.mover.origin, scaled) / parameters.count(scaled)) * share**0.5


def _difference(one: Scores | Measurement, other: Scores | Measurement, sample: np.ndarray) -> str:
    """In words, how two scorings of the sample's examples differ; empty where they agree, but for rounding."""
    outcomes, again = one.outcomes[sample], other.outcomes[sample]
    if flips := int((outcomes != again).sum()):
        return f"{flips} of {len(sample)} outcomes differ"
    alike = np.allclose(one.losses[sample], other.losses[sample], rtol=1e-3, equal_nan=True)
    return "" if alike else f"the losses of {len(sample)} examples differ by more than 0.1 %"


def load_capabilities(spec: PointSpec) -> list[Capability]:
    """Load the capabilities of a spec. Raises ValueError for a bad file, or for two capabilities of one name."""
    loaded = [examples.load(name, spec.limit) for name in spec.capabilities]
    names = [capability.name for capability in loaded]
    if len(set(names)) < len(names):
        raise ValueError(f"expected capabilities with different names, got {', '.join(names)}: rename a file")
    return loaded


def content_hashes_of(frame: Frame) -> tuple[str, ...]:
    """Return the hashes of the files that a session's directions depend on: if one changes, a new session is needed."""
    examined = dict.fromkeys(name for direction in frame.directions for name in capabilities_of(direction))
    searched_with = (examples.load(name).digest for name in examined)
    return (*(fingerprint(name) for name in (frame.checkpoint, *frame.others)), *searched_with)


def _snapped(alpha: float, direction: DirectionTensors, size: float) -> float:
    """Return α without the rounding of Gram–Schmidt where it is nearly 0, or nearly that of the direction's end."""
    if abs(alpha) < 1e-9 * size:
        return 0.0
    if isinstance(direction, TargetedDirection) and math.isclose(alpha, direction.alpha, rel_tol=1e-9):
        return direction.alpha
    return alpha
