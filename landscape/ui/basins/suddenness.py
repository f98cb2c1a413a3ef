"""How a capability is lost beyond its median: the share of directions still inside, and the radius at each τ."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from landscape.basins.boundaries import Radius
from landscape.basins.radii import Basin, basins_of
from landscape.basins.steepness import CliffIndex, cliff_indices, radii_at
from landscape.figures.basins.inside_share import inside_share_figure, inside_share_finding
from landscape.figures.basins.tolerances import NATS, TOLERANCES, steepness_finding, tolerance_figure
from landscape.figures.scale import scale_of, with_known_radius
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from landscape.ui.basins.reading import identity_of
from landscape.ui.components.chart import chart, remembered


def render(result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float, *, key: str, relative: bool) -> None:
    """Render both figures side by side (below each other on a phone); nothing before a radius is known."""
    shown, scale = with_known_radius(result, basins), scale_of(result, relative)
    if not shown:
        return
    share, sudden = remembered(figures, result, basins, tolerance, relative=relative)
    left, right = st.columns(2)
    with left:
        alt = f"Share of directions still inside against α. {inside_share_finding(shown, scale)}"
        chart(share, key=f"{key}-inside", alt=alt)
        st.caption(
            "Read at an α: the share of random directions in which a capability has not been lost yet. The band is the "
            "95 % interval at that α, for the choice of directions and of examples."
        )
    with right:
        _, indices = _read(identity_of(result), result, tuple(basin.capability for basin in shown), tolerance)
        found = steepness_finding(indices, tolerance, by_loss=result.by_loss)
        chart(sudden, key=f"{key}-tolerances", alt=f"Radius against τ. {found}")
        what = "the loss may rise by another amount" if result.by_loss else "another part of the score may be lost"
        st.caption(
            f"The radius if {what}. Dotted: a parabola through the chosen τ. A line "
            "flatter than it is a cliff: much is lost within little. [ ]: 95 % interval; ( ): range."
        )


def figures(
    result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float, *, relative: bool
) -> tuple[go.Figure, go.Figure]:
    """The share of directions still inside against α, and the radius against τ, of basins with a known radius."""
    names, scale = tuple(basin.capability for basin in with_known_radius(result, basins)), scale_of(result, relative)
    radii, indices = _read(identity_of(result), result, names, tolerance)
    share = inside_share_figure(result, basins, tolerance, scale)
    return share, tolerance_figure(radii, indices, tolerance, scale, by_loss=result.by_loss)


Read = tuple[dict[str, dict[float, Radius]], dict[str, CliffIndex]]


@st.cache_data(max_entries=64, show_spinner=False)
def _read(known: str, _result: Result[BasinSpec], names: tuple[str, ...], tolerance: float) -> Read:
    """The radius of each capability at each τ, and its cliff index at the chosen one."""
    taus = sorted({*(NATS if _result.by_loss else TOLERANCES), tolerance})
    radii = {name: radii_at(_result, name, taus) for name in names}
    near = [basin for basin in basins_of(_result, tolerance) if basin.capability in names]
    return radii, cliff_indices(_result, near, tolerance)
