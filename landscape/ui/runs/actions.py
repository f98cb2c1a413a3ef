"""What can be done with the runs that are ticked: open, export, delete; and what the page says of all."""

import io
import zipfile
from collections.abc import Callable, Sequence

import streamlit as st

from landscape.outside.text import markdown
from landscape.runs.kinds import kind_of
from landscape.schema.frames import PointSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import address_of
from landscape.ui.kept_downloads import keep_downloads
from landscape.ui.runs.deleting import confirm_delete


def say_unread(unread: Sequence[str]) -> None:
    """Name the runs that this version cannot read."""
    if unread:
        st.caption(f"Cannot be read by this version; a later one may have written them: {markdown(', '.join(unread))}.")


def refresh_while_active(listed: Callable[[], Sequence[Run]], runs: Sequence[Run]) -> None:
    """While runs are queued or measured, run the page again whenever one has progressed.

    Not for a page where runs are ticked: running it again would close the dialog that confirms deleting.
    """

    def progress_of(runs: Sequence[Run]) -> list[tuple[str, str, int]]:
        return [(run.id, run.status, run.done) for run in runs]

    def check() -> None:
        if progress_of(listed()) != progress_of(runs):
            st.rerun()

    if any(run.status in ("queued", "running") for run in runs):
        st.fragment(check, run_every=2.0)()


def show_failure(run: Run) -> None:
    """Say why a run failed."""
    st.error(f"{run.id}: {markdown(run.error)}", icon=":material/error:")


def run_actions(store: Store, chosen: Sequence[Run]) -> None:
    """The links and buttons that open, export and delete the runs that are ticked."""
    actions = st.container(horizontal=True, vertical_alignment="center")
    (first, *others), measured = chosen, [run for run in chosen if isinstance(run.spec, PointSpec)]
    if not others and (page := kind_of(first.spec).page):
        icon, query = kind_of(first.spec).icon, address_of(first.spec, first.id)
        actions.page_link(f"pages/{page}.py", label="Open", icon=icon, query_params=query)
        if first.status == "done" and measured:
            query = {"run": first.id}
            actions.page_link("pages/learn.py", label="Teach", icon=":material/school:", query_params=query)
    if measured:
        name = f"{measured[0].id}.zip" if len(measured) == 1 else "runs.zip"
        data = lambda: _archive(store, measured)  # noqa: E731
        keep_downloads()
        actions.download_button("Export", data, name, on_click="ignore", icon=":material/download:")
    if actions.button("Delete", icon=":material/delete:"):
        confirm_delete(store, chosen)


def _archive(store: Store, runs: Sequence[Run]) -> bytes:
    """A zip file with the CSV and JSON of every run."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for run in runs:
            result = store.result(run.id)
            files.writestr(f"{run.id}.csv", result.to_csv())
            files.writestr(f"{run.id}.json", result.to_json())
    return archive.getvalue()
