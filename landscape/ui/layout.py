"""The layout that all pages share: columns that stack, and small type that can be read."""

import streamlit as st

STACKED = 1100  # px of the window: narrower, and columns lie below one another
_STYLE = f"""<style>
[data-testid="stCaptionContainer"] {{color: inherit; opacity: .85}}
@media (max-width: {STACKED - 1}px) {{
  [data-testid="stMain"] [data-testid="stColumn"] {{flex: 1 1 100% !important; min-width: 100%}}
}}
</style>"""


def use_layout() -> None:
    """Stack columns in narrow windows; show captions in the colour of the text, as the theme's grey is too pale."""
    st.html(_STYLE)
