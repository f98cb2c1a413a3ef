"""The benchmark of generation runs; the texts that it compares are the same."""

from typer.testing import CliRunner

from landscape.bench.models import BenchModel
from landscape.bench.scoring import writing
from landscape.cli.app import app


def test_points_near_and_far_in_batches_and_alone_are_measured() -> None:
    figures = writing.measure_writing(BenchModel(100_000), repeats=1, prompts=3, new=5)
    assert [figure.bound for figure in figures] == ["≥ 3", "≥ 0.98"] * 2
    assert ["3 prompts" in figure.meaning for figure in figures] == [True, True, False, False]
    assert all(figure.quartiles[0] > 0 for figure in figures)


def test_it_stands_beside_no_other_kind_of_benchmark() -> None:
    found = CliRunner().invoke(app, ["bench", "--generation", "--actors", "2"])
    assert "expected --actors alone" in str(found.exception)
