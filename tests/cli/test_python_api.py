"""What Python hands out is what the commands write; its tables hold the same numbers, with their intervals."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from landscape import api
from landscape.figures.paper.figure import PaperFigure
from landscape.intervals import clopper_pearson, wilson
from landscape.notebook import options
from landscape.schema.results import Result
from landscape.schema.specs import Thresholds, parse_spec
from tests.cli.conftest import Cli

Measure = Callable[[Path, Path, Path], Any]

# By function: how Python asks, and how the command does.
ASKED: dict[str, tuple[Measure, str]] = {
    "slice": (
        lambda base, tuned, own: api.slice(
            base, towards=[tuned], directions=2, alphas="0:0.02:3", capabilities=[own], limit=16
        ),
        "slice {base} --towards {tuned} --directions 2 --alpha 0:0.02:3 --capability {own} --limit 16",
    ),
    "basin": (
        lambda base, tuned, own: api.basin(base, directions=6, reach=0.02, capabilities=own, limit=16, seed=3),
        "basin {base} --directions 6 --reach 0.02 --capability {own} --limit 16 --seed 3",
    ),
    "plane": (
        lambda base, tuned, own: api.plane(
            base, x=tuned, y="gaussian:1", x_range="-0.01:0.02", y_range="-0.01:0.01", grid=5, capabilities=[own],
            limit=16,
        ),
        "plane {base} --x towards:{tuned} --y gaussian:1 --x-range=-0.01:0.02 --y-range=-0.01:0.01 --grid 5 "
        "--capability {own} --limit 16",
    ),
    "worst": (
        lambda base, tuned, own: api.worst(
            base, towards=tuned, directions=2, restarts=1, steps=3, reach=0.02, capabilities=[own], limit=16
        ),
        "worst {base} --towards {tuned} --directions 2 --restarts 1 --steps 3 --reach 0.02 --capability {own} "
        "--limit 16",
    ),
    "certify": (
        lambda base, tuned, own: api.certify(
            base, towards=[tuned], sigma=[0.0001, 0.001], trials=100, capabilities=[own], limit=16, seed=2
        ),
        "certify {base} --towards {tuned} --sigma 0.0001,0.001 --trials 100 --capability {own} --limit 16 --seed 2",
    ),
    "moves": (
        lambda base, tuned, own: api.moves(base, move=["int8", "int3"], noise=2, capabilities=[own], limit=16),
        "moves {base} --move int8 --move int3 --noise 2 --capability {own} --limit 16",
    ),
}  # fmt: skip


@pytest.mark.parametrize("function", ASKED)
def test_what_it_exports_is_what_the_command_writes(
    function: str, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path, cli: Cli
) -> None:
    measure, command = ASKED[function]
    words = command.format(base=checkpoint, tuned=finetuned, own=own_answers).split()
    written = tmp_path / "written.json"
    cli(*words, "--json", written)
    found = measure(checkpoint, finetuned, own_answers)  # nothing is measured again: the spec is the same
    exported = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert exported == json.loads(written.read_text())
    assert parse_spec(exported["spec"]) == found.result.spec
    if "rows" in exported:
        again: Result[Any] = Result.unpacked(exported)
        assert again.to_csv() == found.result.to_csv()
    assert isinstance(found.figure(), PaperFigure)
    assert found.figure().data
    assert checkpoint.name in found.figure().caption
    with pytest.raises(ValueError, match=r"there is no figure 'nothing'; there are: \w+"):
        found.figure("nothing")
    CHECKED[function](found)


def check_points(found: Any) -> None:
    """Of points: the score's interval by hand, and no row lost."""
    rows = found.rows
    assert len(rows) == len(found.result.rows)
    for row in rows.itertuples():
        assert (row.score_low, row.score_high) == wilson(row.score, row.n)
        assert row.score_low <= row.score <= row.score_high


def check_basin(found: api.Basin) -> None:
    (row,) = found.rows.to_dict("records")
    own = found.to_dict()["capabilities"]["own"]
    assert row["radius"] == found.radii["own"] == own["radius"]
    assert (row["radius_low"], row["radius_high"]) == (own["radius_low"], own["radius_high"])
    assert row["radius_interval"] == "95 %"
    assert (row["radius_at_least"], row["why_none"]) == (False, "")
    assert row["relative_radius"] == own["relative_radius"]
    assert (row["score_low"], row["score_high"]) == wilson(own["score"], 16)


