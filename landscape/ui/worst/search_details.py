"""Details of worst directions: what fine-tunes share with them, the ascent of each search, where its mass lies."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from landscape.figures.module_heatmap import mass_figure, mass_finding
from landscape.figures.numbers import format_number
from landscape.figures.worst.ascent import ascent_figure, ascent_finding
from landscape.figures.worst.findings import direction_named
from landscape.outside.text import markdown
from landscape.schema.directions import short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.ui.components.chart import chart
from landscape.ui.components.page_setup import literal_name
from landscape.ui.components.words import WORDS
from landscape.worst.overlap import cells_of, explained_of, found_of

EXPLAINED = {
    "direction": st.column_config.TextColumn(help=WORDS["worst"]),
    "capability": st.column_config.TextColumn(help=WORDS["capability"]),
    "cosine": st.column_config.NumberColumn(format="%+.4f", help=WORDS["cosine"]),
    "× 1/√d": st.column_config.TextColumn(
        help="|cosine| over 1/√d, the standard deviation of the cosine between random directions."
    ),
    "loss change": st.column_config.NumberColumn(
        format="%+.4f", help="L(θ′) − L(θ₀) at the fine-tune, all examples, nats."
    ),
    "of its projection": st.column_config.NumberColumn(
        format="%+.4f", help="L − L(θ₀) where the fine-tune falls on the direction, at α = cosine · α of the fine-tune."
    ),
    "share explained": st.column_config.TextColumn(help=WORDS["explained"]),
}


def overlap_table(result: Result[WorstSpec]) -> None:
    """A table: how far each fine-tune lies along a direction, and how much of its change of the loss that explains."""
    rows = explained_of(result)
    if not rows:
        return
    st.subheader("What fine-tunes share with it", anchor="shared", help=WORDS["explained"])
    table = [
        {
            "fine-tune": short_name(one.checkpoint),
            "direction": one.direction,
            "capability": one.capability,
            "cosine": one.cosine,
            "× 1/√d": format_number(abs(one.cosine) / one.chance),
            "loss change": round(one.loss_change, 4) + 0.0,
            "of its projection": round(one.loss_change_of_projection, 4) + 0.0,
            "share explained": one.share_text,
        }
        for one in rows
    ]
    st.dataframe(pd.DataFrame(table), hide_index=True, width="stretch", column_config=EXPLAINED)
    most = max(rows, key=lambda one: abs(one.cosine))
    st.caption(
        f"Largest cosine: {literal_name(most.checkpoint)} with {markdown(direction_named(result, most.direction))}, "
        f"{most.cosine:+.3f}; between random directions it is 0, with a standard deviation of {number(most.chance, 1)} "
        "(1/√d). The projection is the part of the fine-tune that lies along the direction; its share is what that "
        "part alone does to the loss."
    )


def search_panel(result: Result[WorstSpec], key: str) -> None:
    """The ascent and the mass of one direction, which the reader chooses."""
    found = found_of(result)
    if not found:
        return
    st.subheader("How it was found, and where it acts", anchor="search", help=f"{WORDS['worst']} {WORDS['mass']}")
    labels = list(found)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    label = row.selectbox(
        "Direction", labels, key="direction", bind="query-params", help=WORDS["worst"], width=360,
        format_func=lambda name: direction_named(result, name).removeprefix("the "),
    )  # fmt: skip
    dense = row.toggle(
        "mass relative to the share of weights",
        key="dense",
        bind="query-params",
        help=WORDS["density"],
        width="content",
    )
    noted, name = found[label], direction_named(result, label)
    left, right = st.columns(2)
    with left:
        if noted.get("ascents"):
            chart(ascent_figure(noted, name), key=f"{key}-ascent", alt=f"Ascent. {ascent_finding(noted, name)}")
            st.caption(
                "A line is one restart, the thick one was kept; dotted levels are θ₀'s losses. Both of the examples "
                f"that the search uses; each round has its own α, so its line begins anew. It took "
                f"{noted['seconds']:.0f} s."
            )
        elif "eigenvalue" in noted:
            st.metric("Top eigenvalue λ", number(noted["eigenvalue"]), help=WORDS["top eigenvalue"], width="content")
    with right:
        cells = cells_of(noted.get("mass", []))
        if cells:
            figure = mass_figure(cells, name, relative=dense)
            chart(figure, key=f"{key}-mass", alt=f"Mass. {mass_finding(cells, name, relative=dense)}")
            bright = (
                "have most of ‖δ‖² for their size; in a random direction every cell would be at 1."
                if dense
                else "hold most of ‖δ‖². A random direction would spread it as the weights are spread."
            )
            st.caption(f"A cell is one module of one layer: bright cells {bright}")


def search_figures(result: Result[WorstSpec]) -> dict[str, go.Figure]:
    """The figures of the downloads: ascent and mass of every direction."""
    made = {}
    for label, noted in found_of(result).items():
        name = direction_named(result, label)
        if noted.get("ascents"):
            made[f"ascent, {label}"] = ascent_figure(noted, name)
        if cells := cells_of(noted.get("mass", [])):
            made[f"mass, {label}"] = mass_figure(cells, name)
    return made
