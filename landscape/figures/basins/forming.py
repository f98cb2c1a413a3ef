"""How basins form during one training: a sentence for each capability, over the snapshots of it in their order."""

import math
from collections.abc import Mapping, Sequence

from landscape.basins.boundaries import Radius
from landscape.basins.radii import Basin
from landscape.figures.numbers import compact

UNEQUAL = 0.05  # scores that differ by more are said: the same τ is another share of each


def forming_findings(read: Mapping[str, Sequence[Basin]]) -> list[str]:
    """For each capability since when it has a basin, and whether its radius differs between then and the end.

    `read`: the basins by the name of the checkpoint, in the order of training; each with a radius that may be stated.
    """
    labels = list(read)
    if len(labels) < 2:
        return []
    names = dict.fromkeys(basin.capability for each in read.values() for basin in each)
    found = {name: [next((b for b in read[label] if b.capability == name), None) for label in labels] for name in names}
    return [_finding(name, labels, each) for name, each in found.items()]


def _finding(name: str, labels: Sequence[str], basins: Sequence[Basin | None]) -> str:
    known = [(label, b) for label, b in zip(labels, basins, strict=True) if b is not None and b.radius is not None]
    if not known:
        return f"{name}: no radius is known from {labels[0]} to {labels[-1]}."
    (first, one), (last, other) = known[0], known[-1]
    if first == last:
        return f"{name} has a known radius in {first} alone: {_text(one)}."
    text = (
        f"{name} has a known radius from {first} {'on' if last == labels[-1] else f'to {last}'}: {_text(one)} there, "
    )
    text += f"{_text(other)} in {last}; {_compared(one.radius, other.radius)}"
    if not one.by_loss and abs(one.score - other.score) > UNEQUAL:
        text += f". It scores {one.score:.2f} there and {other.score:.2f} in {last}, so τ is not the same share of both"
    return f"{text}."


def _text(basin: Basin) -> str:
    radius = basin.radius
    assert radius is not None
    return f"α {'≥' if radius.at_least else '≈'} {compact(radius.median)}"


def _compared(one: Radius | None, other: Radius | None) -> str:
    assert one is not None
    assert other is not None
    if math.isnan(one.low) or math.isnan(other.low):
        return "too few directions to tell them apart"
    apart = one.high < other.low or other.high < one.low
    return f"their 95 % intervals {'do not overlap' if apart else 'overlap'}"
