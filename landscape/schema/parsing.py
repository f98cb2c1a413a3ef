"""Text that people type, on the command line or in a form, to the plain values of a spec, and back."""

import math
import re
from urllib.parse import parse_qsl, urlencode

from pydantic import ValidationError

from landscape.schema import deployments
from landscape.schema.default_ranges import RANGES, evenly_spaced
from landscape.schema.directions import (
    Direction,
    Eigenvector,
    Filter,
    Gaussian,
    Layer,
    MatchedNoise,
    Move,
    Principal,
    Towards,
    Worst,
)
from landscape.schema.frames import MAX_POINTS

UNITS = {"s": 1, "m": 60, "h": 3600}  # of a budget, in seconds
WRITTEN = (
    "gaussian:SEED, layer:SEED, filter:SEED, towards:CHECKPOINT, move:NAME, matched:NAME:SEED, worst:CAPABILITY, "
    "eigenvector:CAPABILITY or principal:0:A,B,C (three or more)"
)


def parse_alphas(text: str) -> tuple[float, ...]:
    """Read ascending alphas: `start:stop:count` (both ends included), comma-separated values, or a name in RANGES.

    Raises:
        ValueError: not numbers, a reversed or empty range, fewer than 2 or more than MAX_POINTS points in a range.
    """
    example = f"expected start:stop:count such as 0:0.06:31, values such as 0,0.01,0.02, or {', '.join(RANGES)}"
    text = RANGES.get(text.strip(), text)
    try:
        if ":" not in text:
            values = sorted({float(part) for part in text.split(",")})
        else:
            start, stop, count = text.split(":")
            if not 0 < float(stop) - float(start) < math.inf or int(count) < 2:
                raise ValueError(f"{example}; got {text!r}, whose range is reversed or empty")
            if int(count) > MAX_POINTS:
                raise ValueError(f"expected at most {MAX_POINTS} points, got {text!r}")
            values = list(evenly_spaced(float(start), float(stop), int(count)))
    except ValueError as error:
        raise error if str(error).startswith("expected") else ValueError(f"{example}; got {text!r}") from None
    if not all(math.isfinite(value) for value in values):
        raise ValueError(f"{example}; got {text!r}")
    return tuple(values)


def format_alphas(values: tuple[float, ...]) -> str:
    """Write alphas as text that `parse_alphas` reads back: a range if they are evenly spaced."""
    text = f"{values[0]:g}:{values[-1]:g}:{len(values)}"
    even = len(values) > 2 and parse_alphas(text) == values
    return text if even else ",".join(f"{value:.12g}" for value in values)


def parse_direction(text: str) -> Direction:
    """Read a direction as people write it (WRITTEN).

    `worst:math,code~basic@demo:adversarial?steps=50` hurts math and code, spares basic, begins one restart towards the
    checkpoint, and takes 50 steps; alpha, restarts and seed are set alike.

    Raises:
        ValueError: anything else.
    """
    kind, _, rest = text.partition(":")
    if kind in ("move", "matched"):
        deployments.find_deployment(rest.partition(":")[0] if kind == "matched" else rest)  # says which there are
    try:
        if kind == "move":
            return Move(name=rest)
        if kind == "matched":
            name, _, seed = rest.partition(":")
            return MatchedNoise(move=name, seed=int(seed or 0))
        if kind == "towards" and rest:
            return Towards(checkpoint=rest)
        if kind == "worst":
            return _parse_worst(rest)
        if kind == "eigenvector":
            return Eigenvector(capability=rest)
        if kind == "principal":
            component, _, names = rest.partition(":")
            return Principal(component=int(component), checkpoints=tuple(names.split(",")))
        return {"gaussian": Gaussian, "layer": Layer, "filter": Filter}[kind](seed=int(rest or 0))
    except (KeyError, ValueError):
        raise ValueError(f"expected a direction such as {WRITTEN}; got {text!r}") from None


def _parse_worst(text: str) -> Worst:
    named, _, settings = text.partition("?")
    named, _, start = named.partition("@")
    capabilities, spared = (tuple(part for part in names.split(",") if part) for names in named.partition("~")[::2])
    numbers = {name: float(value) if name == "alpha" else int(value) for name, value in parse_qsl(settings)}
    return Worst.model_validate(numbers | {"capabilities": capabilities, "spared": spared, "start": start or None})


def format_direction(direction: Direction) -> str:
    """Write a direction as text that `parse_direction` reads back."""
    match direction:
        case Towards():
            return f"towards:{direction.checkpoint}"
        case Move():
            return f"move:{direction.name}"
        case MatchedNoise():
            return f"matched:{direction.move}:{direction.seed}"
        case Principal():
            return f"principal:{direction.component}:{','.join(direction.checkpoints)}"
        case Eigenvector():
            return f"eigenvector:{direction.capability}"
        case Worst():
            spared = "~" + ",".join(direction.spared) if direction.spared else ""
            start = f"@{direction.start}" if direction.start else ""
            changed = direction.model_dump(include={"alpha", "steps", "restarts", "seed"}, exclude_defaults=True)
            settings = "?" + urlencode(changed) if changed else ""
            return f"worst:{','.join(direction.capabilities)}{spared}{start}{settings}"
    return f"{direction.kind}:{direction.seed}"


def parse_range(text: str) -> tuple[float, float]:
    """Read `low:high` as two numbers. Raises ValueError for anything else."""
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        raise ValueError(f"expected a range such as -0.03:0.03, got {text!r}") from None
    return low, high


def parse_budget(text: str) -> float:
    """Read `90s`, `5m` or `2h` as seconds. Raises ValueError for anything else, and for 0."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if not found or float(found[1]) == 0:
        raise ValueError(f"expected a budget such as 90s, 5m or 2h, got {text!r}")
    return float(found[1]) * UNITS[found[2]]


def format_budget(seconds: float) -> str:
    """Write seconds as text that `parse_budget` reads back, in the largest unit that gives a whole number."""
    unit = next((unit for unit in ("h", "m") if seconds % UNITS[unit] == 0), "s")
    return f"{seconds / UNITS[unit]:.12g}{unit}"


def format_duration(seconds: float) -> str:
    """A duration as people say it: 4 s, 2 min, 1 h 20 min."""
    if seconds < 90:
        return f"{max(1, math.ceil(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def sentence_of(error: ValidationError) -> str:
    """What is wrong with a spec, in one line."""
    first = error.errors()[0]
    named = "" if first["type"] == "value_error" else "".join(f"{part}: " for part in first["loc"][-1:])
    return named + first["msg"].removeprefix("Value error, ")
