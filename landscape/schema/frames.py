"""What every spec has in common: a kind, θ₀, the directions that leave it, the capabilities that are scored."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from landscape.schema.directions import (
    BITS_64,
    Direction,
    Frozen,
    capabilities_of,
    checkpoints_of,
    label_of,
    seed_of,
    with_names,
)
from landscape.schema.points import Point

TOLERANCE = 0.05  # τ: how much a score may drop and still count as inside the basin
LOSS_TOLERANCE = 0.1  # τ of a basin by loss: how many nats a token the loss may rise
MAX_POINTS = 20_000  # directions × alphas: more is a typing mistake, not a slice


Dtype = Literal["auto", "float32", "bfloat16", "float16"]

# A rise of the loss. Where there is none, it is left out of the JSON: specs of version 0.6 keep their text and links.
NatsOfLoss = Annotated[float | None, Field(gt=0, exclude_if=lambda nats: nats is None)]

# Specs come from addresses and other people's stores: whoever they say is trusted, nobody is (`outside.trust` knows).
NothingGranted = Annotated[tuple[str, ...], AfterValidator(lambda names: ())]


class Spec(Frozen):
    """What to measure. A subclass with a `kind` is a kind of measurement: `parse_spec` reads it.

    What is done with a kind (planner, measuring, estimate, page) says its line in `landscape.runs.kinds`.
    """

    quick: ClassVar[bool] = False  # takes about a second while somebody waits: claimed before the others
    checkpoint_fields: ClassVar[tuple[str, ...]] = ("checkpoint",)  # hold a checkpoint's name, or several

    if TYPE_CHECKING:  # fields of every subclass; declared there, in an order that exported JSON keeps
        kind: str
        checkpoint: str
        device: str

    @property
    def named_checkpoints(self) -> tuple[str, ...]:
        """Every checkpoint that the result depends on, θ₀ first."""
        return (self.checkpoint,)

    @property
    def named_capabilities(self) -> tuple[str, ...]:
        """Every capability that the result depends on."""
        return ()

    def with_names(self, named: Mapping[str, str]) -> Self:
        """Return the same spec with checkpoints and capabilities named otherwise, by their names so far.

        Raises:
            ValueError: two directions, or two capabilities, are the same then.
        """
        changed: dict[str, Any] = {}
        for field in (*self.checkpoint_fields, "capabilities", "capability"):
            if field in type(self).model_fields:
                value = getattr(self, field)
                changed[field] = named.get(value, value) if isinstance(value, str) else [named.get(n, n) for n in value]
        if directions := getattr(self, "directions", ()):
            changed["directions"] = [with_names(direction, named) for direction in directions]
        return self.model_validate({**dict(self), **changed})


class Frame(Spec):
    """An origin θ₀ and the directions that leave it: everything that says where the weights may stand."""

    checkpoint: str = Field(min_length=1)
    directions: tuple[Direction, ...] = Field(min_length=1)
    device: str = "auto"  # auto, cpu, cuda, cuda:1, mps
    dtype: Dtype = "auto"
    only: tuple[str, ...] = ()  # globs over parameter names; empty = all
    exclude: tuple[str, ...] = ()
    adapter: bool = False  # of a PEFT checkpoint, move the adapter's own tensors (A and B), unmerged
    trust_remote_code: NothingGranted = ()  # of version 0.6

    needs_exact_points: ClassVar[bool] = False  # whether checkpoints aimed at must be points of θ₀'s weight space

    @model_validator(mode="after")
    def _directions_fit(self) -> Self:
        if len(set(self.directions)) < len(self.directions):
            raise ValueError("expected distinct directions, got one twice")
        determined = [label_of(direction) for direction in self.directions if seed_of(direction) is None]
        if len(set(determined)) < len(determined):
            twice = max(determined, key=determined.count)
            raise ValueError(
                f"expected one direction of each name, got two of {twice}: give their settings runs of their own"
            )
        if len({direction.relative for direction in self.directions}) > 1:
            raise ValueError(
                "layer and filter directions count α relative to each tensor, gaussian and towards in "
                "RMS per weight: expected one scale in a run, got both"
            )
        return self

    @property
    def relative(self) -> bool:
        """Whether α is a relative change (layer, filter) rather than RMS per weight."""
        return self.directions[0].relative

    @property
    def others(self) -> tuple[str, ...]:
        """The checkpoints that directions point at, each once."""
        return tuple(dict.fromkeys(name for direction in self.directions for name in checkpoints_of(direction)))

    @property
    def landmarks(self) -> tuple[str, ...]:
        """The checkpoints that have a place in what is measured: those that directions point at."""
        return self.others

    @property
    def stays_at_origin(self) -> bool:
        """Whether no weight moves: the checkpoint is only scored where it is."""
        return False

    @property
    def named_checkpoints(self) -> tuple[str, ...]:
        """θ₀ and the landmarks."""
        return (self.checkpoint, *self.landmarks)

    @property
    def named_capabilities(self) -> tuple[str, ...]:
        """Those that directions are searched on."""
        return tuple(name for direction in self.directions for name in capabilities_of(direction))

    @property
    def frame(self) -> "Frame":
        """The frame alone: equal for all specs that move the same weights along the same directions."""
        return Frame(**{name: getattr(self, name) for name in Frame.model_fields})


class PointSpec(Frame):
    """Capabilities measured at points of a frame: the base of every spec that measures points."""

    capabilities: tuple[str, ...] = Field(min_length=1)  # bundled names or JSONL paths
    limit: int | None = Field(default=None, ge=1, lt=BITS_64)  # first examples of each capability

    coordinates: ClassVar[tuple[str, ...]] = ("direction", "seed", "alpha")  # columns that say where a row is measured
    reported_facts: ClassVar[tuple[str, ...]] = ()  # fields of `Facts` that belong into an exported result

    @field_validator("capabilities")
    @classmethod
    def _distinct(cls, capabilities: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(capabilities)) < len(capabilities):
            raise ValueError("expected distinct capabilities, got one twice")
        return capabilities

    @property
    def named_capabilities(self) -> tuple[str, ...]:
        """Those that are scored, and those that directions are searched on."""
        return (*self.capabilities, *super().named_capabilities)

    def coordinates_of(self, point: Point) -> dict[str, Any]:
        """A point's value in each of `coordinates`."""
        direction = self.directions[point.direction]
        return {"direction": label_of(direction), "seed": seed_of(direction), "alpha": point.alpha}
