"""Thousands of wrong command lines: one clear line and exit code 2, or what was asked for. `--fuzz N` tries more."""

import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from landscape.cli import app, exit_codes
from landscape.store.store import Store
from tests.mutations import WORDS, damaged

LINES = [
    "slice demo:base --towards demo:assistant --directions 3 --alpha 0:0.02:3 --capability math,code --limit 4 --csv {tmp}/a.csv",
    "slice demo:base --kind filter --seed 7 --only *.mlp.* --exclude *embed* --dtype bfloat16 --device cpu --along worst:math --along matched:nf4:1",
    "basin demo:assistant demo:base --directions 2 --reach 0.05 --tolerance 0.1 --both-signs --sequential --json {tmp}/b.json",
    "plane demo:assistant --x towards:demo:base --y gaussian:0 --grid 9 --x-range -0.01:0.01 --y-range -0.02:0.02 --full",
    "basin demo:assistant --directions 2 --loss-tolerance 0.1 --capability math --limit 4 --json {tmp}/l.json",
    "plane demo:base --snapshots demo:base-00500,demo:base-02000,demo:base --show demo:assistant --adapter",
    "certify demo:base --towards demo:assistant --sigma 0.002:0.02:3 --trials 50 --failure-probability 0.01 --threshold 0.4",
    "inspect demo:assistant demo:benign --budget 5m --draws 2 --worst --certify --thresholds {tmp}/t.toml --html {tmp}/r.html",
    "worst demo:assistant --capability math --towards demo:adversarial --alpha 0.001 --restarts 1 --steps 2 --start demo:base --joint",
    "flatness demo:assistant --capability math,safety --alpha 0.01 --directions 2 --probes 2 --json {tmp}/f.json",
    "moves demo:assistant --move int8 --move int4-128 --noise 2 --tolerance 0.05",
    "enlarge compare demo:base-02000 demo:base --tuned demo:assistant --tuned demo:benign --capability basic --reach 0.1",
    "checkpoint show demo:base demo:assistant --device cpu --trust-remote-code",
    "run list",
    "run show 3f2a",
    "run cancel 3f2a",
    "run resume 3f2a",
    "run delete 3f2a",
    "run export 3f2a --csv {tmp}/x.csv",
    "savings 3f2a",
    "worker --idle-exit 1 --device cpu",
    "bench --parameters 100000 --examples 1 --repeats 1 --device cpu --dtype float32",
    "bench --suite --minutes 0.5 --output {tmp}/m.md --shape 135m --dtype bfloat16 --device cpu",
    "--executor ray?actors=2 slice demo:base --directions 1 --alpha 0,0.01",
]  # fmt: skip


@pytest.fixture
def harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is measured, fetched or left running: a command gets as far as it would to a worker."""

    def no_hub(*args: Any, **options: Any) -> None:
        raise OSError("no network in this test")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("LANDSCAPE_EXECUTOR", raising=False)
    monkeypatch.setenv("LANDSCAPE_EXECUTOR", "")
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", no_hub)
    monkeypatch.setattr("landscape.runs.worker.work", lambda store, **_: [store.cancel(r.id) for r in store.runs()])
    monkeypatch.setattr("landscape.bench.points.measure_ratios", lambda *args, **options: [])
    monkeypatch.setattr("landscape.bench.points.measure_compilation", lambda *args, **options: [])
    monkeypatch.setattr("landscape.bench.suite.as_markdown", lambda *args: iter(()))
    monkeypatch.setattr("landscape.bench.executors.rates", lambda *args, **options: [])
    Store(str(tmp_path / "store.sqlite"))
    return tmp_path


def line(chance: random.Random, folder: Path) -> list[str]:
    """A command with one or more of its words replaced, damaged, left out, doubled, or put elsewhere."""
    words = [word.format(tmp=folder) for word in chance.choice(LINES).split()]
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(words)) if words else 0
        match chance.randrange(7):
            case 0 | 1 | 2:
                words[place : place + 1] = [chance.choice(WORDS)]
            case 3:
                words[place : place + 1] = [damaged(words[place] if words else "", chance)]
            case 4:
                del words[place : place + 1]
            case 5:
                words[place:place] = words[place : place + 2]
            case 6:
                words[place:place] = [
                    f"--{chance.choice(['bogus', 'limit', 'seed', 'json', 'help', 'tolerance', 'loss-tolerance'])}",
                    chance.choice(WORDS),
                ]
    return words


def test_a_command_line_works_or_is_refused_in_one_line(
    harmless: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.config.getoption("--fuzz-seed"))
    codes = []
    for _ in range(request.config.getoption("--fuzz")):
        words = line(chance, harmless)
        monkeypatch.setattr(sys, "argv", ["landscape", *words])
        began = time.monotonic()
        try:
            app.main()
        except SystemExit as ended:
            code = ended.code
        except BaseException as error:
            raise AssertionError(f"{type(error).__name__}: {error}\n{words}") from error
        said = capsys.readouterr().err
        monkeypatch.setenv("LANDSCAPE_EXECUTOR", "")
        assert time.monotonic() - began < 120, words  # 20 s, on a machine that has time
        assert code in (exit_codes.PASS, exit_codes.WRONG_INPUT, exit_codes.BROKEN), (code, words, said)
        assert "Traceback" not in said, (words, said)
        lines = [one for one in said.splitlines() if one.startswith("Error")]
        assert len(lines) == (code != exit_codes.PASS), (words, said)
        assert "internal error" not in said, (words, said)
        codes.append(code)
    assert {exit_codes.PASS, exit_codes.WRONG_INPUT} <= {*codes}


@pytest.mark.parametrize(
    "words",
    [
        ["slice", "demo:base", "--seed", "9" * 25],
        ["slice", "demo:base", "--limit", str(2**64), "--alpha", "0,0.01"],
        ["slice", "\x00"],
        ["slice", "demo:base", "--capability", "a\x00b"],
        ["slice", "demo:base", "--csv", "\x00"],
        ["slice", "x" * 5000],
        ["run", "show", "%"],
        ["slice", "demo:base", "--json", "~nobody/x.json"],
    ],
)
def test_these_are_wrong_input(words: list[str], harmless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["landscape", *words])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code in (exit_codes.WRONG_INPUT, exit_codes.BROKEN)
