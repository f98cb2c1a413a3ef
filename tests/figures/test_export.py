"""Figures as they leave the program: their own markup alone, and no button that sends a chart anywhere."""

from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.figures.export import MODE_BAR, OfflineFigure, own_markup_only, parts_of_page


def figure() -> go.Figure:
    return go.Figure(
        go.Scatter(
            x=[0, 1], y=np.array([0.5, 1.0]), name="<a href='https://evil.test'>x</a>", text=["<b>a</b>", "<IMG src=x>"]
        ),
        {"title": {"text": "one<br>two <span style='x'>"}, "annotations": [{"text": "<extra></extra><script>"}]},
    )


def test_a_tag_that_no_figure_writes_is_text() -> None:
    found = own_markup_only(figure().to_dict())
    assert found["data"][0]["name"] == "&lt;a href='https://evil.test'>x&lt;/a>"
    assert list(found["data"][0]["text"]) == ["<b>a</b>", "&lt;IMG src=x>"]
    assert found["layout"]["title"]["text"] == "one<br>two &lt;span style='x'>"
    assert found["layout"]["annotations"][0]["text"] == "<extra></extra>&lt;script>"


def test_numbers_stay_as_they_are() -> None:
    drawn = OfflineFigure(figure()).data[0]
    assert (list(drawn.x), list(drawn.y)) == ([0, 1], [0.5, 1.0])


@pytest.mark.parametrize("made", [lambda: parts_of_page([figure()])[0], lambda: OfflineFigure(figure()).to_html()])
def test_a_page_offers_no_upload(made: Any) -> None:
    page = made()
    settings = page[page.rindex("Plotly.newPlot") :]
    assert '"showSendToCloud": false' in settings
    assert "https://" not in settings.replace("https://evil.test", "")


def test_a_written_page_offers_no_upload_whatever_else_is_asked_for(tmp_path: Path) -> None:
    OfflineFigure(figure()).write_html(tmp_path / "page.html", config={"scrollZoom": True})
    page = (tmp_path / "page.html").read_text()
    assert '"scrollZoom": true' in page
    assert '"showSendToCloud": false' in page


def test_the_button_is_removed_by_name_too() -> None:
    assert "sendChartToCloud" in MODE_BAR["modeBarButtonsToRemove"]
