"""The form of a search for worst directions. Its widgets start at the spec that the page shows."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from landscape.bundled.pairs import Pair
from landscape.schema.default_ranges import PROBED
from landscape.schema.directions import Direction, Eigenvector, Gaussian, Towards, Worst
from landscape.schema.specs import WorstSpec, digest
from landscape.ui.components.form import (
    advanced_fields,
    asked_in_form,
    centre_picker,
    reach_input,
    require_chosen,
)
from landscape.ui.components.scales import spread, tolerance_inputs
from landscape.ui.components.words import WORDS
from landscape.ui.pair.pickers import checkpoints_picker

RANDOM_ONLY = "random directions only"


def worst_form(shown: WorstSpec, pair: Pair) -> WorstSpec:
    """The spec that the widgets describe. Raises ValueError for a spec, checkpoint or search that is not valid."""
    key = digest(shown)[:8]
    checkpoint, capabilities = centre_picker(shown, pair, key), asked_in_form(shown, pair)
    found = _searched_directions(shown, capabilities, key, anew=set(capabilities) != set(shown.capabilities))
    others = [d.checkpoint for d in shown.directions if isinstance(d, Towards)]
    towards = checkpoints_picker("Towards", others, f"{key}-towards", WORDS["towards"])
    search = _search_settings(shown, towards, key)
    directions: list[Direction] = [
        *_random_directions(shown, key),
        *(Towards(checkpoint=name) for name in towards),
        *(d.model_copy(update=search) if isinstance(d, Worst) else d for d in found),
    ]
    require_chosen(found, capabilities)
    far = shown.reach if checkpoint == shown.checkpoint else PROBED
    fields = {
        "reach": reach_input(far, key),
        **tolerance_inputs(shown, key, capabilities),
    }
    rest = advanced_fields(shown, key, checkpoint, directions)
    kept = {name: getattr(shown, name) for name in ("both_signs", "sequential")}
    named = {"checkpoint": checkpoint, "directions": directions, "capabilities": capabilities}
    return WorstSpec.model_validate(rest | kept | fields | named)


def _random_directions(shown: WorstSpec, key: str) -> list[Gaussian]:
    drawn = [d for d in shown.directions if isinstance(d, Gaussian)]
    count = st.number_input(
        "Random directions", *spread(0, 100, len(drawn)), key=f"{key}-count", help=WORDS["direction"]
    )
    first = drawn[0].seed if drawn else 0
    return [Gaussian(seed=first + index) for index in range(int(count))]


def _searched_directions(
    shown: WorstSpec, capabilities: Sequence[str], key: str, *, anew: bool
) -> list[Worst | Eigenvector]:
    """The computed directions: worst ones for one capability, sparing the others, for all at once; eigenvectors.

    `anew`: for a checkpoint that is asked other capabilities than the one shown; then one for each of those at first.
    """
    worst = [d for d in shown.directions if isinstance(d, Worst)]
    if anew:
        worst, key = [Worst(capabilities=(name,)) for name in capabilities], f"{key}-anew"
    single = [d.capabilities[0] for d in worst if len(d.capabilities) == 1 and not d.spared]
    sparing = {d.capabilities: d.spared for d in worst if d.spared}
    joint = next((d.capabilities for d in worst if len(d.capabilities) > 1 and not d.spared), None)
    vectors = [d.capability for d in shown.directions if isinstance(d, Eigenvector) and not anew]
    offered = list(dict.fromkeys([*capabilities, *single, *(name for names in sparing for name in names)]))
    chosen = st.multiselect("Search the worst for", offered, single, key=f"{key}-single", help=WORDS["searched"])
    spare = st.multiselect(
        "Also sparing the others", offered, [name for names in sparing for name in names], key=f"{key}-sparing",
        help=WORDS["sparing"],
    )  # fmt: skip
    together = st.toggle("Also all at once", joint is not None, key=f"{key}-joint", help=WORDS["at once"])
    eigen = st.multiselect(
        "Top eigenvector of", list(dict.fromkeys([*capabilities, *vectors])), vectors, key=f"{key}-eigen",
        help=WORDS["top eigenvalue"],
    )  # fmt: skip
    found: list[Worst | Eigenvector] = [Worst(capabilities=(name,)) for name in chosen]
    for name in spare:
        others = sparing.get((name,)) or tuple(other for other in capabilities if other != name)
        found += [Worst(capabilities=(name,), spared=others)] if others else []
    if together and len(capabilities) > 1:
        found.append(Worst(capabilities=joint if joint and set(joint) <= {*capabilities} else tuple(capabilities)))
    if not found and not eigen:
        raise ValueError("Choose at least one capability to search the worst direction for.")
    return [*found, *(Eigenvector(capability=name) for name in eigen)]


def _search_settings(shown: WorstSpec, towards: Sequence[str], key: str) -> dict[str, Any]:
    """The fields that all searches share: α, steps, restarts, and where one more restart begins."""
    first = next((d for d in shown.directions if isinstance(d, Worst)), Worst(capabilities=("",)))
    starts = list(dict.fromkeys([RANDOM_ONLY, *towards, *([first.start] if first.start else [])]))
    start = st.selectbox(
        "Start also from", starts, starts.index(first.start or RANDOM_ONLY), key=f"{key}-start", help=WORDS["start"]
    )
    left, right = st.columns(2)
    steps = left.number_input("Steps", 1, 10_000, first.steps, key=f"{key}-steps", help=WORDS["steps"])
    restarts = right.number_input("Restarts", 1, 100, first.restarts, key=f"{key}-restarts", help=WORDS["restarts"])
    alpha = st.number_input(
        "α of the search", 0.0, value=first.alpha or 0.0, format="%.5g", step=0.0001, key=f"{key}-alpha",
        help=WORDS["search α"],
    )  # fmt: skip
    return {
        "steps": int(steps),
        "restarts": int(restarts),
        "start": None if start == RANDOM_ONLY else start,
        "alpha": alpha or None,
        "seed": first.seed,
    }
