"""How long a certificate will take, before anything is loaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from landscape.capabilities.examples import Example
from landscape.certificates.sigma_elimination import BATCH, foreseen, planned
from landscape.checkpoints import files
from landscape.runs import estimates
from landscape.runs.estimates import ALONE, points_of, seconds_of
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Measurement
from landscape.schema.specs import CertificateSpec, SliceSpec
from landscape.store.store import Store
from tests.certificates.simulated import edge, run
from tests.conftest import make_model, save


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of two cores that multiplies matrices with 200 Gflop/s, however busy this one is."""
    monkeypatch.setattr(estimates, "_flops_of_products", lambda: 2e11)
    monkeypatch.setattr(estimates.os, "cpu_count", lambda: 2)


def spec_of(**fields: object) -> CertificateSpec:
    defaults = {
        "checkpoint": "demo:base",
        "directions": (Gaussian(seed=0),),
        "capabilities": ("basic",),
        "device": "cpu",
    }
    return CertificateSpec(**(defaults | {"sigmas": tuple(0.002 * i for i in range(1, 11))} | fields))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "s.sqlite"))


def test_the_points_of_a_certificate_are_those_of_a_usual_race_not_of_every_sigma() -> None:
    spec = spec_of()
    taken = len(run(spec, {"basic": edge(0.008)}))
    assert 0.6 * taken < points_of(spec) == 1 + foreseen(spec) < 1.5 * taken
    assert points_of(spec) < planned(spec) * len(spec.sigmas)
    assert points_of(spec_of(sigmas=(0.01,))) == 1 + planned(spec)


def test_a_trial_costs_a_move_and_one_example(store: Store) -> None:
    """The demo model's 1.1 million weights move in about 18 ms, an example takes about 5 ms: measured on one core."""
    spec = spec_of(sigmas=(0.01,))
    seconds, backed = seconds_of(spec, store)
    a_trial = seconds / (planned(spec) * BATCH)
    assert 0.015 + ALONE < a_trial < 0.06
    assert not backed


def test_capabilities_share_the_moves(store: Store) -> None:
    one, _ = seconds_of(spec_of(sigmas=(0.01,)), store)
    three, _ = seconds_of(spec_of(sigmas=(0.01,), capabilities=("basic", "math", "code")), store)
    assert one < three < 2 * one


def test_more_trials_and_more_sigmas_take_longer(store: Store) -> None:
    few, many, wide = (
        seconds_of(spec_of(**fields), store)[0]
        for fields in ({"sigmas": (0.01,), "trials": 200}, {"sigmas": (0.01,), "trials": 2000}, {"trials": 2000})
    )
    assert 5 * few < many < 11 * few
    assert many < wide < 10 * many


def test_an_earlier_certificate_backs_an_estimate_and_a_slice_does_not(store: Store) -> None:
    spec = spec_of(sigmas=(0.01,))
    guessed = seconds_of(spec, store)
    frame = spec.frame.model_dump(exclude={"kind"})
    keep(store, SliceSpec(**frame, capabilities=("basic",), alphas=(0.0, 0.01)), [Point(0, 0.0), Point(0, 0.01)], 500.0)
    assert seconds_of(spec, store) == guessed
    keep(store, spec, [Point(0, 0.0), Point(0, 0.01)], 0.5)
    seconds, backed = seconds_of(spec.model_copy(update={"trials": 2000}), store)
    assert backed
    assert 40 * 0.5 < seconds - estimates.START < 45 * 0.5
    assert not seconds_of(spec.model_copy(update={"only": ("*.mlp.*",)}), store)[1], "fewer weights move faster"


def keep(store: Store, spec: PointSpec, points: list[Point], seconds: float) -> None:
    """A finished run whose points took so long each, θ₀ of a certificate ten times that."""
    run_id = store.submit(spec)
    assert store.claim("tester", run_id=run_id)
    keys = {point: f"{spec.kind} {point}" for point in points}
    store.request_points(run_id, "tester", [(point, "basic", key) for point, key in keys.items()], 0)
    for point, key in keys.items():
        taken = 10 * seconds if point.at_origin else seconds
        outcomes = np.ones(BATCH, np.uint8)
        store.write(run_id, "tester", {key: Measurement(outcomes, np.zeros(BATCH, np.float32), taken, point.alpha, {})})
    store.finish(run_id, "tester", "done")


