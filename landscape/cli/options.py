"""The options that commands share, each declared once, and how their values are read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from landscape import assets
from landscape.capabilities import examples
from landscape.schema.capability_names import CHAT
from landscape.schema.directions import (
    Direction,
    Eigenvector,
    Filter,
    Gaussian,
    Layer,
    Principal,
    Towards,
    Worst,
    pointed_at,
)
from landscape.schema.parsing import parse_direction
from landscape.schema.specs import MAX_POINTS, Dtype

Checkpoint = Annotated[str, typer.Argument(help="demo:NAME, a folder, org/name[@revision], or ADAPTER+BASE.")]

Capabilities = Annotated[str, typer.Option(help="Comma list of bundled names, JSONL files, lm_eval:TASK.")]

Limit = Annotated[int | None, typer.Option(min=1, help="Only the first examples of each capability.")]

NumberFormat = Annotated[Dtype, typer.Option(help="auto: as stored.")]

Tolerance = Annotated[float, typer.Option(help="τ: how much a score may drop and still count as inside.")]

JsonFile = Annotated[str, typer.Option(metavar="FILE", help="Write the result as JSON; - for the screen.")]

CsvFile = Annotated[str, typer.Option(metavar="FILE", help="Write the tidy rows as CSV; - for the screen.")]

Globs = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Parameters by name; repeat for several.")]

Adapter = Annotated[bool, typer.Option("--adapter", help="Move the adapter's own weights alone.")]

Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]

Trust = Annotated[bool, typer.Option("--trust-remote-code", help="Run code that these checkpoints bring along.")]

RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")]


def portable(name: str) -> str:
    """A checkpoint's name that means the same wherever the worker runs: folders become absolute."""
    return "+".join(absolute(part) for part in name.split("+")) if not Path(name).is_dir() else absolute(name)


def absolute(name: str) -> str:
    """A path in full, also after `chat:`; a bundled name, or what is no path, as it is."""
    plain = name.removeprefix(CHAT)
    path = Path(plain).expanduser()
    if not path.exists() or plain in assets.CAPABILITIES:
        return name
    return f"{name.removesuffix(plain)}{path.resolve()}"


RANDOM: dict[str, Callable[..., Direction]] = {"gaussian": Gaussian, "layer": Layer, "filter": Filter}

Towardses = Annotated[list[str] | None, typer.Option("--towards", help="Also towards this checkpoint; repeatable.")]

Along = Annotated[list[str] | None, typer.Option(help="Also along worst:math, move:int4-128, …")]

Count = Annotated[int, typer.Option(min=0, max=MAX_POINTS, help="How many random directions.")]

Kind = Annotated[str, typer.Option(help="gaussian; or layer or filter, whose α is relative.")]

Seed = Annotated[int, typer.Option(min=0, max=2**62, help="Seed of the first random direction.")]


def _directions(
    kind: str, seed: int, count: int, towards: Sequence[str] | None, along: Sequence[str] | None
) -> tuple[Direction, ...]:
    if kind not in RANDOM:
        raise ValueError(f"expected --kind {', '.join(RANDOM)}, got {kind!r}")
    if not count and not towards and not along:
        raise ValueError("expected at least 1 direction: raise --directions, or name a checkpoint with --towards")
    drawn = (RANDOM[kind](seed=seed + index) for index in range(count))
    aimed = (Towards(checkpoint=portable(other)) for other in towards or ())
    return (*drawn, *aimed, *map(_portable_direction, along or ()))


def _portable_direction(text: str) -> Direction:
    """A direction as written, its checkpoints and files in full."""
    direction = parse_direction(text)
    match direction:
        case Towards():
            return Towards(checkpoint=portable(direction.checkpoint))
        case Principal():
            return direction.model_copy(update={"checkpoints": tuple(map(portable, direction.checkpoints))})
        case Eigenvector():
            return Eigenvector(capability=absolute(direction.capability))
        case Worst():
            hurt, spared = (tuple(map(absolute, names)) for names in (direction.capabilities, direction.spared))
            start = portable(direction.start) if direction.start else None
            return direction.model_copy(update={"capabilities": hurt, "spared": spared, "start": start})
    return direction


def chosen_capabilities(text: str) -> tuple[str, ...]:
    """A comma list, by default all bundled ones, as a spec names them. Raises ValueError for a bad file."""
    chosen = [part for part in text.split(",") if part] or list(assets.CAPABILITIES)
    for part in chosen:
        examples.load(part)  # say at once what is wrong with a file
    return tuple(map(absolute, chosen))


def where(
    name: str,
    directions: Sequence[Direction],
    device: str,
    dtype: Any,
    only: Sequence[str] | None,
    exclude: Sequence[str] | None,
    trust: bool,
    *others: str,
) -> dict[str, Any]:
    """The fields that every frame has."""
    named = dict.fromkeys((name, *(other for direction in directions for other in pointed_at(direction)), *others))
    return {
        "device": device,
        "dtype": dtype,
        "only": tuple(only or ()),
        "exclude": tuple(exclude or ()),
        "trust_remote_code": tuple(named) if trust else (),
    }
