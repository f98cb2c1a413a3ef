"""The browser: `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from landscape.ui.components import plotly_js
from landscape.ui.components.headers import Headers
from landscape.ui.components.page_setup import GOAL, ICON, IN_APP, spare_collector
from landscape.ui.layout import use_layout


def run_page() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="Landscape", page_icon=ICON, layout="wide")
    st.session_state[IN_APP] = True
    pages = {
        "home": st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        "learn": st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
        "checkpoints": st.Page("pages/checkpoints.py", title="Checkpoints", icon=":material/compare_arrows:"),
        "inspect": st.Page("pages/inspect.py", title="Inspect", icon=":material/fact_check:"),
        "slice": st.Page("pages/slice.py", title="Slice", icon=":material/show_chart:"),
        "basin": st.Page("pages/basin.py", title="Basins", icon=":material/adjust:"),
        "worst": st.Page("pages/worst.py", title="Worst case", icon=":material/near_me:"),
        "plane": st.Page("pages/plane.py", title="Plane", icon=":material/map:"),
        "guarantee": st.Page("pages/guarantee.py", title="Guarantee", icon=":material/verified_user:"),
        "enlarge": st.Page("pages/enlarge.py", title="Enlarge", icon=":material/zoom_out_map:"),
        "runs": st.Page("pages/runs.py", title="Runs", icon=":material/list:"),
        "glossary": st.Page("pages/glossary.py", title="Glossary", icon=":material/menu_book:"),
    }

    use_layout()
    page = st.navigation(list(pages.values()))
    if goal := st.session_state.pop(GOAL, None):
        name, query = goal
        st.switch_page(pages[name], query_params=query)
    page.run()
    spare_collector(page.title)


if get_script_run_ctx(suppress_warning=True) is None:  # the server reads this file before any page is asked for
    app = st.App(__file__, routes=[plotly_js.route()], middleware=[Middleware(Headers)])
else:
    run_page()
