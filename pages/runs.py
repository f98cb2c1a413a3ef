"""Runs: everything that was measured here; compare, export, delete."""

from landscape.ui.frame import guard

guard("runs")

import io  # noqa: E402
import zipfile  # noqa: E402

import pandas as pd  # noqa: E402
import streamlit as st  # noqa: E402

from landscape.figures.compared import compared_figure  # noqa: E402
from landscape.specs import ComparisonSpec, SliceSpec, digest, short_name  # noqa: E402
from landscape.store import Run  # noqa: E402
from landscape.ui.chart import chart, load_library  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.history import HELP, row  # noqa: E402
from landscape.ui.links import pack  # noqa: E402


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
            "Layer and filter runs count α relative to each tensor, the others in RMS per weight: no common axis. "
            "Tick runs of one kind."
        )
        return
    names = list(dict.fromkeys(name for result in results.values() for name in result.rows["capability"].unique()))
    if names:
        capability = st.segmented_control("Capability", names, default=names[0]) or names[0]
        figure = compared_figure(results, capability)
        chart(figure, key="compared", alt=f"{capability} of {len(results)} runs against α")


@st.dialog("Delete for good?")
def confirm(chosen: list[Run]) -> None:
    """Deleting asks once."""
    what = f"Run {chosen[0].id}" if len(chosen) == 1 else f"{len(chosen)} runs"
    st.write(f"{what} and the points that no other run uses will be gone.")
    if st.button("Delete", type="primary", icon=":material/delete:"):
        for run in chosen:
            store.delete(run.id)
        st.rerun()


def advance(before: list[Run]) -> None:
    """Show the page again when a run has moved on."""
    if [(run.id, run.status, run.done) for run in store.runs()] != [(run.id, run.status, run.done) for run in before]:
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
        selection_mode="multi-row", key=f"history-{digest([run.id for run in runs])[:8]}", column_config=HELP,
    )  # fmt: skip
    chosen = [runs[index] for index in picked["selection"]["rows"] if index < len(runs)]
    slices = [run for run in chosen if isinstance(run.spec, SliceSpec)]
    if not chosen:
        st.caption("Tick one run to open, export or delete it; tick two or more to compare them in one figure.")
        if any(run.status in ("queued", "running") for run in runs):  # not under a choice: its dialog would close
            st.fragment(advance, run_every=2.0)(runs)
        st.stop()
    actions = st.container(horizontal=True, vertical_alignment="center")
    if len(slices) == 1:
        query = {"run": slices[0].id, "spec": pack(slices[0].spec)}
        actions.page_link("pages/slice.py", label="Open", icon=":material/show_chart:", query_params=query)
    elif len(chosen) == 1 and isinstance(chosen[0].spec, ComparisonSpec):
        query = {"a": chosen[0].checkpoint, "b": chosen[0].spec.other}
        actions.page_link("pages/checkpoints.py", label="Open", icon=":material/compare_arrows:", query_params=query)
    if slices:
        name = f"{slices[0].id}.zip" if len(slices) == 1 else "runs.zip"
        actions.download_button("Export", lambda: bundle(slices), name, on_click="ignore", icon=":material/download:")
    if actions.button("Delete", icon=":material/delete:"):
        confirm(chosen)
    for run in chosen:
        if run.error:
            st.error(f"{run.id}: {run.error}", icon=":material/error:")
    if slices:
        compare(slices)
