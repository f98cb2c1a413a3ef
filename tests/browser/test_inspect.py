"""The Inspect page in a real browser, measured by a real worker; and the report that it hands out, opened offline."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect

from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.browser.charts import drawn
from tests.browser.conftest import Visit, is_wider_than_window, press_measure
from tests.waiting import wait_until


@pytest.fixture
def spec(checkpoint: Path, finetuned: Path, own_answers: Path) -> InspectionSpec:
    """A fine-tune that lost some of what the base says."""
    names = {"checkpoint": str(checkpoint), "other": str(finetuned), "capabilities": (str(own_answers),)}
    return InspectionSpec(**names, draws=2, budget=1200, device="cpu")


def inspections_of(store: Path, spec: InspectionSpec) -> list[Run]:
    return [run for run in Store(str(store)).runs() if run.spec == spec]


def verdict(page: Page) -> str:
    return page.get_by_role("heading", level=2).first.inner_text()


def downloaded(page: Page, label: str) -> Download:
    """Press a download button, once."""
    button = page.get_by_role("button", name=label)
    expect(button).to_be_enabled()  # off while pictures are polled
    with page.expect_download(timeout=90_000) as download:
        button.press("Enter")
    return download.value


def test_the_verdict_settles_while_the_evidence_arrives_and_the_report_opens_offline(
    browse: Visit, standing_store: Path, spec: InspectionSpec, chromium: Browser, tmp_path: Path
) -> None:
    page = browse(f"/inspect?spec={pack(spec)}")
    press_measure(page)
    page.wait_for_url("**run=**")
    expect(page.get_by_text(re.compile(r"\d+ of \d+ parts measured")).first).to_be_visible()
    wait_until(lambda: bool(inspections_of(standing_store, spec)) and not page.get_by_text("Cancel", exact=True).count(),
               "the inspection ends", 180)  # fmt: skip
    expect(page.get_by_text(re.compile(r"All \d+ parts are measured"))).to_be_visible()
    settled = verdict(page)
    assert "So far" not in settled
    drawn(page, 4)
    file = tmp_path / "report.html"
    downloaded(page, "Report").save_as(file)
    second = browse("/inspect?" + page.url.split("?")[1])
    wait_until(lambda: verdict(second) == settled, "a second session sees the same")

    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 844})
    asked: list[str] = []
    report = context.new_page()
    report.on("request", lambda request: asked.append(request.url))
    report.goto(file.as_uri())
    drawn(report, 4)
    assert settled.split(":")[-1].strip().lower() in report.get_by_role("heading", level=1).inner_text().lower()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert not report.evaluate("document.documentElement.scrollWidth > window.innerWidth"), "it reads on a phone"
    context.close()


def test_what_is_under_way_can_be_stopped_and_goes_on(
    browse: Visit, standing_store: Path, spec: InspectionSpec
) -> None:
    longer = spec.model_copy(update={"draws": 30})
    page = browse(f"/inspect?spec={pack(longer)}", phone=True)
    press_measure(page)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    assert not is_wider_than_window(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert len(inspections_of(standing_store, longer)) == 1
