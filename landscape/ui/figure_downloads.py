"""The popover that gives a page's figures out for a paper: which one, in which format, how wide."""

import mimetypes
from collections.abc import Callable, Mapping

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.figures.paper import browser
from landscape.figures.paper.pictures import FORMATS, file_name, picture
from landscape.figures.paper.template import INCHES, SIZES
from landscape.outside.text import markdown
from landscape.ui.kept_downloads import keep_downloads


def figure_popover(
    row: DeltaGenerator,
    figures: Callable[[], Mapping[str, go.Figure]],
    caption: Callable[[], str],
    name: str,
    *,
    live: bool,
    key: str = "figure",
) -> None:
    """A popover in a row of downloads. Figures are drawn for it once it is open, and a file once it is asked for.

    Args:
        row: where it stands.
        figures: by what they show.
        caption: what is written below each.
        name: what the file's name begins with.
        live: whether the page polls: what it shows is not settled yet.
        key: of its widgets.
    """
    help_ = "When the measuring has ended." if live else None
    popover = row.popover("Figure", key=key, on_change="rerun", disabled=live, help=help_)
    if not popover.open:
        return
    with popover:
        if said := browser.why_not():
            st.caption(markdown(f"{said[0].upper()}{said[1:]}."))
            return
        st.caption("For a paper: on white, at printed width, its caption below it.")
        made = figures()
        which = st.selectbox("Figure", list(made), key=f"{key}-which") if len(made) > 1 else next(iter(made), None)
        kind = st.segmented_control("Format", FORMATS, default=FORMATS[0], key=f"{key}-format") or FORMATS[0]
        size = st.segmented_control("Width", SIZES, default=SIZES[0], key=f"{key}-size", format_func=_wide) or SIZES[0]
        if which is None:
            return
        keep_downloads()
        st.download_button(
            "Download", lambda: picture(made[which], caption(), kind, size),
            f"{file_name(name, which if len(made) > 1 else '')}.{kind}", mimetypes.types_map[f".{kind}"],
            on_click="ignore", type="primary", key=f"{key}-file", icon=":material/download:",
        )  # fmt: skip


def _wide(size: str) -> str:
    return next(f"{name} ({inches} in)" for name, inches in INCHES.items() if name == size)
