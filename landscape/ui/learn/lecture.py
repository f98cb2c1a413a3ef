"""The styles of the lessons: legible captions, and large type for the lecturer's view."""

import streamlit as st

_LEGIBLE = """<style>
[data-testid="stCaptionContainer"] {color: inherit; opacity: .85}
@media (max-width: 900px) {
  [data-testid="stColumn"] {flex: 1 1 100% !important; min-width: 100%}
}
</style>"""
_LARGE = """<style>
html {font-size: 140%}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"] {display: none}
[data-testid="stMainBlockContainer"] {padding: .6rem 2.5rem 1rem; max-width: none}
h2 {padding-top: 0 !important; padding-bottom: .4rem !important}
</style>"""


def use_legible_captions() -> None:
    """Show captions in the colour of the text, as the theme's grey has a contrast below 4.5 : 1; no narrow columns."""
    st.html(_LEGIBLE)


def use_lecture_type() -> None:
    """Make the page readable from the last row: large type, no sidebar, no header."""
    st.html(_LARGE)
