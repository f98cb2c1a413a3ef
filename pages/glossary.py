"""Glossary: every word of the pages, as the help texts explain it, and what the pictures cannot show."""

from landscape.ui.components.page_setup import require_app

require_app("glossary")

import streamlit as st

from landscape.ui.components.links import share
from landscape.ui.glossary import anchor, matching_words, no_word, word_list
from landscape.ui.learn.method_card import method_card

st.header("Glossary")
st.write("The words and symbols of all pages. The same texts stand behind the question marks beside the controls.")
asked = st.text_input(
    "Find a word", key="q", bind="query-params", placeholder="basin, α, certificate …", icon=":material/search:"
)
shown = matching_words(asked)
if not shown:
    no_word(asked)
for topic, entries in shown.items():
    st.subheader(topic, anchor=anchor(topic))
    word_list(entries)
if not asked.strip():
    st.subheader("What such pictures cannot show", anchor="method")
    method_card()
share("glossary", f"Opens the glossary{' with this search' if asked else ''}.", **({"q": asked} if asked else {}))
