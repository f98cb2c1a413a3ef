"""Ranges of α and σ: those of the paper by name, those that follow from a model, and those that a probe found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec

RANGES = {  # of the paper's released code, by the size of its models (arXiv 2505.17646)
    "paper-0.5b": "-0.005:0.005:11",
    "paper-7b": "-0.01:0.01:41",
    "paper-8b": "-0.005:0.005:41",
    "paper-towards": "0:0.01:21",  # along fine-tunes, whose spacing is not known: as for 7B
    "paper-enlarged": "-0.015:0.015:31",  # of 0.5B after noise, likewise: as for 0.5B
}

DEMO_REACH = 0.06  # of the bundled models, which have lost everything there


def default_search_alpha(parameters: int) -> float:
    """The α at which a search for a worst direction begins, by a model's size. Part of its key; it matters little."""
    return (0.06 if parameters < 10_000_000 else 0.03 if parameters < 100_000_000 else 0.01) / 256


def sigmas_within(reach: float, count: int = 10) -> tuple[float, ...]:
    """σ up to a third of an α at which everything is half lost or more: noise of σ moves a model by α = σ."""
    return evenly_spaced(reach / 60, reach / 3, count)


def sigmas_of(typical: float, count: int = 10) -> tuple[float, ...]:
    """σ for a model that nobody has moved yet, from a thousandth to a quarter of a typical weight, by equal ratios."""
    return tuple(float(f"{sigma:.3g}") for sigma in np.geomspace(typical / 1000, typical / 4, count))


PROBED = 0.0  # a reach that a probe finds


def given_reach(reach: float | None) -> float:
    """A reach as somebody gives it; PROBED where nobody does. Raises ValueError unless it is above 0."""
    if reach is not None and not reach > 0:
        raise ValueError(f"expected a reach above 0, got {reach:g}: leave it out, and a probe finds it")
    return PROBED if reach is None else reach


ROOM = 1.25  # of a plane, beyond the farthest checkpoint in it


def is_probed(spec: Any) -> bool:
    """Whether a spec leaves its range to a probe (`basins.search.probing`)."""
    match spec:
        case BasinSpec():
            return spec.reach == 0
        case SliceSpec():
            return spec.alphas == ()
        case PlaneSpec():
            return not any(spec.x) or not any(spec.y)
    return False


def with_reach(spec: Any, reach: float, places: Mapping[str, Sequence[float]]) -> Any:
    """The spec with the range that follows from a reach; `places` are those of checkpoints in a plane."""
    match spec:
        case BasinSpec():
            return spec.model_copy(update={"reach": reach})
        case SliceSpec():
            return spec.model_copy(update={"alphas": evenly_spaced(0.0, reach, spec.probed_count)})
        case PlaneSpec():
            given = {"x": spec.x, "y": spec.y}
            there = {axis: [0.0, *(place[i] * ROOM for place in places.values())] for i, axis in enumerate(given)}
            found = {axis: (min(-reach, *values), max(reach, *values)) for axis, values in there.items()}
            return spec.model_copy(update={a: ends if any(ends) else found[a] for a, ends in given.items()})
    raise ValueError(f"expected a slice, basin or plane, got {spec.kind}")


def evenly_spaced(start: float, stop: float, count: int) -> tuple[float, ...]:
    """`count` values from `start` to `stop`, both included, rounded so that they are read back as they are written."""
    return tuple(round(float(value), 12) for value in np.linspace(start, stop, count))


def with_known_range(result: Result[Any]) -> Result[Any]:
    """A result with the range of its spec: of one that has none what a probe found, before that how far it has come."""
    if not is_probed(result.spec):
        return result
    facts, rows = result.facts, result.rows
    so_far = [float(rows[name].abs().max()) for name in ("alpha", "x", "y") if name in rows and len(rows)]
    reach = (facts.reach if facts else None) or max(so_far, default=0.0) or 1.0
    return replace(result, spec=with_reach(result.spec, reach, facts.places if facts else {}))
