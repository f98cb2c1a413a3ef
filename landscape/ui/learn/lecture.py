"""How the lessons are set: legible small print; in the lecturer's view large type, and nothing beside the lesson."""

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
    """Small print in the ink of the text (the theme's grey falls short of 4.5 : 1); no narrow columns."""
    st.html(_LEGIBLE)


def use_lecture_type() -> None:
    """Make the page readable from the last row."""
    st.html(_LARGE)
