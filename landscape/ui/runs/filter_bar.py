"""The controls above the list of runs: search, filters, parts. The address holds them."""

from collections import Counter
from collections.abc import Iterable, Sequence

import streamlit as st

from landscape.runs.listing.filters import Filters, capabilities_of, checkpoints_of
from landscape.store.records import Run
from landscape.ui.components.run_status import STATUS

SEARCH = "Search runs"  # the label of the field, by which `/` finds it
_KEYS = ("kinds", "checkpoints", "capabilities", "states", "tags", "since", "until")


def filter_bar(runs: Sequence[Run], folded: int) -> tuple[Filters, bool]:
    """Show the controls; return the filters, and whether the parts of inspections, so many, are shown."""
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    words = bar.text_input(
        SEARCH, key="find", bind="query-params", width=320, placeholder="name, tag, checkpoint, id …",
        help="All the words must occur in what is known of a run: name, tags, note, kind, checkpoints, what it found.",
    )  # fmt: skip
    active = sum(bool(st.session_state.get(key)) for key in _KEYS)
    with bar.popover(f"Filters ({active})" if active else "Filters", icon=":material/filter_list:"):
        kinds = _choice("Kind", "kinds", (run.kind for run in runs))
        checkpoints = _choice("Checkpoint", "checkpoints", (c for run in runs for c in checkpoints_of(run.spec)))
        capabilities = _choice("Capability", "capabilities", (c for run in runs for c in capabilities_of(run.spec)))
        states = st.multiselect("Status", list(STATUS), key="states", bind="query-params")
        tags = _choice("Tag", "tags", (tag for run in runs for tag in run.labels.tags))
        days = st.container(horizontal=True)
        since = days.date_input("From", None, key="since", bind="query-params", format="YYYY-MM-DD", width=150)
        until = days.date_input("To", None, key="until", bind="query-params", format="YYYY-MM-DD", width=150)
        if active:
            st.button("Clear all filters", on_click=_clear, icon=":material/filter_list_off:")
    shown = bool(folded) and bar.toggle(
        f"Show {folded:,} parts" if folded != 1 else "Show 1 part", key="parts", bind="query-params",
        help="What inspections measured on their way. Each stands under its inspection.",
    )  # fmt: skip
    return Filters(words or "", kinds, checkpoints, capabilities, states, tags, since, until), shown


def _choice(label: str, key: str, values: Iterable[str]) -> list[str]:
    """A filter with every value that there is, the frequent ones first."""
    return st.multiselect(label, [value for value, _ in Counter(values).most_common()], key=key, bind="query-params")


def _clear() -> None:
    for key in _KEYS:
        st.session_state[key] = None if key in ("since", "until") else []
