"""What every page of a measured kind does: which run the address names, measuring, resuming, permalinks, downloads."""

from collections.abc import Callable
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from landscape import checkpoints
from landscape.estimates import points_of, seconds_of, spoken
from landscape.results import Result
from landscape.specs import BasinSpec, PlaneSpec, SliceSpec
from landscape.store import Run, Store
from landscape.ui.frame import explained, start_worker
from landscape.ui.links import pack, permalink, unpack

S = TypeVar("S", SliceSpec, BasinSpec, PlaneSpec)


def asked_for(store: Store, default: S) -> tuple[S, Run | None]:
    """What the address names, of the default's kind: a run, a spec, or else the default."""
    query, kind = st.query_params, type(default)
    with explained():
        run = store.seek(query["run"]) if "run" in query else None
        if run is not None and isinstance(run.spec, kind):
            return run.spec, run
        spec = unpack(query["spec"]) if "spec" in query else default
        if isinstance(spec, kind):
            return spec, store.find(spec)
    return default, None


def offer(store: Store, wanted: SliceSpec | BasinSpec | PlaneSpec) -> None:
    """The button that measures what the form says, and what it will cost."""
    seconds, backed = seconds_of(wanted, store)
    basis = "from earlier runs" if backed else "a rough estimate from sizes"
    st.caption(f"{points_of(wanted)} points, about {spoken(seconds)} ({basis})")
    if st.button("Measure", type="primary", icon=":material/play_arrow:", width="stretch"):
        measure(store, wanted)


def measure(store: Store, spec: SliceSpec | BasinSpec | PlaneSpec) -> None:
    """Queue a spec, or go on with an equal run; the address then names it."""
    checkpoints.require_match(spec.checkpoint, *spec.others)
    run = store.find(spec)
    if run is None or run.status in ("failed", "cancelled", "stalled"):
        store.resume(run.id) if run else None
        run_id = run.id if run else store.submit(spec)
        start_worker(store)
    else:
        run_id = run.id
    st.query_params.from_dict({"run": run_id, "spec": pack(spec)})
    st.rerun()


def buttons(store: Store, now: Run) -> None:
    """Cancel what runs, resume what does not."""
    if now.status in ("queued", "running"):
        if st.button("Cancel", icon=":material/stop:", disabled=now.cancel_requested):
            store.cancel(now.id)
            st.rerun()
    elif now.status != "done" and st.button("Resume", icon=":material/resume:", type="primary"):
        assert isinstance(now.spec, SliceSpec | BasinSpec | PlaneSpec)
        measure(store, now.spec)


def downloads(result: Result[Any], name: str, figures: Callable[[], list[go.Figure]]) -> None:
    """Buttons for CSV, JSON and a page of the figures."""
    row = st.container(horizontal=True)
    row.download_button("CSV", result.to_csv, f"{name}.csv", "text/csv", on_click="ignore", width=100)
    row.download_button("JSON", result.to_json, f"{name}.json", "application/json", on_click="ignore", width=100)
    row.download_button(
        "HTML", lambda: _page(figures(), name), f"{name}.html", "text/html", on_click="ignore", width=100
    )


def _page(figures: list[go.Figure], title: str) -> str:
    """The figures as one file that opens anywhere, Plotly.js included once."""
    parts = [figure.to_html(full_html=False, include_plotlyjs=i == 0) for i, figure in enumerate(figures)]
    return f"<!doctype html><meta charset=utf-8><title>{title}</title>{''.join(parts)}"


def numbers(result: Result[Any]) -> None:
    """The table beside the picture."""
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(result.rows.drop(columns="outcomes"), hide_index=True, width="stretch")
        counts = result.facts.counts if result.facts else {}
        for name, count in counts.items():
            if count.get("too_long"):
                st.warning(f"{name}: {count['too_long']} examples do not fit the context and count as wrong.")


def share(page: str, spec: SliceSpec | BasinSpec | PlaneSpec, run: Run | None) -> None:
    """The permalink of what is shown."""
    with st.expander("Permalink", icon=":material/link:"):
        st.code(permalink(page, **({"run": run.id} if run else {}), spec=pack(spec)), language=None, wrap_lines=True)
        what = "where it was never measured, the form is filled and one press measures it"
        st.caption(f"Opens exactly this {spec.kind}; {what}.")
