"""Results of a text, which has a loss and no score: no figure, sentence or table shows one."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from landscape.basins.losses import read_by_loss
from landscape.basins.radii import basins_of
from landscape.figures.basins.findings import basins_finding
from landscape.figures.planes.map import plane_finding
from landscape.figures.scale import scale_of
from landscape.figures.slices.findings import slice_finding
from landscape.planes.regions import regions_of
from landscape.reports import tables
from landscape.schema.results import NOT_SCORED, Result, tidy
from tests.generated import HELD, line_result, plane_result

SHOWN = re.compile(r"\bnan\b|\bNone\b|not finite|not measurable")


def without_score(result: Result[Any]) -> Result[Any]:
    """The result as that of a capability that has a loss alone."""
    rows = result.rows.assign(score=np.nan)
    rows["outcomes"] = [np.full(row.n, NOT_SCORED, np.uint8) for row in rows.itertuples()]
    records = rows.to_dict("records")
    return replace(result, rows=tidy(result.spec, records))


@pytest.mark.parametrize("basin", [False, True])
def test_along_a_line(basin: bool) -> None:
    result = without_score(line_result({"story": [HELD, HELD]}, basin=basin))
    assert result.has_loss_alone("story")
    assert result.rows["score"].isna().all()
    assert {row["score"] for row in result.to_dict()["rows"]} == {None}
    if basin:
        (found,) = basins_of(result)
        assert (found.lacking, found.score_text) == ("no score", "by loss")
        assert found.warnings == ("it has a loss and no score: read it by loss",)
        assert "a loss and no score" in basins_finding(result, [found], scale_of(result))
        (found,) = basins_of(read_by_loss(result), 0.25)
        assert found.radius is not None
        assert found.score_text == "0.100"
    else:
        said = slice_finding(result, "gaussian")
        assert said == "2 random directions (story: a loss and no score)"
        assert "story" in slice_finding(read_by_loss(result), "gaussian", 0.25)
        (table,) = tables.of(result)
        cells = [str(cell) for column in table.columns for cell in column.cells]  # type: ignore[union-attr]
        assert "loss 0.100 (0.10–0.10)" in cells
        assert not SHOWN.search(" ".join(cells))


def test_over_a_plane() -> None:
    result = without_score(plane_result(1.0, {"demo:base": (0.01, 0.0, 1.0), "demo:benign": (0.0, 0.01, 1.0)}))
    regions = regions_of(result, 0.05)
    assert plane_finding(result, regions, "math", 0.05).endswith("has a loss and no score: read it by loss")
    assert np.isnan(regions["math"].scores).all()
    assert regions_of(result, 0.05, by_loss=True)["math"].inside is not None


def test_an_exported_result_is_read_back_without_a_score() -> None:
    result = without_score(line_result({"story": [HELD]}))
    again = tidy(result.spec, result.to_dict()["rows"])
    assert again["score"].isna().all()


def test_a_point_that_overflows_still_has_no_score() -> None:
    records = without_score(line_result({"story": [HELD]})).rows.to_dict("records")
    records[-1] |= {"not_finite": 3, "loss": np.nan}
    assert tidy(line_result({"story": [HELD]}).spec, records)["score"].isna().all()
