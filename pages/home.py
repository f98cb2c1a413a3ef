"""Home: two fields, and the landscape of the pair that they name."""

from landscape.ui.components.page_setup import require_app

require_app("home")

import streamlit as st

from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.home.pictures import show_map, show_slice
from landscape.ui.home.start import shown_on_home, start_buttons
from landscape.ui.pair.bar import pair_buttons
from landscape.ui.pair.current import current_pair, use_pair
from landscape.ui.pair.fields import pair_fields

store, pair = get_store(), current_pair()
st.subheader("What does fine-tuning do to a language model?", anchor=False)
wanted = pair_fields(pair, "home", side_by_side=True)
if wanted != pair:
    use_pair(wanted)
    st.rerun()
with show_errors():
    kinds = [shown_on_home(store, kind, pair) for kind in ("slice", "plane")]
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    start_buttons(store, row, pair, kinds)
    pair_buttons(row, pair, "home")
    left, right = st.columns(2, gap="medium")
    with left:
        show_slice(store, kinds[0])
    with right:
        show_map(store, kinds[1])
st.caption(
    "A language model sits in a **basin** of its loss landscape: move its weights a little (α) and it answers almost "
    "as well as before; move them farther and it loses one capability after the other. A fine-tune is one such move."
)
