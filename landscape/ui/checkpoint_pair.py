"""What a page shows of a checkpoint, and of what lies between two."""

from typing import Any

import streamlit as st

from landscape.checkpoints import files
from landscape.figures.module_heatmap import comparison_figure, has_ranks
from landscape.reports.comparison import moved_otherwise
from landscape.ui.components.chart import chart
from landscape.ui.components.frame import show_errors
from landscape.ui.components.words import WORDS


def described(name: str) -> bool:
    """Size, format and shape of one checkpoint; whether it is one."""
    with show_errors(), st.spinner("Looking at it; a hub model that is not here yet is downloaded first …"):
        _show_description(files.describe(name))
        return True
    return False


def _show_description(one: files.Description) -> None:
    """A checkpoint's numbers."""
    size = f"{one.parameters / 1e6:.3g} M" if one.parameters < 1e9 else f"{one.parameters / 1e9:.3g} B"
    row = st.container(horizontal=True)
    row.metric("Parameters", size, help=WORDS["d"], width="content")
    row.metric("Size", f"{one.bytes / 1e6:.3g} MB", width="content")
    row.metric("Format", one.dtype, width="content")
    shape = [f"{one.layers} layers" if one.layers else "", f"{one.hidden} wide" if one.hidden else ""]
    shape += [f"vocabulary {one.vocabulary:,}" if one.vocabulary else ""]
    shape += [f"context {one.context:,}" if one.context else "", "adapter, merged" if one.adapter else ""]
    st.caption(" · ".join([one.architecture, *filter(None, shape)]))


def show_moved(compared: dict[str, Any]) -> None:
    """The numbers of Δθ and its heat map."""
    row = st.container(horizontal=True)
    row.metric("‖Δθ‖", f"{compared['radius']:.3g}", help=WORDS["‖Δθ‖"], width="content")
    row.metric("α of the fine-tune", f"{compared['alpha']:.3g}", help=WORDS["α"], width="content")
    row.metric("relative α", f"{compared['relative_alpha']:.2%}", help=WORDS["relative α"], width="content")
    share = compared["changed"] / compared["parameters"]
    hint = "Weights whose stored value differs at all."
    row.metric("Weights that changed", f"{share:.1%}", help=hint, width="content")
    _show_heat(compared)
    st.caption(
        "One cell is one weight matrix: bright cells moved most. Embeddings and the last norm are in the top row."
    )
    for remark in moved_otherwise(compared):
        st.info(remark, icon=":material/info:")


def _show_heat(compared: dict[str, Any]) -> None:
    """The map of all modules, with a choice of what it shows."""
    views = {"change": "alpha", "relative change": "relative"} | (
        {"effective rank": "effective_rank"} if has_ranks(compared) else {}
    )
    chosen = st.segmented_control(
        "Colour", list(views), default="change", key="heat-view", required=True, help=WORDS["effective rank"]
    )
    figure = comparison_figure(compared, views[chosen or "change"])
    chart(figure, key="heat", alt=f"{chosen} of every module in every layer")
