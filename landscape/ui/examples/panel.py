"""A point of a result on a page: where it is, which examples are lost there, and what the model says there."""

from typing import Any

import streamlit as st

from landscape.inspection.examples.at_point import flips_at
from landscape.inspection.examples.flips import Flip, asked
from landscape.outside.text import markdown
from landscape.schema.numbers import number
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.page_setup import get_store, show_errors
from landscape.ui.components.words import WORDS
from landscape.ui.examples import ask, place
from landscape.ui.examples.table import Sides, examples_table

SIDES = Sides("θ₀", "here", texts=False)


def at_a_point(store: Store, result: Result[Any] | None, run: Run | None) -> None:
    """Below the pictures of lines: the point, the examples that are lost there, and the question."""
    if result is None or result.rows.empty:
        return
    ask.pop_just_asked()  # what follows shows it
    with show_errors():
        st.subheader("At a point", anchor="point", help="Click a picture above, or choose a direction and an α.")
        at = _line_inputs(result, place.from_url(result))
        left, right = st.columns([3, 2], gap="large")
        with left:
            lost_here(store, result, run, at)
        with right:
            ask.ask_panel(store, result, at)


def redrawn_after_click() -> None:
    """Run the whole page again after a click on a picture, which is in a fragment: the point stands outside of it."""
    if ask.pop_just_asked():
        st.rerun()


def hint() -> None:
    """Say below a picture that it can be clicked, and where what a click shows is."""
    st.caption(
        ":material/left_click: Click a point of the picture: [below](#point) are the examples that are lost there, and "
        "what the model says there."
    )


def clicked(result: Result[Any], point: Point) -> None:
    """For the callback of a click on a picture: the point goes into the address, and is asked."""
    ask.ask_at(get_store(), result, point)


def _line_inputs(result: Result[Any], at: Point) -> Point:
    """Inputs for the direction and α, which also show where a click went. The address holds their values."""
    directions, row = result.spec.directions, st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    along, far = f"along-{at.direction}", f"far-{at.direction}-{at.alpha}"
    alphas = place.measured_alphas(result, at.direction) or [0.0]

    def turned() -> None:
        place.put(result, Point(st.session_state[along], at.alpha))

    def moved() -> None:
        place.put(result, Point(at.direction, st.session_state[far]))

    row.selectbox(
        "Direction", range(len(directions)), at.direction, key=along, on_change=turned, width=260,
        format_func=lambda index: place.direction_text(directions[index]), help=WORDS["direction"],
    )  # fmt: skip
    if len(alphas) > 1:
        row.select_slider(
            "α", alphas, at.alpha, key=far, on_change=moved, width=360, format_func=lambda alpha: number(alpha, 4),
            help=f"Only what was measured. {WORDS['α']}",
        )  # fmt: skip
    return at


def lost_here(store: Store, result: Result[Any], run: Run | None, at: Point) -> None:
    """The examples that are lost and won at a point beside θ₀; a click on one can ask it there."""
    if at.at_origin:
        st.caption("This is θ₀ itself, so nothing is lost: click a picture, or choose an α.")
        return
    where = place.nearest_measured(result, at)
    found = flips_at(result, where, run.content.digests if run is not None and run.content is not None else None)
    if found is None:
        st.caption(
            ":material/info: Which examples are lost is not known here: only the scores ship. Measure it to see them."
        )
        return
    changed = [one for one in found if one.flips]
    near = "" if where == at else " (the nearest point that was measured)"
    st.markdown(f"**Lost at {markdown(place.words(result, where))}**{near}", help=WORDS["lost here"])
    if not changed:
        st.write("No example changed: each has the same outcome as at θ₀.")
        return
    st.markdown("; ".join(f"**{markdown(one.capability)}** {one.text}" for one in changed) + ".")
    for said in dict.fromkeys(one.lacking for one in changed if one.lacking):
        st.caption(f":material/info: Prompts are not shown: {said}.")
    flips = [flip for one in changed for flip in one.flips]
    one = examples_table(flips, f"lost-{place.text_of(result, where)}", SIDES)
    _ask_it(store, result, at, one)


def _ask_it(store: Store, result: Result[Any], at: Point, flip: Flip | None) -> None:
    """The button that asks the model at the point what the clicked example asks."""
    if flip is None or flip.example is None or not asked(flip.example).strip():
        return

    def press() -> None:
        assert flip.example is not None
        st.query_params["prompt"] = asked(flip.example)[:4000]
        ask.ask_at(store, result, at)

    which = "at this x, y" if isinstance(result.spec, PlaneSpec) else "at this α"
    st.button(f"Ask it {which}", icon=":material/chat:", on_click=press, key="ask-example")
