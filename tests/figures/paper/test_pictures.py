"""The files: what is in them, and that the browser that draws them fetches nothing and is gone afterwards."""

import re
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from landscape.api import Slice
from landscape.bundled import results, specs
from landscape.figures.paper import browser, pictures
from landscape.figures.paper.metadata import noted
from landscape.figures.paper.pictures import file_name, format_of, picture

SLICE = Slice(results.shipped(specs.DEMO_SPEC))
CAPTION = 'θ₀: "base" & n = 240 <b>examples</b>'


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


@pytest.mark.usefixtures("drawing")
def test_no_browser_is_left_when_it_is_closed() -> None:
    picture(SLICE.figure(), "", "svg")
    started = psutil.Process().children(recursive=True)
    assert any("chrom" in process.name() for process in started)
    browser.close()
    gone, alive = psutil.wait_procs(started, timeout=20)
    assert [process.name() for process in alive if "chrom" in process.name()] == []


def test_the_browser_is_given_our_plotly_js_and_no_mathjax(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kaleido")
    asked: dict[str, Any] = {}

    async def done(*_: Any, **__: Any) -> bytes:
        return b"<svg viewBox='0 0 1 1'></svg>"

    def kaleido(**options: Any) -> SimpleNamespace:
        asked.update(options)
        return SimpleNamespace(open=done, close=done, calc_fig=done)

    browser.close()
    monkeypatch.setattr("kaleido.Kaleido", kaleido)
    monkeypatch.setattr(browser, "why_not", lambda: "")
    picture(SLICE.figure(), "", "svg")
    browser.close()
    assert asked["mathjax"] is False
    assert asked["plotlyjs"].is_file()


def test_a_browser_that_fails_is_closed_and_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kaleido")
    closed = []

    async def opened() -> None: ...

    async def fails(*_: Any, **__: Any) -> bytes:
        raise OSError("the tab crashed")

    async def close() -> None:
        closed.append(True)

    browser.close()
    monkeypatch.setattr("kaleido.Kaleido", lambda **_: SimpleNamespace(open=opened, close=close, calc_fig=fails))
    monkeypatch.setattr(browser, "why_not", lambda: "")
    with pytest.raises(RuntimeError, match="did not draw the figure: the tab crashed"):
        picture(SLICE.figure(), "", "svg")
    assert closed == [True]


def test_without_kaleido_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browser, "find_spec", lambda name: None)
    browser.why_not.cache_clear()
    with pytest.raises(ValueError, match=r"drawn by kaleido, which is not installed here: install it with pip install"):
        SLICE.figure().write_image(tmp_path / "slice.pdf")
    browser.why_not.cache_clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", ["slice", "slice.jpg", "slice-0.05", "slice.pdf.zip", "-"])
def test_a_file_of_another_kind_is_refused(file: str) -> None:
    with pytest.raises(ValueError, match="ends in .pdf, .svg or .png, got"):
        format_of(file)


def test_a_format_may_be_written_in_capitals_and_a_width_must_be_known() -> None:
    assert format_of("a/Slice-0.05.PDF") == "pdf"
    with pytest.raises(ValueError, match="column or page, got '3cm'"):
        picture(SLICE.figure(), "", "pdf", "3cm")


def test_names_keep_their_decimal_point() -> None:
    assert file_name("slice", "assistant", "tau-0.05") == "slice-assistant-tau-0.05"
    assert file_name("slice", "base-go-0.07-average") == "slice-base-go-0.07-average"
    assert file_name("plane", "../a/b c.d", "") == "plane-a-b-c-d"
    assert file_name("towards demo:assistant", "0.0.1..2") == "towards-demo-assistant-0.0.1-2"


def test_metadata_of_an_svg_is_text() -> None:
    svg = noted(b'<svg width="1"><g/></svg>', "svg", "a < b", CAPTION, 240).decode()
    assert svg.startswith('<svg width="1"><title>a &lt; b</title><desc>θ₀: &quot;base&quot; &amp; n = 240 &lt;b&gt;')


def test_a_page_shows_the_same_formats() -> None:
    assert pictures.FORMATS == ("pdf", "svg", "png")
