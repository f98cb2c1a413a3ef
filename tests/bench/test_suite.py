"""A suite measures every row within its budget, writes Markdown, and names what it left out."""

import math
import signal
import time
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from landscape.bench import points, suite
from landscape.bench.models import BenchModel, Ratio
from landscape.bench.scoring import reading
from landscape.bench.suite import Row, as_markdown, models_of, rows_of
from landscape.cli.app import app

TINY = BenchModel(100_000)
HEAD = "|---|---|---|---|"


def row(name: str, measure=lambda model: [Ratio(model.shape, (1.0, 2.0, 3.0), at_least=2)], shape: str = "") -> Row:  # type: ignore[no-untyped-def]
    return Row(name, BenchModel(100_000, shape), measure)


def table_of(lines: list[str]) -> list[str]:
    return lines[lines.index(HEAD) + 1 : lines.index("Left out:") - 1]


def left_out(lines: list[str]) -> list[str]:
    return lines[lines.index("Left out:") + 2 :]


def test_a_suite_of_a_small_shape_writes_every_ratio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(points, "peak_in_child", lambda peak, model: 2.0)  # a process takes seconds to begin
    monkeypatch.setattr(reading, "HEADER", 60)
    file = tmp_path / "rows.md"
    file.write_text("# Before\n")
    words = ["bench", "--suite", "--parameters", "100000", "--examples", "2", "--repeats", "1", "--output", str(file)]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    assert file.read_text() == f"# Before\n\n{found.output}"
    rows = table_of(found.output.splitlines())
    assert [line.split(" | ")[1] for line in rows] == [
        "time of a point ÷ bare forward passes, stored direction",
        "the same, Gaussian drawn anew",
        "the same, Gaussian kept between points",
        "Gaussian drawn anew ÷ as many useful tokens in full passes of rows of one length",
        "time to move along a Gaussian and back ÷ two copies of the same bytes",
        "peak ÷ weights, direction drawn at every point, activations aside",
        "the same, direction kept in fp32 between points",
        "2 completions: whole, in plain batches ÷ as read here",
        "24 questions, four options of 1 to 4 tokens: whole, in plain batches ÷ as read here",
        "24 questions, four options of one token: whole, in plain batches ÷ as read here",
        "12 questions behind 60 tokens: whole, in plain batches ÷ as read here",
        "model.generate, a prompt at a time ÷ one-pass exact score",
        "model.generate, in the same batches ÷ one-pass exact score",
    ]
    assert all(line.startswith("| 100,000 weights, float32 | ") and line.count("|") == 5 for line in rows)
    assert left_out(found.output.splitlines()) == ["- points of several α in one batch: they are not built"]


def test_a_line_has_model_ratio_quartiles_and_bound() -> None:
    assert table_of(list(as_markdown([row("a", shape="7b")], 60))) == ["| 7b, float32 | 7b | 2 (1–3) | ≥ 2 |"]


def test_a_row_that_takes_too_long_is_ended_and_what_follows_is_left_out() -> None:
    before, began = signal.getsignal(signal.SIGALRM), time.monotonic()
    rows = [row("quick"), row("slow", lambda model: time.sleep(600)), row("late")]  # type: ignore[arg-type, func-returns-value]
    lines = list(as_markdown(rows, 0.3))
    assert time.monotonic() - began < 300
    assert len(table_of(lines)) == 1
    assert [line.split(" of ")[0] for line in left_out(lines)[:2]] == ["- slow", "- late"]
    assert all("the time was over" in line for line in left_out(lines)[:2])
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_row_that_takes_errors_for_its_own_ends_all_the_same() -> None:
    def stubborn(model: BenchModel) -> list[Ratio]:
        for _ in range(600):
            try:
                time.sleep(1)
            except Exception:
                continue
        return []

    assert "the time was over" in left_out(list(as_markdown([row("stubborn", stubborn)], 0.1)))[0]


