"""The benchmarks of scoring run, and read the same answers in every way; how fast is for them to say."""

import pytest
import torch
from typer.testing import CliRunner

from landscape.bench.models import BenchModel
from landscape.bench.scoring import reading
from landscape.bench.scoring.against_lm_eval import measure_against_lm_eval
from landscape.bench.scoring.examples import completions, questions
from landscape.bench.scoring.reading import measure_scoring
from landscape.cli.app import app

TINY = BenchModel(100_000)


def test_every_way_of_scoring_is_measured() -> None:
    threads = torch.get_num_threads()
    figures = measure_scoring(TINY, repeats=1, asked=3)
    assert [figure.bound for figure in figures] == ["≥ 2.3", "≥ 2.5", "≥ 2.5", "≥ 8", "≤ 0.9"]
    assert all(figure.quartiles[0] > 0 for figure in figures)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("suite", [completions(24), questions(6), questions(6, (1, 1, 1, 1), 200, 20)])
def test_plain_batches_have_the_same_losses(suite) -> None:  # type: ignore[no-untyped-def]
    scorer = TINY.scorer()
    answers = sorted(scorer.encode(suite).teacher_forced, key=lambda a: -len(a.ids))
    with torch.inference_mode():
        found = scorer.score_batches(answers, "sorted")
        assert [score.nll for score in found] == pytest.approx(reading._plain(scorer, answers), rel=1e-5)


def test_completions_are_as_long_as_those_that_ship() -> None:
    lengths = [len(e.prompt) + len(str(e.answer)) for e in completions(60).examples]
    assert min(lengths) < 8
    assert max(lengths) > 20
    assert len(set(lengths)) > 10


def test_questions_have_different_options_behind_one_header() -> None:
    asked = questions(5, (1, 1, 1, 1), 100, 30).examples
    assert len({example.prompt[:100] for example in asked}) == 1
    assert len({example.prompt for example in asked}) == 5
    assert all(len({*(example.choices or ())}) == 4 for example in asked)


def test_a_point_is_measured_beside_lm_eval_where_both_agree() -> None:
    (figure,) = measure_against_lm_eval(TINY, repeats=1, asked=8)
    assert figure.bound == "≥ 4"
    assert figure.quartiles[1] > 0


@pytest.mark.parametrize("more", [["--scoring"], ["--against", "lm-eval"]])
def test_other_benchmarks_stand_alone(more: list[str]) -> None:
    for alone in (["--statistics", "2"], ["--actors", "2"], ["--compiled"]):
        assert "alone" in str(CliRunner().invoke(app, ["bench", *alone, *more]).exception)


def test_it_is_compared_with_lm_eval_only() -> None:
    found = CliRunner().invoke(app, ["bench", "--against", "lighteval"])
    assert "expected --against lm-eval, got 'lighteval'" in str(found.exception)
