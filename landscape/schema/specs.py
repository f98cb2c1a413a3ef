"""Specs: what to measure, as frozen plain values.

A spec is the JSON of a run, and what the URL of a page carries. Under which keys points lie: `engine.cache_keys`.
Nothing here imports torch: the browser process builds specs, a worker measures them.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, Union

import orjson
from pydantic import BaseModel, Field, TypeAdapter, field_validator, model_validator

from landscape.schema.directions import BITS_64, Computed, Frozen, Gaussian, Towards, seed_of
from landscape.schema.frames import MAX_POINTS, TOLERANCE, Dtype, Frame, NatsOfLoss, NothingGranted, PointSpec, Spec
from landscape.schema.points import Point
from landscape.schema.questions import AnswerSpec as AnswerSpec  # parse_spec reads these kinds too
from landscape.schema.questions import ResponsesSpec as ResponsesSpec


class SliceSpec(PointSpec):
    """Capabilities measured along directions from one checkpoint, at given alphas.

    Alphas are RMS changes per weight (for `layer` and `filter`: relative changes). α = 0, and towards
    a checkpoint or a deployment move its own α, are measured whether or not they are listed.
    """

    kind: Literal["slice"] = "slice"
    alphas: tuple[float, ...] = ()  # none: as far as a probe finds (`default_ranges.with_reach`)
    # How many, from 0 on, where a probe finds how far; of 33 every halving of the range is one.
    probed_count: int = Field(default=33, ge=2, exclude_if=lambda count: count == 33)

    @field_validator("alphas")
    @classmethod
    def _ascending(cls, alphas: tuple[float, ...]) -> tuple[float, ...]:
        if any(b <= a for a, b in zip(alphas, alphas[1:], strict=False)):
            raise ValueError(f"expected ascending, distinct alphas, got {list(alphas)[:6]}")
        return alphas

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        count = len(self.alphas) or self.probed_count
        if len(self.directions) * count > MAX_POINTS:
            asked = f"{len(self.directions)} directions × {count} alphas"
            raise ValueError(f"expected at most {MAX_POINTS} points, got {asked}")
        return self

    @property
    def stays_at_origin(self) -> bool:
        """Whether α is 0 alone. Directions that end somewhere are measured there too."""
        return bool(self.alphas) and not any(self.alphas) and None not in map(seed_of, self.directions)


class BasinSpec(PointSpec):
    """How far each capability holds along each direction, searched where the answer is uncertain."""

    kind: Literal["basin"] = "basin"
    reach: float = Field(default=0.0, ge=0)  # α: nothing beyond it is measured; 0: as far as a probe finds
    tolerance: float = Field(default=TOLERANCE, gt=0, lt=1)  # τ that steers the search; any other can be read off later
    both_signs: bool = False  # also search −direction, as a ray of its own
    sequential: bool = False  # stop scoring a point once its interval lies clear of the floor
    loss_tolerance: NatsOfLoss = None  # given: the search goes by the loss, and by this rise of it
    precision: float = Field(default=0.02, gt=0, lt=1, exclude_if=lambda share: share == 0.02)  # of a boundary, × its α
    # Also search where ten times the tolerance is lost, for the cliff index. Left out of the JSON where it is not on.
    cliff: bool = Field(default=False, exclude_if=lambda on: not on)

    @model_validator(mode="after")
    def _all_losses(self) -> Self:
        if self.sequential and self.loss_tolerance is not None:
            raise ValueError("a search by loss takes the loss of every example: leave out sequential")
        if self.sequential and self.cliff:
            raise ValueError("a search for the cliff index takes every example: leave out sequential")
        return self


class WorstSpec(BasinSpec):
    """A search for boundaries along computed (worst) directions too, and at each fine-tune's α along all of them."""

    kind: Literal["worst"] = "worst"  # type: ignore[assignment]

    @model_validator(mode="after")
    def _computed(self) -> Self:
        if not any(isinstance(direction, Computed) for direction in self.directions):
            raise ValueError("expected at least one worst direction or eigenvector, got none")
        return self


