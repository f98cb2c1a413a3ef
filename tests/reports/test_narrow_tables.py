"""Tables in a narrow terminal: a number may take two lines, and is never cut."""

import io

import pytest
from rich.console import Console

from landscape.bundled.results import shipped
from landscape.bundled.specs import DEMO_BASIN
from landscape.reports.basins import basins


@pytest.mark.parametrize("width", [80, 60, 48])
def test_no_number_of_a_basin_is_cut(width: int) -> None:
    result = shipped(DEMO_BASIN)
    assert result is not None
    screen = io.StringIO()
    Console(file=screen, width=width).print(basins(result))
    assert "…" not in screen.getvalue()
