"""The evidence of an inspection on a page: what is known so far, and every part with its state and a link."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.figures.inspection.evidence import named_figures_of
from landscape.inspection.evidence import Evidence
from landscape.inspection.left_out import budget_notes
from landscape.inspection.parts import parts_of
from landscape.inspection.shipped import shipped_evidence, without_budget
from landscape.inspection.verdict import Verdict, verdict_of
from landscape.outside.text import markdown
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.frames import Spec
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import address_of, page_of

TITLES = {
    "delta": "How far it moved, and where",
    "delta ranks": "Ranks of what moved",
    "scores": "Scores of the base",
    "tuned scores": "Scores of the fine-tune",
    "base basin": "Basin of the base",
    "headroom": "Basin of the fine-tune",
    "way": "The line between the two, and beyond",
    "moves": "Deployment moves",
    "worst": "Worst directions of the base",
    "certificate": "Certificate of the base",
}
LEFT_OUT = "left out by the budget"
STATES = {  # state → (icon, colour)
    "done": (":material/check_circle:", "green"),
    "measuring": (":material/play_circle:", "blue"),
    "waiting": (":material/hourglass_empty:", "gray"),
    "cut short by the budget": (":material/timer_off:", "orange"),
    LEFT_OUT: (":material/timer_off:", "orange"),
    "failed": (":material/error:", "red"),
    "not measured": (":material/remove:", "gray"),
}


@dataclass(frozen=True)
class InspectionView:
    """What an inspection has found so far."""

    evidence: Evidence
    verdict: Verdict
    ids: Mapping[str, str]  # part → run
    parts: Mapping[str, Spec]  # all that are foreseen, in their order
    figures: Mapping[str, go.Figure]


def view_of(store: Store, run: Run) -> InspectionView:
    """What is known so far, cached until a part of the inspection has progressed."""
    claimed = "" if run.phase is None else f"{run.phase.text} {run.phase.done // 8}"
    return _cached_view(store, run.id, f"{run.status} {run.finished} {claimed}")


@st.cache_resource(max_entries=16, show_spinner=False)
def _cached_view(_store: Store, run_id: str, moment: str) -> InspectionView:
    run = _store.run(run_id)
    assert isinstance(run.spec, InspectionSpec)
    evidence, ids = collect_evidence(_store, run)
    found = _view(run.spec, evidence, ids)
    if run.status != "done":
        return found
    # An earlier version may have planned other parts.
    return replace(found, parts={name: p for name, p in found.parts.items() if name in ids or name in evidence.cut})


@st.cache_resource(max_entries=4, show_spinner=False)
def shipped_view_of(spec: InspectionSpec) -> InspectionView | None:
    """What ships of an inspection; None where it does not ship."""
    evidence = shipped_evidence(spec)
    return None if evidence is None else _view(spec if evidence.cut else without_budget(spec), evidence, {})


def _view(spec: InspectionSpec, evidence: Evidence, ids: Mapping[str, str]) -> InspectionView:
    figures = named_figures_of(spec, evidence)
    return InspectionView(evidence, verdict_of(spec, evidence), ids, _foreseen(spec, evidence), figures)


def _foreseen(spec: InspectionSpec, evidence: Evidence) -> Mapping[str, Spec]:
    """The parts; where a checkpoint of what ships is not on this machine, those that were measured."""
    try:
        return parts_of(spec, evidence)
    except ValueError:
        return {name: part.spec for name, part in evidence.parts.items()}


def states_of(store: Store, run: Run | None, found: InspectionView) -> dict[str, str]:
    """By part, its state in the reader's words: a key of `STATES`. Without a run it is what ships."""
    if run is None:
        return {name: "left out by the budget" if name in found.evidence.cut else "done" for name in found.parts}
    runs = {name: store.get_run_or_none(found.ids[name]) for name in found.parts if name in found.ids}
    return {name: _state(name, runs.get(name), run, found.evidence.cut) for name in found.parts}


def _state(name: str, part: Run | None, run: Run, cut: tuple[str, ...]) -> str:
    if part is not None and part.status == "done":
        return "done"
    if not run.ended:
        return "measuring" if part is not None and part.status == "running" else "waiting"
    if name in cut:
        return "cut short by the budget" if part is not None and part.done else LEFT_OUT
    return "failed" if part is not None and part.status == "failed" else "not measured"


def parts_measured(states: Mapping[str, str]) -> str:
    """`7 of 20 parts measured`."""
    done = sum(state == "done" for state in states.values())
    return f"{done} of {len(states)} parts measured"


def show_parts(spec: InspectionSpec, found: InspectionView, states: Mapping[str, str], *, expanded: bool) -> None:
    """List the parts, each with its state and a link to the page of its run; what was left out by kind, in one line."""
    more = "" if found.evidence.scores is not None else "; more follow from what the first ones find"
    with st.expander(f"Evidence: {parts_measured(states)}{more}", expanded=expanded, icon=":material/checklist:"):
        listed = [name for name, state in states.items() if state != LEFT_OUT]
        for column, names in zip(st.columns(3), _in_three(listed), strict=True):
            for name in names:
                row = column.container(horizontal=True, vertical_alignment="center", gap="small")
                _link(row, name, found)
                icon, color = STATES[states[name]]
                row.badge(states[name], icon=icon, color=color, width="content")  # type: ignore[arg-type]
        for said in budget_notes(spec, found.evidence):
            st.caption(f":material/timer_off: {markdown(said)}")


def _in_three(names: list[str]) -> list[list[str]]:
    size = -(-len(names) // 3)
    return [names[i * size : (i + 1) * size] for i in range(3)]


def title_of_part(name: str) -> str:
    """The title of a part, such as `Only layer 2 moved` or `Basin of the base, 3 directions`."""
    kind = name if name in TITLES else next((kind for kind in TITLES if name.startswith(f"{kind} ")), None)
    if kind is None:
        return f"Only {name.removeprefix('module ')} moved"
    look = name.removeprefix(kind).strip()
    if not look:
        return TITLES[kind]
    if look in ("unclear", "few"):
        return f"{TITLES[kind]}, {'where unclear' if look == 'unclear' else 'a first look'}"
    counted = f"first {look} examples" if kind.endswith("scores") else f"{look} direction{'s' * (look != '1')}"
    return f"{TITLES[kind]}, {counted}"


def _link(row: DeltaGenerator, name: str, found: InspectionView) -> None:
    part = found.parts[name]
    query = address_of(part, found.ids.get(name))
    row.page_link(f"pages/{page_of(part)}.py", label=markdown(title_of_part(name)), query_params=query, width="content")
