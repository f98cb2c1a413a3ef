"""What every page needs first: the guard against cold links, the store, a worker, and errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from pydantic import ValidationError

from landscape.outside.text import markdown
from landscape.runs import worker
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import short_name
from landscape.schema.frames import Spec
from landscape.store.errors import StoreError
from landscape.store.records import Run
from landscape.store.store import Store

IN_APP, GOAL = "_in_app", "_goal"
ICON = str(Path(__file__).with_name("icon.svg"))  # a named symbol would be fetched from the internet


def require_app(page: str) -> None:
    """Send a page that was opened without app.py (a cold deep link) through app.py and back.

    After a server start Streamlit runs a file in pages/ on its own, without app.py.
    """
    if not st.session_state.get(IN_APP):
        st.session_state[GOAL] = (page, st.query_params.to_dict())
        st.switch_page("app.py")


@st.cache_resource(max_entries=1)
def _cached_store() -> Store:
    return Store()


def get_store() -> Store:
    """The store of this server. If it cannot be opened, the page says why and stops."""
    try:
        return _cached_store()
    except StoreError as error:
        st.error(markdown(error), icon=":material/database_off:")
        st.stop()


def start_worker(store: Store) -> None:
    """Start a worker for what is queued, unless one is at work."""
    worker.ensure_running(store)


def submit_and_start(store: Store, spec: Spec) -> Run:
    """Submit a spec, or resume its run, and start a worker unless the run has ended."""
    run = submit_or_resume(store, spec)
    if not run.ended:
        start_worker(store)
    return run


def literal_name(checkpoint: str) -> str:
    """A checkpoint's short name, as Markdown that shows it as it is."""
    return markdown(short_name(checkpoint))


@contextmanager
def show_errors() -> Iterator[None]:
    """Show wrong input and store troubles as a sentence instead of a traceback."""
    try:
        yield
    except ValidationError as error:
        st.error(markdown(error.errors()[0]["msg"].removeprefix("Value error, ")), icon=":material/edit_note:")
    except ValueError as error:
        st.error(markdown(error), icon=":material/edit_note:")
    except (StoreError, OSError) as error:
        st.error(markdown(error), icon=":material/database_off:")
