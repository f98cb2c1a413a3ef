"""Runs: everything that was measured here; compare, export, delete."""

from landscape.ui.components.frame import require_app

require_app("runs")

import io
import zipfile

import pandas as pd
import streamlit as st

from landscape.schema.specs import (
    ComparisonSpec,
    PointSpec,
    digest,
)
from landscape.store.records import Run
from landscape.ui.components.chart import load_library
from landscape.ui.components.frame import (
    show_errors,
    the_store,
)
from landscape.ui.components.links import (
    pack,
    page_of,
)
from landscape.ui.runs.compare import compare
from landscape.ui.runs.history import (
    HELP,
    row,
)

ICONS = {
    "slice": ":material/show_chart:",
    "basin": ":material/adjust:",
    "worst": ":material/near_me:",
    "plane": ":material/map:",
    "certificate": ":material/verified_user:",
    "inspection": ":material/fact_check:",
}


def bundle(chosen: list[Run]) -> bytes:
    """CSV and JSON of every chosen run in one archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for run in chosen:
            files.writestr(f"{run.id}.csv", store.result(run.id).to_csv())
            files.writestr(f"{run.id}.json", store.result(run.id).to_json())
    return archive.getvalue()


@st.dialog("Delete for good?")
def confirm(chosen: list[Run]) -> None:
    """Deleting asks once."""
    what = f"Run {chosen[0].id}" if len(chosen) == 1 else f"{len(chosen)} runs"
    st.write(f"{what} and the points that no other run uses will be gone.")
    if st.button("Delete", type="primary", icon=":material/delete:"):
        for run in chosen:
            store.delete(run.id)
        st.rerun()


def history() -> list[Run]:
    """What has a line of its own: answers belong to their plane, exchanged words to their guarantee."""
    return [run for run in store.runs() if run.kind not in ("answer", "swap")]


def advance(before: list[Run]) -> None:
    """Show the page again when a run has moved on."""
    if [(run.id, run.status, run.done) for run in history()] != [(run.id, run.status, run.done) for run in before]:
        st.rerun()


def act(chosen: list[Run]) -> None:
    """Open, export, delete."""
    actions = st.container(horizontal=True, vertical_alignment="center")
    (first, *others), measured = chosen, [run for run in chosen if isinstance(run.spec, PointSpec)]
    if not others and isinstance(first.spec, ComparisonSpec):
        query = {"a": first.checkpoint, "b": first.spec.other}
        actions.page_link("pages/checkpoints.py", label="Open", icon=":material/compare_arrows:", query_params=query)
    elif not others and first.kind in ICONS:
        query = {"run": first.id, "spec": pack(first.spec)}
        actions.page_link(f"pages/{page_of(first.spec)}.py", label="Open", icon=ICONS[first.kind], query_params=query)
        if first.status == "done" and measured:
            told = {"run": first.id}
            actions.page_link("pages/learn.py", label="Teach", icon=":material/school:", query_params=told)
    if measured:
        name = f"{measured[0].id}.zip" if len(measured) == 1 else "runs.zip"
        actions.download_button("Export", lambda: bundle(measured), name, on_click="ignore", icon=":material/download:")
    if actions.button("Delete", icon=":material/delete:"):
        confirm(chosen)


store = the_store()
st.header("Runs")
load_library()
with show_errors():
    runs = history()
    if not runs:
        st.info("Nothing was measured here yet. A run appears as soon as you start a slice.", icon=":material/science:")
        st.page_link("pages/slice.py", label="Measure the first slice", icon=":material/show_chart:")
        st.stop()
    picked = st.dataframe(
        pd.DataFrame([row(run) for run in runs]), hide_index=True, width="stretch", on_select="rerun",
        selection_mode="multi-row", key=f"history-{digest([run.id for run in runs])[:8]}", column_config=HELP,
    )  # fmt: skip
    chosen = [runs[index] for index in picked["selection"]["rows"] if index < len(runs)]
    if not chosen:
        st.caption("Tick one run to open, export or delete it; tick two or more to compare them in one figure.")
        if any(run.status in ("queued", "running") for run in runs):  # not under a choice: its dialog would close
            st.fragment(advance, run_every=2.0)(runs)
        st.stop()
    act(chosen)
    for run in chosen:
        if run.error:
            st.error(f"{run.id}: {run.error}", icon=":material/error:")
    compare(store, chosen)
