"""A slice on a page: controls, figures, and how to read them."""

import html
from dataclasses import dataclass
from typing import cast

import plotly.graph_objects as go
import streamlit as st

from landscape.basins.standings import standing_notes
from landscape.figures.slices.reading import slice_reading
from landscape.figures.slices.slice import View, panels, slice_figure
from landscape.outside.text import markdown
from landscape.runs.earlier_results import known_curves, known_radii
from landscape.schema.deployments import TOUCHED
from landscape.schema.directions import MatchedNoise, label_of
from landscape.schema.frames import TOLERANCE
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec
from landscape.slices.deployment_survival import survival_finding, survivals_of
from landscape.ui.components import measurement
from landscape.ui.components.chart import Click, chart, remembered
from landscape.ui.components.page_setup import get_store
from landscape.ui.components.scales import Lost, lost_controls, relative_toggle
from landscape.ui.components.words import WORDS
from landscape.ui.examples import place
from landscape.ui.examples.panel import clicked, hint


@dataclass(frozen=True)
class Choice:
    """What the reader chose to see of a slice."""

    view: View = "score"
    relative: bool = False
    lost: Lost = Lost(TOLERANCE, by_loss=False)

    def query(self, spec: SliceSpec) -> dict[str, str]:
        """The parameters of a permalink."""
        return {"view": self.view} | self.lost.query(spec) | ({"relative": "true"} if self.relative else {})


def render(result: Result[SliceSpec], choice: Choice | None = None, *, key: str) -> None:
    """Render the figures of a result, two in a row (one under the other on a phone)."""
    choice = choice or Choice()
    shown = list(zip(panels(result), remembered(figures, result, choice), strict=True))
    for start in range(0, len(shown), 2):
        for column, (panel, figure) in zip(
            st.columns(2 if len(shown) > 1 else 1), shown[start : start + 2], strict=False
        ):
            with column:
                title = html.unescape(figure.layout.title.text)
                alt = f"{choice.view} against α. {title}"
                chart(figure, key=f"{key}-{panel}", alt=alt, on_click=_click(result, choice, panel))
    hint()
    for note in standing_notes(choice.lost.read(result), choice.lost.tolerance):
        st.caption(f":material/info: {markdown(note)}")
    if any(isinstance(direction, MatchedNoise) for direction in result.spec.directions):
        _foretold(result)


def _click(result: Result[SliceSpec], choice: Choice, panel: str) -> Click:
    """A click on a panel means an α in its direction; of several draws, the one that is chosen, else the first."""
    unit = result.facts.typical if choice.relative and result.facts else 1.0
    own = [index for index, direction in enumerate(result.spec.directions) if label_of(direction) == panel]

    def click(x: float, y: float, along: int | None) -> None:
        now = place.from_url(result).direction
        clicked(result, Point(now if now in own else own[0], x * unit))

    return click


def _foretold(result: Result[SliceSpec]) -> None:
    """Say how well noise foretold the deployment moves, as the command `moves` does."""
    store = get_store()
    radii, curves = known_radii(store, result.spec), known_curves(store, result.spec)
    found = survival_finding(survivals_of(result, radii, curves=curves))
    how = "Open diamonds: the mean score under noise of the move's size in each tensor, and the range of draws."
    st.caption(f"{markdown(found)} {how} {TOUCHED}")


def controls(result: Result[SliceSpec]) -> Choice:
    """Whether to show score or loss, what counts as lost, and whether α is relative. The URL holds all of them."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="large")
    help_ = f"Score: {WORDS['score']}\n\nLoss: {WORDS['loss']}"
    view = row.segmented_control(
        "View", ["score", "loss"], default="score", key="view", bind="query-params", help=help_, width="content"
    )
    lost = lost_controls(row, result.spec, 200)
    known = result.facts is not None and not result.spec.relative
    return Choice(cast(View, view or "score"), relative_toggle(row, known=known), lost)


def downloads(result: Result[SliceSpec], choice: Choice, key: str, *, live: bool) -> None:
    """The points, where each capability is lost, and a page of the figures."""
    hint = "Where each capability is lost in each direction, at the τ chosen above."
    reading = lambda: slice_reading(choice.lost.read(result), choice.lost.tolerance)  # noqa: E731
    read = choice.lost.read(result), choice.lost.tolerance
    measurement.downloads(result, key, lambda: named_figures(result, choice), reading, hint, live=live, read=read)


def named_figures(result: Result[SliceSpec], choice: Choice) -> dict[str, go.Figure]:
    """The figures of a result by what they show."""
    return dict(zip((panel.replace("demo:", "") for panel in panels(result)), figures(result, choice), strict=True))


def figures(result: Result[SliceSpec], choice: Choice) -> list[go.Figure]:
    """The figures of a result, one a panel."""
    tau, read = choice.lost.tolerance, choice.lost.read(result)
    return [
        slice_figure(result, panel, view=choice.view, relative=choice.relative, tolerance=tau, read=read)
        for panel in panels(result)
    ]


def how_to_read() -> None:
    """Show how to read a slice, for those who see one for the first time."""
    st.info(
        f"""
**How to read this.** Every point is the model with all its weights moved.
- **α** (across): {WORDS["α"]}
- **score** (up): {WORDS["score"]}
- **A flat line is the inside of a basin**: the model moved, and nothing was lost. Where the line falls, the basin ends.
- **The stroke** on a line marks where the capability is lost: where its score has dropped by τ, or its loss has risen.
- **The shaded band**: {WORDS["band"]}
- **The dashed orange line** is where the fine-tune stands. Towards it, new capabilities rise while the basic one
  must stay flat: a fine-tune is good when it stays inside the basic basin.
- A random move as long as the fine-tune's changes almost nothing: directions differ, and most are harmless.
""",
        icon=":material/school:",
    )
