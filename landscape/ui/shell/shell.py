"""The component on every page: it tells of runs that ended, and listens to the keys. `app.py` mounts it by one call."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from landscape.store.errors import StoreError
from landscape.ui.components.page_setup import GOAL, store_if_open
from landscape.ui.runs.filter_bar import SEARCH
from landscape.ui.shell.ended_notes import Note, notes_of
from landscape.ui.shell.shell_js import CSS, HTML, JS

LOOK_EVERY = 2500  # ms between looks at runs that are pending; without any, none
GO = {  # after g → (name of the page in app.py, what it is called)
    "h": "home",
    "l": "learn",
    "i": "inspect",
    "s": "slice",
    "b": "basin",
    "w": "worst",
    "p": "plane",
    "u": "guarantee",
    "c": "checkpoints",
    "e": "enlarge",
    "r": "runs",
    "y": "glossary",
}

_shell = st.components.v2.component("landscape_shell", html=HTML, css=CSS, js=JS, isolate_styles=False)


def mount(pages: Mapping[str, StreamlitPage]) -> None:
    """Mount the component; a press of its keys leads to these pages. Call it before the page runs, which may stop."""

    @st.fragment
    def look() -> None:
        told, waiting = _look()
        shortcuts = [["g", key, pages[name].title] for key, name in GO.items() if name in pages]
        notes = [{"id": note.id, "title": note.title, "body": note.body} for note in told]
        sent = {"notes": notes, "every": LOOK_EVERY if waiting else 0, "go": shortcuts, "search": SEARCH}
        pressed = _shell(key="shell", data=sent, on_look_change=_nothing, on_page_change=_nothing)
        if pressed.page in GO and GO[pressed.page] in pages:
            st.session_state[GOAL] = (GO[pressed.page], {})  # a fragment may not leave what widgets keep in the address
            st.rerun()

    look()


def _look() -> tuple[list[Note], bool]:
    """The notes; none where the store cannot be read, of which the page itself tells."""
    try:
        return ([], False) if (store := store_if_open()) is None else notes_of(store)
    except (StoreError, ValueError):
        return [], False


def _nothing() -> None:
    """A press only runs the fragment again."""