def check_worst(found: api.Worst) -> None:
    (row,) = found.rows.to_dict("records")
    end = found.to_dict()["directions"][row["direction"]]["boundaries"]["own"]
    assert row["inside"] <= row["boundary"] == end["boundary"] <= row["outside"]
    assert (row["n"], row["unseen_examples_only"]) == (end["examples"], end["unseen_examples_only"])
    assert row["random_radius"] == end["random_radius"]
    assert row["random_radius_interval"] == "range of 2 directions"
    assert row["random_radius_low"] <= row["random_radius"] <= row["random_radius_high"]


def check_certificate(found: api.Certificate) -> None:
    exported = found.to_dict()["capabilities"]["own"]
    for row, one in zip(found.rows.to_dict("records"), exported["certificates"], strict=True):
        assert (row["p_low"], row["p_high"]) == clopper_pearson(one["successes"], one["trials"])
        claimed = one["certified_radius"] if one["state"] == "complete" else None
        assert row["radius"] == claimed or (claimed is None and np.isnan(row["radius"]))
        assert row["best"] == (one == exported["best"])


def check_moves(found: api.Moves) -> None:
    exported = found.to_dict()["moves"]
    for row in found.rows.to_dict("records"):
        own = exported[row["move"]]["capabilities"][row["capability"]]
        for name, key in {"drop": "drop", "drop_low": "low", "drop_high": "high", "score": "score"}.items():
            assert row[name] == own[key]
        assert (row["predicted_low"], row["predicted_high"]) == (own["predicted_low"], own["predicted_high"])
    assert list(found.rows["move"]) == ["int8", "int3"]


CHECKED: dict[str, Callable[[Any], None]] = {
    "slice": check_points,
    "basin": check_basin,
    "plane": check_points,
    "worst": check_worst,
    "certify": check_certificate,
    "moves": check_moves,
}


def test_a_verdict_is_that_of_the_command(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path, cli: Cli
) -> None:
    written, rules, chosen = tmp_path / "written.json", tmp_path / "rules.toml", Thresholds(max_drop=0.04)
    rules.write_text("max_drop = 0.04")
    options = ["--draws", "1", "--capability", own_answers, "--limit", "16", "--thresholds", rules]
    cli("inspect", checkpoint, finetuned, *options, "--json", written, code=3)
    found = api.inspect(checkpoint, finetuned, draws=1, capabilities=[own_answers], limit=16, thresholds=chosen)
    assert found.to_dict() == json.loads(written.read_text())
    assert found.outcome == "insufficient"
    assert found.headline.partition(" [")[0] in found.to_markdown()
    assert found.headline in found.to_html()
    (row,) = found.rows.to_dict("records")
    own = found.to_dict()["capabilities"]["own"]
    assert (row["base"], row["finetuned"], row["radius"]) == (own["base_score"], own["score"], own["radius"])
    assert (row["base_low"], row["base_high"]) == wilson(row["base"], 16)
    assert [row[key] for key in ("drop", "drop_low", "drop_high")] == [own["drop"][k] for k in ("drop", "low", "high")]
    assert own["findings"][0]["text"] in row["why"]
    assert found.figure("delta").data


def test_two_checkpoints_compared_are_as_the_command_says(checkpoint: Path, finetuned: Path, cli: Cli) -> None:
    said = cli("checkpoint", "show", checkpoint, finetuned).stdout
    found = api.compare(checkpoint, finetuned)
    assert f"α = {found.alpha:.4g}" in said
    assert found.rows["parameters"].sum() == found.compared["parameters"]
    whole = np.sqrt((found.rows["alpha"] ** 2 * found.rows["parameters"]).sum() / found.rows["parameters"].sum())
    assert whole == pytest.approx(found.alpha)
    assert parse_spec(json.loads(json.dumps(found.to_dict()))["spec"]) == found.spec
    for view in ("alpha", "relative", "effective_rank"):
        assert found.figure(view).data
    with pytest.raises(ValueError, match="there are: alpha, relative, effective_rank"):
        found.figure("colour")


@pytest.fixture
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))


