"""Basins on a page: controls, figures, tables and remarks."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.basins.losses import steering_tolerance, tolerance_text
from landscape.basins.radii import Basin, alpha_of_others, levels_of
from landscape.basins.search.boundary_search import PRECISION
from landscape.figures.basins.findings import (
    basins_finding,
    bracket_widths,
    checkpoint_sides,
    coarseness,
    extent_ratio,
    radii_summary,
)
from landscape.figures.basins.forest import forest_figure
from landscape.figures.basins.nesting import nested_finding, nesting_figure
from landscape.figures.basins.orders import order_finding, order_of
from landscape.figures.basins.rings import rings_figure
from landscape.figures.basins.towards import towards_finding
from landscape.figures.scale import scale_of, with_known_radius
from landscape.intervals import Share
from landscape.outside.text import markdown
from landscape.reports.basins import basin_dict
from landscape.schema.directions import join_words, seed_of
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from landscape.ui.basins import suddenness
from landscape.ui.basins.reading import basins_at
from landscape.ui.components import measurement
from landscape.ui.components.chart import chart, remembered
from landscape.ui.components.scales import Lost, lost_controls, relative_toggle, usual_tolerance
from landscape.ui.components.words import WORDS
from landscape.ui.examples.panel import clicked, hint
from landscape.ui.examples.place import of_angle

LEVEL_HELP = {
    name: st.column_config.TextColumn(help=text)
    for name, text in {
        "still inside": "Directions in which the score has not dropped by more than τ, with the 95 % interval of "
        "their share among all directions (Clopper–Pearson).",
        "lost beyond chance": "Directions in which the drop by more than τ is shown on the same examples (paired score "
        "tests; the chance that any of the directions is wrongly counted is 5 % at each α, by Holm's correction).",
        "no worse than θ₀": "Density of neighbours at least as good as θ₀, with its 95 % interval.",
        "mean score up to α": "The score averaged from 0 to α and over directions (as VISAGE does).",
    }.items()
}


def controls(result: Result[BasinSpec]) -> tuple[Lost, bool]:
    """What counts as lost, and whether α is shown relative. The URL holds both."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="large")
    known_ = result.facts is not None and not result.spec.relative
    return lost_controls(row, result.spec, 320), relative_toggle(row, known=known_)


def render(result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float, *, key: str, relative: bool) -> None:
    """Render the rings and their limits; beside them (below, on a phone) the radii, and which basin lies in which."""
    scale = scale_of(result, relative)
    left, right = st.columns(2)
    with left:
        alt = f"Basins as rings around θ₀. {basins_finding(result, basins, scale)}"
        rings = remembered(rings_figure, result, basins, tolerance, relative=relative)
        click = lambda r, theta, _: clicked(result, of_angle(result.spec, r * scale.unit, theta))  # noqa: E731
        chart(rings, key=f"{key}-rings", alt=alt, on_click=click)
        if where := checkpoint_sides(result, basins):
            st.markdown(markdown(f"{where[0].upper()}{where[1:]}."))
        for text in filter(None, (towards_finding(basins, name) for name in alpha_of_others(result))):
            st.markdown(markdown(text))
        st.caption(how_to_read(result))
        hint()
        remarks(result, basins, tolerance)
    with right:
        figure = remembered(forest_figure, result, basins, tolerance, relative=relative)
        alt = f"Radii. {radii_summary(result, basins, scale)}. {extent_ratio(result, basins)}"
        chart(figure, key=f"{key}-forest", alt=alt)
        nested = remembered(nesting_figure, result, basins, tolerance)
        if nested is not None:
            chart(nested, key=f"{key}-nesting", alt=f"Which ends first. {nested_finding(result, basins)}")
            st.caption(
                f"{WORDS['nested']} A direction counts where the two brackets are apart. The shade grows with the "
                "least ratio that the 95 % interval leaves; each pair is judged by itself."
            )

    suddenness.render(result, basins, tolerance, key=key, relative=relative)


def order_note(result: Result[BasinSpec], lost: Lost, *, relative: bool) -> None:
    """The order of the radii by score and by loss, side by side; the τ that is not chosen is the usual one."""
    found = []
    for by_loss in (False, True):
        tau = lost.tolerance if by_loss == lost.by_loss else usual_tolerance(result.spec, by_loss=by_loss)
        read = Lost(tau, by_loss).read(result)
        found.append(order_of(read, basins_at(read, tau), tau))
    if said := order_finding(found[0], found[1], scale_of(result, relative)):
        st.markdown(f":material/swap_vert: {markdown(said)}", help=WORDS["orders"])


