"""Runs: everything that was measured here; compare, export, delete."""

from landscape.ui.frame import guard

guard("runs")

import io  # noqa: E402
import time  # noqa: E402
import zipfile  # noqa: E402
from collections import Counter  # noqa: E402

import pandas as pd  # noqa: E402
import streamlit as st  # noqa: E402

from landscape.capabilities import name_of  # noqa: E402
from landscape.estimates import spoken  # noqa: E402
from landscape.figures.compared import compared_figure  # noqa: E402
from landscape.specs import SliceSpec, label_of, short_name  # noqa: E402
from landscape.store import Run  # noqa: E402
from landscape.ui.chart import chart, load_library  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.links import pack  # noqa: E402
from landscape.ui.slices import STATUS  # noqa: E402


def row(run: Run) -> dict[str, object]:
    """One line of the history."""
    spec = run.spec
    if isinstance(spec, SliceSpec):
        counts = Counter(map(label_of, spec.directions))
        what = ", ".join(name if name.startswith("towards") else f"{n} {name}" for name, n in counts.items())
        capabilities = ", ".join(map(name_of, spec.capabilities))
    else:
        what, capabilities = f"against {short_name(spec.other)}", ""
    return {
        "status": f"{STATUS[run.status][0]} {run.status}".split(": ")[-1],
        "age": f"{spoken(time.time() - run.created)} ago",
        "checkpoint": short_name(run.checkpoint),
        "what": what.replace("demo:", ""),
        "capabilities": capabilities,
        "points": f"{run.done} of {run.total}" if run.total else "not started",
        "took": spoken((run.finished or time.time()) - run.started) if run.started else "",
        "run": run.id,
    }


def bundle(chosen: list[Run]) -> bytes:
    """CSV and JSON of every chosen slice in one archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for run in chosen:
            files.writestr(f"{run.id}.csv", store.result(run.id).to_csv())
            files.writestr(f"{run.id}.json", store.result(run.id).to_json())
    return archive.getvalue()


def compare(chosen: list[Run]) -> None:
    """Several slices in one figure, one capability at a time."""
    results = {f"{short_name(run.checkpoint)} ({run.id})": store.result(run.id) for run in chosen}
    if len({result.spec.relative for result in results.values()}) > 1:
        st.warning(
            "Layer and filter runs count α relative to each tensor, the others in RMS per weight: no common axis."
        )
        return
    names = list(dict.fromkeys(name for result in results.values() for name in result.rows["capability"].unique()))
    if names:
        capability = st.segmented_control("Capability", names, default=names[0]) or names[0]
        figure = compared_figure(results, capability)
        chart(figure, key="compared", alt=f"{capability} of {len(results)} runs against α")


@st.dialog("Delete these runs?")
def confirm(chosen: list[Run]) -> None:
    """Deleting asks once."""
    st.write(f"{len(chosen)} runs and the points that no other run uses will be gone.")
    if st.button("Delete", type="primary", icon=":material/delete:"):
        for run in chosen:
            store.delete(run.id)
        st.rerun()


store = the_store()
st.header("Runs")
load_library()
with explained():
    runs = store.runs()
    if not runs:
        st.info("Nothing was measured here yet. A run appears as soon as you start a slice.", icon=":material/science:")
        st.page_link("pages/slice.py", label="Measure the first slice", icon=":material/show_chart:")
        st.stop()
    picked = st.dataframe(
        pd.DataFrame([row(run) for run in runs]), hide_index=True, width="stretch", on_select="rerun",
        selection_mode="multi-row", key="history",
    )  # fmt: skip
    chosen = [runs[index] for index in picked["selection"]["rows"] if index < len(runs)]
    slices = [run for run in chosen if isinstance(run.spec, SliceSpec)]
    if not chosen:
        st.caption("Tick one run to open, export or delete it; tick two or more to compare them in one figure.")
        st.stop()
    open_, export, delete, _ = st.columns([1, 1, 1, 2])
    if len(slices) == 1:
        query = {"run": slices[0].id, "spec": pack(slices[0].spec)}
        open_.page_link("pages/slice.py", label="Open", icon=":material/open_in_new:", query_params=query)
    if slices:
        name = f"{slices[0].id}.zip" if len(slices) == 1 else "runs.zip"
        export.download_button("Export", lambda: bundle(slices), name, on_click="ignore", icon=":material/download:")
    if delete.button("Delete", icon=":material/delete:"):
        confirm(chosen)
    for run in chosen:
        if run.error:
            st.error(f"{run.id}: {run.error}", icon=":material/error:")
    if slices:
        compare(slices)
