import plotly.graph_objects as go
import pytest

from landscape.bundled import results, specs
from landscape.figures.paper.of_results import figures_of
from landscape.figures.paper.template import DOTS, INCHES, SIZES, SMALLEST, paper_layout

SHIPPED = {
    "slice": specs.DEMO_SPEC,
    "basin": specs.DEMO_BASIN,
    "plane": specs.DEMO_PLANE,
    "worst": specs.DEMO_WORST,
    "certificate": specs.DEMO_CERTIFICATE,
}
CAPTION = "θ₀: base. " + "A long sentence about what was measured, and how. " * 6


def sizes(value: object, name: str = "") -> list[float]:
    """Every size of a font in the plain values of a figure."""
    if isinstance(value, dict):
        own = [value["size"]] if name.endswith("font") and "size" in value else []
        return own + [size for inner, part in value.items() for size in sizes(part, inner)]
    return [size for part in value for size in sizes(part, name)] if isinstance(value, list | tuple) else []


@pytest.fixture(scope="module", params=SHIPPED)
def figures(request: pytest.FixtureRequest) -> dict[str, go.Figure]:
    found = figures_of(results.shipped(SHIPPED[request.param]))
    assert len(found) > 1
    return found


@pytest.mark.parametrize("size", SIZES)
def test_every_figure_is_printed_on_white_at_its_width_in_type_that_can_be_read(
    figures: dict[str, go.Figure], size: str
) -> None:
    for name, figure in figures.items():
        before = figure.to_dict()
        layout = paper_layout(figure, CAPTION, size)["layout"]
        assert layout["width"] == pytest.approx(INCHES[size] * DOTS)
        assert (layout["paper_bgcolor"], layout["plot_bgcolor"]) == ("#ffffff", "#ffffff")
        assert min(sizes(layout)) * 72 / DOTS >= 7, name  # points
        assert layout["title"]["text"].replace("<br>", " ").replace("\u00a0", " ") == CAPTION.strip()
        assert figure.to_dict()["layout"] == before["layout"], "the page's own figure is as it was"


def test_a_caption_takes_room_of_its_own_and_the_plot_keeps_its_height() -> None:
    figure = figures_of(results.shipped(specs.DEMO_SPEC))["gaussian"]
    without, with_ = (paper_layout(figure, text, "column")["layout"] for text in ("", CAPTION))
    lines = with_["title"]["text"].count("<br>") + 1
    assert lines > 3
    assert with_["height"] - without["height"] >= lines * SMALLEST
    plots = [one["height"] - one["margin"]["t"] - one["margin"]["b"] for one in (without, with_)]
    assert plots[0] == pytest.approx(plots[1], abs=1)


def test_the_headline_and_no_other_annotation_is_added_and_wraps_at_column_width() -> None:
    figure = figures_of(results.shipped(specs.DEMO_BASIN))["rings"]
    *own, headline = paper_layout(figure, CAPTION, "column")["layout"]["annotations"]
    assert len(own) == len(figure.layout.annotations)
    assert "<br>" in headline["text"]
    assert headline["text"].replace("<br>", " ").replace("\u00a0", " ") == figure.layout.title.text.replace(
        "\u00a0", " "
    )


def test_a_caption_is_plain_text() -> None:
    figure = go.Figure(layout={"title": {"text": "A & B"}})
    layout = paper_layout(figure, "<script>R&D</script> <b>no</b>", "page")["layout"]
    assert layout["title"]["text"] == "&lt;script>R&amp;D&lt;/script> &lt;b>no&lt;/b>"
