"""Which runs compare several checkpoints: the same basin search in each, and the scores of a fine-tune of each."""

from dataclasses import dataclass
from typing import Any

from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.specs import BasinSpec, SliceSpec


@dataclass(frozen=True)
class Variants:
    """What to compare: the reference's search, and the checkpoints in which it is repeated unchanged.

    Raises:
        ValueError: fewer than two checkpoints, one twice, or fine-tunes that are not one each.
    """

    searched: BasinSpec  # of the reference
    others: tuple[str, ...]
    tuned: tuple[str, ...] = ()  # a fine-tune of each checkpoint, in the same order; or none

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
    def scorings(self) -> dict[str, SliceSpec]:
        """The scoring of each checkpoint's fine-tune (a slice at α = 0), by checkpoint."""
        fields = {name: getattr(self.searched, name) for name in PointSpec.model_fields}
        still: dict[str, Any] = {"directions": (Gaussian(seed=0),), "alphas": (0.0,), "only": (), "exclude": ()}
        still |= {"adapter": False}
        return {
            name: SliceSpec(**fields | still | {"checkpoint": tuned})
            for name, tuned in zip(self.names, self.tuned, strict=False)
        }
