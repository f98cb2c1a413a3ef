"""The app as people use it, in a real browser."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.browser.charts import axis, count, drawn
from tests.browser.conftest import ROOT, Visit, is_wider_than_window, press_measure, workers
from tests.waiting import wait_until

DEMO = "base=demo:base&finetune=demo:assistant"
PAGES = {
    "/": "What does fine-tuning do to a language model?",
    "/learn": "Walk out of the basin",
    "/checkpoints": "How far apart do they lie?",
    "/inspect": "Ship it? assistant, made from base",
    "/slice": "Around base",
    "/basin": "Basins of assistant",
    "/worst": "Worst directions found around assistant",
    "/plane": "A plane through assistant",
    "/guarantee": "What is guaranteed around assistant",
    "/enlarge": "What does training under weight noise buy, and what does it cost?",
    "/runs": "Runs",
    "/glossary": "Glossary",
}
GROUPS = ("Start", "Explore", "Decide", "Research", "Library")


def slow_spec(limit: int = 120) -> SliceSpec:
    """A slice that takes a while on any machine. With other examples, none of its points is measured already."""
    return SliceSpec(
        checkpoint="demo:base",
        directions=(Gaussian(seed=0), Towards(checkpoint="demo:assistant")),
        alphas=tuple(round(0.0001 * i, 6) for i in range(400)),
        capabilities=("basic",),
        device="cpu",
        limit=limit,
    )


def runs_of(store: Path, spec: SliceSpec) -> list[Run]:
    return [run for run in Store(str(store)).runs() if run.spec == spec]


def stop(page: Page) -> None:
    """Cancel the run, for the worker has others to serve."""
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_from_a_cold_deep_link(visit: Visit, path: str) -> None:
    page = visit(f"{path}?{DEMO}")
    expect(page.get_by_role("heading", name=PAGES[path])).to_be_visible()
    menu = page.get_by_test_id("stTopNavSection")
    expect(menu).to_have_count(len(GROUPS))
    assert page.url.split("?")[0].endswith(path)
    assert "None" not in page.get_by_test_id("stMain").inner_text().split()


def test_a_switch_of_pages_in_the_menu_keeps_the_pair_and_a_reload_does(browse: Visit, checkpoint: Path) -> None:
    page = browse(f"/slice?base={checkpoint}")
    name = page.get_by_role("button", name=checkpoint.name)
    expect(name.first).to_be_visible()
    page.get_by_test_id("stTopNavSection").filter(has_text="Explore").click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Basins").click()
    expect(page.get_by_role("heading", name=f"Basins of {checkpoint.name}")).to_be_visible()
    expect(page).to_have_url(re.compile("/basin.*base=.*" + checkpoint.name))
    page.reload()
    expect(page.get_by_role("heading", name=f"Basins of {checkpoint.name}")).to_be_visible()
    expect(name.first).to_be_visible()


def test_a_permalink_reopens_the_slice_on_a_cold_server(visit: Visit) -> None:
    page = visit(f"/slice?spec={pack(slow_spec())}")
    expect(page.get_by_text("Not measured yet")).to_be_visible()
    expect(page.get_by_text("0 to 0.0399, 400 points")).to_be_visible()


def test_the_first_picture_is_the_demo_pair(browse: Visit) -> None:
    page = browse(f"/?{DEMO}")
    drawn(page)
    wait_until(lambda: page.locator(".js-plotly-plot").count() == 2, "two figures")
    title = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.title.text")
    assert re.search(r"Towards assistant: basic holds to α\s≈\s0\.012", title)
    if target := os.environ.get("LANDSCAPE_SCREENSHOT"):
        page.wait_for_timeout(1500)
        page.screenshot(path=str(ROOT / target))


def test_a_run_is_started_watched_cancelled_and_resumed_after_a_reload(browse: Visit, standing_store: Path) -> None:
    spec = slow_spec(limit=119)
    page = browse(f"/slice?spec={pack(spec)}")
    press_measure(page)
    drawn(page)
    expect(page.get_by_text(re.compile(r"points.* left"))).to_be_visible()
    before = count(page)
    wait_until(lambda: count(page) > before, "points arrive")
    stop(page)
    (run,) = runs_of(standing_store, spec)
    assert run.status == "cancelled"
    assert 0 < run.done < run.total
    assert run.id in page.url
    page.reload()
    drawn(page)
    page.get_by_role("button", name="Resume").click()
    wait_until(lambda: Store(str(standing_store)).run(run.id).done > run.done, "it goes on where it was")
    stop(page)
    assert len(runs_of(standing_store, spec)) == 1


def test_zoom_is_kept_while_data_advance(browse: Visit) -> None:
    page = browse(f"/slice?spec={pack(slow_spec(limit=118))}")
    press_measure(page)
    drawn(page)
    wait_until(lambda: count(page) > 3, "a few points")
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=8)
    page.mouse.up()
    wait_until(lambda: axis(page)[1] < 0.03, "zoomed")
    page.wait_for_timeout(500)
    zoomed, before = axis(page), count(page)
    assert zoomed[1] < 0.03
    wait_until(lambda: count(page) > before + 5, "points arrive while zoomed")
    assert axis(page) == zoomed
    stop(page)


def test_two_sessions_see_the_same_run(browse: Visit, standing_store: Path) -> None:
    spec = slow_spec(limit=117)
    first = browse(f"/slice?spec={pack(spec)}")
    press_measure(first)
    drawn(first)
    wait_until(lambda: "run=" in first.url, "the address names the run")
    second = browse("/slice?" + first.url.split("?")[1])
    drawn(second)
    before = count(second)
    wait_until(lambda: count(second) > before, "the second session sees points arrive")
    second.get_by_role("button", name="Cancel").click()
    expect(first.get_by_role("button", name="Resume")).to_be_visible()
    assert len(workers(standing_store)) <= 1
    assert len(runs_of(standing_store, spec)) == 1


def test_a_killed_worker_reads_as_stalled_and_can_be_resumed(browse: Visit, standing_store: Path) -> None:
    spec = slow_spec(limit=116)
    page = browse(f"/slice?spec={pack(spec)}")
    press_measure(page)
    drawn(page)
    wait_until(lambda: count(page) > 3, "a few points")
    for worker in workers(standing_store):
        worker.kill()
    (run,) = runs_of(standing_store, spec)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    wait_until(lambda: Store(str(standing_store)).run(run.id).done > run.done, "another worker goes on")
    stop(page)


def test_the_pair_is_compared(browse: Visit) -> None:
    page = browse(f"/checkpoints?{DEMO}")
    expect(page.get_by_text("Compatible")).to_be_visible()
    page.get_by_role("button", name="Compare them").click()
    drawn(page)
    expect(page.get_by_text("‖Δθ‖").first).to_be_visible()
    page.get_by_role("link", name="Measure the line to assistant").click()
    expect(page.get_by_role("heading", name="Around base")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone_and_dark_is_dark(browse: Visit, path: str) -> None:
    page = browse(f"{path}?{DEMO}", phone=True, dark=True)
    expect(page.get_by_role("heading", name=PAGES[path])).to_be_visible()
    assert not is_wider_than_window(page)
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", background)[:3])) < 150
