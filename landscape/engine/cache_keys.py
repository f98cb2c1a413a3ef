"""The key under which a measurement is stored: a hash of everything that determines it. Plain values, no model."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from landscape.capabilities.examples import Capability
from landscape.schema.frames import Frame
from landscape.schema.points import Point
from landscape.schema.specs import digest

MEASUREMENT = 1  # raise when the meaning of a measured number changes: old points are then measured again


@dataclass(frozen=True)
class CacheKeys:
    """What a key holds besides the point and the capability; the same on every machine."""

    frame: Frame
    identities: tuple[Any, ...]  # of the directions, by content
    checkpoint: str  # fingerprint
    dtype: str
    device: str  # type
    untied: tuple[str, ...] = ()
    readings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by digest of a capability, see `as_read`

    def as_read(self, readings: Mapping[str, Mapping[str, Any]]) -> Self:
        """Return the keys of capabilities that are read otherwise than up to version 0.6, and by what that shows."""
        return replace(self, readings=readings)

    def of(self, point: Point, capability: Capability, floor: float | None = None) -> str:
        """Return the cache key of a point. At α = 0 it does not depend on the direction.

        `floor`: set for a measurement that stops once its score is known to lie above or below the floor.
        """
        moved: dict[str, Any] = {}
        if point.beta != 0:
            moved = {"plane": [*self.identities, point.alpha, point.beta]}
        elif point.alpha != 0:
            moved = {"directions": [[self.identities[point.direction], point.alpha]]}
        if moved:
            moved |= {"only": self.frame.only, "exclude": self.frame.exclude}
        if floor is not None:
            moved |= {"floor": floor}
        if moved and self.untied:
            moved |= {"untied": self.untied}
        if self.frame.adapter:
            moved |= {"adapter": True}  # the adapter is not merged into its base, so sums round differently
        if capability.judged_anew:
            moved |= {"oracles": capability.judged_anew}
        return digest(
            {
                "measurement": MEASUREMENT,
                "checkpoint": self.checkpoint,
                "dtype": self.dtype,
                "device": self.device,
                "capability": capability.digest,
                **self.readings.get(capability.digest, {}),
                **moved,
            }
        )
