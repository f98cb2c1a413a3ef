"""`landscape enlarge compare`: a table, sentences, JSON; wrong input as one line."""

import json
from pathlib import Path

import pytest
import torch

from tests.conftest import make_model, save


@pytest.fixture
def doubled(tmp_path: Path) -> Path:
    """The model of `checkpoint` with its unembedding doubled: the same answers, bigger weights."""
    model = make_model()
    with torch.no_grad():
        model.model.norm.weight.mul_(2)
    return save(tmp_path / "doubled", model)


def test_checkpoints_are_compared_in_a_table_sentences_and_json(
    cli, checkpoint: Path, doubled: Path, own_answers: Path, tmp_path: Path
) -> None:
    arguments = ("--capability", own_answers, "--reach", "0.4", "--directions", 6, "--json", tmp_path / "e.json")
    shown = cli("enlarge", "compare", checkpoint, doubled, *arguments, COLUMNS="100").stdout
    assert "Basins beside those of" in shown
    assert "× as wide in α as that of" in " ".join(shown.split())
    found = json.loads((tmp_path / "e.json").read_text())
    (one,) = found["enlargements"]
    assert one["equal_score"]
    assert one["wider"] == pytest.approx(one["grown"] * one["relatively_wider"])
    assert [each["capabilities"]["own"]["score"] for each in found["checkpoints"]] == [1.0, 1.0]
    assert found["finding"][0].split(":")[0] == "own"
    assert "× tensor" in shown
    assert one["tensor_wider"] == pytest.approx(1.0, rel=0.5), "a norm that is doubled changes by the same share"
    assert found["checkpoints"][0]["capabilities"]["own"]["layer_radius"]["rays"] == 6
    plain = cli("enlarge", "compare", checkpoint, doubled, *arguments, "--no-per-tensor", COLUMNS="100").stdout
    assert "× tensor" not in plain
    assert "every tensor" not in plain
    assert json.loads((tmp_path / "e.json").read_text())["enlargements"][0]["tensor_wider"] is None
    shared = ("--no-per-tensor", "--tolerance-share")
    plain = cli("enlarge", "compare", checkpoint, doubled, *arguments, *shared, COLUMNS="100").stdout
    assert "τ = 0.05 × each score at θ₀" in " ".join(plain.split())
    assert json.loads((tmp_path / "e.json").read_text())["tolerance_of"] == "share of each score at θ₀"


def test_fine_tunes_are_scored_and_claims_are_held_against_what_was_measured(
    cli, checkpoint: Path, doubled: Path, own_answers: Path, tmp_path: Path
) -> None:
    arguments = ("--capability", own_answers, "--reach", "0.4", "--directions", 6, "--json", tmp_path / "e.json")
    tuned = ("--tuned", doubled, "--tuned", checkpoint)
    shown = " ".join(cli("enlarge", "compare", checkpoint, doubled, *tuned, *arguments, COLUMNS="140").stdout.split())
    assert "What the fine-tunes forgot and learned" in shown
    assert "What is claimed, and what was measured here: own" in shown
    found = json.loads((tmp_path / "e.json").read_text())
    assert [(one["tuned"], one["after"]["score"]) for one in found["tuned"]] == [
        (str(doubled), 1.0),
        (str(checkpoint), 1.0),
    ]
    assert [claim["claim"].split(" (")[0] for claim in found["claims"]] == [
        "A basin 5 × as wide at equal score", "3 × as wide relative to the weights, by their rms",
        "3 × as wide relative to the weights, by the relative change of every tensor", "The same fine-tune forgets less",
    ]  # fmt: skip
    (kept, other) = found["kept"]
    assert kept["kept"]["share"] == other["kept"]["share"] == 1.0
    assert kept["radii"] == pytest.approx(
        kept["alpha"] / found["checkpoints"][0]["capabilities"]["own"]["radius"]["median"]
    )
    assert "What fine-tunes kept of own, against α in radii of their bases (n = 2, one training each)" in shown
    assert found["claims"][3]["outcome"] == "open"  # both keep everything


def test_a_fine_tune_of_only_some_is_refused_before_anything_is_measured(cli, checkpoint: Path, doubled: Path) -> None:
    refused = cli("enlarge", "compare", checkpoint, doubled, "--tuned", doubled, "--capability", "basic", code=2)
    assert "expected a fine-tune of each of the 2 checkpoints, got 1" in refused.stderr


def test_one_checkpoint_is_nothing_to_compare(cli, checkpoint: Path) -> None:
    assert "expected two checkpoints or more" in cli("enlarge", "compare", checkpoint, code=2).stderr
