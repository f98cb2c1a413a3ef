"""Where a form takes files of examples: each becomes a capability, and is shown before anything is measured."""

from collections.abc import Sequence

import streamlit as st

from landscape.capabilities import checking, examples
from landscape.capabilities.sources import dropped
from landscape.outside.text import markdown
from landscape.runs.paths import capabilities_of
from landscape.runs.submit import current_run_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Gaussian
from landscape.schema.results import score_text
from landscape.schema.specs import SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.page_setup import get_store, show_errors, submit_and_start
from landscape.ui.components.polling import poll_run

FIRST_LOOK = 50  # examples that are scored before anything is measured


def drop_area(key: str, chosen: str) -> None:
    """Take a file, keep it beside the store, and add it to what is chosen under the session's key `chosen`."""
    with st.popover("Drop a file of examples", icon=":material/upload_file:", type="tertiary"), show_errors():
        file = st.file_uploader(
            "CSV, TSV, JSON, JSONL, Parquet or text", type=[ending[1:] for ending in dropped.ENDINGS], key=f"{key}-drop"
        )
        taken = f"{key}-dropped"  # the upload that was kept last: an upload stays through every rerun
        if file is not None and st.session_state.get(taken) != file.file_id:
            path = str(dropped.keep(capabilities_of(get_store()), file.name, file.getvalue()))
            st.session_state[taken] = file.file_id
            st.session_state[chosen] = list(dict.fromkeys([*st.session_state[chosen], path]))


def previews(names: Sequence[str], checkpoint: str, key: str) -> None:
    """What is in each chosen file that was dropped here, and what the checkpoint scores on its first examples."""
    folder = capabilities_of(get_store())
    for name in names:
        if name.startswith(str(folder)):
            with show_errors():
                _preview(name, checkpoint, f"{key}-{name}")


def _preview(name: str, checkpoint: str, key: str) -> None:
    found = checking.check(examples.load(name))
    how = found.how or "fields named as ours"
    repeats = f", {found.count - found.requests:,} ask what others ask" if found.count > found.requests else ""
    guessing = "no score" if found.chance is None else f"guessing scores {found.chance:.3f}"
    st.caption(f"**{markdown(found.name)}**: {found.count:,} examples{repeats}; {guessing}. {markdown(how)}.")
    for prompt, answer in found.shown:
        st.caption(markdown(f"{prompt} → {answer}" if prompt else answer))
    spec = SliceSpec(
        checkpoint=checkpoint, directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=(name,),
        limit=FIRST_LOOK if found.count > FIRST_LOOK else None,
    )  # fmt: skip
    store = get_store()
    run = current_run_of(store, spec)
    if run is None or run.status in ("failed", "cancelled", "stalled"):
        if run is not None and run.error:
            st.caption(f":material/error: {markdown(run.error)}")
        asked = min(FIRST_LOOK, found.count)
        if st.button(f"Score {asked} of them at θ₀", key=f"{key}-score", help="A small run, which moves nothing."):
            submit_and_start(store, spec)
            st.rerun()
        return

    def show(now: Run | None) -> None:
        if now is not None:
            st.caption(_at_origin(store, now.id, name))

    poll_run(store, run, show)


def _at_origin(store: Store, run: str, name: str) -> str:
    result = store.result(run)
    if result.rows.empty:
        return ":material/hourglass: being scored at θ₀"
    row = result.row_at_origin(name_of(name))
    loss = "" if row["loss"] != row["loss"] else f"loss {row['loss']:.3f} nats a token"
    score = "" if result.has_loss_alone(name_of(name)) else score_text(row["score"], row["not_finite"], row["n"])
    told = ", ".join(filter(None, (f"score {score}" if score else "", loss)))
    return f"At θ₀, {row['n']} examples: {told}"
