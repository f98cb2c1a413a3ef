"""The name and tags of a run in the address of its page: whoever opens the link reads them, and keeps them."""

import streamlit as st

from landscape.outside.text import markdown
from landscape.schema.labels import Labels, clean_name, clean_note, clean_tags
from landscape.store.records import Run
from landscape.store.store import Store


def label_query(run: Run | None) -> dict[str, str]:
    """What a permalink carries of a run's labels; of a run that is not here what its own link carried."""
    labels = run.labels if run is not None else linked_labels()
    told = {"name": labels.name, "tagged": ",".join(labels.tags), "about": labels.note}
    return {key: value for key, value in told.items() if value}


def linked_labels() -> Labels:
    """The labels in the address; what is too long there is not read."""
    query = st.query_params
    try:
        tags = clean_tags([query.get("tagged", "")])
        return Labels(clean_name(query.get("name", "")), tags, clean_note(query.get("about", "")))
    except ValueError:
        return Labels()


def show_labels(run: Run | None) -> None:
    """Name, tags and note of a run, or of the link, on one line; nothing where there are none."""
    labels = run.labels if run is not None else linked_labels()
    if labels:
        name = f"**{markdown(labels.name)}** " if labels.name else ""
        pin = ":material/push_pin: " if labels.pinned else ""
        tags = " ".join(f":gray-badge[{markdown(tag)}]" for tag in labels.tags)
        note = f" {markdown(labels.note)}" if labels.note else ""
        st.markdown(f"{pin}{name}{tags}{note}")


def keep_linked_labels(store: Store, run: Run) -> None:
    """Write the labels of the link on the run that was asked for by it, unless something is written on it already."""
    labels = linked_labels()
    if labels and not run.labels:
        store.labels.edit(run.id, name=labels.name, tags=labels.tags, note=labels.note)


def run_at(store: Store, text: str) -> Run | None:
    """The run of this id; else the one run of this name, if there is exactly one."""
    if (run := store.get_run_or_none(text)) is not None:
        return run
    try:
        named = store.run(text)
    except ValueError:
        return None
    return named if named.labels.name == text else None