@pytest.mark.parametrize(
    ("flags", "seconds", "fields", "said"),
    [
        ({"avx512_bf16"}, 3600, {}, True),
        ({"amx_bf16", "avx2"}, 3600, {"device": "auto"}, True),
        ({"avx512_bf16"}, 3600, {"dtype": "float32"}, True),
        ({"avx512_bf16"}, 3600, {"dtype": "bfloat16"}, False),
        ({"avx512_bf16"}, 3600, {"dtype": "float16"}, False),
        ({"avx512_bf16"}, 30, {}, False),
        ({"avx512f", "avx2"}, 3600, {}, False),
        ({"avx512_bf16"}, 3600, {"device": "cuda"}, False),
    ],
)
def test_bfloat16_is_named_where_it_would_save_time(
    flags: set[str], seconds: float, fields: dict[str, str], said: bool, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    monkeypatch.setattr(estimates, "_cpu_flags", lambda: frozenset(flags))
    monkeypatch.setattr(estimates, "seconds_of", lambda spec, store: (seconds, False))
    assert bool(estimates.bfloat16_hint(slice_of(**fields), store)) is said


def test_a_machine_with_a_gpu_takes_it(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setattr(estimates, "LONG", 0)
    monkeypatch.setattr(estimates, "_cpu_flags", lambda: frozenset({"avx512_bf16"}))
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: str(self).startswith("/proc") or exists(self))
    assert not estimates.bfloat16_hint(slice_of(device="auto"), store)
    assert estimates.bfloat16_hint(slice_of(device="cpu"), store)


def test_a_checkpoint_that_is_stored_in_bfloat16_needs_no_hint(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    monkeypatch.setattr(estimates, "LONG", 0)
    monkeypatch.setattr(estimates, "_cpu_flags", lambda: frozenset({"avx512_bf16"}))
    narrow = save(tmp_path / "narrow", make_model().to(torch.bfloat16))
    assert not estimates.bfloat16_hint(slice_of(checkpoint=str(narrow)), store)
    assert estimates.bfloat16_hint(slice_of(checkpoint=str(checkpoint)), store)
    assert estimates.bfloat16_hint(slice_of(checkpoint=str(narrow), dtype="float32"), store)


def slice_of(**fields: Any) -> SliceSpec:
    given = {"checkpoint": "demo:base", "device": "cpu", "alphas": (0.0, 0.1)} | fields
    return SliceSpec(**given, directions=(Gaussian(seed=0),), capabilities=("basic",))


def test_every_option_of_a_choice_is_read_and_what_they_share_once() -> None:
    exact = Example(prompt="p" * 30, answer="a" * 10)
    choice = Example(prompt="p" * 30, choices=("a" * 10, "b" * 20, "c" * 30), answer=0)
    long = Example(prompt="p" * 300, choices=("a" * 10, "b" * 20), answer=1)
    assert estimates._letters([exact]) == 40
    assert estimates._letters([choice]) == 30 + 60  # 90 of 150 letters: just shared
    assert estimates._letters([Example(prompt="p" * 10, choices=("a" * 10, "b" * 10), answer=0)]) == 40  # 30 of 40: not
    assert estimates._letters([long]) == 330
    header = "few-shot " * 100
    asked = [Example(prompt=f"{header}{i}?", choices=("yes", "no!!"), answer=0) for i in range(10)]
    assert estimates._letters(asked) == len(header) + 10 * (2 + 7)


def test_loading_a_checkpoint_counts(store: Store) -> None:
    one, two = (seconds_of(slice_of(alphas=(0.0, alpha)), store)[0] for alpha in (0.1, 0.2))
    assert one == two > estimates.START


def test_a_large_model_takes_its_operations_at_the_speed_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """Measured: SmolLM2-135M on one idle core of 127 Gflop/s takes 2.6 s for 50 questions and 50 completions of 1,304 tokens."""
    monkeypatch.setattr(estimates, "_flops_of_products", lambda: 127e9)
    monkeypatch.setattr(estimates.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(estimates, "_letters", lambda examples: 1304 * estimates.LETTERS_A_TOKEN)
    large = replace(files.describe("demo:base"), parameters=135_000_000)
    monkeypatch.setattr(estimates, "_described", lambda name: large)
    assert estimates._scoring(slice_of(), "basic") == pytest.approx(2.6, rel=0.3)


def test_an_earlier_run_on_other_examples_says_how_fast_this_checkpoint_is(store: Store) -> None:
    """One that took 100 times as long as guessed, on a few examples: so will one on all."""
    few, whole = slice_of(limit=12), slice_of()
    guessed = [estimates._guess(spec, "basic") for spec in (few, whole)]
    keep(store, few, [Point(0, 0.0), Point(0, 0.1), Point(0, 0.2)], 100 * guessed[0])
    seconds, backed = seconds_of(whole, store)
    assert backed
    constant = estimates.START + estimates._loading(whole) + estimates._checking(whole)
    assert seconds - constant == pytest.approx(2 * 100 * guessed[1], rel=0.3), "θ₀ and one point"
    other = slice_of(checkpoint="demo:assistant")
    assert not seconds_of(other, store)[1], "of another checkpoint nothing is known"
