"""The few rules of style that Streamlit has no option for, in one place. They hold nothing that a user wrote."""

import streamlit as st

_STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding-top: 4.25rem; padding-bottom: 3rem; }
[data-testid="stSidebarHeader"] { min-height: 3rem; height: 3rem; }
</style>
"""


def use_style() -> None:
    """Use the page for its content: less empty room above it."""
    st.html(_STYLE)
