"""Files of anybody's on the command line: checked, and a text measured by its loss, which never shows a score."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.capabilities import examples
from landscape.capabilities.encoding import encode
from landscape.capabilities.scoring import Scorer
from landscape.schema.results import NOT_SCORED
from tests.capabilities.sources.forms import QA
from tests.cli.conftest import Cli
from tests.conftest import TEXT, make_model, make_tokenizer

NO_SCORE = re.compile(r"\bnan\b|\bNone\b|0\.000|255")


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A text of some windows, each longer than the context of the tiny model (64 tokens)."""
    file = tmp_path / "story.txt"
    chance = np.random.default_rng(0)
    file.write_text(" ".join(TEXT[index] for index in chance.integers(len(TEXT), size=60)))
    return file


@pytest.mark.parametrize(
    ("content", "code", "said"), [(QA, 0, "question → prompt"), ("a,b\nx,y\n", 2, "to name its columns")]
)
def test_check_prints_how_a_file_is_read_or_refuses(
    cli: Cli, tmp_path: Path, content: str, code: int, said: str
) -> None:
    (tmp_path / "mine.csv").write_text(content)
    shown = cli("capability", "check", tmp_path / "mine.csv", code=code)
    assert said in shown.stdout + shown.stderr


def test_check_counts_tokens_of_a_checkpoint(cli: Cli, checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(QA)
    found = json.loads(
        cli("capability", "check", tmp_path / "mine.csv", "--checkpoint", checkpoint, "--json", "-").stdout
    )
    tokens = len(make_tokenizer()("Question: What is the capital of France?\nAnswer:")["input_ids"]) + 32
    assert found["lengths"] == {
        "median": tokens,
        "longest": tokens,
        "context": 64,
        "too_long": int(tokens > 64),
        "cut": 0,
    }
    assert (found["source"], found["count"], found["requests"]) == ("CSV, UTF-8", 1, 1)


def test_the_loss_of_a_window_is_the_mean_over_its_tokens_each_read_once(story: Path) -> None:
    model, tokenizer, capability = make_model(), make_tokenizer(), examples.load(str(story))
    scores = Scorer(model, tokenizer).score(capability)
    assert set(scores.outcomes) == {NOT_SCORED}
    assert scores.counts["too_long"] == 0
    encoded = encode(capability, tokenizer, 64)
    for index, example in enumerate(capability.examples):
        ids = tokenizer(example.answers[0])["input_ids"]
        pieces = [piece for piece in encoded.teacher_forced if piece.example == index]
        assert ids[1:] == [token for piece in pieces for token in piece.ids[piece.start :]]
        assert max(len(piece.ids) for piece in pieces) <= 64
        nll = []
        for piece in pieces:
            with torch.inference_mode():
                logits = model(torch.tensor([piece.ids])).logits[0].float().log_softmax(-1)
            nll += [-float(logits[i - 1, piece.ids[i]]) for i in range(piece.start, len(piece.ids))]
        assert scores.losses[index] == pytest.approx(np.mean(nll), rel=1e-4)


def test_a_slice_of_a_text_shows_losses_and_reads_them(cli: Cli, checkpoint: Path, story: Path) -> None:
    shown = cli("slice", checkpoint, "--capability", story, "--directions", 2, "--alpha", "0:0.2:3", "--device", "cpu")
    assert "loss " in shown.stdout
    assert not NO_SCORE.search(shown.stdout.replace("0.000 ", ""))
    found = json.loads(
        cli(
            "slice",
            checkpoint,
            "--capability",
            story,
            "--directions",
            2,
            "--alpha",
            "0:0.2:3",
            "--device",
            "cpu",
            "--json",
            "-",
        ).stdout
    )
    assert {row["score"] for row in found["rows"]} == {None}
    assert all(row["loss"] > 0 for row in found["rows"])
    assert found["reading"]["tolerance_of"] == "loss, nats"
    assert (
        any("windows of about 1,000 characters" in remark for remark in found.get("remarks", [""]))
        or "remarks" not in found
    )


def test_where_a_score_is_needed_a_text_is_refused_in_a_sentence(
    cli: Cli, checkpoint: Path, finetuned: Path, story: Path
) -> None:
    asked = ("--capability", story, "--device", "cpu")
    for command in (("basin", checkpoint), ("plane", checkpoint), ("worst", checkpoint)):
        said = cli(*command, *asked, "--tolerance", 0.2, code=2).stderr
        assert "story.txt has a loss and no score: search by its loss, with --loss-tolerance 0.1" in " ".join(
            said.split()
        )
    for command, what in (
        (("certify", checkpoint), "a certificate"),
        (("inspect", checkpoint, finetuned), "an inspection"),
    ):
        said = cli(*command, *asked, code=2).stderr
        assert f"story.txt has a loss and no score, by which {what} goes" in " ".join(said.split())


def test_basins_planes_and_worst_directions_of_a_text_go_by_its_loss(cli: Cli, checkpoint: Path, story: Path) -> None:
    asked = ("--capability", story, "--device", "cpu", "--loss-tolerance", 0.2)
    commands = {
        "basin": ("--directions", 1, "--reach", 0.3),
        "plane": ("--grid", 3, "--x-range", "-0.1:0.1", "--y-range", "-0.1:0.1"),
        "worst": ("--directions", 1, "--restarts", 1, "--steps", 2, "--reach", 0.3),
    }
    for command, more in commands.items():
        found = cli(command, checkpoint, *asked[:-2], *more, "--json", "-")
        assert json.loads(found.stdout)["spec"]["loss_tolerance"] == 0.1
        assert "story.txt has a loss and no score: what counts as lost is a loss that rises by 0.1" in found.stderr
        shown = cli(command, checkpoint, *asked, *more).stdout
        assert "story" in shown
        assert not re.search(r"\bnan\b|None", shown), shown
