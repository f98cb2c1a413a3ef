"""What a page shows of a checkpoint, and of what lies between two."""

from typing import Any

import streamlit as st

from landscape import checkpoints
from landscape.figures.comparison import comparison_figure
from landscape.ui.chart import chart
from landscape.ui.frame import explained
from landscape.ui.words import WORDS


def described(name: str) -> bool:
    """Size, format and shape of one checkpoint; whether it is one."""
    with explained(), st.spinner("Looking at it; a hub model that is not here yet is downloaded first …"):
        _show_description(checkpoints.describe(name))
        return True
    return False


def _show_description(one: checkpoints.Description) -> None:
    """A checkpoint's numbers."""
    size = f"{one.parameters / 1e6:.3g} M" if one.parameters < 1e9 else f"{one.parameters / 1e9:.3g} B"
    parameters, memory, dtype = st.columns(3)
    parameters.metric("Parameters", size, help=WORDS["d"])
    memory.metric("Size", f"{one.bytes / 1e6:.3g} MB")
    dtype.metric("Format", one.dtype)
    shape = [f"{one.layers} layers" if one.layers else "", f"{one.hidden} wide" if one.hidden else ""]
    shape += [f"vocabulary {one.vocabulary:,}" if one.vocabulary else ""]
    shape += [f"context {one.context:,}" if one.context else "", "adapter, merged" if one.adapter else ""]
    st.caption(" · ".join([one.architecture, *filter(None, shape)]))


def show_moved(compared: dict[str, Any]) -> None:
    """The numbers of Δθ and its heat map."""
    radius, alpha, relative, changed = st.columns(4)
    radius.metric("‖Δθ‖", f"{compared['radius']:.3g}", help=WORDS["‖Δθ‖"])
    alpha.metric("α of the fine-tune", f"{compared['alpha']:.3g}", help=WORDS["α"])
    relative.metric("relative α", f"{compared['relative_alpha']:.2%}", help=WORDS["relative α"])
    share = compared["changed"] / compared["parameters"]
    changed.metric("Weights that changed", f"{share:.1%}", help="Weights whose stored value differs at all.")
    scale = st.toggle("relative to each tensor's own size", key="heat-relative", help=WORDS["relative α"])
    figure = comparison_figure(compared, relative=scale)
    chart(figure, key="heat", alt="Change of every module in every layer")
    st.caption(
        "One cell is one weight matrix: bright cells moved most. Embeddings and the last norm are in the top row."
    )