@pytest.mark.usefixtures("own_store")
def test_wrong_input_is_one_sentence(checkpoint: Path, own_answers: Path) -> None:
    asked: dict[str, Any] = {"capabilities": [own_answers], "limit": 8}
    wrong: dict[str, Callable[[], Any]] = {
        "tolerance: Input should be less than 1": lambda: api.basin(checkpoint, tolerance=2, **asked),
        "expected at least 1 direction": lambda: api.slice(checkpoint, directions=0, **asked),
        "expected the kind gaussian, layer, filter": lambda: api.slice(checkpoint, kind="other", **asked),
        "expected a move, one of": lambda: api.moves(checkpoint, move="int5", **asked),
        "expected several capabilities": lambda: api.worst(checkpoint, spare=True, **asked),
        "expected a range low:high": lambda: api.plane(checkpoint, x_range="1:2", **asked),
        "at any σ|expected σ > 0": lambda: api.certify(checkpoint, sigma=[0.0], **asked),
        "matches no parameter": lambda: api.slice(checkpoint, only=["nothing.*"], alphas="0:0.01:2", **asked),
        "no device": lambda: api.slice(checkpoint, device="cuda:77", alphas="0:0.01:2", **asked),
        "not one thing": lambda: api.basin(checkpoint, capabilities=["not one thing.jsonl"]),
    }
    for why, ask in wrong.items():
        with pytest.raises(ValueError, match=why) as refused:
            ask()
        assert "\n" not in str(refused.value)
    with pytest.raises(TypeError, match=r"basin\(\) got an unexpected keyword argument 'limt'"):
        api.basin(checkpoint, limt=8)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"compare\(\) got an unexpected keyword argument 'limit'"):
        api.compare(checkpoint, checkpoint, limit=8)  # type: ignore[call-arg]


@pytest.mark.usefixtures("own_store")
def test_names_stay_what_they_mean_in_any_folder(
    checkpoint: Path, own_answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkpoint.parent)
    found = api.slice(checkpoint.name, directions=1, alphas=np.array([0.0, 0.01]), capabilities="own.jsonl", limit=4)
    assert found.result.spec.checkpoint == str(checkpoint)
    assert found.result.spec.capabilities == (str(own_answers),)
    assert found.result.spec.alphas == (0.0, 0.01)


@pytest.mark.usefixtures("own_store")
def test_every_option_reaches_what_is_measured(checkpoint: Path, own_answers: Path) -> None:
    found = api.basin(
        checkpoint,
        directions=1,
        reach=0.01,
        capabilities=[own_answers],
        limit=4,
        device="cpu",
        dtype="bfloat16",
        only="*mlp*",
        exclude=["*up_proj*"],
        name="mine",
    )
    spec = found.result.spec
    assert (spec.device, spec.dtype, spec.only, spec.exclude, spec.limit) == (
        "cpu", "bfloat16", ("*mlp*",), ("*up_proj*",), 4,
    )  # fmt: skip
    assert found.result.labels.name == "mine"


def test_every_option_is_documented_and_by_keyword() -> None:
    functions = ["slice", "basin", "plane", "worst", "certify", "inspect", "moves", "compare"]
    for name in functions:
        signature = inspect.signature(getattr(api, name))
        free = [p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert set(free) <= {"checkpoint", "other", "base", "finetuned"}
        assert getattr(api, name).__doc__
    source = inspect.getsource(options)
    kinds = (options.ReadingOptions, options.LoadingOptions, options.ScoringOptions, options.AdapterFrameOptions)
    for option in {name for kind in kinds for name in kind.__annotations__}:
        (line,) = (line for line in source.splitlines() if line.startswith(f"    {option}:"))
        assert "#" in line or option in ("limit", "exclude")


@pytest.mark.usefixtures("own_store")
def test_rows_count_repeated_requests_once_and_mark_what_has_no_score(checkpoint: Path, own_answers: Path) -> None:
    lines = own_answers.read_text().splitlines()[:4]
    twice = own_answers.parent / "twice-asked.jsonl"
    twice.write_text("\n".join(lines * 2))
    found = api.slice(checkpoint, directions=1, alphas="0:0.02:2", capabilities=[twice])
    first: pd.Series[Any] = found.rows.iloc[0]
    assert (first["n"], first["score_low"]) == (8, wilson(1.0, 4)[0])
    text = own_answers.parent / "story.txt"
    text.write_text("Once upon a time there was a little boy named Tim who had 7 red balls. " * 3)
    by_loss = api.slice(checkpoint, directions=1, alphas="0:0.02:2", capabilities=[text])
    assert by_loss.rows[["score", "score_low", "score_high"]].isna().all(axis=None)
    assert by_loss.rows["loss"].notna().all()
    assert by_loss.to_dict()["reading"]["tolerance_of"] == "loss, nats"
    (row,) = api.basin(checkpoint, directions=2, reach=0.05, capabilities=[text]).rows.to_dict("records")
    assert np.isnan(row["score"])
    assert row["loss"] > 0
    assert row["radius"] > 0
