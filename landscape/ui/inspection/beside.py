"""Several inspections of one base side by side: the picker, whose choice the URL holds, and their verdicts."""

import streamlit as st

from landscape.figures.inspection.verdict_matrix import beside_figure, beside_finding
from landscape.outside.text import markdown
from landscape.runs.measured_content import outdated_because
from landscape.schema.directions import short_name
from landscape.schema.specs import InspectionSpec, digest
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.chart import chart
from landscape.ui.components.page_setup import show_errors
from landscape.ui.components.words import WORDS
from landscape.ui.inspection.parts import view_of


def remember_beside(spec: InspectionSpec, ids: list[str]) -> None:
    """Show these runs beside an inspection from now on. An empty list keeps the present choice."""
    if ids:
        st.session_state[_key(spec)] = ids
        st.query_params["beside"] = ",".join(ids)


def _key(spec: InspectionSpec) -> str:
    return f"beside-{digest(spec)[:8]}"


def show_beside(store: Store, shown: InspectionSpec, run: Run) -> None:
    """Choose other inspections of this base, and show all verdicts in one figure, live."""
    others = {one.id: one for one in store.runs() if _comparable(one, shown, run)}
    if not others:
        return
    st.subheader("Beside each other", anchor="beside")
    key = _key(shown)
    asked = st.session_state.get(key, st.query_params.get("beside", "").split(","))
    st.session_state[key] = [name for name in asked if name in others]
    chosen = st.multiselect(
        f"Other fine-tunes of {markdown(short_name(shown.checkpoint))}", list(others), key=key, help=WORDS["beside"],
        format_func=lambda name: _label(others[name]), placeholder="Choose inspections",
    )  # fmt: skip
    if not chosen:
        st.query_params.pop("beside", None)
        return
    st.query_params["beside"] = ",".join(chosen)
    runs = [run, *(others[name] for name in chosen)]
    active = not all(one.ended for one in runs)
    st.fragment(_matrix, run_every=2.0 if active else None)(store, [one.id for one in runs])


def _comparable(one: Run, shown: InspectionSpec, run: Run) -> bool:
    """Whether a run is another inspection of the same base that neither failed nor was cancelled, and still holds."""
    return (
        isinstance(one.spec, InspectionSpec)
        and one.spec.checkpoint == shown.checkpoint
        and one.id != run.id
        and one.status not in ("failed", "cancelled")
        and outdated_because(one) is None
    )


def _label(run: Run) -> str:
    assert isinstance(run.spec, InspectionSpec)
    limit = f", {run.spec.limit} examples" if run.spec.limit else ""
    state = "" if run.status == "done" else f", {run.status}"
    return f"{short_name(run.spec.other)}{limit}{state} ({run.id})"


def _matrix(store: Store, ids: list[str]) -> None:
    with show_errors():
        found = map(store.get_run_or_none, ids)
        runs = [one for one in found if one is not None and isinstance(one.spec, InspectionSpec)]
        names = [short_name(one.spec.other) for one in runs if isinstance(one.spec, InspectionSpec)]
        labels = [n if names.count(n) == 1 else f"{n} ({r.id})" for n, r in zip(names, runs, strict=True)]
        verdicts = {label: view_of(store, one).verdict for label, one in zip(labels, runs, strict=True)}
        chart(beside_figure(verdicts), key="beside-matrix", alt=f"Verdicts side by side. {beside_finding(verdicts)}")
        rules = {(one.spec.limit, one.spec.thresholds) for one in runs if isinstance(one.spec, InspectionSpec)}
        differ = "" if len(rules) == 1 else " They were judged by different thresholds or on different examples."
        going = "" if all(one.ended for one in runs) else " Some are still measured: their verdicts may change."
        st.caption(
            f"A row is a fine-tune; a cell says the verdict and how the score changed from the base.{differ}{going}"
        )
