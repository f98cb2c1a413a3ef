"""Which examples a fine-tune lost and won beside its base, on the page of an inspection; and in which tags."""

from collections.abc import Sequence
from contextlib import suppress

import pandas as pd
import streamlit as st

from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.flips import Flips, flips_of
from landscape.inspection.examples.responses import responses_specs
from landscape.inspection.examples.tags import Tags, tags_of
from landscape.outside.text import markdown
from landscape.reports.examples.files import as_bytes
from landscape.reports.examples.flips import flat
from landscape.runs.inspection_evidence import with_responses
from landscape.runs.submit import submit_part
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.measurement import download_file_button
from landscape.ui.components.page_setup import submit_and_start
from landscape.ui.components.words import WORDS
from landscape.ui.examples.table import examples_table
from landscape.ui.inspection.parts import view_of

TAGS_SEEN = 8  # rows of the table of tags that are seen at once
Measured = tuple[InspectionSpec, Evidence]


def which_examples(store: Store, spec: InspectionSpec, now: Run | None, evidence: Evidence, key: str) -> None:
    """Show the lost and won examples below the verdict: their number, what drives it, the table, and the tags."""
    if now is not None:
        evidence = with_responses(store, spec, evidence, now.content)
    every, tags = flips_of(spec, evidence), tags_of(spec, evidence)
    if not every:
        return
    st.subheader("Which examples", anchor="examples", help=WORDS["flips"])
    changed = [found for found in every if found.flips]
    if not changed:
        st.write("No example changed: each has the same outcome in both.")
    for one in (one for one in tags if one.sentence):
        st.markdown(f":material/sell: **{markdown(one.sentence)}**")
    if changed:
        st.markdown("; ".join(f"**{markdown(found.capability)}** {found.text}" for found in changed) + ".")
        for said in dict.fromkeys(found.lacking for found in changed if found.lacking):
            st.caption(f":material/info: Prompts are not shown: {said}.")
        _ask_both(store, spec, now, evidence, changed)
        examples_table([flip for found in changed for flip in found.flips], f"flips-{key}")
        live = now is not None and not now.ended
        rows = lambda: as_bytes(".csv", flat(every)).decode()  # noqa: E731
        download_file_button(st.container(), "Examples (CSV)", rows, f"examples-{key}.csv", "All of them.", live=live)
    if tags:
        _tags_table(tags)


def questions_of(store: Store, spec: InspectionSpec, run: Run | None) -> list[Run]:
    """The runs of an inspection that has ended which are finding out what both said, where a reader asked for that."""
    with suppress(ValueError):  # what is wrong is said where the inspection is shown
        return [] if run is None else pending_questions(store, spec, view_of(store, store.run(run.id)).evidence)
    return []


def pending_questions(store: Store, spec: InspectionSpec, evidence: Evidence) -> list[Run]:
    """As `questions_of`, by the evidence."""
    parts = responses_specs(spec, evidence).values()
    return [run for part in parts for run in store.runs_of(part) if not run.ended]


def _ask_both(
    store: Store, spec: InspectionSpec, now: Run | None, evidence: Evidence, changed: Sequence[Flips]
) -> None:
    """Where it is not known what both said: the button that asks them, and how far that is."""
    missing = sum(len(found.flips) - found.texts for found in changed)
    if not missing or now is None or not now.ended or any(found.lacking for found in changed):
        return
    parts = responses_specs(spec, evidence)
    if waiting := pending_questions(store, spec, evidence):
        doing = next((run.phase.text for run in waiting if run.phase is not None), "waiting for the worker")
        st.caption(f":material/hourglass_empty: Asking both what they say: {markdown(doing)} …")
        return
    latest = [runs[0] for part in parts.values() if (runs := store.runs_of(part))]
    for error in dict.fromkeys(run.error for run in latest if run.status == "failed"):
        st.error(markdown(error), icon=":material/error:")
    hint = "Both are loaded and asked these examples again; what is known is kept."
    if st.button(f"Show what both said to {missing:,} examples", icon=":material/chat:", help=hint):
        for part in parts.values():
            submit_and_start(store, part, submit_part)
        st.rerun()


def _tags_table(tags: Sequence[Tags]) -> None:
    """Each tag of each capability: how many examples, both scores, and the change with its corrected interval."""
    rows = [
        {
            "capability": found.capability,
            "tag": one.tag,
            "examples": one.drop.n,
            "base": one.base,
            "fine-tune": one.tuned,
            "change": -one.drop.drop,
            "from": -one.drop.high,
            "to": -one.drop.low,
            "lost": one.lost,
            "won": one.won,
        }
        for found in tags
        for one in found.changes
    ]
    score, change = (st.column_config.NumberColumn(format=form) for form in ("%.3f", "%+.3f"))
    with st.expander(f"By tag ({len(rows):,})", icon=":material/sell:", expanded=any(one.sentence for one in tags)):
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            width="stretch",
            height=35 * (min(len(rows), TAGS_SEEN) + 1) + 3,
            column_config={"base": score, "fine-tune": score, "change": change, "from": change, "to": change},
        )
        for found in tags:
            st.caption(f"{markdown(found.capability)}: {found.method}")
