import plotly.graph_objects as go
import pytest

from landscape.bundled import results, specs
from landscape.figures.contrast import READABLE, contrast, legible, with_legible_type
from landscape.figures.palette import FINETUNE, MOVE, NOTHING_TO_LOSE, WORST
from landscape.figures.paper.of_results import figures_of

THEMES = [("#fdfdfb", "#222"), ("#14171a", "#e6e6e6"), ("#ffffff", "#222222")]


@pytest.mark.parametrize(
    ("color", "background", "ratio"),
    [("#000000", "#ffffff", 21), ("#fff", "#fff", 1), ("#767676", "#ffffff", 4.54), ("#888", "#ffffff", 3.54)],
)
def test_contrast_is_that_of_the_standard(color: str, background: str, ratio: float) -> None:
    assert contrast(color, background) == pytest.approx(ratio, abs=0.01)
    assert contrast(background, color) == contrast(color, background)


@pytest.mark.parametrize(
    "color", ["#888", "#888888", FINETUNE, WORST, MOVE, NOTHING_TO_LOSE, "#E69F00", "#000", "#fff"]
)
@pytest.mark.parametrize(("background", "ink"), THEMES)
def test_every_colour_of_type_can_be_read(color: str, background: str, ink: str) -> None:
    shown = legible(color, background, ink)
    assert contrast(shown, background) >= READABLE
    assert shown == color or contrast(color, background) < READABLE, "what can be read stays as it is"


def test_what_is_no_hex_colour_stays() -> None:
    assert legible("rgba(0,0,0,.5)", "#ffffff", "#222") == "rgba(0,0,0,.5)"


def test_lines_and_the_type_on_filled_cells_keep_their_colours() -> None:
    figure = go.Figure(
        [go.Heatmap(z=[[1]], textfont={"color": "#fff"}), go.Scatter(x=[1], y=[1], line={"color": "#888"})]
    )
    drawn = with_legible_type(figure.to_dict(), "#ffffff", "#222")
    assert drawn["data"][0]["textfont"]["color"] == "#fff"
    assert drawn["data"][1]["line"]["color"] == "#888"


def test_type_on_a_label_is_read_against_the_label() -> None:
    figure = go.Figure(layout={"annotations": [{"text": "x", "bgcolor": "#222222", "font": {"color": "#888888"}}]})
    drawn = with_legible_type(figure.to_dict(), "#ffffff", "#eeeeee")
    assert contrast(drawn["layout"]["annotations"][0]["font"]["color"], "#222222") >= READABLE


def fonts(value: object, name: str = "") -> list[str]:
    if isinstance(value, dict):
        own = [value["color"]] if name.endswith("font") and isinstance(value.get("color"), str) else []
        return own + [color for inner, part in value.items() if inner != "bgcolor" for color in fonts(part, inner)]
    return [color for part in value for color in fonts(part, name)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("spec", [specs.DEMO_SPEC, specs.DEMO_BASIN, specs.DEMO_WORST, specs.DEMO_CERTIFICATE])
@pytest.mark.parametrize(("background", "ink"), THEMES)
def test_every_figure_that_ships_can_be_read_in_every_theme(spec, background: str, ink: str) -> None:
    for figure in figures_of(results.shipped(spec)).values():
        drawn = with_legible_type(figure.to_dict(), background, ink)
        plain = [trace for trace in drawn["data"] if trace["type"] != "heatmap"]
        colors = [color for part in (*plain, drawn["layout"]) for color in fonts(part) if color.startswith("#")]
        assert all(contrast(color, background) >= READABLE for color in colors)
