"""The style of the lecturer's view: large type."""

import streamlit as st

_LARGE = """<style>
html {font-size: 140%}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"] {display: none}
[data-testid="stMainBlockContainer"] {padding: .6rem 2.5rem 1rem; max-width: none}
h2 {padding-top: 0 !important; padding-bottom: .4rem !important}
</style>"""


def use_lecture_type() -> None:
    """Make the page readable from the last row: large type, no sidebar, no header."""
    st.html(_LARGE)
