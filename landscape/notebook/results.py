"""What the API returns of measured points: each with its rows, its figure, and the plain values of an export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from landscape.basins.losses import read_by_loss
from landscape.basins.radii import basins_of
from landscape.figures.paper.captions import caption_of
from landscape.figures.paper.figure import PaperFigure
from landscape.figures.paper.of_results import figures_of
from landscape.figures.slices.reading import slice_reading
from landscape.notebook import tables
from landscape.reports.basins import basin_dict
from landscape.reports.certificates import guarantee_dict
from landscape.reports.deployment import moves_dict
from landscape.reports.worst import worst_dict
from landscape.schema.frames import LOSS_TOLERANCE, TOLERANCE
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.slices.deployment_survival import Survival


def chosen(figures: Mapping[str, Any], name: str, caption: str) -> PaperFigure:
    """One of several figures: the first, or the one of a name. Raises ValueError for a name that none has."""
    key = name.replace("demo:", "") or next(iter(figures), "")
    if key not in figures:
        there = ", ".join(figures) or "none: nothing was measured that could be drawn"
        raise ValueError(f"there is no figure {name!r}; there are: {there}")
    return PaperFigure(figures[key], caption)


@dataclass(frozen=True)
class Slice:
    """Capabilities along directions. `result` is what the pages read, and `result.rows` has every example too."""

    result: Result[SliceSpec]

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each point and capability, with the 95 % interval of its score."""
        return tables.point_rows(self.result)

    def figure(self, panel: str = "") -> PaperFigure:
        """The Plotly figure of the random directions, or of a direction by its label: `towards demo:assistant`.

        `figure().write_image("slice.pdf")` writes it as a paper prints it, with its caption (`PaperFigure`).
        """
        read, tau = self._reading
        return chosen(figures_of(read, tau), panel, caption_of(read, tau))

    def to_dict(self) -> dict[str, Any]:
        """What the command `slice` writes as JSON, and `Result.unpacked` reads."""
        return self.result.to_dict() | {"reading": slice_reading(*self._reading)}

    @property
    def _reading(self) -> tuple[Result[SliceSpec], float]:
        """Read by score, or by loss where nothing has a score; and the τ."""
        names = set(self.result.rows["capability"])
        if names and all(map(self.result.has_loss_alone, names)):
            return read_by_loss(self.result), LOSS_TOLERANCE
        return self.result, TOLERANCE


@dataclass(frozen=True)
class Basin:
    """How far each capability holds around a checkpoint."""

    result: Result[BasinSpec]

    @property
    def radii(self) -> dict[str, float]:
        """The radius of each basin in α: the median over the random directions. Without a basin none."""
        return {basin.capability: basin.radius.median for basin in basins_of(self.result) if basin.radius}

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each capability: its radius, from where to where that may lie, and whether it is at least that.

        With fewer than six random directions `radius_low` to `radius_high` is their range (`radius_interval` says so).
        """
        return tables.basin_rows(self.result)

    def figure(self, name: str = "") -> PaperFigure:
        """The Plotly figure of the nested rings, or of `radii` or `nesting`."""
        return chosen(figures_of(self.result), name, caption_of(self.result))

    def to_dict(self) -> dict[str, Any]:
        """What the command `basin` writes as JSON."""
        return basin_dict(self.result)


@dataclass(frozen=True)
class Plane:
    """Capabilities over a plane through a checkpoint."""

    result: Result[PlaneSpec]

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each measured point and capability, with the 95 % interval of its score."""
        return tables.point_rows(self.result)

    def figure(self, capability: str = "") -> PaperFigure:
        """The Plotly figure of the map of the first capability, or of another by its name."""
        return chosen(figures_of(self.result), capability, caption_of(self.result))

    def to_dict(self) -> dict[str, Any]:
        """What the command `plane` writes as JSON, and `Result.unpacked` reads."""
        return self.result.to_dict()


@dataclass(frozen=True)
class Worst:
    """The directions found to hurt each capability most."""

    result: Result[WorstSpec]

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each direction that was found and each capability: where it ends, beside random directions."""
        return tables.worst_rows(self.result)

    def figure(self, name: str = "") -> PaperFigure:
        """The Plotly figure of the first capability's curves, or of another, or `ends`: where every one ends."""
        return chosen(figures_of(self.result), name, caption_of(self.result))

    def to_dict(self) -> dict[str, Any]:
        """What the command `worst` writes as JSON."""
        return worst_dict(self.result)


@dataclass(frozen=True)
class Certificate:
    """What trials under noise prove of the noised model."""

    result: Result[CertificateSpec]

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each capability and σ: the share of right trials with its interval, and the certified radius."""
        return tables.certificate_rows(self.result)

    def figure(self, name: str = "") -> PaperFigure:
        """The Plotly figure of the certified radii, or of the share of right trials over σ (`noise`)."""
        return chosen(figures_of(self.result), name, caption_of(self.result))

    def to_dict(self) -> dict[str, Any]:
        """What the command `certify` writes as JSON."""
        return guarantee_dict(self.result)


@dataclass(frozen=True)
class Moves:
    """What quantising, pruning or rounding a checkpoint costs, beside what noise foretells."""

    result: Result[SliceSpec]
    survivals: Sequence[Survival]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each move and capability: the score there, and the drop on the same examples, with intervals."""
        return tables.move_rows(self.result, self.survivals)

    def figure(self, panel: str = "") -> PaperFigure:
        """The Plotly figure of the first move, or of another by its label: `move int8`."""
        tau = self.survivals[0].tolerance if self.survivals else TOLERANCE
        return chosen(figures_of(self.result, tau), panel, caption_of(self.result, tau))

    def to_dict(self) -> dict[str, Any]:
        """What the command `moves` writes as JSON."""
        return moves_dict(self.result, self.survivals)
