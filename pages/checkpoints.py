"""Compare: the two checkpoints of the pair side by side, and how far apart they lie."""

from landscape.ui.components.page_setup import require_app

require_app("checkpoints")

import streamlit as st

from landscape.ui.checkpoint_pair import show_checkpoint, show_comparison
from landscape.ui.components.links import share
from landscape.ui.components.page_setup import get_store, literal_name, show_errors
from landscape.ui.components.trust_boxes import trust_boxes
from landscape.ui.pair.current import current_pair

store, pair = get_store(), current_pair()
st.subheader("How far apart do they lie?", anchor=False)
columns = st.columns(2)
readable = True
for column, name, role in zip(columns, pair.names, ("base, θ₀", "fine-tune"), strict=False):
    with column:
        st.markdown(f"**{literal_name(name)}** :gray[{role}]")
        readable = show_checkpoint(name) and readable
trust_boxes(pair.names, "pair")
if not pair.tuned:
    st.info("Choose a fine-tune above to see what lies between the two.", icon=":material/info:")
elif readable:
    with show_errors():
        show_comparison(store, pair.base, pair.tuned)
query = {"base": pair.base} | ({"finetune": pair.tuned} if pair.tuned else {})
share("checkpoints", "Opens this pair.", **query)
