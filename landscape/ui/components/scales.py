"""The two controls that every page of basins has: the tolerance τ, and α or relative α. Both stand in the address."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.ui.components.words import WORDS


def tolerance_slider(row: DeltaGenerator, searched: float, width: int) -> float:
    """τ, from that of the search on; `width` in pixels."""
    chosen = row.slider(
        "Tolerance τ", min(0.01, searched), max(0.3, searched), searched, 0.01, key="tau", bind="query-params",
        help=WORDS["tolerance"], width=width,
    )  # fmt: skip
    return round(chosen, 6)


def chosen_tolerance(searched: float) -> float:
    """The τ of the slider, for what is drawn outside its fragment."""
    return float(st.session_state.get("tau", searched))


def relative_toggle(row: DeltaGenerator, *, known: bool = True) -> bool:
    """Whether α is divided by rms(θ₀), which must be known."""
    chosen = row.toggle(
        "relative α", key="relative", bind="query-params", help=WORDS["relative α"], disabled=not known, width="content"
    )
    return chosen and known
