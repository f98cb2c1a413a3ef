"""The browser: `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from landscape.ui.components import plotly_js
from landscape.ui.components.headers import Headers
from landscape.ui.components.page_setup import GOAL, ICON, IN_APP, spare_collector, wordmark
from landscape.ui.layout import use_layout
from landscape.ui.pair.bar import show_pair
from landscape.ui.shell import shell

PAPER = "https://arxiv.org/abs/2505.17646"
GROUPS = {  # of the menu → pages: file, title, icon
    "Start": [("home", "Home", ":material/home:"), ("learn", "Learn", ":material/school:")],
    "Explore": [
        ("checkpoints", "Compare", ":material/compare_arrows:"),
        ("slice", "Slice", ":material/show_chart:"),
        ("basin", "Basins", ":material/adjust:"),
        ("plane", "Plane", ":material/map:"),
        ("worst", "Worst case", ":material/near_me:"),
    ],
    "Decide": [
        ("inspect", "Inspect", ":material/fact_check:"),
        ("guarantee", "Guarantee", ":material/verified_user:"),
    ],
    "Research": [("enlarge", "Compare trainings", ":material/zoom_out_map:")],
    "Library": [("runs", "Runs", ":material/list:"), ("glossary", "Glossary", ":material/menu_book:")],
}


def run_page() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_icon=ICON, layout="wide")
    st.session_state[IN_APP] = True
    pages = {
        name: st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == "home")
        for group in GROUPS.values()
        for name, title, icon in group
    }
    menu = {title: [pages[name] for name, *_ in group] for title, group in GROUPS.items()}
    menu["Library"].append(st.Page(PAPER, title="The paper", icon=":material/article:"))
    st.logo(wordmark(), size="large")
    use_layout()
    page = st.navigation(menu, position="top")
    st.set_page_config(page_title=f"{page.title} – Landscape")
    if goal := st.session_state.pop(GOAL, None):
        name, query = goal
        st.switch_page(pages[name], query_params=query)
    shell.mount(pages)
    show_pair(next(name for name, known in pages.items() if known == page))
    page.run()
    spare_collector(page.title)


if get_script_run_ctx(suppress_warning=True) is None:  # the server reads this file before any page is asked for
    app = st.App(__file__, routes=[plotly_js.route()], middleware=[Middleware(Headers)])
else:
    run_page()
