"""The keys and the notes that stand on every page, in a real browser."""

from pathlib import Path

from playwright.sync_api import expect

from landscape.store.store import Store
from tests.browser.conftest import Visit
from tests.store.made import FACTS, SPEC
from tests.waiting import wait_until


def test_keys_lead_to_pages_rest_while_typing_and_a_run_that_ends_is_told(visit: Visit, store: Path) -> None:
    runs = Store(str(store))
    run_id = runs.submit(SPEC)
    page = visit("/glossary")
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible()
    runs.claim("w", run_id=run_id)
    runs.record_settings(run_id, "w", {}, FACTS)
    runs.finish(run_id, "w", "done")
    wait_until(lambda: page.title() == "✓ Slice done – Landscape", "the title tells that the run has ended")
    expect(page.get_by_test_id("stToast")).to_contain_text("Slice done")
    page.keyboard.press("/")
    search = page.get_by_role("textbox", name="Search runs")
    expect(search).to_be_focused()
    page.keyboard.type("gs?")
    expect(search).to_have_value("gs?")
    search.press("Enter")
    wait_until(lambda: "find=gs" in page.url, "the address keeps the search")
    search.blur()
    page.keyboard.press("?")
    keys = page.get_by_role("checkbox", name="Shortcuts are on")
    expect(keys).to_be_checked()
    keys.uncheck()
    page.locator(".shell-close").click()
    page.keyboard.press("g")
    page.keyboard.press("y")
    page.keyboard.press("?")
    expect(search).to_be_visible()  # still on Runs
    keys.check()
    page.locator(".shell-close").click()
    page.keyboard.press("g")
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible()
