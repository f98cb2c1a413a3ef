"""What the parts of an inspection will take: foreseen from sizes, and corrected by what earlier parts took."""

from landscape.basins.search import boundary_search
from landscape.runs import estimates
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.specs import BasinSpec, ComparisonSpec

LONGER = 1.2  # times as long as foreseen, at worst: a part that is begun should be finished


class PartCosts:
    """Foresees parts in seconds. Until one part was measured, by what any CPU can be trusted with."""

    def __init__(self) -> None:
        """Nothing was measured yet."""
        self._measured: list[PointSpec] = []
        self._foreseen = self._took = 0.0

    def seconds(self, part: Spec) -> float:
        """How long a part takes, its loading and the check of θ₀ included, at worst."""
        if isinstance(part, ComparisonSpec):
            return LONGER * estimates.seconds_to_compare(part)
        assert isinstance(part, PointSpec)
        correction = self._took / self._foreseen if self._foreseen else 1.0
        return LONGER * correction * self._sized(part)

    def note(self, part: Spec, seconds: float) -> None:
        """A part was measured to its end, within so many seconds."""
        if isinstance(part, PointSpec):
            self._foreseen += self._sized(part)
            self._took += seconds
            self._measured.append(part)

    def _sized(self, part: PointSpec) -> float:
        """By sizes alone; what an earlier look at the same basin has measured is not measured again."""
        return estimates.seconds_by_size(part, max((_shared(part, earlier) for earlier in self._measured), default=0))


def _shared(part: PointSpec, earlier: PointSpec) -> int:
    """About how many of the points of a part an earlier one has measured: those along the directions of both."""
    if (
        not isinstance(part, BasinSpec)
        or not isinstance(earlier, BasinSpec)
        or (part.only, part.checkpoint) != (earlier.only, earlier.checkpoint)
    ):
        return 0
    same = part.limit == earlier.limit and set(part.capabilities) <= set(earlier.capabilities)
    both = tuple(direction for direction in part.directions if direction in earlier.directions)
    if not same or not both:
        return 0
    return boundary_search.expected_scorings(earlier.model_copy(update={"directions": both}))
