"""The form of a comparison of trainings. Its widgets start at the comparison that the page shows."""

import streamlit as st

from landscape import assets
from landscape.bundled.pairs import Pair
from landscape.enlarge.variants import Variants
from landscape.schema.default_ranges import PROBED
from landscape.schema.directions import Gaussian, seed_of
from landscape.schema.specs import BasinSpec, digest
from landscape.ui.components.form import (
    advanced_fields,
    asked_in_form,
    reach_input,
    require_chosen,
)
from landscape.ui.components.scales import spread
from landscape.ui.components.words import WORDS
from landscape.ui.pair.pickers import checkpoints_picker


def enlarge_form(shown: Variants, pair: Pair) -> Variants:
    """The comparison that the widgets describe. Raises ValueError for a checkpoint or spec that is not valid."""
    key = digest([shown.searched.model_dump(mode="json"), shown.others, shown.tuned])[:8]
    trained = assets.installed(assets.ENLARGED)
    names = checkpoints_picker("Checkpoints", shown.names, f"{key}-names", WORDS["variants"], also=trained)
    tuned = checkpoints_picker("Their fine-tunes", shown.tuned, f"{key}-tuned", WORDS["variants tuned"], also=trained)
    if not names:
        raise ValueError("Choose two checkpoints or more; the first is what the others are held against.")
    capabilities = asked_in_form(shown.searched, pair)
    left, right = st.columns(2)
    draws = [d for d in shown.searched.directions if isinstance(d, Gaussian)]
    count = left.number_input(
        "Random directions", *spread(1, 100, len(draws)), key=f"{key}-count", help=WORDS["direction"]
    )
    first = seed_of(draws[0]) or 0
    seed = right.number_input("First seed", 0, value=first, key=f"{key}-seed", help=WORDS["seed"])
    directions = [Gaussian(seed=int(seed) + index) for index in range(int(count))]
    require_chosen(directions, capabilities)
    same = tuple(names) == shown.names
    far = shown.searched.reach if same else PROBED
    with left:
        reach = reach_input(far, key)
    fields = {
        "reach": reach,
        "tolerance": right.number_input(
            "Tolerance τ", *spread(0.01, 0.9, shown.searched.tolerance), 0.01, key=f"{key}-tau", help=WORDS["tolerance"]
        ),
    }
    per_tensor = st.toggle(
        "Also relative to every tensor", shown.per_tensor, key=f"{key}-tensor", help=WORDS["per tensor"]
    )
    rest = advanced_fields(shown.searched, key, names[0], directions, [*names[1:], *tuned])
    named = {"checkpoint": names[0], "directions": directions, "capabilities": capabilities}
    return Variants(BasinSpec.model_validate(rest | fields | named), tuple(names[1:]), tuple(tuned), per_tensor)
