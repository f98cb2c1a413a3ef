import plotly.graph_objects as go
import pytest

from landscape.figures.export import as_shown
from landscape.figures.long_names import LONGEST, cut

LONG = "SmolLM2-135M-Instruct-customer-support-tuned-on-2026-11-02-v3"


@pytest.mark.parametrize("text", ["assistant", "fine-tune and the line to it", "x" * LONGEST, "<b>basic</b>", ""])
def test_what_is_short_stays(text: str) -> None:
    assert cut(text) == text


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    short = cut(f"Towards {LONG}: basic holds")
    assert short == "Towards SmolLM2-135M-I…26-11-02-v3: basic holds".replace("26-11-02-v3:", LONG[-12:] + ":")
    assert len(cut(LONG)) == LONGEST
    assert cut(f"<b>{LONG}</b>") == f"<b>{cut(LONG)}</b>"


def test_legend_ticks_labels_and_title_are_cut_and_hover_texts_are_whole() -> None:
    figure = go.Figure(
        go.Scatter(x=[1], y=[1], name=LONG, hovertemplate=f"{LONG}: %{{y}}<extra></extra>"),
        layout={"title": {"text": LONG}, "yaxis": {"tickvals": [1], "ticktext": [LONG]}},
    )
    figure.add_annotation(text=LONG)
    drawn = as_shown(figure)
    (trace,), layout = drawn["data"], drawn["layout"]
    assert {trace["name"], layout["title"]["text"], layout["yaxis"]["ticktext"][0]} == {cut(LONG)}
    assert (layout["annotations"][0]["text"], layout["annotations"][0]["hovertext"]) == (cut(LONG), LONG)
    assert LONG in trace["hovertemplate"]


def test_a_figure_without_names_is_as_it_was() -> None:
    assert as_shown(go.Figure(go.Scatter(x=[1], y=[2])))["data"] == [{"type": "scatter", "x": [1], "y": [2]}]
