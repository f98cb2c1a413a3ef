"""Glossary: every word of the pages, as the help texts explain it, and what the pictures cannot show."""

from landscape.ui.frame import guard

guard("glossary")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.lessons.card import card  # noqa: E402
from landscape.ui.glossary import anchor, found, words  # noqa: E402
from landscape.ui.links import share  # noqa: E402

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
    demo = bundled.shipped(bundled.DEMO_WALK)
    for heading, text in card(demo.facts.parameters if demo and demo.facts else 0).items():
        st.markdown(f"**{heading}.** {text}")
share("glossary", f"Opens the glossary{' with this search' if asked else ''}.", **({"q": asked} if asked else {}))