class CertificateSpec(PointSpec):
    """Trials of a randomised-smoothing certificate: fresh Gaussian noise and a fresh example each, at every σ.

    The first direction's seed is that of the noise; the others point at fine-tunes that the certificate is for.
    """

    kind: Literal["certificate"] = "certificate"
    sigmas: tuple[float, ...] = Field(min_length=1, max_length=100)  # std of the noise per weight
    trials: int = Field(default=1000, ge=1, le=10_000_000)  # at each σ, in whole batches
    failure_probability: float = Field(default=0.001, gt=0, lt=1)  # of all that the run claims of one capability
    threshold: float = Field(default=0.5, gt=0, lt=1)  # q: the score that is to be certified

    coordinates: ClassVar[tuple[str, ...]] = ("sigma", "batch")
    needs_exact_points: ClassVar[bool] = True

    @field_validator("sigmas")
    @classmethod
    def _positive(cls, sigmas: tuple[float, ...]) -> tuple[float, ...]:
        if sigmas[0] <= 0:
            raise ValueError(f"expected σ > 0, got {sigmas[0]:g}: without noise there is nothing to certify")
        if any(b <= a for a, b in zip(sigmas, sigmas[1:], strict=False)):
            raise ValueError(f"expected ascending, distinct sigmas, got {list(sigmas)[:6]}")
        return sigmas

    @model_validator(mode="after")
    def _noise_then_targets(self) -> Self:
        if not isinstance(self.directions[0], Gaussian) or not all(isinstance(d, Towards) for d in self.directions[1:]):
            raise ValueError("expected one Gaussian (the noise), then only directions towards checkpoints")
        return self

    def coordinates_of(self, point: Point) -> dict[str, Any]:
        """A batch of trials is stored as a point: its α is σ, its direction the number of the batch."""
        return {"sigma": point.alpha, "batch": point.direction}


class PlaneSpec(PointSpec):
    """Capabilities over θ₀ + x·e₁ + y·e₂, the plane of two directions, orthonormalised (e₁ is the first)."""

    kind: Literal["plane"] = "plane"
    x: tuple[float, float] = (0.0, 0.0)  # range of the first coordinate, α units; 0 to 0: as far as a probe finds
    y: tuple[float, float] = (0.0, 0.0)
    grid: int = Field(default=65, ge=3, le=513)  # lines each way
    full: bool = False  # measure every point of the grid, not only where a boundary passes
    tolerance: float = Field(default=TOLERANCE, gt=0, lt=1)  # τ whose boundary is refined
    shown: tuple[str, ...] = ()  # checkpoints to place in the plane besides those that directions point at
    loss_tolerance: NatsOfLoss = None  # given: the boundary of this rise of the loss is refined

    coordinates: ClassVar[tuple[str, ...]] = ("x", "y")
    reported_facts: ClassVar[tuple[str, ...]] = ("places", "cosine", "variance")
    needs_exact_points: ClassVar[bool] = True
    checkpoint_fields: ClassVar[tuple[str, ...]] = ("checkpoint", "shown")

    @field_validator("x", "y")
    @classmethod
    def _contains_origin(cls, ends: tuple[float, float]) -> tuple[float, float]:
        if any(ends) and (not ends[0] < ends[1] or not ends[0] <= 0 <= ends[1]):
            raise ValueError(f"expected a range low:high with low ≤ 0 ≤ high, got {ends[0]:g}:{ends[1]:g}")
        return ends

    @model_validator(mode="after")
    def _two_axes(self) -> Self:
        if len(self.directions) != 2:
            raise ValueError(f"expected two directions to span a plane, got {len(self.directions)}")
        if self.full and self.grid**2 > MAX_POINTS:
            raise ValueError(f"expected at most {MAX_POINTS} points, got {self.grid} × {self.grid}: leave out full")
        return self

    @property
    def landmarks(self) -> tuple[str, ...]:
        """The checkpoints to place in the plane."""
        return tuple(dict.fromkeys((*self.others, *self.shown)))

    def coordinates_of(self, point: Point) -> dict[str, Any]:
        """Of the orthonormal axes."""
        return {"x": point.alpha, "y": point.beta}


class ComparisonSpec(Spec):
    """Δθ of two checkpoints: per tensor, in total, and as an α."""

    kind: Literal["comparison"] = "comparison"
    checkpoint: str = Field(min_length=1)
    other: str = Field(min_length=1)
    device: str = "auto"
    trust_remote_code: NothingGranted = ()
    ranks: bool = Field(default=True, exclude_if=lambda on: on)  # also those of Δ, which take most of the time

    quick: ClassVar[bool] = True
    checkpoint_fields: ClassVar[tuple[str, ...]] = ("checkpoint", "other")

    @property
    def named_checkpoints(self) -> tuple[str, ...]:
        """Both."""
        return (self.checkpoint, self.other)


