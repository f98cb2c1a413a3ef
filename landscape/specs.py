"""Specs: what to measure, as frozen plain values.

A spec is at once the JSON of a run, the URL of a page and the cache key of its points.
Nothing here imports torch: the browser process builds specs, a worker measures them.
"""

import hashlib
import math
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

MAX_POINTS = 20_000  # directions × alphas: more is a typing mistake, not a slice


class Frozen(BaseModel):
    """An immutable, strictly validated record."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Gaussian(Frozen):
    """N(0, 1) per weight, not normalised: its RMS is 1 up to 1/√(2d)."""

    kind: Literal["gaussian"] = "gaussian"
    seed: int = Field(ge=0)
    relative: ClassVar[bool] = False


class Towards(Frozen):
    """Δθ·√d/‖Δθ‖ with Δθ = θ′ − θ₀: at α = α(θ′) stands exactly the other checkpoint."""

    kind: Literal["towards"] = "towards"
    checkpoint: str = Field(min_length=1)
    relative: ClassVar[bool] = False


class Layer(Frozen):
    """Per-tensor Gaussian scaled to ‖w‖: α is the relative change of every tensor."""

    kind: Literal["layer"] = "layer"
    seed: int = Field(ge=0)
    relative: ClassVar[bool] = True


class Filter(Frozen):
    """Per-row Gaussian scaled to the row's norm, 1-D tensors zero (Li et al. 2018)."""

    kind: Literal["filter"] = "filter"
    seed: int = Field(ge=0)
    relative: ClassVar[bool] = True


Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Direction = Annotated[Gaussian | Towards | Layer | Filter, Field(discriminator="kind")]


def seed_of(direction: Direction) -> int | None:
    """The seed of a random direction, None for a direction towards a checkpoint."""
    return None if isinstance(direction, Towards) else direction.seed


def label_of(direction: Direction) -> str:
    """The `direction` column of a tidy row: `gaussian`, or `towards demo:assistant`."""
    return f"towards {direction.checkpoint}" if isinstance(direction, Towards) else direction.kind


def short_name(checkpoint: str) -> str:
    """A checkpoint's name for people: no `demo:`, no folders, no hub organisation."""
    return "+".join(part.removeprefix("demo:").rstrip("/").split("/")[-1] for part in checkpoint.split("+"))


class SliceSpec(Frozen):
    """Capabilities measured along directions from one checkpoint, at given alphas.

    Alphas are RMS changes per weight (for `layer` and `filter`: relative changes). α = 0, and towards
    a checkpoint that checkpoint's own α, are measured whether or not they are listed.
    """

    kind: Literal["slice"] = "slice"
    checkpoint: str = Field(min_length=1)
    directions: tuple[Direction, ...] = Field(min_length=1)
    alphas: tuple[float, ...] = Field(min_length=1)
    capabilities: tuple[str, ...] = Field(min_length=1)  # bundled names or JSONL paths
    device: str = "auto"  # auto, cpu, cuda, cuda:1, mps
    dtype: Dtype = "auto"
    only: tuple[str, ...] = ()  # globs over parameter names; empty = all
    exclude: tuple[str, ...] = ()
    limit: int | None = Field(default=None, ge=1)  # first examples of each capability
    trust_remote_code: tuple[str, ...] = ()  # checkpoints whose own code may run

    @field_validator("alphas")
    @classmethod
    def _ascending(cls, alphas: tuple[float, ...]) -> tuple[float, ...]:
        if any(b <= a for a, b in zip(alphas, alphas[1:], strict=False)):
            raise ValueError(f"expected ascending, distinct alphas, got {list(alphas)[:6]}")
        return alphas

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.directions)) < len(self.directions):
            raise ValueError("expected distinct directions, got one twice")
        if len(set(self.capabilities)) < len(self.capabilities):
            raise ValueError("expected distinct capabilities, got one twice")
        if len({direction.relative for direction in self.directions}) > 1:
            raise ValueError(
                "layer and filter directions count α relative to each tensor, gaussian and towards in "
                "RMS per weight: expected one scale in a run, got both"
            )
        if len(self.directions) * len(self.alphas) > MAX_POINTS:
            asked = f"{len(self.directions)} directions × {len(self.alphas)} alphas"
            raise ValueError(f"expected at most {MAX_POINTS} points, got {asked}")
        return self

    @property
    def relative(self) -> bool:
        """Whether α is a relative change (layer, filter) rather than RMS per weight."""
        return self.directions[0].relative

    @property
    def others(self) -> tuple[str, ...]:
        """The checkpoints that directions point at."""
        return tuple(direction.checkpoint for direction in self.directions if isinstance(direction, Towards))


class ComparisonSpec(Frozen):
    """Δθ of two checkpoints: per tensor, in total, and as an α."""

    kind: Literal["comparison"] = "comparison"
    checkpoint: str = Field(min_length=1)
    other: str = Field(min_length=1)
    device: str = "auto"
    trust_remote_code: tuple[str, ...] = ()


Spec = Annotated[SliceSpec | ComparisonSpec, Field(discriminator="kind")]
_SPEC: TypeAdapter[SliceSpec | ComparisonSpec] = TypeAdapter(Spec)


def parse_spec(value: str | bytes | dict[str, Any]) -> SliceSpec | ComparisonSpec:
    """Validate the JSON (or dict) of a spec. Raises pydantic's ValidationError, a ValueError."""
    return _SPEC.validate_json(value) if isinstance(value, str | bytes) else _SPEC.validate_python(value)


def canonical_json(value: Any) -> str:
    """JSON of a spec or of plain values: sorted keys, shortest exact floats."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def parse_alphas(text: str) -> tuple[float, ...]:
    """`start:stop:count` (both ends included) or comma-separated values → ascending alphas.

    Raises:
        ValueError: not numbers, reversed or empty range, fewer than 2 points in a range.
    """
    example = "expected start:stop:count such as 0:0.06:31, or values such as 0,0.01,0.02"
    try:
        if ":" not in text:
            values = sorted({float(part) for part in text.split(",")})
        else:
            start, stop, count = text.split(":")
            if not 0 < float(stop) - float(start) < math.inf or int(count) < 2:
                raise ValueError(f"{example}; got {text!r}, whose range is reversed or empty")
            values = [round(float(v), 12) for v in np.linspace(float(start), float(stop), int(count))]
    except ValueError as error:
        raise error if str(error).startswith("expected") else ValueError(f"{example}; got {text!r}") from None
    if not all(math.isfinite(value) for value in values):
        raise ValueError(f"{example}; got {text!r}")
    return tuple(values)


def default_alphas(parameters: int, count: int = 31) -> tuple[float, ...]:
    """A range that shows the whole fall for a model of this many parameters: wider models fall earlier."""
    stop = 0.06 if parameters < 10_000_000 else 0.03 if parameters < 100_000_000 else 0.01
    return parse_alphas(f"0:{stop}:{count}")
