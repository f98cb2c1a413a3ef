"""Worst case: the worst direction found, beside random directions and fine-tunes."""

from landscape.ui.components.page_setup import require_app

require_app("worst")


from landscape.bundled import results
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.ui.components import measurement
from landscape.ui.components.page_setup import get_store, literal_name, show_errors
from landscape.ui.examples.ask import permalink_query
from landscape.ui.examples.panel import at_a_point, redrawn_after_click
from landscape.ui.pair.current import current_pair
from landscape.ui.pair.last_result import shown_of
from landscape.ui.pair.page import read_form, title_and_button
from landscape.ui.worst.flatness import flatness_panel
from landscape.ui.worst.form import worst_form
from landscape.ui.worst.view import controls, downloads, reading_at, render


def picture(result: Result[WorstSpec], key: str, live: bool) -> dict[str, str]:
    """Figures, downloads, numbers."""
    redrawn_after_click()
    choice = controls(result)
    found = reading_at(result, choice.lost)
    render(found, choice, key)
    downloads(found, choice, key, live=live)
    measurement.numbers_table(result)
    return choice.query | permalink_query(result)


store = get_store()
pair = current_pair()
shown, run = shown_of(store, "worst", pair)
shipped = results.shipped(shown)
wanted = read_form("What to search", worst_form, shown, pair)
title = f"Worst directions found around {literal_name(shown.checkpoint)}"
title_and_button(store, title, "Search", wanted, shown, run, shipped)
measurement.show(store, shown, run, shipped, picture)
result = measurement.result_of(store, run, shipped)
at_a_point(store, result, run)
if result is not None and len(result.rows):
    with show_errors():
        flatness_panel(store, result)