@pytest.mark.parametrize("said", ["CUDA out of memory\nand more", ""])
def test_a_row_that_fails_takes_no_other_with_it(said: str) -> None:
    def fails(model: BenchModel) -> list[Ratio]:
        raise RuntimeError(said)

    lines = list(as_markdown([row("large", fails, "7b"), row("small")], 60))
    assert len(table_of(lines)) == 1
    assert left_out(lines)[0] == f"- large of 7b, float32: {said.partition(chr(10))[0]}"


def test_small_models_and_cheap_rows_begin() -> None:
    rows = rows_of(models_of("cuda"), examples=8, repeats=5)
    assert [row.model.shape for row in rows] == ["0.5b"] * 5 + ["7b"] * 5
    assert [row.name for row in rows[:5]] == [row.name for row in rows[5:]]
    assert (rows[0].name, rows[4].name) == ("points", "generation")


def test_a_gpu_has_real_shapes_in_bfloat16_unless_others_are_asked_for() -> None:
    assert models_of("cuda") == [BenchModel(shape=shape, device="cuda", dtype="bfloat16") for shape in ("0.5b", "7b")]
    assert models_of("cuda:1", shape="135m") == [BenchModel(shape="135m", device="cuda:1", dtype="bfloat16")]
    assert models_of("cuda", "float16", parameters=100_000) == [BenchModel(100_000, "", "cuda", "float16")]
    assert models_of("cpu") == [BenchModel()]
    assert models_of("cpu", "bfloat16", "0.5b") == [BenchModel(shape="0.5b", dtype="bfloat16")]


def test_only_a_large_model_has_a_goal_for_a_kept_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    def goals() -> list[str]:
        found = points.measure_points(TINY, examples=1, repeats=1)
        return [ratio.bound for ratio in found if "kept between points" in ratio.meaning]

    assert goals() == [""]
    monkeypatch.setattr(points, "LARGE", 100_000)
    assert goals() == ["≤ 1.08"]


def test_a_kept_direction_may_take_four_bytes_a_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "peak_in_child", lambda peak, model: 2.0)
    for dtype, bounds in (("float32", ["≤ 2.2", "≤ 3.2"]), ("bfloat16", ["≤ 2.2", "≤ 4.2"])):
        assert [ratio.bound for ratio in points.measure_memory(BenchModel(100_000, dtype=dtype))] == bounds
    on_gpu = points.measure_memory(BenchModel(100_000, device="cuda"))
    assert [ratio.bound for ratio in on_gpu] == ["≤ 2.2"]  # there a direction is drawn at every point


@pytest.mark.parametrize(
    ("words", "said"),
    [
        *((["--suite", "--minutes", m], "expected --minutes above 0") for m in ("0", "-1", "nan", "inf", "1e9")),
        (["--minutes", "3"], "expected --suite with --minutes"),
        (["--output", "rows.md"], "expected --suite with --minutes"),
        (["--suite", "--output", "/no/such/folder/rows.md"], "cannot write"),
        *((["--suite", *other], "expected --suite alone") for other in (["--compiled"], ["--scoring"],
          ["--statistics", "2"], ["--actors", "2"], ["--against", "lm-eval"])),
        (["--suite", "--shape", "8b"], "expected a shape"),
        (["--suite", "--device", "tpu"], "no device 'tpu' here"),
    ],
)  # fmt: skip
def test_a_suite_that_cannot_be_is_refused(words: list[str], said: str) -> None:
    assert said in str(CliRunner().invoke(app, ["bench", *words]).exception)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_suite_runs_on_a_gpu() -> None:
    words = ["bench", "--suite", "--device", "cuda", "--parameters", "1000000", "--examples", "8", "--repeats", "1"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    rows = table_of(lines)
    assert len(left_out(lines)) == 1, lines  # what is not built
    assert any("θ₀ in host memory" in line for line in rows)
    assert all(math.isfinite(float(line.split(" | ")[2].split()[0])) for line in rows)
    assert suite.NOT_BUILT in lines[-1]
