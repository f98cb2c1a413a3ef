"""Glossary: every word of the pages, as the help texts explain it, and what the pictures cannot show."""

from landscape.ui.components.frame import require_app

require_app("glossary")

import streamlit as st

from landscape.bundled import (
    results,
    specs,
)
from landscape.ui.components.links import share
from landscape.ui.glossary import (
    anchor,
    found,
    words,
)
from landscape.ui.learn.method_card import card

st.header("Glossary")
st.write("The words and symbols of all pages. The same texts stand behind the question marks beside the controls.")
asked = st.text_input(
    "Find a word", key="q", bind="query-params", placeholder="basin, α, certificate …", icon=":material/search:"
)
shown = found(asked)
if not shown:
    st.info(f"No word here holds “{asked}”.", icon=":material/search_off:")
for topic, entries in shown.items():
    st.subheader(topic, anchor=anchor(topic))
    words(entries)
if not asked.strip():
    st.subheader("What such pictures cannot show", anchor="method")
    demo = results.shipped(specs.DEMO_WALK)
    for heading, text in card(demo.facts.parameters if demo and demo.facts else 0).items():
        st.markdown(f"**{heading}.** {text}")
share("glossary", f"Opens the glossary{' with this search' if asked else ''}.", **({"q": asked} if asked else {}))
