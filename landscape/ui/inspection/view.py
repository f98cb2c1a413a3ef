"""An inspection on a page: the verdict first, then why, then the pictures; live while the evidence arrives."""

import html
from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from landscape.inspection.evidence import ceiling_notes
from landscape.inspection.headline import headline, worst_first
from landscape.inspection.rules import Finding, Outcome
from landscape.inspection.shipped import without_budget
from landscape.inspection.verdict import Judged
from landscape.outside.text import markdown
from landscape.reports import inspection
from landscape.reports.comparison import moved_otherwise
from landscape.schema.directions import short_name
from landscape.schema.labels import Labels
from landscape.schema.numbers import number
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.checkpoint_pair import show_moved
from landscape.ui.components.chart import chart
from landscape.ui.components.links import pack, share
from landscape.ui.components.polling import poll_run
from landscape.ui.components.run_status import cancel_or_resume, warn_if_outdated
from landscape.ui.components.words import WORDS
from landscape.ui.examples.inspected import questions_of, which_examples
from landscape.ui.inspection.downloads import downloads
from landscape.ui.inspection.parts import (
    InspectionView,
    parts_measured,
    shipped_view_of,
    show_parts,
    states_of,
    view_of,
)
from landscape.ui.inspection.progress import progress
from landscape.ui.inspection.start import queue
from landscape.ui.runs.link_labels import label_query, show_labels

OUTCOME_STYLES: dict[Outcome, tuple[str, str]] = {  # outcome → (colour, icon)
    "pass": ("green", ":material/check_circle:"),
    "gained": ("blue", ":material/trending_up:"),
    "nothing to lose here": ("gray", ":material/horizontal_rule:"),
    "warn": ("orange", ":material/warning:"),
    "fail": ("red", ":material/cancel:"),
    "insufficient": ("violet", ":material/help:"),
    "not measurable": ("gray", ":material/block:"),
}
_WIDTHS: dict[Outcome, int] = {"insufficient": 118, "not measurable": 140, "nothing to lose here": 176}  # px
HOW_TO_READ = {  # picture → how to read it
    "way": "From the base (α = 0) straight to the fine-tune (dashed) and as far again beyond it. A dip between the two "
    "is a barrier: a merge of them would lose it.",
    "brittle": WORDS["brittle"],
    "base basin": "How far the base holds in random directions, and where the fine-tune stands on the same axis.",
    "headroom": "How far the fine-tune itself can still be moved: room for rounding, merging, or another fine-tune.",
    "worst": "Where each capability of the base ends in the worst directions found, on examples that the search never "
    "saw, and how many times nearer that is than in random ones.",
    "certificate": "Bars: proven of the base under noise, whatever the direction. The fine-tune is a line: where it "
    "lies beyond a bar, nothing is proven of it.",
}


def show(store: Store, shown: InspectionSpec, run: Run | None) -> None:
    """Show the verdict and what it rests on, live while it is measured."""

    def show_now(now: Run | None) -> None:
        found = shipped_view_of(shown) if now is None else view_of(store, now)
        if found is None:
            _not_inspected(shown)
        else:
            _inspection(store, shown, now, found)

    poll_run(store, run, show_now, also=lambda: questions_of(store, shown, run))


def _not_inspected(shown: InspectionSpec) -> None:
    st.info(
        "Not inspected yet. An inspection compares the scores of both on the same examples, says whether the "
        "fine-tune stayed inside the base's basin, whether a merge would hold, how much room is left and which parts "
        "break first; then it gives a verdict by rules. The button above inspects what the form says.",
        icon=":material/fact_check:",
    )
    share("inspect", "Opens this page filled in; one press inspects.", spec=pack(shown))


def _inspection(store: Store, shown: InspectionSpec, now: Run | None, found: InspectionView) -> None:
    """An inspection that was made here, or one that ships (`now` is None)."""
    states, live = states_of(store, now, found), now is not None and not now.ended
    with st.container():  # a container keeps its place, whatever it holds: what is below does not jump
        show_labels(now)
        _verdict(now, found, states)
    with st.container():
        if now is not None:
            if now.status != "done":
                progress(now, states)
            _run_buttons(store, now, states)
    with st.container():
        for judged in worst_first(found.verdict):
            _line(judged.capability, judged.outcome, _worst(judged.findings, judged.outcome), judged)
        for finding in found.verdict.findings:
            _line("tested" if finding.rule == "tested" else "weights", finding.outcome, finding.text)
    key = now.id if now is not None else short_name(shown.other)
    with st.container():
        which_examples(store, shown, now, found.evidence, key)
    with st.container():
        _findings(found)
        show_parts(shown, found, states, expanded=live)
        for said in ceiling_notes(found.evidence):
            st.caption(f":material/info: {markdown(said)}")
        for said in inspection.repeat_notes(found.evidence):
            st.caption(f":material/repeat: {markdown(said)}")
    with st.container():
        _pictures(shown, found, key)
    with st.container():
        if found.verdict.capabilities:
            downloads(shown, found, now.labels if now is not None else Labels(), f"inspection-{key}", live=live)
    note = "Opens this inspection; where it was never made, the form is filled and one press makes it."
    query = {"run": now.id} if now is not None else {}
    query |= label_query(now)
    query |= {"beside": st.query_params["beside"]} if st.query_params.get("beside") else {}
    share("inspect", note, spec=pack(shown), **query)


