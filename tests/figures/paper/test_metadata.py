"""Titles and captions in files."""

from landscape.figures.paper.metadata import noted

CAPTION = 'θ₀: "base" & n = 240 <b>examples</b>'


def test_metadata_of_an_svg_is_text() -> None:
    svg = noted(b'<svg width="1"><g/></svg>', "svg", "a < b", CAPTION, 240).decode()
    assert svg.startswith('<svg width="1"><title>a &lt; b</title><desc>θ₀: &quot;base&quot; &amp; n = 240 &lt;b&gt;')


def test_a_file_that_is_not_understood_is_left_as_it_is() -> None:
    assert noted(b"%PDF-1.7 trailer<</Root 1 0 R>>", "pdf", "a", CAPTION, 240) == b"%PDF-1.7 trailer<</Root 1 0 R>>"