class FlatnessSpec(Frame):
    """Standard measures of flatness at θ₀: top Hessian eigenvalue, trace, sharpness over the frame's directions."""

    kind: Literal["flatness"] = "flatness"
    capabilities: tuple[str, ...] = Field(min_length=1)
    alpha: float = Field(gt=0)  # where the average sharpness is taken
    probes: int = Field(default=16, ge=2, le=10_000)  # of Hutchinson's estimate

    @property
    def named_capabilities(self) -> tuple[str, ...]:
        """Those whose loss is differentiated, and those that directions are searched on."""
        return (*self.capabilities, *super().named_capabilities)


class SwapSpec(Spec):
    """Two prompts of equal length in tokens: how far apart they lie in the embedding, ‖W(e − e′)‖₂."""

    kind: Literal["swap"] = "swap"
    checkpoint: str = Field(min_length=1)
    prompt: str = Field(min_length=1, max_length=4000)
    other: str = Field(min_length=1, max_length=4000)
    device: str = "auto"
    trust_remote_code: NothingGranted = ()


class Thresholds(Frozen):
    """What a fine-tune must keep to pass an inspection."""

    max_drop: float = Field(default=TOLERANCE, gt=0, lt=1)  # of a score, base → fine-tune, on the same examples
    confidence: float = Field(default=0.95, gt=0.5, lt=1)  # of every interval that a verdict rests on
    min_headroom: float = Field(default=0.5, ge=0)  # radius of the fine-tune's basin, beside the base's
    max_barrier: float = Field(default=TOLERANCE, gt=0, lt=1)  # drop below both ends on the straight way between them
    outlying_layer: float = Field(default=5.0, gt=1)  # α of a layer, beside the median layer's
    max_loss_rise: NatsOfLoss = None  # given: basins, brittle parts and worst directions go by this rise


class InspectionSpec(Spec):
    """A base and its fine-tune: everything that a verdict on shipping needs, measured by runs of the other kinds."""

    kind: Literal["inspection"] = "inspection"
    checkpoint: str = Field(min_length=1)  # the base
    other: str = Field(min_length=1)  # the fine-tune
    capabilities: tuple[str, ...] = Field(min_length=1)
    limit: int | None = Field(default=None, ge=1, lt=BITS_64)
    budget: float | None = Field(default=None, gt=0)  # s; None: as long as it takes
    thresholds: Thresholds = Thresholds()
    draws: int = Field(default=8, ge=1, le=100)  # random directions of a basin
    worst: bool = False  # also search worst directions
    certify: bool = False  # also certify
    device: str = "auto"
    dtype: Dtype = "auto"
    trust_remote_code: NothingGranted = ()

    checkpoint_fields: ClassVar[tuple[str, ...]] = ("checkpoint", "other")

    @property
    def named_checkpoints(self) -> tuple[str, ...]:
        """The base and its fine-tune."""
        return (self.checkpoint, self.other)

    @property
    def named_capabilities(self) -> tuple[str, ...]:
        """Those that both are scored on."""
        return self.capabilities


def spec_types() -> dict[str, type[Spec]]:
    """Every kind of measurement that is defined, by name."""
    return {str(spec.model_fields["kind"].default): spec for spec in _below(Spec) if "kind" in spec.model_fields}


def _below(spec: type[Spec]) -> Iterator[type[Spec]]:
    for subclass in spec.__subclasses__():
        yield subclass
        yield from _below(subclass)


def parse_spec(value: str | bytes | dict[str, Any]) -> Spec:
    """Validate the JSON (or dict) of a spec. Raises pydantic's ValidationError, a ValueError."""
    adapter = _any_of(tuple(spec_types().values()))
    return adapter.validate_json(value) if isinstance(value, str | bytes) else adapter.validate_python(value)


@cache
def _any_of(types: tuple[type[Spec], ...]) -> TypeAdapter[Spec]:
    union: Any = Union[types]  # noqa: UP007  of a tuple
    return TypeAdapter(Annotated[union, Field(discriminator="kind")])


def canonical_json(value: Any) -> str:
    """JSON of a spec or of plain values: sorted keys, shortest exact floats."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
