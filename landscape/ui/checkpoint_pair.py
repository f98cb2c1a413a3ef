"""One checkpoint on a page, and two compared: whether a line joins them, and what lies between them."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from landscape.bundled.default_capabilities import default_capabilities
from landscape.checkpoints import compatibility, files
from landscape.figures.module_heatmap import comparison_figure, has_ranks
from landscape.figures.paper.captions import caption_of_pair
from landscape.figures.paper.pictures import file_name
from landscape.outside.text import markdown
from landscape.reports.comparison import moved_otherwise, rms_words
from landscape.runs.submit import current_run_of
from landscape.schema.directions import Direction, Gaussian, Towards, short_name
from landscape.schema.numbers import count, number
from landscape.schema.specs import ComparisonSpec, SliceSpec
from landscape.store.store import Store
from landscape.ui.components.chart import chart
from landscape.ui.components.links import pack
from landscape.ui.components.page_setup import show_errors, submit_and_start
from landscape.ui.components.polling import poll_run
from landscape.ui.components.run_status import progress
from landscape.ui.components.words import WORDS
from landscape.ui.figure_downloads import figure_popover


def show_checkpoint(name: str) -> bool:
    """Show size, format and shape of a checkpoint, or why it cannot be read; return whether it can."""
    with show_errors():
        _show_description(files.describe(name))
        return True
    return False


def _show_description(one: files.Description) -> None:
    """The numbers of a checkpoint."""
    row = st.container(horizontal=True)
    row.metric("Parameters", count(one.parameters), help=WORDS["d"], width="content")
    row.metric("Size", f"{number(one.bytes / 1e6)} MB", width="content")
    row.metric("Format", markdown(one.dtype), width="content")
    shape = [f"{one.layers} layers" if one.layers else "", f"{one.hidden} wide" if one.hidden else ""]
    shape += [f"vocabulary {one.vocabulary:,}" if one.vocabulary else ""]
    shape += [f"context {one.context:,}" if one.context else "", "adapter, merged" if one.adapter else ""]
    st.caption(" · ".join([markdown(one.architecture), *filter(None, shape)]))
    for remark in one.remarks:
        st.caption(markdown(remark))


def show_comparison(store: Store, a: str, b: str) -> None:
    """Whether a line joins two checkpoints; if so, Δθ and the way to explore further, or the button to measure it."""
    found = compatibility.mismatches(a, b)
    listed = "".join(f"\n- {markdown(line)}" for line in found)
    if compatibility.incomparable(a, b):
        st.error(f"These two do not share a weight space, so no line joins them:{listed}", icon=":material/difference:")
        return
    if files.resolve(a) == files.resolve(b):
        st.info("Choose two different checkpoints to see what lies between them.", icon=":material/info:")
        return
    if found:
        st.info(f"Compared, and joined by a straight line, over what both have:{listed}", icon=":material/difference:")
    else:
        st.success("Compatible: same architecture, names, shapes and tokenizer.", icon=":material/check_circle:")
    spec = ComparisonSpec(checkpoint=a, other=b)
    run = current_run_of(store, spec)
    compared = store.artifact(run.id) if run is not None and run.status == "done" else None
    if compared is not None:
        show_moved(compared)
        pair = file_name("comparison", short_name(a), short_name(b))
        figure_popover(
            st.container(horizontal=True), lambda: _heat_maps(compared), lambda: caption_of_pair(a, b), pair, live=False
        )
        _slice_link(a, b)
    elif run is not None and not run.ended:
        poll_run(store, run, progress)
    else:
        if run is None:
            st.caption("How far apart they lie was not measured here yet: a worker reads both, tensor by tensor.")
        else:
            progress(run)
        if st.button("Compare them" if run is None else "Try again", icon=":material/compare_arrows:"):
            submit_and_start(store, spec)
            st.rerun()


def _slice_link(a: str, b: str) -> None:
    """A link to the Slice page, its form filled with random directions and the way from a to b."""
    directions: list[Direction] = [*(Gaussian(seed=seed) for seed in range(5)), Towards(checkpoint=b)]
    spec = SliceSpec(checkpoint=a, directions=tuple(directions), capabilities=default_capabilities([a]).names)
    label = f"Measure the line to {markdown(short_name(b))}"
    st.page_link("pages/slice.py", label=label, icon=":material/show_chart:", query_params={"spec": pack(spec)})


def show_moved(compared: dict[str, Any]) -> None:
    """The numbers of Δθ and its heat map, as a comparison measured them."""
    row = st.container(horizontal=True)
    row.metric("‖Δθ‖", number(compared["radius"]), help=WORDS["‖Δθ‖"], width="content")
    row.metric("α of the fine-tune", number(compared["alpha"]), help=WORDS["α"], width="content")
    hint = f"Here: α / {rms_words(compared)}. " + WORDS["relative α"]
    row.metric("relative α", f"{compared['relative_alpha']:.2%}", help=hint, width="content")
    share = compared["changed"] / compared["parameters"]
    hint = "Weights whose stored value differs at all."
    row.metric("Weights that changed", f"{share:.1%}", help=hint, width="content")
    _show_heat(compared)
    st.caption(
        "One cell is one weight matrix: bright cells moved most. Embeddings and the last norm are in the top row."
    )
    for remark in moved_otherwise(compared):
        st.info(markdown(remark), icon=":material/info:")


def _views(compared: dict[str, Any]) -> dict[str, str]:
    """What the colour of the map can mean, by the word of the control."""
    ranks = {"effective rank": "effective_rank"} if has_ranks(compared) else {}
    return {"change": "alpha", "relative change": "relative"} | ranks


def _heat_maps(compared: dict[str, Any]) -> dict[str, go.Figure]:
    return {name: comparison_figure(compared, view) for name, view in _views(compared).items()}


def _show_heat(compared: dict[str, Any]) -> None:
    """The map of all modules, and the control that chooses what its colour means."""
    views = _views(compared)
    chosen = st.segmented_control(
        "Colour", list(views), default="change", key="heat-view", required=True, help=WORDS["effective rank"]
    )
    figure = comparison_figure(compared, views[chosen or "change"])
    chart(figure, key="heat", alt=f"{chosen} of every module in every layer")
