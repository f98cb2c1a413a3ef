"""Results: exports, and the way back."""

import io
import json
from pathlib import Path

import pandas as pd

from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, columns, tidy
from landscape.schema.specs import SliceSpec


def result() -> Result[SliceSpec]:
    spec = SliceSpec(
        checkpoint="demo:base",
        directions=(Gaussian(seed=0), Towards(checkpoint="demo:assistant")),
        alphas=(0.0, 0.1),
        capabilities=("basic",),
    )
    plain = {"capability": "basic", "score": 0.5, "n": 2, "seconds": 0.1}
    rows = [
        plain | {"direction": "gaussian", "seed": 0, "alpha": 0.1, "realised_alpha": 0.1, "loss": 1.25},
        plain
        | {"direction": "towards demo:assistant", "seed": None, "alpha": 0.0, "realised_alpha": 0.0, "loss": None},
    ]
    return Result(
        spec, tidy(spec, rows), Facts(10, 0.07, {"demo:assistant": 0.01}, {"basic": {"too_long": 1, "generated": 0}})
    )


def test_json_is_spec_and_rows_with_null_for_what_is_missing() -> None:
    exported = json.loads(result().to_json())
    assert set(exported) == {"spec", "rows"}
    assert list(exported["rows"][0]) == columns(result().spec)
    assert exported["rows"][0]["seed"] == 0
    assert exported["rows"][1]["seed"] is exported["rows"][1]["loss"] is None


def test_csv_has_the_tidy_columns() -> None:
    table = pd.read_csv(io.StringIO(result().to_csv()))
    assert list(table.columns) == columns(result().spec)
    assert table["loss"].isna().tolist() == [False, True]


def test_a_saved_result_is_the_same_again(tmp_path: Path) -> None:
    result().save(tmp_path / "r.json")
    again = Result.load(tmp_path / "r.json")
    assert again.spec == result().spec
    assert again.facts == result().facts
    pd.testing.assert_frame_equal(again.rows, result().rows)


def test_an_exported_result_loads_without_facts(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text(result().to_json())
    assert Result.load(tmp_path / "export.json").facts is None
