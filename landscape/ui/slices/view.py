"""A slice on a page: controls, figures, and how to read them."""

from typing import cast

import plotly.graph_objects as go
import streamlit as st

from landscape.figures.slices.slice import View, panels, slice_figure, slice_finding
from landscape.outside.text import markdown
from landscape.runs.earlier_results import known_curves, known_radii
from landscape.schema.deployments import TOUCHED
from landscape.schema.directions import MatchedNoise
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec
from landscape.slices.deployment_survival import survival_finding, survivals_of
from landscape.ui.components.chart import chart
from landscape.ui.components.page_setup import get_store
from landscape.ui.components.scales import relative_toggle
from landscape.ui.components.words import WORDS


def render(result: Result[SliceSpec], *, key: str, view: str = "score", relative: bool = False) -> None:
    """Render the figures of a result, two in a row (one under the other on a phone)."""
    names = panels(result)
    for start in range(0, len(names), 2):
        for column, panel in zip(st.columns(2 if len(names) > 1 else 1), names[start : start + 2], strict=False):
            figure = slice_figure(result, panel, view=cast(View, view), relative=relative)
            with column:
                chart(figure, key=f"{key}-{panel}", alt=f"{view} against α. {slice_finding(result, panel)}")
    if any(isinstance(direction, MatchedNoise) for direction in result.spec.directions):
        _foretold(result)


def _foretold(result: Result[SliceSpec]) -> None:
    """Say how well noise foretold the deployment moves, as the command `moves` does."""
    store = get_store()
    radii, curves = known_radii(store, result.spec), known_curves(store, result.spec)
    found = survival_finding(survivals_of(result, radii, curves=curves))
    how = "Open diamonds: the mean score under noise of the move's size in each tensor, and the range of draws."
    st.caption(f"{markdown(found)} {how} {TOUCHED}")


def controls(result: Result[SliceSpec]) -> tuple[str, bool]:
    """Whether to show score or loss, and whether α is relative. The URL holds both."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="large")
    help_ = f"Score: {WORDS['score']}\n\nLoss: {WORDS['loss']}"
    view = row.segmented_control(
        "View", ["score", "loss"], default="score", key="view", bind="query-params", help=help_, width="content"
    )
    known = result.facts is not None and not result.spec.relative
    return view or "score", relative_toggle(row, known=known)


def figures(result: Result[SliceSpec], *, view: str, relative: bool) -> list[go.Figure]:
    """The figures of the downloaded page, one a panel."""
    return [slice_figure(result, panel, view=cast(View, view), relative=relative) for panel in panels(result)]


def how_to_read() -> None:
    """Show how to read a slice, for those who see one for the first time."""
    st.info(
        f"""
**How to read this.** Every point is the model with all its weights moved.
- **α** (across): {WORDS["α"]}
- **score** (up): {WORDS["score"]}
- **A flat line is the inside of a basin**: the model moved, and nothing was lost. Where the line falls, the basin ends.
- **The shaded band**: {WORDS["band"]}
- **The dashed orange line** is where the fine-tune stands. Towards it, new capabilities rise while the basic one
  must stay flat: a fine-tune is good when it stays inside the basic basin.
- A random move as long as the fine-tune's changes almost nothing: directions differ, and most are harmless.
""",
        icon=":material/school:",
    )
