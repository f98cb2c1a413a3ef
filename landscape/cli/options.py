"""The options that commands share, each declared once: its help, its default, and the spec fields it becomes.

A command that takes one of the dataclasses here as a parameter has all of its options (see `with_option_groups`).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from landscape.assets import CHECKPOINTS, ENLARGED, REAL, installed
from landscape.bundled.portable_names import portable_checkpoint, portable_direction
from landscape.checkpoints import files
from landscape.cli.output import check_writable, err, write
from landscape.cli.portable_names import portable_capabilities
from landscape.figures.paper import browser
from landscape.figures.paper.pictures import file_name, format_of, picture, require_size
from landscape.outside import trust
from landscape.schema.directions import RANDOM, Direction, Towards, checkpoints_of, random_directions
from landscape.schema.frames import MAX_POINTS, TOLERANCE, Dtype


def checkpoints_that_begin(incomplete: str) -> list[str]:
    """Return what a shell offers for the beginning of a checkpoint: bundled names, folders and GGUF files."""
    named = [*installed(CHECKPOINTS | ENLARGED), *REAL]
    start = Path(incomplete).expanduser()
    inside = start if incomplete.endswith("/") or not incomplete else start.parent
    here = inside.glob("*") if inside.is_dir() else ()
    found = (f"{path}/" if path.is_dir() else str(path) for path in here if path.is_dir() or path.suffix == ".gguf")
    return sorted(name for name in (*named, *found) if name.startswith(incomplete))


Checkpoint = Annotated[
    str,
    typer.Argument(
        help="demo:NAME, a folder, a .gguf, org/name[@revision], or ADAPTER+BASE.",
        autocompletion=checkpoints_that_begin,
    ),
]

RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")]

Capabilities = Annotated[
    str, typer.Option(help="Comma list of bundled names (capability list), files, lm_eval:TASK, hf:ORG/DATASET.")
]

Limit = Annotated[int | None, typer.Option(min=1, help="Only the first examples of each capability.")]

Tolerance = Annotated[float, typer.Option(help="τ: how much a score may drop and still count as inside.")]

ScoreTolerance = Annotated[
    float | None, typer.Option(help=f"τ: how much a score may drop and still count as inside. Default: {TOLERANCE}.")
]

LossTolerance = Annotated[
    float | None, typer.Option(metavar="NATS", help="Instead: how far the loss may rise, in nats a token, such as 0.1.")
]

DeviceName = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]

NumberFormat = Annotated[Dtype, typer.Option(help="auto: as stored.")]

Globs = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Parameters by name; repeat for several.")]

AdapterAlone = Annotated[bool, typer.Option("--adapter", help="Move the adapter's own weights alone.")]

Trust = Annotated[
    bool, typer.Option("--trust-remote-code", help="Trust, on this machine, the code that these checkpoints bring.")
]

JsonFile = Annotated[str, typer.Option(metavar="FILE", help="Write the result as JSON; - for the screen.")]

CsvFile = Annotated[str, typer.Option(metavar="FILE", help="Write the tidy rows as CSV; - for the screen.")]

FigureFile = Annotated[
    str, typer.Option(metavar="FILE", help="Draw it for a paper, into a .pdf, .svg or .png; other figures beside it.")
]

FigureWidth = Annotated[str, typer.Option(metavar="WIDTH", help="Of the figure: column (3.3 in) or page (6.9 in).")]

Targets = Annotated[
    list[str] | None,
    typer.Option("--towards", help="Also towards this checkpoint; repeatable.", autocompletion=checkpoints_that_begin),
]

Along = Annotated[list[str] | None, typer.Option(help="Also along worst:math, move:int4-128, …")]

Count = Annotated[int, typer.Option(min=0, max=MAX_POINTS, help="How many random directions.")]

RandomKind = Annotated[str, typer.Option(help="gaussian; or layer or filter: relative α, for models of any size.")]

Seed = Annotated[int, typer.Option(min=0, max=2**62, help="Seed of the first random direction.")]


def trust_code_of(checkpoints: Iterable[str]) -> None:
    """Trust, on this machine, the Python code that these checkpoints bring as it is now, and say so on stderr."""
    for name in checkpoints:
        for folder in files.resolve(name).with_code:
            if code := trust.code_of(folder):
                trust.give(folder)
                listed, until = ", ".join(code), f"until it changes ({trust.file()})"
                text = f"{name}: its code ({listed}) is trusted on this machine {until}."
                err.print(escape(text), highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class LoadingOptions:
    """How checkpoints are loaded."""

    device: DeviceName = "auto"
    dtype: NumberFormat = "auto"
    trust_remote_code: Trust = False

    def loading_fields(self, checkpoints: Iterable[str]) -> dict[str, Any]:
        """Return the spec fields. With --trust-remote-code, exactly these checkpoints are trusted on this machine."""
        if self.trust_remote_code:
            trust_code_of(checkpoints)
        return {"device": self.device, "dtype": self.dtype}


@dataclass(frozen=True)
class FrameOptions(LoadingOptions):
    """How checkpoints are loaded, and which of their weights move."""

    only: Globs = None
    exclude: Globs = None

    def frame_fields(self, checkpoint: str, directions: Sequence[Direction], *others: str) -> dict[str, Any]:
        """Return the spec fields. `others` are the checkpoints used beside θ₀ and those that directions point at."""
        named = (checkpoint, *(other for direction in directions for other in checkpoints_of(direction)), *others)
        return {
            **self.loading_fields(dict.fromkeys(named)),
            "checkpoint": checkpoint,
            "directions": tuple(directions),
            "only": tuple(self.only or ()),
            "exclude": tuple(self.exclude or ()),
        }


@dataclass(frozen=True)
class AdapterFrameOptions(FrameOptions):
    """How checkpoints are loaded, and which of their weights move; those of an adapter can be chosen too."""

    adapter: AdapterAlone = False

    def frame_fields(self, checkpoint: str, directions: Sequence[Direction], *others: str) -> dict[str, Any]:
        """Return the spec fields, as `FrameOptions` does, and whether the adapter alone moves."""
        return {**super().frame_fields(checkpoint, directions, *others), "adapter": self.adapter}


@dataclass(frozen=True)
class ScoringOptions:
    """What is scored."""

    capability: Capabilities = ""
    limit: Limit = None

    def scoring_fields(self, checkpoints: Iterable[str], *, gate: bool = False) -> dict[str, Any]:
        """Return the spec fields, for these checkpoints. Raises ValueError for a capability that cannot be read."""
        return {"capabilities": portable_capabilities(self.capability, checkpoints, gate=gate), "limit": self.limit}


@dataclass(frozen=True)
class ToleranceOptions:
    """What counts as lost: a drop of the score, or a rise of the loss."""

    tolerance: ScoreTolerance = None
    loss_tolerance: LossTolerance = None

    def tolerance_fields(self) -> dict[str, Any]:
        """Return the spec fields. Raises ValueError where both are given."""
        if self.tolerance is not None and self.loss_tolerance is not None:
            raise ValueError(
                "expected --tolerance or --loss-tolerance, got both: what is lost goes by score or by loss"
            )
        return {
            "tolerance": TOLERANCE if self.tolerance is None else self.tolerance,
            "loss_tolerance": self.loss_tolerance,
        }

    def reading(self) -> tuple[float, bool]:
        """Return the τ of a result that is only read, and whether it goes by the loss. Raises ValueError."""
        chosen = self.tolerance_fields()
        by_loss = chosen["loss_tolerance"] is not None
        tau = chosen["loss_tolerance" if by_loss else "tolerance"]
        if not 0 < tau < (math.inf if by_loss else 1):
            raise ValueError(f"expected a tolerance above 0{'' if by_loss else ' and below 1'}, got {tau:g}")
        return tau, by_loss


@dataclass(frozen=True)
class DirectionOptions:
    """Which directions leave the checkpoint."""

    towards: Targets = None
    along: Along = None
    directions: Count = 5
    kind: RandomKind = "gaussian"
    seed: Seed = 0

    @property
    def relative(self) -> bool:
        """Whether α of the random directions is a relative change rather than RMS per weight."""
        return RANDOM[self.kind](seed=0).relative

    def chosen(self) -> tuple[Direction, ...]:
        """Return the random directions, then those towards checkpoints, then those along. Raises ValueError."""
        if self.kind not in RANDOM:
            raise ValueError(f"expected --kind {', '.join(RANDOM)}, got {self.kind!r}")
        if not self.directions and not self.towards and not self.along:
            raise ValueError("expected at least 1 direction: raise --directions, or name a checkpoint with --towards")
        drawn = random_directions(self.seed, self.directions, self.kind)
        return (*drawn, *directions_towards(self.towards), *map(portable_direction, self.along or ()))


def directions_towards(checkpoints: Sequence[str] | None) -> tuple[Direction, ...]:
    """Return the direction towards each checkpoint."""
    return tuple(Towards(checkpoint=portable_checkpoint(other)) for other in checkpoints or ())


@dataclass(frozen=True)
class OutputFiles:
    """The files that a result is written to: `-` is the screen, an empty name no file."""

    json: JsonFile = ""
    csv: CsvFile = ""

    def check(self) -> None:
        """Check, before hours of measuring, that both could be written. Raises ValueError."""
        check_writable(self.json, self.csv)

    @property
    def screen_is_free(self) -> bool:
        """Whether the screen is free for tables, because neither file goes there."""
        return "-" not in (self.json, self.csv)

    def write(self, *, json: Callable[[], str], csv: Callable[[], str]) -> None:
        """Write the files that were asked for."""
        write(self.json, json)
        write(self.csv, csv)


@dataclass(frozen=True)
class FigureOptions:
    """The files that figures for a paper are written to; without a name none is drawn."""

    figure: FigureFile = ""
    figure_width: FigureWidth = "column"

    def check(self) -> None:
        """Check, before hours of measuring, that they could be drawn and written. Raises ValueError."""
        require_size(self.figure_width)
        if self.figure:
            format_of(self.figure)
            check_writable(self.figure)
            browser.require()

    def write(self, figures: Callable[[], Mapping[str, Any]], caption: Callable[[], str]) -> None:
        """Draw figures by name, if asked for: the first into the file, each other beside it, named by what it shows."""
        if not self.figure:
            return
        file, text = Path(self.figure).expanduser(), caption()
        named = enumerate(figures().items())
        made = {file if not index else _beside(file, name): figure for index, (name, figure) in named}
        for path, figure in made.items():
            path.write_bytes(picture(figure, text, format_of(path.name), self.figure_width))
        err.print(escape(f"Drawn: {', '.join(map(str, made))}"), highlight=False, soft_wrap=True)


def _beside(file: Path, name: str) -> Path:
    return file.with_name(f"{file.stem}-{file_name(name)}{file.suffix}")
