"""How an inspection is asked for: the button of its page, and what is checked before it is queued."""

from collections.abc import Sequence

import streamlit as st

from landscape.capabilities import examples
from landscape.checkpoints import compatibility
from landscape.checkpoints.quantised import ends
from landscape.inspection import prompts
from landscape.inspection.shipped import shipped_evidence
from landscape.outside import network
from landscape.outside.text import markdown
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import short_name
from landscape.schema.parsing import format_duration
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from landscape.ui.components.measurement import offer_smaller
from landscape.ui.components.page_setup import show_errors, start_worker
from landscape.ui.inspection.beside import remember_beside
from landscape.ui.pair.page import Wanted, is_shown, priced
from landscape.ui.runs.link_labels import keep_linked_labels

_ICON = ":material/fact_check:"


def title_and_button(store: Store, wanted: Wanted, shown: InspectionSpec, run: Run | None) -> None:
    """The question of the page, and the button that inspects what the form says, unless that is what is shown."""
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    names = f"{markdown(short_name(shown.other))}, made from {markdown(short_name(shown.checkpoint))}"
    row.subheader(f"Ship it? :gray[{names}]", anchor=False, width="content")
    if is_shown(wanted, [shown], run, known=shipped_evidence(shown) is not None):
        return
    specs: list[InspectionSpec] | None = priced(row, "Inspect", _ICON, wanted, lambda specs: specs)
    if specs is None:
        return
    label = "Inspect" if len(specs) == 1 else f"Inspect {len(specs)} fine-tunes"
    if budgets := [spec.budget for spec in specs if spec.budget]:
        label += f" · {format_duration(sum(budgets))}"
    if row.button(label, type="primary", icon=_ICON, key="measure"):
        with show_errors():
            queue(store, specs)
    if len(specs) == 1:
        with show_errors():
            offer_smaller(store, specs[0])


def submit(store: Store, wanted: Sequence[InspectionSpec]) -> list[Run]:
    """Submit inspections or resume their runs, and start a worker. Raises ValueError for what cannot be inspected."""
    with network.fetching(), st.spinner("Reading what it names …"):
        wanted = [spec.model_copy(update={"other": ends.end_of(spec.other)}) for spec in wanted]
        for spec in wanted:
            compatibility.require_comparable(spec.checkpoint, spec.other)
            prompts.prompts_note(spec.capabilities, spec.checkpoint, spec.other)
            for name in spec.capabilities:  # a wrong one is reported now, not by the worker
                examples.load(name, spec.limit)
        runs = [submit_or_resume(store, spec) for spec in wanted]
    start_worker(store)
    return runs


def queue(store: Store, wanted: Sequence[InspectionSpec]) -> None:
    """Submit inspections; the URL then holds the first, and the others to show beside it."""
    first, *others = submit(store, wanted)
    assert isinstance(first.spec, InspectionSpec)
    keep_linked_labels(store, first)
    st.query_params.from_dict({"run": first.id, "spec": pack(first.spec)})
    remember_beside(first.spec, [run.id for run in others])
    st.rerun()