def _verdict(now: Run | None, found: InspectionView, states: Mapping[str, str]) -> None:
    """The verdict in large type, and whether it may still change."""
    verdict, over = found.verdict, now is None or now.ended
    left = [name for name, state in states.items() if state != "done"]
    if not verdict.capabilities:
        st.header(":gray[No verdict yet]" if not over else ":gray[No verdict: the scores were not measured]")
        said = "Δ and the scores of both come first; then there is a verdict."
        st.caption("Resume continues the measurement." if over else said)
        return
    color, icon = OUTCOME_STYLES[verdict.outcome]
    words = headline(verdict)
    said = words if over else f"So far: {words[:1].lower()}{words[1:]}"
    st.header(f":{color}[{icon} {markdown(said)}]", anchor=False, help=WORDS["outcome"])
    if now is None:
        st.caption("Measured beforehand, and shipped with the program.")
    elif over and not left:
        st.caption(f"All {len(states)} parts are measured: this is the verdict at these thresholds.")
    elif over:
        st.caption(f"It rests on {parts_measured(states)}; what is missing says nothing for or against it.")
    elif verdict.outcome == "fail" and all(states.get(name) == "done" for name in ("scores", "tuned scores")):
        st.caption(
            f"This stands: nothing makes up for what was lost. {parts_measured(states)}; the rest says where and how."
        )
    else:
        st.caption(f"It may still change: {parts_measured(states)}.")
    if now is not None and over:
        warn_if_outdated(now)


def _run_buttons(store: Store, now: Run, states: Mapping[str, str]) -> None:
    """The buttons that cancel or resume the run, or measure what the budget left out."""
    assert isinstance(now.spec, InspectionSpec)
    spec = now.spec
    cancel_or_resume(store, now, lambda: queue(store, [spec]))
    if now.status == "done" and any(state.endswith("budget") for state in states.values()):
        hint = "The same inspection without a budget: what is measured is kept."
        if st.button("Measure the rest", icon=":material/resume:", help=hint):
            queue(store, [without_budget(spec)])


def _worst(findings: Sequence[Finding], outcome: Outcome) -> str:
    return next((finding.text for finding in findings if finding.outcome == outcome), "")


def _line(name: str, outcome: Outcome, text: str, judged: Judged | None = None) -> None:
    """One row: what is judged, outcome, both scores, change, and the gravest finding. It wraps on a phone."""
    color, icon = OUTCOME_STYLES[outcome]
    box = st.container(border=True, gap="xsmall")
    row = box.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    row.markdown(f"**{markdown(name)}**", width=80)
    row.markdown(f":{color}-badge[{icon} {outcome}]", width=_WIDTHS.get(outcome, 118))
    if judged is not None:
        scores = " → ".join(judged.score_texts)
        row.markdown(scores, width="content" if any(judged.not_finite) else 112)
        row.markdown(f"change {judged.change_text}", width="content")
        text = text.removeprefix(f"score {scores}: ")
        text = text.removeprefix(f"a change of {judged.change_text}").lstrip(", ")
    text = text.removeprefix(f"{outcome}: ")  # the badge says it
    box.caption(markdown(f"{text[:1].upper()}{text[1:]}"))


def _findings(found: InspectionView) -> None:
    """Every rule of every capability, then the numbers behind them."""
    if not found.verdict.capabilities:
        return
    with st.expander("All findings", icon=":material/rule:"):
        for judged in found.verdict.capabilities:
            st.markdown(f"**{markdown(judged.capability)}**")
            st.markdown("\n".join(f"- {_finding_line(finding)}" for finding in judged.findings))
        st.dataframe(pd.DataFrame(map(_numbers, found.verdict.capabilities)), hide_index=True, width="stretch")
        st.caption(
            "Same examples for both; intervals are for matched pairs (Tango's; of losses a bootstrap). Prompts stand "
            "as in the files; of capabilities in chat, each is a turn of a user in the checkpoint's chat template."
        )


def _finding_line(finding: Finding) -> str:
    color, icon = OUTCOME_STYLES[finding.outcome]
    return f":{color}-badge[{icon} {finding.outcome}] {markdown(finding.text)}"


def _numbers(judged: Judged) -> dict[str, str]:
    """The numbers of one capability as a table row; a dash where nothing is known."""
    radii = (judged.base_radius, judged.tuned_radius)
    return {
        "capability": judged.capability,
        "examples": str(judged.drop.n),
        "score": " → ".join(judged.score_intervals),
        "change": judged.change_text,
        "loss": inspection.loss_changed(judged),
        "radius α": " → ".join(
            "–" if one is None else f"{'≥ ' if one.at_least else ''}{number(one.median)}" for one in radii
        ),
    }


def _pictures(spec: InspectionSpec, found: InspectionView, key: str) -> None:
    """The figures of the evidence, each with how to read it; then what moved."""
    for note in [*inspection.reading_notes(spec), *inspection.way_notes_of(found.evidence)]:
        st.info(markdown(note), icon=":material/info:")
    pairs = [name for name in HOW_TO_READ if name in found.figures]
    for start in range(0, len(pairs), 2):
        for column, name in zip(st.columns(2), pairs[start : start + 2], strict=False):
            with column:
                figure = go.Figure(found.figures[name])
                chart(figure, key=f"{key}-{name}", alt=f"{name}. {html.unescape(figure.layout.title.text)}")
                st.caption(HOW_TO_READ[name])
    if found.evidence.delta is None:
        return
    st.subheader("What moved", anchor="moved")
    if found.evidence.delta["radius"] > 0:
        show_moved(dict(found.evidence.delta))
    else:
        st.write("Nothing: the two are equal, weight by weight.")
        for note in moved_otherwise(found.evidence.delta):
            st.info(markdown(note), icon=":material/info:")
