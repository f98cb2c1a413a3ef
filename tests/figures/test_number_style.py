import re

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.bundled import results, specs
from landscape.figures.export import as_shown
from landscape.figures.number_style import in_one_style, tick
from landscape.figures.paper.of_results import figures_of


def shown(**axis: object) -> dict:
    return in_one_style(go.Figure(layout={"xaxis": axis}).to_dict())["layout"]["xaxis"]


def test_an_axis_is_plain_down_to_a_ten_thousandth_and_then_in_powers() -> None:
    axis = shown(range=[0, 0.0006])
    assert (axis["exponentformat"], axis["minexponent"]) == ("power", 4)


def test_every_axis_and_bar_of_every_figure_has_the_style() -> None:
    for spec in (specs.DEMO_SPEC, specs.DEMO_BASIN, specs.DEMO_PLANE, specs.DEMO_WORST, specs.DEMO_CERTIFICATE):
        for figure in figures_of(results.shipped(spec)).values():
            drawn = as_shown(figure)
            axes = [axis for name, axis in drawn["layout"].items() if name[:5] in ("xaxis", "yaxis")]
            axes += [polar["radialaxis"] for name, polar in drawn["layout"].items() if name.startswith("polar")]
            axes += [trace["colorbar"] for trace in drawn["data"] if "colorbar" in trace]
            assert len(axes) >= 2
            assert all(axis["exponentformat"] == "power" for axis in axes)
            assert not any(re.search(r"\de-\d", str(text)) for axis in axes for text in axis.get("ticktext") or ())
            hovers = [str(trace.get("hovertemplate")) for trace in drawn["data"]]
            assert not any(re.search(r"%\{[xr]:[^}]*g\}", said) for said in hovers)


def test_a_logarithmic_axis_has_its_powers_and_a_short_one_what_lies_between() -> None:
    wide, short = shown(type="log", range=[-6, -1], dtick=1, tickformat=".4~g"), shown(type="log", range=[-3, -2])
    assert "dtick" not in wide
    assert "tickformat" not in wide
    texts = dict(zip(wide["tickvals"], wide["ticktext"], strict=True))
    assert texts[1e-5] == "10⁻⁵"
    assert texts[1e-3] == "0.001"
    assert texts[1e3] == "1,000"
    assert 0.002 not in wide["tickvals"]
    assert 0.002 in short["tickvals"]
    assert 10.0**-5 not in shown(type="log", range=[-8, 0])["tickvals"], "labels of nine decades would touch"


def test_own_ticks_stay() -> None:
    assert shown(type="log", tickvals=[1, 3], ticktext=["a", "b"])["ticktext"] == ["a", "b"]


@pytest.mark.parametrize(("value", "text"), [(0.0001, "0.0001"), (1e-5, "10⁻⁵"), (2e-5, "2×10⁻⁵"), (1e6, "10⁶")])
def test_ticks(value: float, text: str) -> None:
    assert tick(value) == text


def test_a_hover_text_reads_four_digits_and_nothing_else_is_changed() -> None:
    x = np.array([0.0023437, np.nan, 0, -1e-7 / 3], np.float32)
    figure = go.Figure([go.Scatter(x=x, y=x, hovertemplate="at %{x}: %{y:.3f}"), go.Scatter(x=["a", None], y=[1, 2])])
    first, second = in_one_style(figure.to_dict())["data"]
    np.testing.assert_allclose(first["x"], [0.002344, np.nan, 0, -3.333e-8], rtol=1e-9)
    assert first["y"] == figure.to_dict()["data"][0]["y"]
    assert list(second["x"]) == ["a", None]
