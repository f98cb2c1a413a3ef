"""The figures of the Python API as files."""

import re
import struct
import zlib
from pathlib import Path

import pytest

from landscape.api import Slice
from landscape.bundled import results, specs
from landscape.figures.paper import browser
from landscape.figures.paper.figure import PaperFigure

SLICE = Slice(results.shipped(specs.DEMO_SPEC))


def chunks(png: bytes) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (crc,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert crc == zlib.crc32(kind + content)
        found.setdefault(kind, []).append(content)
        place += 12 + length
    return found


@pytest.mark.usefixtures("drawing")
def test_an_svg_is_as_wide_as_a_column_and_holds_its_caption() -> None:
    svg = SLICE.figure().to_image("svg").decode()
    assert svg.startswith("<svg")
    width, view = re.search(r'width="([\d.]+)"', svg), re.search(r'viewBox="0 0 (\d+)', svg)
    assert width is not None
    assert view is not None
    assert float(width[1]) / 96 == pytest.approx(3.3)
    points = 72 / 96 * float(width[1]) / float(view[1])
    assert min(float(px) * points for px in re.findall(r"font-size: ([\d.]+)px", svg)) >= 7
    assert "<title>5 random directions: basic ends at α = 0.015 to 0.018 (τ = 0.05)</title>" in svg
    assert f"<desc>{SLICE.figure().caption}" in svg
    shown = re.sub(r"<[^>]*>", " ", svg.partition("</desc>")[2]).replace("\u00a0", " ")
    assert " ".join(SLICE.figure().caption.split()) in " ".join(shown.split())


@pytest.mark.usefixtures("drawing")
def test_a_pdf_is_one_page_as_wide_as_asked_with_title_and_caption(tmp_path: Path) -> None:
    SLICE.figure().write_image(tmp_path / "slice-tau-0.05.pdf", size="page")
    pdf = (tmp_path / "slice-tau-0.05.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+)", pdf)
    assert box is not None
    assert float(box[1]) / 72 == pytest.approx(6.9, abs=0.02)
    title, subject = (re.findall(rb"/%s <([0-9a-f]+)>" % name, pdf)[-1] for name in (b"Title", b"Subject"))
    assert bytes.fromhex(title.decode()).decode("utf-16").startswith("5 random directions: basic ends at α = 0.015")
    assert bytes.fromhex(subject.decode()).decode("utf-16") == SLICE.figure().caption
    place = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    assert pdf[place:].startswith(b"xref")
    assert b"/Prev" in pdf[place:]


@pytest.mark.usefixtures("drawing")
def test_a_png_has_twice_the_pixels_and_says_how_large_it_is_printed() -> None:
    found = chunks(SLICE.figure("towards demo:assistant").to_image("png"))
    width, _ = struct.unpack(">II", found[b"IHDR"][0][:8])
    assert width == 792
    a_metre, _, unit = struct.unpack(">IIB", found[b"pHYs"][-1])
    assert unit == 1
    assert width / (a_metre * 0.0254) == pytest.approx(3.3, abs=0.01)
    texts = [text.partition(b"\0\0\0\0\0") for text in found[b"iTXt"]]
    assert {name.decode(): text.decode() for name, _, text in texts}["Description"] == SLICE.figure().caption


def test_without_kaleido_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browser, "find_spec", lambda name: None)
    browser.why_not.cache_clear()
    with pytest.raises(ValueError, match=r"drawn by kaleido, which is not installed here: install it with pip install"):
        SLICE.figure().write_image(tmp_path / "slice.pdf")
    browser.why_not.cache_clear()
    assert list(tmp_path.iterdir()) == []


def test_it_is_a_figure_that_keeps_its_caption() -> None:
    figure = SLICE.figure()
    assert isinstance(figure, PaperFigure)
    assert figure.caption.startswith("θ₀: base. ")
    assert figure.update_layout(title_text="Mine").caption == figure.caption
    assert PaperFigure(figure).caption == ""
