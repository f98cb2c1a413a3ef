"""Which runs compare several checkpoints: the same basin searches in each, and what is asked of a fine-tune of each."""

from dataclasses import dataclass
from typing import Any

from landscape.schema.directions import Direction, Gaussian, Layer, Towards
from landscape.schema.frames import PointSpec
from landscape.schema.specs import BasinSpec, SliceSpec

RELATIVE_REACH = 1.0  # of a search along layer directions: there, noise is as large as the weights of every tensor


@dataclass(frozen=True)
class Variants:
    """What to compare: the reference's search, and the checkpoints in which it is repeated unchanged.

    Each checkpoint is searched twice: along the Gaussian directions asked for, and along layer directions of the same
    seeds, whose α is the relative change of every tensor (`per_tensor`; without, nothing is known of it).

    Raises:
        ValueError: fewer than two checkpoints, one twice, or fine-tunes that are not one each.
    """

    searched: BasinSpec  # of the reference
    others: tuple[str, ...]
    tuned: tuple[str, ...] = ()  # a fine-tune of each checkpoint, in the same order; or none
    per_tensor: bool = True

    def __post_init__(self) -> None:
        """Validate the lists of checkpoints."""
        if not self.others:
            raise ValueError(f"expected two checkpoints or more, got {self.searched.checkpoint!r} alone")
        if len(set(self.names)) < len(self.names):
            raise ValueError("expected different checkpoints, got one twice")
        if self.tuned and len(self.tuned) != len(self.names):
            raise ValueError(
                f"expected a fine-tune of each of the {len(self.names)} checkpoints, got {len(self.tuned)}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The checkpoints, the reference first."""
        return (self.searched.checkpoint, *self.others)

    @property
    def searches(self) -> dict[str, BasinSpec]:
        """The basin search of each checkpoint, by checkpoint."""
        return {name: self.searched.model_copy(update={"checkpoint": name}) for name in self.names}

    @property
    def per_tensor_searches(self) -> dict[str, BasinSpec]:
        """The same search along layer directions, by checkpoint; none if it is left out or has no Gaussian draws."""
        draws = [d for d in self.searched.directions if isinstance(d, Gaussian)]
        if not self.per_tensor or not draws:
            return {}
        layers = {"directions": tuple(Layer(seed=draw.seed) for draw in draws), "reach": RELATIVE_REACH}
        return {name: self.searched.model_copy(update=layers | {"checkpoint": name}) for name in self.names}

    @property
    def scorings(self) -> dict[str, SliceSpec]:
        """The scoring of each checkpoint's fine-tune (a slice at α = 0), by checkpoint."""
        whole: dict[str, Any] = {"only": (), "exclude": (), "adapter": False}
        return {
            name: self._standing(tuned, Gaussian(seed=0), **whole)
            for name, tuned in zip(self.names, self.tuned, strict=False)
        }

    @property
    def ways(self) -> dict[str, SliceSpec]:
        """A slice at α = 0 of each checkpoint towards its fine-tune, whose facts hold the α of the fine-tune."""
        return {
            name: self._standing(name, Towards(checkpoint=tuned))
            for name, tuned in zip(self.names, self.tuned, strict=False)
        }

    def _standing(self, checkpoint: str, direction: Direction, **changed: Any) -> SliceSpec:
        fields = {name: getattr(self.searched, name) for name in PointSpec.model_fields}
        return SliceSpec(**fields | {"directions": (direction,), "alphas": (0.0,), "checkpoint": checkpoint} | changed)
