"""Slice: choose what to measure, watch it, share it."""

from landscape.ui.components.page_setup import require_app

require_app("slice")

import streamlit as st

from landscape.bundled import results
from landscape.schema.results import Result
from landscape.schema.specs import SliceSpec
from landscape.ui.components import measurement
from landscape.ui.components.form import slice_form
from landscape.ui.components.page_setup import get_store, literal_name
from landscape.ui.examples.ask import permalink_query
from landscape.ui.examples.panel import at_a_point, redrawn_after_click
from landscape.ui.pair.current import current_pair
from landscape.ui.pair.last_result import shown_of
from landscape.ui.pair.page import read_form, title_and_button
from landscape.ui.slices.view import controls, downloads, how_to_read, render


def picture(result: Result[SliceSpec], key: str, live: bool) -> dict[str, str]:
    """Figures, downloads, numbers."""
    redrawn_after_click()
    choice = controls(result)
    render(result, choice, key=key)
    downloads(result, choice, key, live=live)
    measurement.numbers_table(result)
    return choice.query(result.spec) | permalink_query(result)


store = get_store()
pair = current_pair()
shown, run = shown_of(store, "slice", pair)
shipped = results.shipped(shown)
wanted = read_form("What to measure", slice_form, shown, pair)
title_and_button(store, f"Around {literal_name(shown.checkpoint)}", "Measure", wanted, shown, run, shipped)
if st.query_params.get("explain"):
    how_to_read()
measurement.show(store, shown, run, shipped, picture)
at_a_point(store, measurement.result_of(store, run, shipped), run)
