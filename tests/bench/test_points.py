"""The benchmark runs and reports every ratio; how large they are is for the benchmark to say, not for a test."""

import pytest
from transformers import LlamaConfig
from typer.testing import CliRunner

from landscape.bench import comparison, points, training
from landscape.bench.memory import peak_in_child
from landscape.bench.points import BenchModel, Ratio, measure_compilation, measure_ratios
from landscape.cli.app import app


def test_every_ratio_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (comparison, points, training):
        monkeypatch.setattr(module, "peak_in_child", lambda peak, *given: peak(*given))  # no import of torch
    figures = measure_ratios(BenchModel(100_000), examples=4, length=40, repeats=1)
    bounds = [
        "≤ 1.05",
        "≤ 1.25",
        "",
        "≤ 1.5",
        "",
        "≤ 2.2",
        "≤ 3.2",
        "≤ 4.3",
        "≤ 1.25",
        "≤ 1.5",
        "≤ 1.1",
        "≤ 0.5",
        "≤ 1.05",
        "≥ 5",
        "",
    ]
    assert [figure.bound for figure in figures] == bounds
    assert all(figure.quartiles[0] <= figure.quartiles[2] for figure in figures)
    added = {10, 11}  # what noise adds to 0.1 M weights drowns in that of the allocator
    assert all(figure.quartiles[0] > 0 for place, figure in enumerate(figures) if place not in added)


def test_a_peak_is_measured_in_a_process_of_its_own() -> None:
    assert peak_in_child(points.peak_of_search, BenchModel(100_000)) > 1


@pytest.mark.filterwarnings("ignore:.*script_method.*:DeprecationWarning")  # torch's own, on importing Inductor
def test_compiled_passes_are_timed_at_points_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    config = BenchModel._config
    one_layer = lambda self: LlamaConfig(**config(self).to_dict() | {"num_hidden_layers": 1})  # noqa: E731
    monkeypatch.setattr(BenchModel, "_config", one_layer)  # to compile six takes half a minute, and shows no more
    (figure,) = measure_compilation(BenchModel(100_000, dtype="bfloat16"), examples=4, length=40, repeats=1)
    assert figure.quartiles[1] > 0


@pytest.mark.parametrize("more", [["--shape", "7b"], ["--compiled"]])
def test_crews_are_timed_alone(more: list[str]) -> None:
    found = CliRunner().invoke(app, ["bench", "--actors", "2", *more])
    assert "expected --actors alone" in str(found.exception)


@pytest.mark.parametrize("wrong", [{"shape": "8b"}, {"dtype": "float8"}])
def test_an_unknown_shape_or_format_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"expected a (shape|number format) of .*, got '{next(iter(wrong.values()))}'"):
        BenchModel(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("shape", "millions"), [("135m", 135), ("0.5b", 494), ("7b", 6738)])
def test_a_shape_is_as_large_as_the_model_it_is_named_after(shape: str, millions: int) -> None:
    scorer = BenchModel(shape=shape, device="meta", dtype="bfloat16").scorer()
    assert round(sum(p.numel() for p in scorer.model.parameters()) / 1e6) == millions


def test_a_bound_is_kept_or_missed() -> None:
    assert Ratio("time", (1.0, 1.0, 1.2), at_most=1.05).reached
    assert not Ratio("time", (1.0, 1.1, 1.2), at_most=1.05).reached
    assert not Ratio("speed-up", (4.0, 4.9, 9.0), at_least=5).reached
