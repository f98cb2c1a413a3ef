"""How far capabilities hold towards other checkpoints, beside their radii in random directions, in sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from landscape.basins.radii import Basin
from landscape.figures.numbers import format_number
from landscape.schema.directions import join_words, short_name


@dataclass(frozen=True)
class Ratio:
    """Where a capability ends on the way to a checkpoint, as a multiple of its radius in random directions.

    `low` to `high` covers the bracket of the end and the 95 % interval of the radius; high is inf for a way that was
    not left.
    """

    capability: str
    ratio: float
    low: float
    high: float

    @property
    def side(self) -> Literal["nearer", "farther", "alike"]:
        """On which side of the radius the end lies, as far as the interval shows."""
        return "nearer" if self.high < 1 else "farther" if self.low > 1 else "alike"


def ratios_towards(basins: Sequence[Basin], checkpoint: str) -> list[Ratio]:
    """The ratio of each capability whose radius has an interval, in the order of the basins."""
    found = []
    for basin in basins:
        end = next((r.boundary for r in basin.rays if r.label == f"towards {checkpoint}" and r.sign > 0), None)
        radius = basin.radius
        if end is None or radius is None or math.isnan(radius.low) or radius.at_least or not radius.median > 0:
            continue
        farthest = math.inf if end.outside is None else end.outside
        at = end.inside if end.alpha is None else end.alpha
        high = farthest / radius.low if radius.low > 0 else math.inf
        found.append(Ratio(basin.capability, at / radius.median, end.inside / radius.high, high))
    return found


def towards_finding(basins: Sequence[Basin], checkpoint: str) -> str:
    """`Towards benign, math and code end nearer than in random directions, at 0.10 to 0.56 × their radii.`

    "" where no radius has an interval to compare with.
    """
    ratios = ratios_towards(basins, checkpoint)
    texts = []
    for side, words in _WORDS.items():
        own = [one for one in ratios if one.side == side]
        if own:
            names = join_words([one.capability for one in own])
            texts.append(f"{names} {words[len(own) > 1]}{_range(own) if side != 'alike' else ''}")
    return f"Towards {short_name(checkpoint)}, {'; '.join(texts)}." if texts else ""


_WORDS = {
    "nearer": ("ends nearer than in random directions, at ", "end nearer than in random directions, at "),
    "farther": ("holds farther than in random directions, to ", "hold farther than in random directions, to "),
    "alike": ("is not told apart from a random direction", "are not told apart from random directions"),
}


def _range(own: Sequence[Ratio]) -> str:
    low, high = (format_number(choose(one.ratio for one in own), 2) for choose in (min, max))
    least = "at least " if any(math.isinf(one.high) for one in own) else ""
    radii = "its radius" if len(own) == 1 else "their radii"
    return f"{least}{low} × {radii}" if low == high else f"{least}{low} to {high} × {radii}"
