"""Checkpoints: two of them side by side, and how far apart they lie."""

from landscape.ui.components.page_setup import require_app

require_app("checkpoints")

import streamlit as st

from landscape.ui.checkpoint_pair import show_checkpoint, show_comparison
from landscape.ui.components.form import checkpoint_picker
from landscape.ui.components.links import share
from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.components.trust_boxes import trust_boxes

store = get_store()
st.header("Two checkpoints, side by side")
left, right = st.columns(2)
with left:
    a = checkpoint_picker("First, θ₀ (the base)", st.query_params.get("a", "demo:base"), "picked-a")
    first = show_checkpoint(a)
with right:
    b = checkpoint_picker("Second (the fine-tune)", st.query_params.get("b", "demo:assistant"), "picked-b")
    second = show_checkpoint(b)
st.query_params.from_dict({"a": a, "b": b})
trust_boxes([a, b], "pair")
if first and second:
    with show_errors():
        show_comparison(store, a, b)
share("checkpoints", "Opens this pair.", a=a, b=b)
