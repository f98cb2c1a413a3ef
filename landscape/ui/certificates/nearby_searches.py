"""What earlier searches found around a certified checkpoint: where the model without noise ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from landscape.figures.certificates.radii_axis import Found, found_in
from landscape.runs.earlier_results import EarlierSearch, earlier_searches
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Gaussian, Worst
from landscape.schema.frames import PointSpec
from landscape.schema.specs import CertificateSpec, WorstSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack


@dataclass(frozen=True)
class NearbySearches:
    """By capability, the L2 radii that searches of the same weights found: in the worst and in most directions."""

    worst: dict[str, Found | None] = field(default_factory=dict)
    most: dict[str, Found | None] = field(default_factory=dict)


def nearby_searches_of(
    store: Store, spec: CertificateSpec, capabilities: Sequence[str], threshold: float
) -> NearbySearches:
    """For each capability, what the latest search that knows it found; shipped searches come last."""
    worst: dict[str, Found | None] = dict.fromkeys(capabilities)
    most: dict[str, Found | None] = dict.fromkeys(capabilities)
    for search in earlier_searches(store, spec):
        for capability in set(capabilities) & set(map(name_of, search.spec.capabilities)):
            if worst[capability] is None or most[capability] is None:
                bad, usual = _found_in(search.name, capability, threshold, search)
                worst[capability] = worst[capability] or bad
                most[capability] = most[capability] or usual
    return NearbySearches(worst, most)


@st.cache_data(max_entries=8192, show_spinner=False)
def _found_in(
    name: str, capability: str, threshold: float, _search: EarlierSearch
) -> tuple[Found | None, Found | None]:
    """As `found_in`, cached, so that a search is read once."""
    return found_in(_search.read(), capability, threshold)


def worst_search_link(spec: CertificateSpec) -> None:
    """Say that no worst direction is known, and link to the page that searches one, with its form filled in."""
    st.caption(
        ":material/explore: Where the model without noise ends in a bad direction is not known: no worst direction was "
        "searched here yet, and random ones say little about it."
    )
    query = {"spec": pack(_worst_of(spec))}
    st.page_link("pages/worst.py", label="Search the worst direction", icon=":material/bolt:", query_params=query)


def _worst_of(spec: CertificateSpec) -> WorstSpec:
    """A search of the same weights: random directions, and a worst direction for each capability."""
    against = tuple(Worst(capabilities=(name,)) for name in spec.capabilities)
    draws = tuple(Gaussian(seed=seed) for seed in range(8))
    same = spec.model_dump(include=set(PointSpec.model_fields) - {"directions"})
    return WorstSpec.model_validate(same | {"directions": (*draws, *against)})
