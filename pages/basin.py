"""Basins: how wide each capability's basin is, which lies inside which, and where a fine-tune stands in them."""

from landscape.ui.components.page_setup import require_app

require_app("basin")


from landscape.bundled import results
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from landscape.ui.basins.emergence import radii_across_checkpoints
from landscape.ui.basins.reading import basins_at
from landscape.ui.basins.view import controls, downloads, levels_table, order_note, render
from landscape.ui.components import measurement
from landscape.ui.components.form import basin_form
from landscape.ui.components.page_setup import get_store, literal_name, show_errors
from landscape.ui.components.scales import Lost
from landscape.ui.examples.ask import permalink_query
from landscape.ui.examples.panel import at_a_point, redrawn_after_click
from landscape.ui.pair.current import current_pair
from landscape.ui.pair.last_result import shown_of
from landscape.ui.pair.page import read_form, title_and_button


def picture(result: Result[BasinSpec], key: str, live: bool) -> dict[str, str]:
    """Figures, downloads, numbers, and the same over other checkpoints."""
    redrawn_after_click()
    lost, relative = controls(result)
    read = lost.read(result)
    basins = basins_at(read, lost.tolerance)
    render(read, basins, lost.tolerance, key=key, relative=relative)
    order_note(result, lost, relative=relative)
    downloads(result, basins, key, lost, relative=relative, live=live)
    levels_table(read, lost.tolerance)
    measurement.numbers_table(result)
    radii_across_checkpoints(store, result.spec.checkpoint, lost, relative=relative)
    return lost.query(result.spec) | ({"relative": "true"} if relative else {}) | permalink_query(result)


store = get_store()
pair = current_pair()
shown, run = shown_of(store, "basin", pair)
shipped = results.shipped(shown)
wanted = read_form("What to search", basin_form, shown, pair)
title_and_button(store, f"Basins of {literal_name(shown.checkpoint)}", "Search", wanted, shown, run, shipped)
measurement.show(store, shown, run, shipped, picture)
at_a_point(store, measurement.result_of(store, run, shipped), run)
if run is None and shipped is None:
    with show_errors():
        radii_across_checkpoints(store, shown.checkpoint, Lost(shown.tolerance, by_loss=False), relative=False)
