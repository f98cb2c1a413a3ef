"""The map of a plane as people use it: watched while it is refined, clicked, and opened from a link."""

import re
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, expect

from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.specs import PlaneSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from landscape.ui.examples.ask import question
from tests.browser.charts import axis, drawn
from tests.browser.conftest import Visit, is_wider_than_window, press_measure
from tests.waiting import wait_until


def plane_of(grid: int = 33, **changes: object) -> PlaneSpec:
    """A plane of the demo pair that takes a while at this grid, and hardly any at 3."""
    fields = {
        "checkpoint": "demo:assistant",
        "directions": (Towards(checkpoint="demo:base"), Gaussian(seed=0)),
        "capabilities": ("basic", "math"),
        "x": (-0.025, 0.025),
        "y": (-0.025, 0.025),
        "grid": grid,
        "full": True,
        "device": "cpu",
        "limit": 30,
    }
    return PlaneSpec.model_validate(fields | changes)


def measured(page: Page) -> int:
    """How many cells the map draws as measured."""
    return page.evaluate(
        "() => { const map = document.querySelector('.js-plotly-plot'); if (!map || !map._fullData) return 0;"
        "const trace = map._fullData.find(t => t.type === 'heatmap' && t.name === 'measured');"
        "return trace ? trace.z.reduce((n, row) => n + Array.from(row).filter(Number.isFinite).length, 0) : 0 }"
    )


def plot(page: Page) -> dict[str, float]:
    """Where the map is on the screen, once it keeps still."""
    boxes: list[object] = []
    page.locator(".js-plotly-plot").first.scroll_into_view_if_needed()

    def still() -> bool:
        boxes.append(page.locator(".js-plotly-plot .nsewdrag").first.bounding_box())
        return len(boxes) > 1 and boxes[-1] is not None and boxes[-1] == boxes[-2]

    wait_until(still, "the map keeps still")
    assert isinstance(boxes[-1], dict)
    return boxes[-1]


def click(page: Page, across: float, up: float) -> None:
    box = plot(page)
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * (1 - up))


def done(store: Path, spec: PlaneSpec) -> str:
    """A plane that is measured already."""
    from landscape.runs import worker
    from landscape.runs.submit import submit_or_resume

    opened = Store(str(store))
    run_id = submit_or_resume(opened, spec).id
    worker.work(opened, run_id=run_id)
    return run_id


def test_refinement_is_seen_live_with_the_zoom_kept_and_a_click_is_answered_meanwhile(
    browse: Visit, standing_store: Path
) -> None:
    page = browse(f"/plane?spec={pack(plane_of())}")
    press_measure(page)
    drawn(page)
    wait_until(lambda: measured(page) > 3, "a few points")
    box = plot(page)
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=8)
    page.mouse.up()
    wait_until(lambda: axis(page)[1] < 0.02, "zoomed")
    page.wait_for_timeout(500)
    zoomed, before = axis(page), measured(page)
    wait_until(lambda: measured(page) > before + 5, "points arrive while zoomed")
    assert axis(page) == zoomed
    answer = page.get_by_text(re.compile(r"^At x = "))
    for _ in range(5):  # a click that falls into a redraw is lost on a busy machine
        click(page, 0.5, 0.5)
        with suppress(AssertionError):
            expect(answer).to_be_visible(timeout=20_000)
            break
    expect(answer).to_be_visible()
    assert axis(page) == zoomed
    answered = [run.status for run in Store(str(standing_store)).runs() if run.kind == "answer"]
    assert "done" in answered
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_click_asks_the_model_there_and_what_it_writes_stays_text(visit: Visit, store: Path) -> None:
    spec = plane_of(grid=5)
    run_id = done(store, spec)
    nasty, prompt = "<b>bold</b> **stars** <img src=x>", "Say something nasty."
    opened = Store(str(store))
    for x in (0.0, 0.0125):
        asked = opened.submit(question(spec, Point(0, x, 0.0125), prompt))
        opened.claim("w", kind="answer")
        opened.finish(asked, "w", "done", artifact={"here": nasty, "origin": "I'd rather not."})
    page = visit(f"/plane?run={run_id}")
    drawn(page)
    expect(page.get_by_text("Not asked here yet")).to_be_visible()  # the page is at rest
    box = page.get_by_role("textbox", name="Prompt")
    box.fill(prompt)
    box.blur()
    expect(page).to_have_url(re.compile("prompt=Say"))
    click(page, 0.7, 0.7)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text(nasty)).to_be_visible()
    expect(main.get_by_text("I'd rather not.")).to_be_visible()
    assert main.locator("img").count() == 0
    expect(page.get_by_text("At x = 0.0125, y = 0.0125", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("at=0.0125%2C0.0125"))
    page.get_by_role("spinbutton", name="x").fill("0.025")
    page.get_by_role("spinbutton", name="x").press("Enter")
    expect(page.get_by_text("Not asked here yet")).to_be_visible()
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    page.get_by_role("button", name="Ask here").click()
    expect(page.get_by_text("At x = 0.025, y = 0.0125", exact=True)).to_be_visible()


def test_a_cold_deep_link_shows_the_map_and_the_point_and_one_press_the_answer(
    browse: Visit, standing_store: Path
) -> None:
    run_id = done(standing_store, plane_of(grid=5))
    query = "capability=math&view=loss&tau=0.2&at=0.0125,0&prompt=User%3A+What+is+12+%2B+30%3F%0AAssistant%3A"
    page = browse(f"/plane?run={run_id}&{query}")
    drawn(page)
    expect(page.get_by_role("heading", name="A plane through assistant")).to_be_visible()
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value("User: What is 12 + 30?\nAssistant:")
    expect(page.get_by_text("Not asked here yet")).to_be_visible()  # opening a link asks nothing
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    page.get_by_role("button", name="Ask here").click()
    expect(page.get_by_text("At x = 0.0125, y = 0", exact=True)).to_be_visible()
    expect(page.get_by_text("42.", exact=True)).to_be_visible()  # θ₀ can add
    title = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.title.text")
    assert "math" in title
    colour_bar = page.evaluate("document.querySelector('.js-plotly-plot')._fullData[1].colorbar.title.text")
    assert colour_bar == "loss"
    for part in ("tau=0.2", "view=loss", "capability=math"):
        assert part in page.url


def test_a_phone_holds_the_map_and_the_question(browse: Visit, standing_store: Path) -> None:
    run_id = done(standing_store, plane_of(grid=5))
    page = browse(f"/plane?run={run_id}", phone=True)
    drawn(page)

    def answered() -> bool:  # a click that falls into the page's first redrawing is lost, as a reader would see
        click(page, 0.7, 0.6)
        page.wait_for_timeout(3000)
        return page.get_by_text(re.compile(r"^At x = ")).count() > 0

    wait_until(answered, "the click is answered")
    assert not is_wider_than_window(page)
