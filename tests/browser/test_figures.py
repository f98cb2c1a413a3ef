"""A figure for a paper, taken from a page, and measured as a browser draws it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from landscape.bundled import results, specs
from landscape.figures.paper import browser
from landscape.figures.paper.captions import caption_of
from landscape.figures.paper.of_results import figures_of
from landscape.figures.paper.pictures import picture
from tests.browser.charts import drawn
from tests.browser.conftest import Visit

pytestmark = pytest.mark.skipif(bool(browser.why_not()), reason="kaleido or Chromium is missing")

OUTSIDE = """() => {
  const svg = document.querySelector("svg"), page = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect();
    return box.width && (box.left < page.left - 1 || box.right > page.right + 1 || box.bottom > page.bottom + 1
                         || box.top < page.top - 1);
  }).map(text => text.textContent);
}"""


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    browser.close()


def test_a_page_gives_its_figure_out_as_pdf_under_a_name_with_its_tau(visit: Visit, tmp_path: Path) -> None:
    page = visit("/slice?tau=0.1")
    drawn(page)
    page.get_by_role("button", name="Figure", exact=True).click()
    button = page.get_by_role("button", name="Download", exact=True)
    expect(button).to_be_visible()
    with page.expect_download() as found:
        button.click()
    assert found.value.suggested_filename == "slice-base-tau-0.1-gaussian.pdf"
    found.value.save_as(tmp_path / "it.pdf")
    pdf = (tmp_path / "it.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert "by more than τ = 0.1.".encode("utf-16-be").hex().encode() in pdf


def test_no_text_of_a_printed_figure_leaves_the_page(visit: Visit) -> None:
    page: Page = visit("/glossary")
    for spec in (specs.DEMO_SPEC, specs.DEMO_BASIN, specs.DEMO_PLANE, specs.DEMO_CERTIFICATE):
        result = results.shipped(spec)
        for name, figure in figures_of(result).items():
            svg = picture(figure, caption_of(result), "svg").decode()
            page.set_content(f"<body style='margin:0'>{svg}</body>")
            assert page.evaluate(OUTSIDE) == [], f"{spec.kind} {name}"
            assert not re.findall(r"https?://(?!www\.w3\.org)", svg)
