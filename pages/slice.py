"""Slice: choose what to measure, watch it, share it."""

from landscape.ui.frame import guard

guard("slice")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.results import Result  # noqa: E402
from landscape.specs import SliceSpec, short_name  # noqa: E402
from landscape.ui import survey  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.form import slice_form  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.slices import draw, figures, how_to_read, progress  # noqa: E402
from landscape.ui.words import WORDS  # noqa: E402


def controls(result: Result[SliceSpec]) -> tuple[str, bool]:
    """Score or loss; α or relative α."""
    left, right = st.columns(2)
    view = (
        left.segmented_control("View", ["score", "loss"], default="score", key="view", bind="query-params") or "score"
    )
    known = result.facts is not None and not result.spec.relative
    relative = right.toggle("relative α", key="relative", help=WORDS["relative α"], disabled=not known)
    return view, relative and known


store = the_store()
shown, run = survey.asked_for(store, bundled.DEMO_SPEC)
with st.sidebar:
    st.header("Measure a slice")
    with explained():
        survey.offer(store, slice_form(shown))

st.header(f"Around {short_name(shown.checkpoint)}")
if st.query_params.get("explain"):
    how_to_read()
load_library()
active = run is not None and not run.ended


@st.fragment(run_every=1.0 if active else None)
def picture(run_id: str | None) -> None:
    """The live part of the page."""
    now = store.run(run_id) if run_id else None
    if now is None and shown == bundled.DEMO_SPEC:
        result = bundled.demo_result()
        st.caption("Shipped with the program: nothing needs to be measured. Change anything on the left to begin.")
    elif now is None:
        st.info("Not measured here yet: press Measure on the left.", icon=":material/play_arrow:")
        return
    else:
        result = store.result(now.id)
        progress(now)
        survey.buttons(store, now)
    if len(result.rows):
        view, relative = controls(result)
        draw(result, key=f"slice-{run_id or 'demo'}", view=view, relative=relative)
        survey.downloads(result, run_id or "demo", lambda: figures(result, view=view, relative=relative))
        survey.numbers(result)
    if active and now and now.ended:
        st.rerun()


with explained():
    picture(run.id if run else None)
survey.share("slice", shown, run)
