"""A plane on a page: controls, the map, and notes on what the map does not show."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import plotly.graph_objects as go
import streamlit as st

from landscape.basins.losses import steering_tolerance, tolerance_text
from landscape.basins.standings import standing_notes
from landscape.figures.planes.landmarks import in_picture, landmarks
from landscape.figures.planes.map import View, plane_figure, plane_finding
from landscape.figures.planes.relief import relief_figure
from landscape.outside.text import markdown
from landscape.planes.regions import Region, regions_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Principal, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec
from landscape.ui.components.chart import Click, chart, remembered
from landscape.ui.components.scales import Lost, lost_controls
from landscape.ui.components.words import WORDS
from landscape.ui.planes.topology import render_topology

Place = tuple[float, float]
HEIGHT = 540  # px: the whole map stands in one window


@dataclass(frozen=True)
class Choice:
    """What the reader chose to see of a plane."""

    capability: str
    view: View
    lost: Lost
    dots: bool
    relief: bool
    topology: bool = False

    @property
    def query(self) -> dict[str, str]:
        """The parameters of a permalink."""
        return {"capability": self.capability, "view": self.view, **self.lost.in_full}


def controls(result: Result[PlaneSpec]) -> Choice:
    """Capability, view, τ, and what else to draw. The URL holds the first three."""
    names = list(map(name_of, result.spec.capabilities))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    capability = row.segmented_control(
        "Map of",
        names,
        default=names[0],
        key="capability",
        bind="query-params",
        help=WORDS["map"],
        width="content",
        format_func=markdown,
    )
    help_ = f"Score: {WORDS['score']}\n\nLoss: {WORDS['loss']}"
    view = row.segmented_control(
        "View", ["score", "loss"], default="score", key="view", bind="query-params", help=help_, width="content"
    )
    lost = lost_controls(row, result.spec, 150)
    dots = row.toggle("Measured points", key="dots", help=WORDS["dots"], width="content")
    relief = row.toggle("3D", key="relief", help=WORDS["relief"], width="content")
    topology = row.toggle("Topology", key="topology", help=WORDS["topology"], width="content")
    return Choice(capability or names[0], cast(View, view or "score"), lost, dots, relief, topology)


def render(result: Result[PlaneSpec], choice: Choice, *, key: str, picked: Place, on_click: Click) -> None:
    """Render the map with its notes, the 3D view where it is on, and the table of checkpoints."""
    tolerance = choice.lost.tolerance
    regions, figure = remembered(map_of, result, choice, picked)
    found = plane_finding(result, regions, choice.capability, tolerance)
    alt = f"Map of the {choice.view} of {choice.capability}. {found}"
    chart(figure, key=f"{key}-map", alt=alt, on_click=on_click)
    for note in notes(result, regions, choice.lost):
        st.caption(note)
    if choice.relief and choice.capability in regions:
        relief = relief_figure(result, regions, choice.capability, view=choice.view)
        chart(relief, key=f"{key}-relief", alt=f"{choice.capability} over the plane as a relief")
    _checkpoints_table(result)
    if choice.topology:
        render_topology(result, choice.capability, choice.view, key)


def figures(result: Result[PlaneSpec], choice: Choice) -> dict[str, go.Figure]:
    """The figures of the downloads: the map of every capability."""
    tolerance = choice.lost.tolerance
    regions = regions_of(result, tolerance, by_loss=choice.lost.by_loss)
    return {
        name: plane_figure(result, regions, name, tolerance, view=choice.view, dots=choice.dots) for name in regions
    }


def map_of(result: Result[PlaneSpec], choice: Choice, picked: Place = (0, 0)) -> tuple[dict[str, Region], go.Figure]:
    """The regions of all capabilities, and the map of one."""
    regions = regions_of(result, choice.lost.tolerance, by_loss=choice.lost.by_loss)
    away = picked if picked != (0, 0) else None
    figure = plane_figure(
        result, regions, choice.capability, choice.lost.tolerance, view=choice.view, dots=choice.dots, picked=away
    )
    return regions, figure.update_layout(height=HEIGHT)


def notes(result: Result[PlaneSpec], regions: Mapping[str, Region], lost: Lost) -> list[str]:
    """How to read the map, why a capability has no line, how the axes were made, and what lies outside."""
    spec, said = result.spec, [f"{WORDS['map']} Click a point: the model [answers there](#ask)."]
    now = tolerance_text(lost.tolerance, lost.by_loss)
    if (searched := tolerance_text(steering_tolerance(spec), spec.loss_tolerance is not None)) != now:
        said.append(
            f"Points were chosen where the boundary for {searched} passes. For {now} the lines are read off the same "
            "points and are coarser."
        )
    if lost.by_loss:
        names = [name for name, r in regions.items() if math.isnan(r.origin_loss) and not math.isnan(r.origin)]
        said += [f"No line for {markdown(', '.join(names))}: no loss, for lack of reference answers."] if names else []
    lacking = [
        f"{name} ({region.origin:.2f})"
        for name, region in regions.items()
        if region.inside is None and not math.isnan(region.origin)
    ]
    if lacking and not lost.by_loss:
        said.append(f"No line for {markdown(', '.join(lacking))}: there is nothing to lose.")
    said += map(markdown, standing_notes(lost.read(result), lost.tolerance))
    never = [name for name, region in regions.items() if region.inside is not None and region.inside.all()]
    if never:
        said.append(f"No line for {markdown(', '.join(never))}: nothing in the picture lies outside.")
    return [*said, *_axis_notes(result)]


def _axis_notes(result: Result[PlaneSpec]) -> list[str]:
    """How the axes were made, and which checkpoints lie outside the picture."""
    spec, facts, said = result.spec, result.facts, []
    if facts is not None and any(isinstance(d, Principal) for d in spec.directions):
        share = sum(facts.variance[:2])
        each = " and ".join(f"{part:.0%}" for part in facts.variance[:2])
        said.append(
            f"The axes are the snapshots' principal components and hold {each} of their variance, {share:.0%} "
            "together; the line joins the snapshots in order."
        )
    elif facts is not None and facts.cosine is not None:
        said.append(
            f"The two directions had a cosine of {number(facts.cosine, 2)}; y is what the second adds to the first, so "
            "that the axes are orthogonal."
        )
    away = {name: p for name, p in landmarks(result).items() if not in_picture(spec, *p[:2])}
    if away:
        listed = ", ".join(f"{short_name(name)} (x {number(x)}, y {number(y)})" for name, (x, y, _) in away.items())
        said.append(f"Outside the picture: {markdown(listed)}.")
    return said


def _checkpoints_table(result: Result[PlaneSpec]) -> None:
    """A table of where the checkpoints lie."""
    placed = landmarks(result)
    if len(placed) == 1:
        return
    hollow = any(distance for *_, distance in placed.values())
    title = "Checkpoints" + (": hollow markers lie off the plane" if hollow else "")
    with st.expander(title, icon=":material/location_on:"):
        number = st.column_config.NumberColumn
        help_ = {"x": WORDS["x"], "y": WORDS["y"], "off the plane": WORDS["off the plane"]}
        rows = [
            {"checkpoint": short_name(name), "x": x, "y": y, "off the plane": distance}
            for name, (x, y, distance) in placed.items()
        ]
        config = {name: number(format="%.3g", help=text) for name, text in help_.items()}
        st.dataframe(rows, hide_index=True, width="stretch", column_config=config)
