"""Slice: choose what to measure, watch it, share it."""

from landscape.ui.frame import guard

guard("slice")

import streamlit as st  # noqa: E402

from landscape import bundled, checkpoints  # noqa: E402
from landscape.estimates import points_of, seconds_of, spoken  # noqa: E402
from landscape.results import Result  # noqa: E402
from landscape.specs import SliceSpec, short_name  # noqa: E402
from landscape.store import Run, Store  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.form import slice_form  # noqa: E402
from landscape.ui.frame import explained, start_worker, the_store  # noqa: E402
from landscape.ui.links import pack, permalink, unpack  # noqa: E402
from landscape.ui.slices import downloads, draw, how_to_read, progress, table  # noqa: E402
from landscape.ui.words import WORDS  # noqa: E402


def asked_for(store: Store) -> tuple[SliceSpec, Run | None]:
    """What the address names: a run, a spec, or else the demo."""
    query = st.query_params
    if "run" in query and (run := next((r for r in store.runs() if r.id == query["run"]), None)):
        return (run.spec, run) if isinstance(run.spec, SliceSpec) else (bundled.DEMO_SPEC, None)
    with explained():
        spec = unpack(query["spec"]) if "spec" in query else bundled.DEMO_SPEC
        if isinstance(spec, SliceSpec):
            return spec, next((run for run in store.runs() if run.spec == spec), None)
    return bundled.DEMO_SPEC, None


def measure(store: Store, spec: SliceSpec) -> None:
    """Queue a spec, or go on with an equal run; the address then names it."""
    checkpoints.require_match(spec.checkpoint, *spec.others)
    run = next((run for run in store.runs() if run.spec == spec), None)
    if run is None or run.status in ("failed", "cancelled", "stalled"):
        store.resume(run.id) if run else None
        run_id = run.id if run else store.submit(spec)
        start_worker(store)
    else:
        run_id = run.id
    st.query_params.from_dict({"run": run_id, "spec": pack(spec)})
    st.rerun()


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
shown, run = asked_for(store)
with st.sidebar:
    st.header("Measure a slice")
    with explained():
        wanted = slice_form(shown)
        seconds, backed = seconds_of(wanted, store)
        basis = "from earlier runs" if backed else "a rough estimate from sizes"
        st.caption(f"{points_of(wanted)} points, about {spoken(seconds)} ({basis})")
        if st.button("Measure", type="primary", icon=":material/play_arrow:", width="stretch"):
            measure(store, wanted)

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
        buttons(now)
    if len(result.rows):
        view, relative = controls(result)
        draw(result, key=f"slice-{run_id or 'demo'}", view=view, relative=relative)
        downloads(result, run_id or "demo", view=view, relative=relative)
        table(result)
    if active and now and now.ended:
        st.rerun()


def buttons(now: Run) -> None:
    """Cancel what runs, resume what does not."""
    if now.status in ("queued", "running"):
        if st.button("Cancel", icon=":material/stop:", disabled=now.cancel_requested):
            store.cancel(now.id)
            st.rerun()
    elif now.status != "done" and st.button("Resume", icon=":material/resume:", type="primary"):
        measure(store, shown)


with explained():
    picture(run.id if run else None)
with st.expander("Permalink", icon=":material/link:"):
    st.code(permalink("slice", **({"run": run.id} if run else {}), spec=pack(shown)), language=None, wrap_lines=True)
    st.caption("Opens exactly this slice; where it was never measured, the form is filled and one press measures it.")
