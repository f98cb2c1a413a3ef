"""The picker of capabilities in every form: it offers what suits the chosen checkpoints."""

from collections.abc import Sequence

import streamlit as st

from landscape.bundled.default_capabilities import default_capabilities, suited, unsuited
from landscape.outside.text import markdown
from landscape.ui.capabilities.drop import drop_area, previews
from landscape.ui.components.words import WORDS


def capabilities_picker(shown: Sequence[str], key: str, checkpoints: Sequence[str], *, gate: bool = False) -> list[str]:
    """The capabilities to score: bundled names that suit the checkpoints, those `shown` at first, or files by path.

    When other checkpoints are chosen, what the form itself had chosen gives way to what suits those. What the user
    chose stays, with a sentence where it says little of them.
    """
    name, mine, last = f"{key}-capabilities", f"{key}-capabilities-mine", f"{key}-capabilities-for"
    now, state = default_capabilities(checkpoints, gate=gate), st.session_state
    if name not in state:  # also after another page: Streamlit drops the widget's state then, and not the other two
        state[name], state[mine], state[last] = list(shown), False, now
    if state[last] != now and not state[mine]:
        state[name] = suited(state[name], state[last], now)
    state[last] = now
    place = st.container()
    drop_area(key, name)
    chosen = place.multiselect(
        "Capabilities",
        list(dict.fromkeys([*now.offered, *shown, *state[name]])),
        key=name,
        accept_new_options=True,
        help=WORDS["capability"] + " Type the path of a file, hf:ORG/DATASET, or lm_eval:TASK.",
        on_change=lambda: state.update({mine: True}),
    )
    for said in filter(None, [now.left_out, unsuited(chosen, checkpoints)]):
        st.caption(markdown(said))
    if checkpoints:
        previews(chosen, checkpoints[0], key)
    return chosen
