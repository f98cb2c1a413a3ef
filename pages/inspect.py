"""Inspect: a verdict on a fine-tune before it ships, with its evidence."""

from landscape.ui.frame import guard

guard("inspect")

import streamlit as st  # noqa: E402

from landscape.recipes import short_name  # noqa: E402
from landscape.ui import inspect  # noqa: E402
from landscape.ui.beside import beside  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.inspect_form import inspect_form  # noqa: E402

store = the_store()
shown, run = inspect.asked_for(store)
with st.sidebar:
    st.header("Inspect a fine-tune")
    with explained():
        inspect.offer(store, inspect_form(shown))

st.header(f"{short_name(shown.other)} beside {short_name(shown.checkpoint)}: ship it?")
load_library()
inspect.show(store, shown, run)
if run is not None:
    with explained():
        beside(store, shown, run)
