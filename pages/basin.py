"""Basins: how wide each capability's basin is, which lies inside which, and where a fine-tune stands in them."""

from landscape.ui.frame import guard

guard("basin")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.readings import basin_dict  # noqa: E402
from landscape.recipes import short_name  # noqa: E402
from landscape.results import Result  # noqa: E402
from landscape.specs import BasinSpec  # noqa: E402
from landscape.ui import survey  # noqa: E402
from landscape.ui.basins import controls, draw, figures, levels, read  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.emergence import across  # noqa: E402
from landscape.ui.form import basin_form  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402


def picture(result: Result[BasinSpec], key: str, live: bool) -> dict[str, str]:
    """Figures, downloads, numbers, and the same over other checkpoints."""
    tolerance, relative = controls(result)
    basins = read(result, key, tolerance)
    draw(result, basins, tolerance, key=key, relative=relative)
    made = lambda: figures(result, basins, tolerance, relative=relative)  # noqa: E731
    survey.downloads(result, key, made, lambda: basin_dict(result), live=live)
    levels(result, tolerance)
    survey.numbers(result)
    across(store, tolerance, relative=relative)
    own = {} if tolerance == result.spec.tolerance else {"tau": f"{tolerance:g}"}
    return own | ({"relative": "true"} if relative else {})


store = the_store()
shown, run = survey.asked_for(store, bundled.DEMO_BASIN)
shipped = bundled.shipped(shown)
with st.sidebar:
    st.header("Search for basins")
    with explained():
        survey.offer(store, basin_form(shown))

st.header(f"Basins of {short_name(shown.checkpoint)}")
load_library()
survey.show(store, shown, run, shipped, picture)
if run is None and shipped is None:
    with explained():
        across(store, shown.tolerance, relative=False)
