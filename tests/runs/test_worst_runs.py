"""Runs along worst directions, from the command line to the store: kill, cancel, resume, re-use, refusal."""

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from landscape.cli import output
from landscape.cli.app import main
from landscape.runs import worker
from landscape.schema.directions import Gaussian, Towards, Worst
from landscape.schema.specs import AnswerSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.runs.processes import start
from tests.waiting import wait_until

Cli = Callable[..., tuple[str, str]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


def worst(suite: Path, **fields: object) -> Worst:
    return Worst(capabilities=(str(suite),), **({"alpha": 0.01, "steps": 10, "restarts": 2} | fields))  # type: ignore[arg-type]


def spec_of(checkpoint: Path, finetuned: Path, suite: Path, **search: object) -> WorstSpec:
    directions = (Gaussian(seed=0), Gaussian(seed=1), Towards(checkpoint=str(finetuned)), worst(suite, **search))
    return WorstSpec(
        checkpoint=str(checkpoint), directions=directions, capabilities=(str(suite),), reach=0.3, device="cpu"
    )


def rows(store: Store, run_id: str) -> list[dict[str, object]]:
    kept = store.result(run_id).rows.drop(columns=["seconds", "outcomes", "losses"]).astype(object)
    return kept.where(kept.notna(), None).to_dict("records")


def wait_for_phase(store: Store, run_id: str, done: int) -> None:
    def reached() -> bool:
        phase = store.run(run_id).phase
        return phase is not None and phase.done >= done

    wait_until(reached, f"step {done} of a search", pause=0.01)


def test_a_worker_killed_in_a_search_is_followed_by_one_that_ends_with_the_same_numbers(
    store: Store, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of(checkpoint, finetuned, own_answers, steps=60)
    run_id = store.submit(spec)
    first = start(store)
    wait_for_phase(store, run_id, 5)
    first.send_signal(signal.SIGKILL)
    first.wait()
    monkeypatch.setattr("landscape.store.leases.STALE", 0.1)
    monkeypatch.setattr("landscape.store.records.STALE", 0.1)
    wait_until(lambda: store.run(run_id).status == "stalled", "the silence is noticed")
    phases: list[int] = []
    worker.work(store, run_id=run_id, on_progress=lambda run: phases.append(run.phase.done if run.phase else 0))
    assert phases[0] >= 2, "it went on where the first was"
    undisturbed = Store(str(tmp_path / "other.sqlite"))
    other = undisturbed.submit(spec)
    worker.work(undisturbed, run_id=other)
    assert rows(store, run_id) == rows(undisturbed, other)


def test_a_search_is_cancelled_within_a_step_and_resumed(
    store: Store, checkpoint: Path, finetuned: Path, own_answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REPORTING", float("inf"))  # a slow machine leaves reports out
    run_id = store.submit(spec_of(checkpoint, finetuned, own_answers))
    said: list[int] = []

    def stop(run: Run) -> None:
        if run.phase:
            said.append(run.phase.done)
            if run.phase.done == 4:
                store.cancel(run.id)

    worker.work(store, run_id=run_id, on_progress=stop)
    assert store.run(run_id).status == "cancelled"
    assert max(said) <= 5
    store.resume(run_id)
    worker.work(store, run_id=run_id, on_progress=stop)
    run = store.run(run_id)
    assert (run.status, run.done) == ("done", run.total)
    assert run.phase is None
    assert said.count(3) == 1


def test_a_question_is_answered_while_a_search_goes_on(
    store: Store, checkpoint: Path, finetuned: Path, own_answers: Path
) -> None:
    run_id = store.submit(spec_of(checkpoint, finetuned, own_answers))
    asked: list[str] = []

    def ask(run: Run) -> None:
        if run.phase and run.phase.done >= 3 and not asked:
            directions = (Gaussian(seed=0),)
            question = AnswerSpec(
                checkpoint=str(checkpoint), directions=directions, at=(0.0,), prompt="A cat", max_new_tokens=2, device="cpu"
            )  # fmt: skip
            asked.append(store.submit(question))
        if run.kind == "worst" and asked and store.run(asked[0]).status == "done":  # a busy machine leaves reports out
            store.cancel(run.id)

    worker.work(store, idle_exit=0.1, on_progress=ask)
    assert store.artifact(asked[0]) is not None
    assert store.run(run_id).status == "cancelled"


def test_a_direction_that_was_found_is_used_by_slices_and_planes(
    store: Store, checkpoint: Path, finetuned: Path, own_answers: Path
) -> None:
    worker.work(store, run_id=store.submit(spec_of(checkpoint, finetuned, own_answers)))
    where = {"checkpoint": str(checkpoint), "capabilities": (str(own_answers),), "device": "cpu"}
    along = SliceSpec(directions=(worst(own_answers),), alphas=(0.0, 0.01), **where)
    over = PlaneSpec(directions=(worst(own_answers), Gaussian(seed=0)), x=(0, 0.01), y=(0, 0.01), grid=9, **where)
    for spec in (along, over):
        phases: list[object] = []
        run_id = store.submit(spec)
        worker.work(store, run_id=run_id, on_progress=lambda run, seen=phases: seen.append(run.phase))  # type: ignore[misc]
        assert store.run(run_id).status == "done"
        assert not any(phases)
    assert abs(store.run(run_id).facts.cosine or 1) < 0.1  # type: ignore[union-attr]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process, on a store of its own: (stdout, stderr)."""
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "s.sqlite"))
    monkeypatch.setattr(output.out, "width", 220)

    def call(*arguments: object, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["landscape", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        assert ended.value.code == code, shown.err
        return shown.out, shown.err

    return call


SHORT = ("--steps", 3, "--restarts", 1, "--directions", 2, "--device", "cpu", "--reach", 0.3, "--alpha", 0.01)


def test_the_worst_command_searches_measures_and_writes(
    cli: Cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    (tmp_path / "even.jsonl").write_text("\n".join(own_answers.read_text().splitlines()[::2]))
    both = f"{own_answers},{tmp_path / 'even.jsonl'}"
    shown, _ = cli("worst", checkpoint, "--towards", finetuned, "--capability", both, "--spare", "--joint", *SHORT,
                   "--json", tmp_path / "w.json", "--csv", tmp_path / "w.csv")  # fmt: skip
    assert "worst own" in shown
    found = json.loads((tmp_path / "w.json").read_text())
    kinds = [direction["kind"] for direction in found["spec"]["directions"]]
    assert kinds == ["gaussian", "gaussian", "towards", "worst", "worst", "worst", "worst", "worst"]
    assert "worst own sparing even" in (tmp_path / "w.csv").read_text()
    kept = next(line for line in shown.splitlines() if line.startswith("Kept")).split()
    assert f"worst:{own_answers}?alpha=0.01&steps=3&restarts=1" in kept
    assert len(kept) == 7 + 5
    cli("slice", checkpoint, "--along", kept[-1], "--directions", 0, "--alpha", "0,0.01", "--device", "cpu",
        "--capability", own_answers)  # fmt: skip


def test_the_flatness_command_measures_and_writes(
    cli: Cli, checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    shown, _ = cli("flatness", checkpoint, "--capability", own_answers, "--probes", 2, "--directions", 2,
                   "--alpha", 0.001, "--device", "cpu", "--json", tmp_path / "f.json")  # fmt: skip
    assert "top eigenvalue" in shown
    found = json.loads((tmp_path / "f.json").read_text())
    assert found["capabilities"]["own"]["eigenvalue"] > 0
    assert "curvature_spread" in found["capabilities"]["own"]
    assert "own: " in shown
    assert "curvature varies" in shown


WRONG: dict[str, tuple[list[object], str]] = {
    "alpha of zero": (["--alpha", 0], "greater than 0"),
    "no steps": (["--steps", 0], "--steps"),
    "no reach": (["--reach", 0], "expected a reach above 0"),
    "one to spare": (["--spare"], "expected several capabilities with --spare or --joint"),
    "fine-tune beyond the glob": (["--towards", "TUNED", "--only", "*.mlp.*"], "does not apply to it"),
    "start that is no checkpoint": (["--start", "no/where/at/all"], "no checkpoint at"),
    "start at itself": (["--start", "SELF"], "same weights"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_of_worst_is_one_line(
    cli: Cli, case: str, checkpoint: Path, finetuned: Path, own_answers: Path
) -> None:
    arguments, hint = WRONG[case]
    named = [{"SELF": checkpoint, "TUNED": finetuned}.get(str(argument), argument) for argument in arguments]
    _, shown = cli("worst", checkpoint, "--capability", own_answers, "--device", "cpu", *named, code=2)
    assert hint in shown.splitlines()[-1]
    assert "Traceback" not in shown


def test_a_capability_that_theta_0_fails_is_refused(cli: Cli, checkpoint: Path, tmp_path: Path) -> None:
    suite = tmp_path / "wrong.jsonl"
    suite.write_text("\n".join(f'{{"prompt": "A cat {i}", "answer": " zzz{i}"}}' for i in range(16)))
    _, shown = cli("worst", checkpoint, "--capability", suite, *SHORT, code=2)
    assert "already fails wrong" in shown
    assert "nothing to lose" in shown
