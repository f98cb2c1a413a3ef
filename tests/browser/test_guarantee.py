"""The Guarantee page in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.browser.charts import drawn
from tests.browser.conftest import Visit, is_wider_than_window
from tests.figures.certificates.known_sweep import SPEC
from tests.ui.certificate_runs import bring
from tests.waiting import wait_until


def title(page: Page, number: int = 0) -> str:
    """Of a figure; a broken line counts as a space."""
    text: str = page.evaluate(f"document.querySelectorAll('.js-plotly-plot')[{number}]._fullLayout.title.text")
    return text.replace("<br>", " ").replace("\u00a0", " ")


def press(page: Page, label: str, key: str, times: int) -> None:
    """Move a slider with the keyboard."""
    slider = page.get_by_test_id("stSlider").filter(has_text=label)
    slider.get_by_role("slider").focus()
    for _ in range(times):
        page.keyboard.press(key)


def test_the_threshold_redraws_at_once_and_travels_in_the_address_to_a_phone(
    visit: Visit, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bring(Store(str(store)), "done", monkeypatch)
    page = visit(f"/guarantee?run={run.id}")
    drawn(page, 2)
    assert title(page).startswith("basic: certified with noise to 0.0")
    press(page, "Score to be guaranteed", "ArrowRight", 10)
    wait_until(lambda: "(q = 0.6)" in title(page), "the figures are drawn for another q")
    wait_until(lambda: "q=0.6" in page.url, "the address carries q")
    second = visit("/guarantee?" + page.url.split("?")[1], phone=True)
    drawn(second, 2)
    wait_until(lambda: title(second) == title(page), "a second session sees the same")
    assert not is_wider_than_window(second)
    assert len(Store(str(store)).runs()) == 1


def test_the_calculator_answers_before_anything_is_measured(browse: Visit) -> None:
    page = browse(f"/guarantee?spec={pack(SPEC)}")
    drawn(page)
    assert title(page).startswith("At r = 0.0060 the noised model still scores at least 0.74")
    expect(page.locator(".katex").first).to_be_visible()
    press(page, "r, the distance", "ArrowRight", 2)
    wait_until(lambda: title(page).startswith("At r = 0.0080"), "the figure follows the slider")
    expect(page.get_by_test_id("stSlider").filter(has_text="σ, the noise")).to_contain_text("0.0060")
