"""The current pair: in the address, in the session, and among the pairs of this user. Every page asks here."""

from contextlib import suppress

import streamlit as st

from landscape.bundled.pair_specs import DEMO_PAIR
from landscape.bundled.pairs import Pair, pair_of
from landscape.capabilities.sources.hub import exact_capability
from landscape.checkpoints.hub.exact_names import exact_name
from landscape.runs.kinds import kind_of
from landscape.schema.frames import Spec
from landscape.store.errors import StoreError
from landscape.store.store import Store
from landscape.ui.components.links import unpack
from landscape.ui.pair import recent

_KEY = "_pair"


def current_pair() -> Pair:
    """The pair that this page is about."""
    pair: Pair = st.session_state.get(_KEY, DEMO_PAIR)
    return pair


def settle_pair(store: Store, page: str) -> None:
    """Find out which pair the address is about, before its page runs, and write the pair into the address.

    What a permalink shows comes first, then the pair in the address, that of the session, and the one used last.
    """
    known = _in_address() or st.session_state.get(_KEY) or next(iter(recent.pairs()), DEMO_PAIR)
    spec = _shown(store)
    if spec is not None and kind_of(spec).page == page:
        known = pair_of(spec, known)
    known = _exact(known)
    st.session_state[_KEY] = known
    _write_address(known)


def _exact(pair: Pair) -> Pair:
    """The pair with the commits of what it takes from the hub, where they are here: links then mean the same files."""
    with suppress(ValueError):  # a page says what is wrong with a name
        asked = tuple(map(exact_capability, pair.capabilities))
        return Pair(exact_name(pair.base), exact_name(pair.tuned) if pair.tuned else "", asked)
    return pair


def use_pair(pair: Pair) -> None:
    """Make a pair the current one. What the page shows of another pair leaves the address."""
    st.query_params.clear()
    st.session_state[_KEY] = pair
    _write_address(pair)


def choose_pair(pair: Pair) -> None:
    """Make a pair the current one, and offer it again next time."""
    use_pair(pair)
    remember_pair()


def remember_pair() -> None:
    """Offer the current pair again next time. Only after a press: who opens a link has chosen nothing yet."""
    recent.remember(current_pair())


def _in_address() -> Pair | None:
    query = st.query_params
    base = query.get("base") or query.get("a")  # a and b: of links that version 0.6 made
    return Pair(base, query.get("finetune") or query.get("b") or "", tuple(query.get_all("ask"))) if base else None


def _write_address(pair: Pair) -> None:
    wanted = {"base": pair.base, "finetune": pair.tuned, "ask": list(pair.capabilities)}
    for name, value in wanted.items():
        known = st.query_params.get_all(name) if name == "ask" else st.query_params.get(name, "")
        if value and known != value:
            st.query_params[name] = value
        elif not value and known:
            del st.query_params[name]
    for old in ("a", "b"):
        st.query_params.pop(old, None)


def _shown(store: Store) -> Spec | None:
    """What the address shows; None where that cannot be told: the page says why."""
    query = st.query_params
    try:
        run = store.get_run_or_none(query["run"]) if "run" in query else None
        return run.spec if run is not None else unpack(query["spec"]) if "spec" in query else None
    except (ValueError, StoreError):
        return None