def levels_table(result: Result[BasinSpec], tolerance: float) -> None:
    """A table of what still holds at each α at which every direction was measured."""
    found = levels_of(result, tolerance)
    if not found:
        return
    with st.expander("At a given α", icon=":material/straighten:"):
        rows = [
            {
                "α": number(level.alpha),
                "capability": level.capability,
                "still inside": _share(level.inside),
                "lost beyond chance": f"{level.proven} of {level.inside.n}",
                "no worse than θ₀": _share(level.better),
                "mean score up to α": f"{level.mean:.2f}",
            }
            for level in found
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config=LEVEL_HELP)


def _share(share: Share) -> str:
    return f"{round(share.share * share.n)} of {share.n} ({share.low:.2f}–{share.high:.2f})"


def downloads(
    result: Result[BasinSpec], basins: Sequence[Basin], name: str, lost: Lost, *, relative: bool, live: bool
) -> None:
    """The points, the radii at the τ of the search, and a page of the figures."""
    read = lost.read(result)
    made = lambda: figures(read, basins, lost.tolerance, relative=relative)  # noqa: E731
    measurement.downloads(result, name, made, lambda: basin_dict(result), live=live, read=(read, lost.tolerance))


def figures(
    result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float, *, relative: bool
) -> dict[str, go.Figure]:
    """The figures of the downloads, by what they show."""
    made = {
        "rings": rings_figure(result, basins, tolerance, relative=relative),
        "radii": forest_figure(result, basins, tolerance, relative=relative),
        "nesting": nesting_figure(result, basins, tolerance),
    }
    if with_known_radius(result, basins):
        share, sudden = suddenness.figures(result, basins, tolerance, relative=relative)
        made |= {"still inside": share, "radius at each τ": sudden}
    return {name: figure for name, figure in made.items() if figure is not None}


def how_to_read(result: Result[BasinSpec]) -> str:
    """How to read the rings: one sentence for each thing that is drawn."""
    rays = sum(seed_of(direction) is not None for direction in result.spec.directions)
    parts = ["From the centre, the model θ₀, outwards the weights move farther; angles only tell directions apart."]
    if rays:
        rings = f"A ring is where a capability ends: the median of {rays} random direction{'s' * (rays != 1)}"
        few = f" (an interval takes {RAYS_NEEDED}; fewer have a range, lowest to highest)"
        sure = ", with its 95 % interval as a band" if rays >= RAYS_NEEDED else few
        parts.append(f"{rings}{sure}; each small mark is one direction. Dashed, hollow: at least as wide.")
    if alpha_of_others(result):
        parts.append(
            "Orange: the straight line to another checkpoint, which stands at the star. The outlined marks on that "
            "line say where each capability ends there: the checkpoint is inside a basin where its star comes first."
        )
    return " ".join(parts)


def resolution_note(
    basins: Sequence[Basin], tolerance: float, spec: BasinSpec, drawn: str = "", *, by_loss: bool = False
) -> None:
    """Say how finely the boundaries are known, where that is coarser than a search at this τ would end with."""
    widths, searched = bracket_widths(basins), steering_tolerance(spec)
    other = by_loss != (spec.loss_tolerance is not None)
    if widths is not None and (other or abs(tolerance - searched) > 1e-9):
        now = tolerance_text(tolerance, by_loss) if other else f"{tolerance:g}"
        st.caption(
            f":material/straighten: The search was made at {tolerance_text(searched, other != by_loss)}. At {now} a "
            f"boundary is known only as finely as the points around it: to {widths[0]:.0%} of α in the median, "
            f"{widths[1]:.0%} at worst{drawn}. The bands do not contain this."
        )
    elif widths is not None and coarseness(basins):
        st.caption(
            f":material/straighten: Boundaries are known to {widths[1]:.0%} of α so far; a search narrows them to "
            f"{PRECISION:.0%}."
        )


def remarks(result: Result[BasinSpec], basins: Sequence[Basin], tolerance: float) -> None:
    """Show what limits the picture, in short sentences."""
    open_ = [b.capability for b in basins if b.rays and b not in with_known_radius(result, basins)]
    rays = any(seed_of(direction) is not None for direction in result.spec.directions)
    if open_ and rays:
        st.caption(
            f":material/hourglass_empty: No ring yet for {markdown(join_words(open_))}: not every direction has met "
            "its boundary. Hollow marks are still inside so far."
        )
    resolution_note(basins, tolerance, result.spec, " (the thin bars)", by_loss=result.by_loss)
    said: dict[str, list[str]] = {}
    for basin in basins:
        for warning in basin.warnings:
            if basin.capability not in open_ or not warning.startswith("never left"):  # that search has not ended
                said.setdefault(warning, []).append(basin.capability)
    for warning, names in said.items():
        st.caption(f":material/info: **{markdown(join_words(names))}**: {markdown(warning)}.")
