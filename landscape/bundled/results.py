"""The results that ship with the project, so that the first pictures need no computing."""

from functools import cache
from typing import Any

from landscape.bundled.specs import DEMO_BASIN, DEMO_SPEC, DEMO_WORST, shipped_specs
from landscape.schema.frames import PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, SliceSpec

READ_BY_LOSS = (DEMO_SPEC, DEMO_BASIN, DEMO_WORST)  # whose pages read them by loss, example by example


@cache
def shipped(spec: PointSpec) -> Result[Any] | None:
    """Return the result of exactly this spec, if it ships with the project."""
    file = next((file for file, known in shipped_specs().items() if known == spec), None)
    return Result.load(file) if file is not None and file.is_file() else None


def ship(result: Result[Any]) -> None:
    """Write a result to the file that its spec ships in, with as much of each example as the pages read.

    Raises:
        ValueError: no result of this spec ships.
    """
    file = next((file for file, known in shipped_specs().items() if known == result.spec), None)
    if file is None:
        raise ValueError(f"expected a spec whose result ships, got another {result.spec.kind}")
    file.parent.mkdir(exist_ok=True)
    outcomes = isinstance(result.spec, BasinSpec | SliceSpec)  # for intervals
    result.save(file, outcomes=outcomes, losses=result.spec in READ_BY_LOSS)
    shipped.cache_clear()
