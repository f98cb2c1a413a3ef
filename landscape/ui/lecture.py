"""The lecturer's view: large type, nothing beside the lesson."""

import streamlit as st

_LARGE = """<style>
html {font-size: 150%}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"] {display: none}
[data-testid="stMainBlockContainer"] {padding: 1.5rem 2.5rem 2rem; max-width: none}
</style>"""


def large() -> None:
    """Make the page readable from the last row."""
    st.html(_LARGE)
