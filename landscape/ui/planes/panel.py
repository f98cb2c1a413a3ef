"""The panel beside the map of a plane: the point, the question, the scores there, and the examples that are lost."""

import numpy as np
import streamlit as st

from landscape.basins.losses import tolerance_text
from landscape.basins.standings import NOTHING
from landscape.planes.regions import regions_of, scores_at_place
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec
from landscape.store.store import Store
from landscape.ui.components.scales import chosen_lost
from landscape.ui.components.words import WORDS
from landscape.ui.examples import ask, place


def question_panel(store: Store, result: Result[PlaneSpec]) -> None:
    """The inputs for point and prompt, the answers, and the score of every capability there."""
    at = place.from_url(result)
    ask.pop_just_asked()  # the panel shows it now
    st.subheader("Ask the model at a point", anchor="ask")
    _place_inputs(result, at)
    ask.ask_panel(store, result, at)
    _scores_table(result, at)


def _place_inputs(result: Result[PlaneSpec], at: Point) -> None:
    """Inputs for x and y, which also show where a click went. The address holds their values."""
    spec, values = result.spec, (at.alpha, at.beta)
    keys = [f"at-{name}-{value}" for name, value in zip("xy", values, strict=True)]

    def moved() -> None:
        place.put(result, Point(0, *(st.session_state[key] for key in keys)))

    for column, key, value, ends in zip(st.columns(2), keys, values, (spec.x, spec.y), strict=True):
        name, step = key[3], (ends[1] - ends[0]) / (spec.grid - 1)
        inside = min(max(value, ends[0]), ends[1])
        column.number_input(name, *ends, inside, step, format="%.5g", key=key, on_change=moved, help=WORDS[name])


def _scores_table(result: Result[PlaneSpec], at: Point) -> None:
    """A table by capability: the score at the point and at θ₀, and whether the point lies inside its basin."""
    lost = chosen_lost(result.spec)
    regions = regions_of(result, lost.tolerance, by_loss=lost.by_loss)
    found = scores_at_place(result, regions, (at.alpha, at.beta), lost.tolerance)
    side = {True: "inside", False: "outside", None: NOTHING}
    rows = [
        {
            "capability": s.capability,
            "here": None if np.isnan(s.score) else s.score,
            "θ₀": None if np.isnan(s.origin) else s.origin,
            f"basin, {tolerance_text(lost.tolerance, lost.by_loss)}": "no score"
            if result.has_loss_alone(s.capability) and not lost.by_loss
            else "not measurable"
            if np.isnan(regions[s.capability].origin) and not result.has_loss_alone(s.capability)
            else "no loss"
            if np.isnan(s.origin)
            else "not known yet"
            if np.isnan(s.score) and not s.measured
            else side[s.inside],
            "how": "interpolated" if not s.measured else "logits not finite" if np.isnan(s.score) else "measured",
        }
        for s in found
    ]
    word = "loss" if lost.by_loss else "score"
    number = st.column_config.NumberColumn(format="%.3f", help=WORDS[word])
    st.dataframe(rows, hide_index=True, width="stretch", column_config={"here": number, "θ₀": number})
