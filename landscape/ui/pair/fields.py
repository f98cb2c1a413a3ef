"""The fields that choose a pair: base, fine-tune, examples; and what is said of the two at once."""

import streamlit as st

from landscape.bundled.default_capabilities import default_capabilities
from landscape.bundled.pair_specs import DEMO_PAIR, REAL_PAIR
from landscape.bundled.pairs import Pair
from landscape.bundled.specs import showcase_specs
from landscape.checkpoints import compatibility, files
from landscape.outside import network
from landscape.outside.text import markdown
from landscape.schema.directions import join_words
from landscape.schema.numbers import count
from landscape.ui.capabilities.picker import capabilities_picker
from landscape.ui.components.trust_boxes import trust_boxes
from landscape.ui.pair import recent
from landscape.ui.pair.pickers import checkpoint_picker, hub_search

FIELDS = "pair-fields"  # they stand side by side in narrower windows than pictures do
_OFFERED = 4  # recent pairs


def pair_fields(shown: Pair, key: str, *, side_by_side: bool = False) -> Pair:
    """Fields that start at a pair; the pair that they describe. One checkpoint is enough."""
    key = f"{key}-{shown.base}-{shown.tuned}"
    box = st.container(key=f"{FIELDS}-{key}")
    places = box.columns(3) if side_by_side else [box.container() for _ in range(3)]
    with places[0]:
        base = checkpoint_picker("Base", shown.base, f"{key}-base")
    with places[1]:
        tuned = checkpoint_picker("Fine-tune", shown.tuned, f"{key}-tuned", placeholder="None: one is enough")
    with places[1 if side_by_side else 2]:
        tuned = hub_search(key) or tuned
    if not base:
        base, tuned = tuned or shown.base, ""
    names = Pair(base, tuned if tuned != base else "").names
    usual = default_capabilities(names).names
    with places[2]:
        asked = capabilities_picker(shown.capabilities or usual, key, names)
        if not asked:
            st.caption(f":material/info: Nothing is chosen, so the usual ones are asked: {join_words(usual)}.")
    if side_by_side:
        trust_boxes(names, key)
    places[0 if side_by_side else 2].caption(_said_of(names))
    return Pair(base, names[1] if len(names) > 1 else "", () if set(asked) in (set(), set(usual)) else tuple(asked))


def _said_of(names: tuple[str, ...]) -> str:
    """Whether both can be read, and whether a straight line joins them, as a sentence."""
    try:
        if len(names) == 1:
            one = files.describe(names[0])
            return f":material/check_circle: {count(one.parameters)} parameters, {markdown(one.architecture)}"
        if compatibility.incomparable(*names):
            return f":material/error: No line joins these two: {markdown('; '.join(compatibility.mismatches(*names)))}"
        if found := compatibility.mismatches(*names):
            return f":material/info: Joined over what both have: {markdown('; '.join(found))}"
        one = files.describe(names[0])
        return (
            f":material/check_circle: Compatible: the same architecture ({markdown(one.architecture)}, "
            f"{count(one.parameters)} parameters), names, shapes and tokenizer"
        )
    except network.NotHere as missing:
        text = f"{missing}"
        return f":material/cloud_download: {markdown(text[:1].upper() + text[1:])}: measuring brings it here first."
    except (ValueError, OSError) as error:
        return f":material/error: {markdown(error)}"


def other_pairs(now: Pair) -> list[Pair]:
    """The pairs that are one press away: those used last, the demo's, and the real model's where results of it ship."""
    real = [REAL_PAIR] if any(file.is_file() for file in showcase_specs()) else []
    known = [pair for pair in recent.pairs() if pair.names not in (DEMO_PAIR.names, REAL_PAIR.names)][:_OFFERED]
    return [pair for pair in (DEMO_PAIR, *real, *known) if pair.names != now.names]
