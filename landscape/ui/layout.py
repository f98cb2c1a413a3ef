"""The layout that all pages share: little empty room, columns that stack, and small type that can be read."""

import streamlit as st

from landscape.ui.pair.fields import FIELDS

NARROW = 760  # px: below, fields are stacked too
STACKED = 1100  # px of the window: narrower, and columns lie below one another
_STYLE = f"""<style>
[data-testid="stMainBlockContainer"] {{padding-top: 4.25rem; padding-bottom: 3rem}}
[data-testid="stSidebarHeader"] {{min-height: 3rem; height: 3rem}}
[data-testid="stCaptionContainer"] {{color: inherit; opacity: .85}}
@media (max-width: {STACKED - 1}px) {{
  [data-testid="stMain"] [data-testid="stColumn"] {{flex: 1 1 100% !important; min-width: 100%}}
}}
@media (min-width: {NARROW}px) and (max-width: {STACKED - 1}px) {{
  [data-testid="stMain"] [class*="st-key-{FIELDS}"] [data-testid="stColumn"] {{
    flex: 1 1 30% !important; min-width: 30%;
  }}
}}
</style>"""


def use_layout() -> None:
    """Use the page for its content; stack columns in narrow windows; show captions in the colour of the text."""
    st.html(_STYLE)
