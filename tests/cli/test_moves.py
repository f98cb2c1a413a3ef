"""`landscape moves`: tables, files, and wrong input as one line with a hint."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch

from landscape.schema.deployments import USUAL
from tests.conftest import make_model, save


def test_moves_are_a_table_a_sentence_and_json(cli, checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    shown = cli("moves", checkpoint, "--capability", own_answers, "--json", tmp_path / "m.json", COLUMNS="80")
    assert all(name in shown.stdout for name in USUAL)
    assert "…" not in shown.stdout
    assert "No most-case radius is known here" in shown.stdout
    cli("basin", checkpoint, "--capability", own_answers, "--reach", "0.4", "--directions", 6)
    again = cli("moves", checkpoint, "--capability", own_answers, "--json", tmp_path / "n.json")
    assert "foretold rightly" in again.stdout
    before, after = (json.loads((tmp_path / name).read_text())["moves"] for name in ("m.json", "n.json"))
    assert list(before) == list(after) == list(USUAL)
    for name in USUAL:
        one, other = (each[name]["capabilities"]["own"] for each in (before, after))
        assert (one["score"], one["low"], one["high"]) == (other["score"], other["low"], other["high"])
        assert one["radius"] is None
        assert other["isotropic_kept"] == (after[name]["alpha"] < other["radius"])
        assert other["predicted_low"] <= other["predicted_score"] <= other["predicted_high"]
        assert other["predicted_kept"] == (other["predicted_score"] >= other["score"] + other["drop"] - 0.05 - 1e-9)
        assert one["predicted_score"] == other["predicted_score"]
        assert one["isotropic_score"] is None
        assert 0 <= other["isotropic_score"] <= 1
    assert "by isotropic noise of the same α" in " ".join(again.stdout.split())
    assert before["int8"]["alpha"] < before["int4-128"]["alpha"] < before["prune-50"]["alpha"]


def test_without_noise_the_radius_predicts_and_with_it_the_csv_holds_what_it_foretold(
    cli, checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    asked = ("moves", checkpoint, "--capability", own_answers, "--move", "q4_0")
    cli(*asked, "--noise", "0", "--json", tmp_path / "m.json", "--csv", tmp_path / "m.csv")
    assert "predicted_score" not in (tmp_path / "m.json").read_text() + (tmp_path / "m.csv").read_text()
    cli(*asked, "--noise", "2", "--json", tmp_path / "n.json", "--csv", tmp_path / "n.csv")
    rows = pd.read_csv(tmp_path / "n.csv")
    draws = rows[rows["direction"].str.startswith("noise") & (rows["alpha"] > 0)]
    assert list(draws["direction"]) == ["noise 0 matched to q4_0", "noise 1 matched to q4_0"]
    moved = rows[(rows["direction"] == "move q4_0") & (rows["alpha"] > 0)]
    assert set(draws["alpha"]) == set(moved["alpha"])
    assert list(moved["predicted_score"]) == pytest.approx([draws["score"].mean()])
    assert rows.loc[rows["alpha"] == 0, "predicted_score"].isna().all()


def test_a_slice_along_moves_measures_their_points_alone(
    cli, checkpoint: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    cli(
        "slice", checkpoint, "--along", "move:int8", "--along", "move:int4", "--alpha", "0", "--directions", 0,
        "--capability", greedy_suite, "--json", tmp_path / "o.json",
    )  # fmt: skip
    rows = json.loads((tmp_path / "o.json").read_text())["rows"]
    assert [row["direction"] for row in rows] == ["move int8"] * 2 + ["move int4"] * 2
    assert [row["alpha"] for row in rows[::2]] == [0, 0]
    assert 0 < rows[1]["alpha"] < rows[3]["alpha"]
    assert "deployment moves" in cli("run", "show", cli("run", "list").stdout.split("\n")[3].split()[1]).stdout


def test_rounding_a_bfloat16_checkpoint_to_bfloat16_is_the_checkpoint(cli, greedy_suite: Path, tmp_path: Path) -> None:
    folder = save(tmp_path / "half", make_model().to(torch.bfloat16))
    shown = cli("moves", folder, "--move", "bfloat16", "--capability", greedy_suite, "--json", tmp_path / "m.json")
    assert "bfloat16 changes no weight." in shown.stdout
    found = json.loads((tmp_path / "m.json").read_text())["moves"]["bfloat16"]
    assert found["alpha"] == 0
    assert found["capabilities"]["greedy"]["drop"] == 0


@pytest.mark.parametrize(
    "arguments", [("moves", "demo:base", "--move", "int5"), ("slice", "demo:base", "--along", "move:int5")]
)
def test_an_unknown_move_is_one_line_that_lists_the_known(cli, arguments: tuple[str, ...]) -> None:
    said = cli(*arguments, code=2).stderr
    assert len(said.strip().splitlines()) == 1
    assert "one of bfloat16, float16, int8" in said
    assert "got 'int5'" in said
