"""Type, columns and stillness, as a browser measures them."""

from playwright.sync_api import Page

from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import SliceSpec
from landscape.ui.components.links import pack
from tests.browser.charts import count, drawn
from tests.browser.conftest import Visit
from tests.waiting import wait_until

WATCH = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({type: "layout-shift"});
}"""
FAMILIES = (
    """() => [...document.querySelectorAll(".js-plotly-plot text")].map((text) => getComputedStyle(text).fontFamily)"""
)
OWN = """() => getComputedStyle(document.querySelector("[data-testid=stMain] :is(h2, h3)")).fontFamily"""
TITLES = """() => [...document.querySelectorAll(".js-plotly-plot .gtitle")].map((t) => parseFloat(getComputedStyle(t).fontSize))"""
EDGES = """() => [...document.querySelectorAll("[data-testid=stMain] [data-testid=stColumn]")].map(
  (column) => Math.round(column.getBoundingClientRect().left))"""
OVERLAPS = """() => [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => {
  const legend = plot.querySelector(".legend .bg")?.getBoundingClientRect();
  return legend && [...plot.querySelectorAll(".xtitle, .x2title")].some(
    (title) => title.getBoundingClientRect().bottom > legend.top + 2);
}).length"""


def spread(page: Page) -> int:
    """How far apart the left edges of columns lie, px; those inside of an expander are a little indented."""
    edges = page.evaluate(EDGES)
    return max(edges) - min(edges)


def test_charts_use_the_type_of_the_page_and_legible_titles(browse: Visit) -> None:
    page = browse("/slice?base=demo:base&finetune=demo:assistant")
    drawn(page, 1)
    assert set(page.evaluate(FAMILIES)) == {page.evaluate(OWN)}
    assert min(page.evaluate(TITLES)) >= 15


def test_columns_lie_below_one_another_in_narrow_windows_and_no_legend_on_an_axis_title(browse: Visit) -> None:
    page = browse("/guarantee?base=demo:base&finetune=demo:assistant")
    drawn(page, 1)
    size = page.viewport_size
    assert size is not None
    assert spread(page) > 300
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 768})
        wait_until(lambda: page.evaluate(OVERLAPS) == 0, f"at {width} px no legend lies on a title")
        if width < 1100:
            wait_until(lambda: spread(page) < 24, f"at {width} px all columns begin at one edge")
    page.set_viewport_size(size)


def test_a_running_page_stands_still(visit: Visit) -> None:
    spec = SliceSpec(
        checkpoint="demo:base",
        directions=(Gaussian(seed=0), Towards(checkpoint="demo:assistant")),
        alphas=tuple(round(0.0001 * i, 6) for i in range(400)),
        capabilities=("basic",),
        device="cpu",
        limit=120,
    )
    page: Page = visit(f"/slice?spec={pack(spec)}")
    page.get_by_role("button", name="Measure", exact=False).first.click()
    drawn(page)
    wait_until(lambda: count(page) >= 3, "the first points are drawn")
    page.evaluate(WATCH)
    before = count(page)
    wait_until(lambda: count(page) >= before + 4, "more points are drawn")
    shifted = page.evaluate("window.shifted")
    page.get_by_role("button", name="Cancel").click()
    assert shifted <= 0.05
