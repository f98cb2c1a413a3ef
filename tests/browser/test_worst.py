"""The Worst-case page in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from landscape.store.store import Store
from tests.browser.charts import drawn, title
from tests.browser.conftest import Visit, is_wider_than_window
from tests.ui.worst_runs import bring
from tests.waiting import wait_until


def axis_type(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.type"))


def test_the_needle_is_the_first_thing_seen_and_its_views_travel_in_the_permalink_to_a_phone(
    visit: Visit, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bring(Store(str(store)), "done", monkeypatch)
    page = visit(f"/worst?run={run.id}")
    expect(page.get_by_role("heading", name="Worst directions found around assistant")).to_be_visible()
    drawn(page)
    assert title(page).startswith("math ends at α = 0.00020 in the worst direction found, 80 × nearer")
    assert axis_type(page) == "log"
    page.get_by_text("log α", exact=True).click()
    wait_until(lambda: axis_type(page) == "linear", "the axis is plain")
    page.get_by_role("radio", name="safety").or_(page.get_by_role("button", name="safety", exact=True)).first.click()
    wait_until(lambda: title(page).startswith("safety ends at"), "another capability is drawn")
    page.get_by_text("Permalink").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("capability=safety")
    link = page.get_by_test_id("stCode").inner_text().strip()
    second = visit("/worst?" + link.split("?")[1], phone=True)
    drawn(second)
    wait_until(lambda: title(second) == title(page), "a second session sees the same")
    assert axis_type(second) == "linear"
    assert not is_wider_than_window(second)
