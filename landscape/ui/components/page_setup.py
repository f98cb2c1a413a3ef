"""What every page needs first: the guard against cold links, the store, a worker, and errors as sentences."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import streamlit as st
from pydantic import ValidationError
from streamlit.errors import StreamlitDuplicateElementKey, StreamlitJSNumberBoundsError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from landscape.outside import network
from landscape.outside.text import markdown
from landscape.runs import worker
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import short_name
from landscape.schema.frames import Spec
from landscape.store.errors import StoreError
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.pair.current import remember_pair

IN_APP, GOAL, _STARTED = "_in_app", "_goal", "_started"
network.ask_first_where(lambda: get_script_run_ctx(suppress_warning=True) is not None)  # opening a page only shows
ICON = str(Path(__file__).with_name("icon.svg"))  # a named symbol would be fetched from the internet


def wordmark() -> str:
    """The file of the product's icon and name, in the ink of the reader's theme."""
    return str(Path(__file__).with_name(f"wordmark-{st.context.theme.type or 'light'}.svg"))


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


def store_if_open() -> Store | None:
    """The store of this server; None where it cannot be opened, of which the page itself tells."""
    try:
        return _cached_store()
    except StoreError:
        return None


def start_worker(store: Store) -> None:
    """Start a worker for what is queued, unless one is at work. Only after a press; see `keep_worker`."""
    st.session_state[_STARTED] = True
    remember_pair()
    worker.ensure_running(store)


def keep_worker(store: Store, run_id: str) -> None:
    """See to it that a queued run finds a worker: the one that this session started, or by another press.

    Whoever queued it may be gone, and its worker too. A page that was only opened starts nothing.
    """
    if st.session_state.get(_STARTED):
        worker.ensure_running(store)
    elif not worker.is_running(store):
        st.caption(":material/pause: It is queued, but no worker measures on this machine.")
        if st.button("Start a worker", key=f"serve-{run_id}", icon=":material/play_arrow:"):
            start_worker(store)


def submit_and_start(store: Store, spec: Spec, submit: Callable[[Store, Spec], Run] = submit_or_resume) -> Run:
    """Submit a spec, or resume its run, and start a worker unless the run has ended."""
    run = submit(store, spec)
    if not run.ended:
        start_worker(store)
    return run


def literal_name(checkpoint: str) -> str:
    """A checkpoint's short name, as Markdown that shows it as it is."""
    return markdown(short_name(checkpoint))


@cache
def spare_collector(page: str) -> None:
    """Leave all that is loaded, once a page has run for the first time, out of garbage collection.

    Streamlit collects after every run of a page or fragment, which took a tenth of a second: most of a polled page.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def show_errors() -> Iterator[None]:
    """Show wrong input and store troubles as a sentence instead of a traceback; offer to fetch what is not here."""
    try:
        yield
    except network.NotHere as error:
        _offer_to_fetch(error)
    except StreamlitJSNumberBoundsError:
        st.error("It holds a whole number beyond 2⁵³, which no browser can show.", icon=":material/edit_note:")
    except ValidationError as error:
        st.error(markdown(error.errors()[0]["msg"].removeprefix("Value error, ")), icon=":material/edit_note:")
    except ValueError as error:
        st.error(markdown(error), icon=":material/edit_note:")
    except (StoreError, OSError) as error:
        st.error(markdown(error), icon=":material/database_off:")


def _offer_to_fetch(error: network.NotHere) -> None:
    """Say what is not on this machine, with the button that fetches it and runs the page again."""
    st.info(f"{markdown(f'{error}'[:1].upper() + f'{error}'[1:])}.", icon=":material/cloud_download:")
    with suppress(StreamlitDuplicateElementKey):  # another part of the page offers it already
        if st.button(f"{error.verb} {markdown(error.what)}", key=f"fetch-{error.what}", icon=":material/download:"):
            with show_errors():
                with network.fetching(), st.spinner(f"{error.verb.removesuffix('e')}ing …"):
                    error.fetch()
                st.rerun()
