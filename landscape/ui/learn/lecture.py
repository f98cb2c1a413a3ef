"""The lecturer's view: a lesson as one slide, in type that can be read from the last row, without scrolling.

All sizes are shares of the window's height, so a slide looks alike on every projector. The last row may sit eight times
as far away as the picture is high, and type of a fiftieth of that height is legible there: the question and the finding
have a thirtieth, and nothing has less than a forty-fifth.
"""

from dataclasses import replace

import streamlit as st

from landscape.lessons.course import LESSONS
from landscape.outside.text import markdown
from landscape.ui.learn.lesson import Shown, option_buttons, settle_lesson, takeaways
from landscape.ui.learn.progress import Progress, go_to, step
from landscape.ui.learn.telling import Told

_SLIDE = """<style>
html {font-size: min(2.22vh, 1.25vw)}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"], .shell-help {display: none}
[data-testid="stMainBlockContainer"] {padding: 1vh 1.6vw 0; max-width: none}
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] {gap: .6rem}
h2 {padding: 0 !important; font-size: 2rem !important}
[data-testid="stMain"] :is(p, .texts, [data-testid="stSliderThumbValue"], [data-testid="stSliderTickBar"] *) {
  font-size: 1.1rem !important;
}
[data-testid="stMain"] :is(.st-key-gist, .st-key-finding, .st-key-asked) p {
  font-size: 1.5rem !important; line-height: 1.28;
}
[data-testid="stMain"] .st-key-asked button p {font-size: 1.3rem !important}
.st-key-takeaways li {font-size: 1.5rem; line-height: 1.3; margin-bottom: .5rem}
.st-key-finding [data-testid="stAlertContainer"] {padding: .6rem .8rem}
</style>"""
_TOP = """
export default function ({ data }) {
  if (window.__landscapeStep === data.step) return;
  window.__landscapeStep = data.step;
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}
"""
_top = st.components.v2.component("landscape_top", js=_TOP)


def start_at_the_top(place: Progress) -> None:
    """Scroll up where another lesson is shown than before, or it is shown in the other view."""
    _top(key="top", data={"step": f"{place.lesson} {place.lecture}"}, height=0)


def other_view(place: Progress) -> Progress:
    """The same progress in the other view: the lecturer's, or the reader's."""
    return replace(place, lecture=not place.lecture).at(place.lesson)


def render_slide(place: Progress, told: Told | None, note: str) -> None:
    """Render a lesson as a slide; after the last one (`told`: None) what can be said now."""
    st.html(_SLIDE)
    if told is None:
        _heading(place, "What you can say now")
        with st.container(key="takeaways"):
            takeaways()
        return
    _heading(place, f"{place.lesson} · {LESSONS[place.lesson - 1].title}")
    gist = st.container(key="gist")
    picture, beside = st.columns([3, 2], gap="medium")
    controls = picture.container(horizontal=True, vertical_alignment="bottom")
    shown = settle_lesson(place, told, controls)
    gist.markdown(f"{shown.narration.gist}{f' {note}' if note else ''}")
    with beside:
        _finding(shown) if shown.chosen is not None else _question(shown)
    with picture:
        shown.picture(controls, beside)


def _heading(place: Progress, title: str) -> None:
    """The title, and the buttons that lead on and out. A press of → may come while the next slide is drawn.

    So no button is disabled: it would lose its key.
    """
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.header(title, anchor=False, width="content")
    buttons = row.container(horizontal=True, vertical_alignment="center", width="content", key="steps")
    buttons.button("Back", key="back", on_click=step, args=(-1,), shortcut="Left")
    buttons.button("Next", key="next", on_click=step, args=(1,), shortcut="Right", type="primary")
    buttons.button("Leave", key="leave-lecture", on_click=go_to, args=(other_view(place),), type="tertiary",
                   icon=":material/close:", help="Escape leaves the lecturer's view.")  # fmt: skip


def _question(shown: Shown) -> None:
    with st.container(key="asked"):
        st.markdown(f"**{markdown(shown.narration.question.text)}**")
        option_buttons(shown)


def _finding(shown: Shown) -> None:
    question, chosen = shown.narration.question, shown.chosen
    assert chosen is not None
    said = f"**{markdown(question.options[question.right])}.**\n\n{markdown(question.short)}"
    with st.container(key="finding"):
        if chosen == question.right:
            st.success(said, icon=":material/check_circle:")
        else:
            st.info(said, icon=":material/lightbulb:")
    st.button("Predict again", key=f"again-{shown.place.lesson}", on_click=go_to, type="tertiary",
              args=(shown.place.answered(None),))  # fmt: skip
