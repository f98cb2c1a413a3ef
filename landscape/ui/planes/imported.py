"""A surface of another program, beside the current plane: dropped, kept beside the store, read only."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.figures.planes.imported import imported_caption, imported_figure, imported_finding
from landscape.figures.planes.map import View, plane_figure, plane_finding
from landscape.figures.planes.map import span as span_of
from landscape.outside.kept_files import first_name
from landscape.outside.text import markdown
from landscape.planes.regions import Region, regions_of
from landscape.runs.paths import surfaces_of
from landscape.schema.capability_names import name_of
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec
from landscape.store.store import Store
from landscape.surfaces import kept
from landscape.surfaces.surface import NATS, SHARE, Surface
from landscape.ui.components.chart import chart, remembered
from landscape.ui.components.page_setup import show_errors
from landscape.ui.components.scales import Lost, chosen_lost
from landscape.ui.figure_downloads import figure_popover
from landscape.ui.planes.view import HEIGHT

CHOSEN, VALUES = "surface", "surface-values"  # widgets, and the parameters of the URL that they follow
_BROUGHT = (
    "What loss-landscapes, Landscaper or tomgoldstein/loss-landscape measured, an array, a table of points, or an "
    "exported plane. It is shown beside the map, and changes nothing."
)
_LACKS = (
    "It has no examples, no interval and no τ: nothing in it is called inside or lost, and it says nothing of other "
    "directions than its own."
)
Span = tuple[float, float]


def query() -> dict[str, str]:
    """The parameters of a permalink that keep the chosen surface."""
    chosen = {key: st.session_state.get(key, st.query_params.get(key)) for key in (CHOSEN, VALUES)}
    return {key: value for key, value in chosen.items() if value} if chosen[CHOSEN] else {}


def imported_surface(store: Store, result: Result[PlaneSpec] | None) -> None:
    """Take a surface, choose among the kept ones, and show it beside the plane, if there is one."""
    folder = surfaces_of(store)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    _drop_area(row, folder)
    names = kept.names(folder)
    with show_errors():
        if CHOSEN not in st.session_state and (linked := st.query_params.get(CHOSEN)):
            kept.find(folder, linked)
    if not names:
        return
    known: dict[str, Any] = {"index": None, "format_func": first_name, "on_change": _forget_values}
    name = _selected(row, "Surface of another program", CHOSEN, names, 300, **known)
    if name is None:
        _forget_values()
        return
    with show_errors():
        _show(row, folder / name, result)
    row.button("Remove", icon=":material/delete:", on_click=_remove, args=(folder / name,), help=_REMOVE)


_REMOVE = "Removes the copy that is kept beside the store; the file that was dropped stays where it is."


def _selected(row: DeltaGenerator, label: str, key: str, options: Sequence[str], width: int, **more: Any) -> str | None:
    """What is selected, which the address keeps; a widget that is bound to it would write how options are shown."""
    if st.session_state.setdefault(key, st.query_params.get(key)) not in options:
        del st.session_state[key]
    chosen: str | None = row.selectbox(label, options, key=key, placeholder="none", width=width, **more)
    if chosen is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    return chosen


def _forget_values() -> None:
    for held in (st.session_state, st.query_params):
        held.pop(VALUES, None)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    st.session_state[CHOSEN] = None
    _forget_values()


def _drop_area(row: DeltaGenerator, folder: Path) -> None:
    """Take a file, or the path of one, keep it beside the store, and choose it."""
    label = "Open another" if kept.names(folder) else "Open a surface of another program"
    with row.popover(label, icon=":material/upload_file:"), show_errors():
        st.caption(_BROUGHT)
        endings = [ending[1:] for ending in kept.ENDINGS]
        file = st.file_uploader("NumPy, HDF5, CSV, text or JSON", type=endings, key="surface-drop")
        path = st.text_input("Or the path of a file on this machine", key="surface-path").strip()
        taken = st.session_state.setdefault("surface-taken", {})  # an upload and a path stay through every rerun
        if file is not None and taken.get("file") != file.file_id:
            taken["file"] = file.file_id
            _choose(kept.keep(folder, file.name, file.getvalue()))
        if path != taken.get("path", ""):
            taken["path"] = path
            if path:
                _choose(kept.keep_path(folder, Path(os.path.expanduser(path))))


def _choose(path: Path) -> None:
    st.session_state[CHOSEN] = path.name
    _forget_values()
    st.rerun()  # the permalink above holds it too


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(path: Path, quantity: str | None) -> Surface:
    return kept.read(path, quantity)


def _show(row: DeltaGenerator, path: Path, result: Result[PlaneSpec] | None) -> None:
    """The surface, beside the map of the chosen capability, and what both can and cannot say."""
    surface = _read(path, None)
    if len(surface.quantities) > 1:
        chosen = _selected(row, "Values", VALUES, surface.quantities, 200)
        surface = _read(path, chosen)
    ours = _ours(result, surface) if result is not None and len(result.rows) else None
    span = ours.shared_span(surface) if ours is not None else None
    figure = remembered(imported_figure, surface, span)
    stem = first_name(path.name).rpartition(".")[0]
    caption = lambda: imported_caption(surface)  # noqa: E731
    figure_popover(row, lambda: {surface.quantity: figure}, caption, stem, live=False, key="surface-figure")
    panels = st.columns(2 if ours is not None else [3, 2], gap="large")
    if ours is not None:
        with panels[0]:
            found, map_ = remembered(_map_of, ours, span)
            chart(map_, key=f"surface-beside-{ours.view}", alt=f"The plane of this page. {found}")
    with panels[0 if ours is None else 1]:
        chart(figure, key=f"surface-{path.name}", alt=f"Surface of another program. {imported_finding(surface)}")
    for note in notes(surface, ours, span):
        st.caption(markdown(note))


@dataclass(frozen=True)
class Ours:
    """What of the current plane stands beside a surface."""

    result: Result[PlaneSpec]
    capability: str
    view: View
    lost: Lost

    @property
    def unit(self) -> str:
        """Of its colours."""
        return NATS if self.view == "loss" else SHARE

    @property
    def regions(self) -> dict[str, Region]:
        """Of all capabilities, at the τ of the page."""
        return regions_of(self.result, self.lost.tolerance, by_loss=self.lost.by_loss)

    def shared_span(self, surface: Surface) -> Span | None:
        """The range of the colours of both, where both are in the same unit; None: each has its own."""
        if surface.unit != self.unit or surface.y is None or self.capability not in (regions := self.regions):
            return None
        low, high = span_of(regions[self.capability], self.view)
        return min(low, surface.lowest[2]), max(high, surface.highest[2])


def _ours(result: Result[PlaneSpec], surface: Surface) -> Ours:
    """The capability that the surface is of, or the one that the map shows; by its loss, unless scores are brought."""
    names = list(map(name_of, result.spec.capabilities))
    of_surface, shown = surface.quantity.rpartition(" ")[0], st.session_state.get("capability")
    capability = next((name for name in (of_surface, shown) if name in names), names[0])
    rows = result.rows[result.rows["capability"] == capability]
    view: View = "score" if surface.better_high or not rows["loss"].notna().any() else "loss"
    return Ours(result, capability, view, chosen_lost(result.spec))


def _map_of(ours: Ours, span: Span | None) -> tuple[str, go.Figure]:
    """What the plane found, and its map; its colours reach as far as those of the surface, where they share a unit."""
    regions, tau = ours.regions, ours.lost.tolerance
    figure = plane_figure(ours.result, regions, ours.capability, tau, view=ours.view)
    if span is not None:
        figure.update_traces(zmin=span[0], zmax=span[1], selector={"type": "heatmap"})
    return plane_finding(ours.result, regions, ours.capability, tau), figure.update_layout(height=HEIGHT)


def notes(surface: Surface, ours: Ours | None, span: Span | None) -> list[str]:
    """What the file says, in which units, and what such a picture cannot say."""
    low, high = number(surface.lowest[2]), number(surface.highest[2])
    kind = "curve" if surface.y is None else "surface"
    known = "all" if surface.measured == surface.values.size else f"{surface.measured:,} of them"
    said = [
        f"Read only, from {surface.name} ({surface.format}): a {kind} of {surface.shape_text}, {known} with a "
        f"value; {surface.value_text} from {low} to {high}.",
        f"Axes: {surface.axis_unit}." + _not_alpha(surface, ours),
    ]
    if ours is not None:
        said.append(_colours(surface, ours, span))
    return [*said, *surface.notes, _LACKS]


def _not_alpha(surface: Surface, ours: Ours | None) -> str:
    if surface.in_alpha:
        return ""
    width = " A width here and a width on the map beside it cannot be compared." if ours is not None else ""
    return f" They are not α.{width}"


def _colours(surface: Surface, ours: Ours, span: Span | None) -> str:
    if span is not None:
        return f"One colour scale for both panels: both are in the same unit, {ours.unit}."
    own = f"{ours.capability} {ours.view} ({ours.unit})"
    other = surface.value_text if surface.unit else f"{surface.quantity}, whose unit it does not say"
    what = "They share no scale" if surface.y is None else "Each panel has its own colours"
    return f"{what}: the map shows {own}, the file shows {other}."
