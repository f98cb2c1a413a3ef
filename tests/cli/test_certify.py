"""The certify command: what it refuses at once, and what it writes of a run."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from landscape.certificates.sigma_elimination import BATCH
from landscape.runs.measured_content import content_of
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts, Measurement
from landscape.schema.specs import CertificateSpec
from landscape.store.store import Store
from tests.cli.conftest import Cli


@pytest.fixture
def certify(cli: Cli) -> Cli:
    return functools.partial(cli, "certify")


WRONG = {
    "no noise": (["--sigma", "0"], "expected σ > 0, got 0: without noise there is nothing to certify"),
    "noise below none": (["--sigma", "-0.01"], "expected σ > 0, got -0.01"),
    "a range from no noise": (["--sigma", "0:0.02:3"], "expected σ > 0, got 0"),
    "no number": (["--sigma", "small"], "got 'small'"),
    "too few trials": (["--sigma", "0.01", "--trials", "50", "--threshold", "0.9"], "at least 66 trials, got 50"),
    "no trials": (["--trials", "0"], "--trials"),
    "certainty": (["--failure-probability", "0"], "greater than 0"),
    "a score of one": (["--threshold", "1"], "less than 1"),
    "unknown capability": (["--capability", "bsic"], "did you mean 'basic'"),
    "nowhere to write": (["--json", "no/such/folder/o.json"], "in a folder that exists"),
    "one target twice": (
        ["--towards", "demo:assistant", "--towards", "demo:assistant"],
        "expected distinct directions",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_exit_code_two_before_anything_is_loaded(certify: Cli, case: str) -> None:
    arguments, hint = WRONG[case]
    _, shown = certify("demo:base", *arguments, code=2)
    (error,) = shown.splitlines()
    assert error.startswith("Error:")
    assert hint in error


def test_a_run_is_tables_and_json_and_csv(
    certify: Cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    """Of a run that the store holds: nothing is measured."""
    store_run(Store(str(tmp_path / "s.sqlite")), checkpoint, finetuned, own_answers)
    command = (checkpoint, "--towards", finetuned, "--capability", own_answers, "--sigma", "0.002:0.01:2", "--trials", 90,
               "--only", "*.mlp.*", "--device", "cpu", "--seed", 7)  # fmt: skip
    shown, _ = certify(*command, "--json", tmp_path / "c.json", "--csv", tmp_path / "c.csv")
    assert "certified radius for a score of 0.5, 100 trials at each σ" in shown
    assert "given up" in shown
    assert "This is about the model with noise added, not the clean one." in shown
    assert "*.mlp.*" in shown
    found = json.loads((tmp_path / "c.json").read_text())
    best = found["capabilities"]["own"]["best"]
    assert (best["sigma"], best["successes"], best["trials"]) == (0.002, 99, 100)
    assert found["noise"] == {"only": ["*.mlp.*"], "exclude": [], "adapter": False} | {
        name: found["noise"][name] for name in ("confined", "weights")
    }
    (fine_tune,) = found["capabilities"]["own"]["fine_tunes"]
    assert fine_tune["checkpoint"] == str(finetuned)
    assert (tmp_path / "c.csv").read_text().startswith("sigma,batch,realised_alpha,capability,score")
    alone, _ = certify(*command, "--json", "-")
    assert json.loads(alone) == found, "a file on the screen stands alone"


def store_run(store: Store, checkpoint: Path, finetuned: Path, own_answers: Path) -> None:
    spec = CertificateSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=7), Towards(checkpoint=str(finetuned))),
        capabilities=(str(own_answers),), sigmas=(0.002, 0.01), trials=90, only=("*.mlp.*",), device="cpu",
    )  # fmt: skip
    run_id = store.submit(spec)
    claimed = store.claim("tester", run_id=run_id)
    assert claimed
    store.record_content(run_id, "tester", content_of(spec))
    store.record_settings(run_id, "tester", {}, Facts(10_000, 0.3, {str(finetuned): 0.01}, {}, chance={"own": 0.0}))
    right = {Point(0, 0.0): (40, 40), Point(0, 0.002): (50, 50), Point(1, 0.002): (49, 50), Point(0, 0.01): (2, BATCH)}
    store.request_points(run_id, "tester", [(point, "own", f"{point}") for point in right], 0)
    for point, (successes, n) in right.items():
        outcomes = (np.arange(n) < successes).astype(np.uint8)
        measurement = Measurement(outcomes, np.full(n, 0.5, np.float32), 0.1, point.alpha, {})
        assert not store.write(run_id, "tester", {f"{point}": measurement})
    store.finish(run_id, "tester", "done")


def test_a_checkpoint_is_certified_from_end_to_end(
    certify: Cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    command = (checkpoint, "--towards", finetuned, "--capability", own_answers, "--sigma", "0.001,0.01,1", "--trials", 100,
               "--device", "cpu")  # fmt: skip
    shown, _ = certify(*command, "--json", tmp_path / "c.json", "--csv", tmp_path / "c.csv")
    assert "given up" in shown
    found = json.loads((tmp_path / "c.json").read_text())
    own = found["capabilities"]["own"]
    assert own["best"]["sigma"] < 1
    assert own["best"]["trials"] == 100
    assert own["certificates"][-1]["state"] == "given up"
    assert own["fine_tunes"][0]["vacuous"], "every weight moved: r is hundreds of σ"
    certify(*command, "--csv", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "c.csv").read_text()


def test_a_capability_that_theta_0_fails_ends_the_run_with_the_reason(
    certify: Cli, checkpoint: Path, tmp_path: Path
) -> None:
    suite = tmp_path / "wrong.jsonl"
    suite.write_text('{"prompt": "The capital of France is", "answer": " zzz"}')
    _, shown = certify(checkpoint, "--capability", suite, "--sigma", "0.01", "--device", "cpu", code=2)
    assert "nothing to certify" in shown
