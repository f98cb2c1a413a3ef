"""What the figures of basins share: the scale of α, which radii may be stated, titles and layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from landscape.basins.losses import tolerance_text
from landscape.basins.radii import Basin
from landscape.outside.text import plotly
from landscape.schema.directions import seed_of
from landscape.schema.frames import PointSpec
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec

S = TypeVar("S", bound=PointSpec)
GRID = "rgba(128,128,128,.22)"


@dataclass(frozen=True)
class Scale:
    """A scale of α: its unit in the result's α, its symbol, and the title of its axis, long and short."""

    unit: float
    symbol: str
    title: str
    short: str

    def format(self, alpha: float) -> str:
        """An α of the result in this scale, as text with two significant digits."""
        return number(alpha / self.unit, 2, zeros=True)


def scale_of(result: Result[BasinSpec], relative: bool = False) -> Scale:
    """The scale of a result: α, on request divided by the size of a weight; or the relative α of layer and filter."""
    if result.spec.relative:
        return Scale(1.0, "α", "α, relative change of each tensor", "α (change of each tensor)")
    if relative and result.facts:
        by = result.facts.typical_words
        return Scale(result.facts.typical, "α\u00a0/\u00a0rms", f"α / {by}, relative change of a weight", f"α / {by}")
    return Scale(1.0, "α", "α, RMS change per weight", "α (RMS change per weight)")


def on_one_scale(results: Mapping[str, Result[S]]) -> dict[str, Result[S]]:
    """Results whose relative α are all divided by the same rms: that of all weights, if one knows no other."""
    if all(result.facts is None or result.facts.matrices_rms for result in results.values()):
        return dict(results)
    return {
        name: result if result.facts is None else replace(result, facts=replace(result.facts, matrices_rms=None))
        for name, result in results.items()
    }


def with_known_radius(result: Result[BasinSpec], basins: Sequence[Basin]) -> list[Basin]:
    """The basins whose radius may be stated: every random ray is bracketed, or was followed to the reach.

    While a search runs, or after it was stopped, any other median would only say how far the search came.
    """
    wanted = sum(seed_of(direction) is not None for direction in result.spec.directions)
    return [
        basin
        for basin in basins
        if basin.radius is not None
        and len(basin.draws) == wanted
        and all(end.outside is not None or end.inside >= result.spec.reach * (1 - 1e-9) for end in basin.draws)
    ]


def titled(text: str, tolerance: float | None, coarse: float | None = None, *, by_loss: bool = False) -> dict[str, Any]:
    """A title with τ (None: each basin has its own), and with the precision of the boundaries if it is coarse."""
    known = None if tolerance is None else tolerance_text(tolerance, by_loss)
    tau = "each at its own\u00a0τ" if known is None else known.replace(" ", "\u00a0")
    known_to = "" if coarse is None else f", boundaries known to {coarse:.0%} of\u00a0α"
    return headline(f"{text} ({tau}{known_to})")


def headline(text: str) -> dict[str, Any]:
    """A figure's title, plain text, at the place where the page breaks it into lines."""
    place = {"x": 0, "xanchor": "left", "xref": "paper", "y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 8}}
    return {"text": plotly(text), "font": {"size": 15}} | place


def with_subscript(title: dict[str, Any]) -> dict[str, Any]:
    """A title with the A of p_A below the line."""
    return title | {"text": title["text"].replace("p_A", "p<sub>A</sub>")}


def plain_layout(title: dict[str, Any], height: int, *, over: int = 0, **margin: int) -> dict[str, Any]:
    """The layout that the figures of basins share, with `over` px for text between title and plot."""
    return {
        "title": title,
        "height": height,
        "margin": {"l": 12, "r": 12, "t": 36 + over, "b": 60} | margin,
        "hovermode": "closest",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "paper_bgcolor": "rgba(0,0,0,0)",
    }
