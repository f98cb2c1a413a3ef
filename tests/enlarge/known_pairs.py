"""Basins of two checkpoints whose ratio is known."""

from dataclasses import replace

from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from tests.basins.known_rays import NARROW, made


def named(result: Result[BasinSpec], name: str, rms: float) -> Result[BasinSpec]:
    assert result.facts is not None
    spec = result.spec.model_copy(update={"checkpoint": name})
    return Result(spec, result.rows, replace(result.facts, rms=rms))


def pair(ratio: float = 2.0, grown: float = 1.25) -> list[Result[BasinSpec]]:
    wide = [ratio * edge for edge in NARROW]
    return [named(made({"basic": NARROW}), "demo:base", 0.1), named(made({"basic": wide}), "demo:benign", 0.1 * grown)]
