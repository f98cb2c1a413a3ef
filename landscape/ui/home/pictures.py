"""The pictures of the first page: the slice of the pair, and the map with the model's answers where they ship."""

import html
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from landscape.bundled.texts import MapTexts, shipped_map
from landscape.figures.slices.slice import panels, slice_figure
from landscape.outside.text import markdown, plotly
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Towards, label_of, short_name
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.chart import chart, remembered
from landscape.ui.components.measurement import measured
from landscape.ui.components.page_setup import submit_and_start
from landscape.ui.components.polling import poll_run
from landscape.ui.components.run_status import cancel_or_resume, progress, warn_if_outdated
from landscape.ui.components.scales import Lost
from landscape.ui.home.start import Shown, said_of
from landscape.ui.planes.view import Choice, map_of

HEIGHT = 500  # px of each picture: both stand above the fold
_LINE = 46  # letters of a line in a hover label


def show_slice(store: Store, shown: Shown) -> None:
    """One panel of the slice at a time: the line to the fine-tune first."""

    def picture(result: Result[SliceSpec], key: str) -> None:
        names = panels(result)
        aims = [label_of(d) for d in result.spec.directions if isinstance(d, Towards)]
        first = names.index(aims[0]) if aims and aims[0] in names else 0
        chosen = names[first]
        if len(names) > 1:
            chosen = st.segmented_control(
                "Direction", names, default=names[first], key=f"home-panel-{key}", required=True,
                format_func=_panel_name, label_visibility="collapsed",
            )  # fmt: skip
        figure = remembered(_slice, result, chosen)
        chart(figure, key=f"home-slice-{key}", alt=f"Score against α. {html.unescape(figure.layout.title.text)}")

    _live(store, shown, "Slice", picture)


def _panel_name(panel: str) -> str:
    if panel == "gaussian":
        return "random directions"
    before, aims, name = panel.partition("towards ")
    return markdown(f"{before}{aims}{short_name(name)}" if aims else panel)


def _slice(result: Result[SliceSpec], panel: str) -> go.Figure:
    figure = slice_figure(result, panel, tolerance=TOLERANCE)
    return figure.update_layout(height=HEIGHT)


def show_map(store: Store, shown: Shown) -> None:
    """The map of one capability, with the basins of all; over the demo's, the model's answer follows the pointer."""

    def picture(result: Result[PlaneSpec], key: str) -> None:
        names = list(map(name_of, result.spec.capabilities))
        texts = shipped_map()
        answered = texts if texts is not None and texts.spec == result.spec else None
        default = "math" if answered is not None and "math" in names else names[0]
        chosen = default
        if len(names) > 1:
            chosen = st.segmented_control(
                "Map of", names, default=default, key=f"home-map-{key}", required=True, format_func=markdown,
                label_visibility="collapsed",
            )  # fmt: skip
        figure = remembered(_map, result, chosen, answered)
        chart(figure, key=f"home-map-chart-{key}", alt=html.unescape(figure.layout.title.text))
        if answered is not None and chosen in answered.asked:
            asked = answered.asked[chosen]
            st.caption(
                f"Move over the map: how the model goes on after “{markdown(asked.prompt)}” there "
                f"(expected: {markdown(asked.answer)})."
            )

    _live(store, shown, "Map", picture)


def _map(result: Result[PlaneSpec], capability: str, answered: MapTexts | None) -> go.Figure:
    choice = Choice(capability, "score", Lost(TOLERANCE, by_loss=False), dots=False, relief=False)
    figure = go.Figure(map_of(result, choice)[1])
    figure.update_layout(height=HEIGHT)
    if answered is not None and capability in answered.asked:
        figure.add_trace(_answers(answered, capability))
    return figure


def _answers(texts: MapTexts, capability: str) -> go.Heatmap:
    """An invisible layer that says, under the pointer, what the model writes there."""
    asked = texts.asked[capability]
    shown = [plotly(_broken(text)) if text else "<i>nothing</i>" for text in asked.texts]
    said = np.array([[shown[index] for index in row] for row in asked.at], object)
    return go.Heatmap(
        x=texts.xs, y=texts.ys, z=np.zeros(said.shape, np.float32), text=said, opacity=0, showscale=False,
        name="answers",
        hovertemplate=f"{plotly(asked.prompt)}<br><b>%{{text}}</b><extra>x %{{x:.3g}}, y %{{y:.3g}}</extra>",
    )  # fmt: skip


def _broken(text: str) -> str:
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"


def _live(store: Store, shown: Shown, title: str, picture: Any) -> None:
    """A picture that grows while its run is measured; a line that says what is missing where nothing is known."""

    def show(now: Run | None) -> None:
        if now is None and shown.shipped is None:
            st.caption(f"{title}: not measured yet.")
            return
        if now is not None and now.status == "done":
            warn_if_outdated(now)
        elif now is not None:
            progress(now)
            cancel_or_resume(store, now, lambda: _resume(store, now), key=f"home-{title}")
        result = shown.shipped if now is None else measured(store, now)
        if said := said_of(shown.spec):
            st.caption(said)
        if result is not None and len(result.rows):
            picture(result, now.id if now is not None else "shipped")

    poll_run(store, shown.run, show)


def _resume(store: Store, run: Run) -> None:
    submit_and_start(store, run.spec)
    st.rerun()
