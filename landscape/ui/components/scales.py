"""The two controls that every page of basins has: tolerance τ, and α or relative α. The URL holds both."""

from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.ui.components.words import WORDS

N = TypeVar("N", int, float)


def spread(low: N, high: N, value: N) -> tuple[N, N, N]:
    """The ends of an input and its value: a link may hold one beyond the usual ends, which then reach to it."""
    return min(low, value), max(high, value), value


def tolerance_slider(row: DeltaGenerator, searched: float, width: int) -> float:
    """The tolerance τ, at first that of the search; `width` in pixels."""
    chosen = row.slider(
        "Tolerance τ", *spread(0.01, 0.3, searched), 0.01, key="tau", bind="query-params",
        help=WORDS["tolerance"], width=width,
    )  # fmt: skip
    return round(chosen, 6)


def chosen_tolerance(searched: float) -> float:
    """The τ of the slider, for what is drawn outside of the slider's fragment."""
    return float(st.session_state.get("tau", searched))


def relative_toggle(row: DeltaGenerator, *, known: bool = True) -> bool:
    """Whether to divide α by rms(θ₀); always False where that is not known."""
    chosen = row.toggle(
        "relative α", key="relative", bind="query-params", help=WORDS["relative α"], disabled=not known, width="content"
    )
    return chosen and known
