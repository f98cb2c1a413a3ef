"""The Basins page in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from landscape.store.store import Store
from tests.browser.charts import drawn, title
from tests.browser.conftest import Visit, is_wider_than_window
from tests.ui.basin_runs import bring
from tests.waiting import wait_until


def test_tolerance_redraws_at_once_and_travels_in_the_permalink_to_a_phone(
    visit: Visit, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bring(Store(str(store)), "done", monkeypatch)
    page = visit(f"/basin?run={run.id}")  # the first page that this server shows
    expect(page.get_by_role("heading", name="Basins of assistant")).to_be_visible()
    drawn(page)
    before = title(page)
    assert before.startswith("math ends first in ")
    assert "τ = 0.05" in before
    thumb = page.get_by_test_id("stSlider").first.get_by_role("slider")
    thumb.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    wait_until(lambda: "τ = 0.08" in title(page), "the rings are drawn for another τ")
    expect(page.get_by_text("The search was made at τ = 0.05")).to_be_visible()
    wait_until(lambda: "tau=0.08" in page.url, "the address carries τ")
    page.get_by_text("Permalink").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("tau=0.08")  # under the figures, so a moment later
    link = page.get_by_test_id("stCode").inner_text().strip()
    second = visit("/basin?" + link.split("?")[1], phone=True)
    drawn(second)
    wait_until(lambda: title(second) == title(page), "a second session sees the same")
    expect(second.get_by_test_id("stSlider").first).to_contain_text("0.08")
    assert not is_wider_than_window(second)
    assert len(Store(str(store)).runs()) == 1
