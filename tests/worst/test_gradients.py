"""Gradients and Hessian products against finite differences, in every number format and however they are batched."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from landscape.capabilities import examples
from landscape.capabilities.examples import search_split
from landscape.checkpoints import parameters
from landscape.engine.direction_tensors import GaussianDirection, StoredDirection
from landscape.engine.session import Session
from landscape.schema.directions import Gaussian
from landscape.schema.frames import Frame
from landscape.worst import gradients
from landscape.worst.gradients import Gradients
from tests.conftest import make_gpt2, save


def session_of(checkpoint: Path, dtype: str = "auto") -> Session:
    return Session(Frame(checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), device="cpu", dtype=dtype))  # type: ignore[arg-type]


def gradients_of(session: Session, *suites: Path) -> Gradients:
    return Gradients(session.scorer, session.weights, [examples.load(str(suite)) for suite in suites])


def taken(slopes: Gradients, **shares: float) -> dict[str, Tensor]:
    with slopes.at(shares) as (_, gradient):
        return {name: part.float().flatten().clone() for name, part in gradient.items()}


def dot(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    return sum(float(a[name].double() @ b[name].double()) for name in a)


def cosine(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))


@pytest.fixture(params=["llama", "gpt2"])
def any_model(request: pytest.FixtureRequest, checkpoint: Path, tmp_path: Path) -> Path:
    return checkpoint if request.param == "llama" else save(tmp_path / "gpt2", make_gpt2())


def noise(session: Session) -> dict[str, Tensor]:
    line = GaussianDirection(3)
    return {n: torch.cat([c for _, c in line.chunks(n, w)]) for n, w in session.weights.items()}


def test_losses_are_those_that_a_score_gives(any_model: Path, greedy_suite: Path) -> None:
    session, suite = session_of(any_model), examples.load(str(greedy_suite))
    expected = session.scorer.score(suite).losses[search_split(suite)].mean()
    slopes = gradients_of(session, greedy_suite)
    assert slopes.losses()[suite.name] == pytest.approx(expected, rel=1e-5)
    with slopes.at({suite.name: 1.0}) as (losses, _):
        assert losses[suite.name] == pytest.approx(expected, rel=1e-5)


def test_the_gradient_is_the_slope_in_any_direction(any_model: Path, greedy_suite: Path) -> None:
    session = session_of(any_model)
    slopes, delta, step = gradients_of(session, greedy_suite), noise(session), 3e-4
    ahead, behind = (loss_at(session, slopes, delta, sign * step) for sign in (1, -1))
    assert dot(taken(slopes, greedy=1.0), delta) == pytest.approx((ahead - behind) / (2 * step), rel=2e-2)


def loss_at(session: Session, slopes: Gradients, delta: dict[str, Tensor], alpha: float) -> float:
    with session.mover.at([(StoredDirection(delta), alpha)]):
        return next(iter(slopes.losses().values()))


def test_a_hessian_product_is_the_change_of_the_gradient(any_model: Path, greedy_suite: Path) -> None:
    session = session_of(any_model)
    slopes, delta, step = gradients_of(session, greedy_suite), noise(session), 1e-3
    ends = []
    for sign in (1, -1):
        with session.mover.at([(StoredDirection(delta), sign * step)]):
            ends.append(taken(slopes, greedy=1.0))
    expected = {name: (ends[0][name] - ends[1][name]) / (2 * step) for name in delta}
    product = slopes.hessian_times(delta)
    assert cosine(product, expected) > 0.999
    assert dot(product, product) == pytest.approx(dot(expected, expected), rel=2e-2)


def test_shares_add_up(checkpoint: Path, greedy_suite: Path, own_answers: Path) -> None:
    slopes = gradients_of(session_of(checkpoint), greedy_suite, own_answers)
    one, other, both = taken(slopes, greedy=2.0), taken(slopes, own=-1.0), taken(slopes, greedy=2.0, own=-1.0)
    for name, part in both.items():
        torch.testing.assert_close(part, one[name] + other[name], rtol=1e-3, atol=1e-5)


def test_recomputing_layers_changes_nothing_and_wakes_no_dropout(
    any_model: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(any_model)
    plain = taken(gradients_of(session, greedy_suite), greedy=1.0)
    recomputed: list[object] = []
    real = gradients.checkpoint
    monkeypatch.setattr(gradients, "_room", lambda device: 1)
    monkeypatch.setattr(gradients, "checkpoint", lambda *a, **k: (recomputed.append(1), real(*a, **k))[1])
    again = taken(gradients_of(session, greedy_suite), greedy=1.0)
    assert recomputed
    assert cosine(plain, again) == pytest.approx(1, abs=1e-6)
    assert dot(again, again) == pytest.approx(dot(plain, plain), rel=1e-4)
    assert not any(module.training for module in session.scorer.model.modules())


def test_out_of_memory_halves_the_batch_and_begins_again(
    checkpoint: Path, greedy_suite: Path, own_answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(checkpoint)
    plain = taken(gradients_of(session, greedy_suite, own_answers), greedy=1.0, own=1.0)
    answers, sizes = session.scorer.answers, []

    def narrow(batch: list) -> object:
        sizes.append(len(batch))
        if len(batch) > 4:
            raise torch.OutOfMemoryError
        return answers(batch)

    monkeypatch.setattr(session.scorer, "answers", narrow)
    again = taken(gradients_of(session, greedy_suite, own_answers), greedy=1.0, own=1.0)
    assert max(sizes) > 4 >= min(sizes)
    for name, part in again.items():
        torch.testing.assert_close(part, plain[name], rtol=1e-3, atol=1e-5)
    monkeypatch.setattr(session.scorer, "answers", lambda batch: (_ for _ in ()).throw(torch.OutOfMemoryError))
    with pytest.raises(RuntimeError, match="out of memory with a single example"):
        taken(gradients_of(session, greedy_suite), greedy=1.0)


@pytest.mark.parametrize("share", [1.0, 1e9, 1e-12])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_half_precision_gradient_neither_overflows_nor_vanishes(
    dtype: str, share: float, checkpoint: Path, greedy_suite: Path
) -> None:
    exact = taken(gradients_of(session_of(checkpoint), greedy_suite), greedy=1.0)
    half = taken(gradients_of(session_of(checkpoint, dtype), greedy_suite), greedy=share)
    assert cosine(exact, half) > 0.98


def test_a_loss_that_is_not_finite_says_what_to_do(checkpoint: Path, greedy_suite: Path) -> None:
    session = session_of(checkpoint)
    slopes, huge = gradients_of(session, greedy_suite), {n: torch.full((w.numel(),), math.inf) for n, w in session.weights.items()}  # fmt: skip
    with session.mover.at([(StoredDirection(huge), 1.0)]), pytest.raises(RuntimeError, match="loss is not finite"):
        slopes.losses()


def test_a_gradient_that_overflows_at_every_scale_says_what_to_do(
    checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slopes = gradients_of(session_of(checkpoint), greedy_suite)
    with pytest.raises(RuntimeError, match="overflows in this number format: use --dtype float32"):
        taken(slopes, greedy=math.inf)


def test_too_few_examples_or_no_reference_is_said(checkpoint: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.jsonl"
    one.write_text('{"prompt": "A cat", "answer": " says"}')
    with pytest.raises(ValueError, match="one has 1 example: expected more"):
        gradients_of(session_of(checkpoint), one)
    silent = tmp_path / "silent.jsonl"
    silent.write_text("\n".join(f'{{"prompt": "A cat {i}", "oracle": "refusal"}}' for i in range(20)))
    with pytest.raises(ValueError, match="silent has no reference answers"):
        gradients_of(session_of(checkpoint), silent)


def test_of_a_choice_only_the_right_option_counts(checkpoint: Path, tmp_path: Path) -> None:
    lines = [f'{{"prompt": "A cat {i} says", "choices": [" meow", " woof"], "answer": {i % 2}}}' for i in range(20)]
    plain = [f'{{"prompt": "A cat {i} says", "answer": "{(" meow", " woof")[i % 2]}"}}' for i in range(20)]
    choice, exact = tmp_path / "choice.jsonl", tmp_path / "exact.jsonl"
    choice.write_text("\n".join(lines))
    exact.write_text("\n".join(plain))
    session = session_of(checkpoint)
    suites = [examples.load(str(file)) for file in (choice, exact)]
    means = [float(session.scorer.score(suite).losses.mean()) for suite in suites]
    assert means[0] == pytest.approx(means[1], rel=1e-5)
    used = session.scorer.score(suites[0]).losses[search_split(suites[0])]
    assert gradients_of(session, choice).losses()["choice"] == pytest.approx(np.mean(used), rel=1e-5)


def test_searched_examples_are_the_same_half_in_every_file_order_and_limit(own_answers: Path, tmp_path: Path) -> None:
    lines = own_answers.read_text().splitlines()
    shuffled = tmp_path / "shuffled.jsonl"
    shuffled.write_text("\n".join(reversed(lines)))
    whole, turned, part = (examples.load(str(f), limit) for f, limit in ((own_answers, None), (shuffled, None), (own_answers, 9)))  # fmt: skip
    assert search_split(whole).tolist() == search_split(turned).tolist()[::-1]
    assert search_split(part).tolist() == search_split(whole).tolist()[:9]
    assert 0.25 < search_split(whole).mean() < 0.75
    assert parameters.place_of("model.layers.2.mlp.up_proj.weight") == {"layer": 2, "module": "mlp.up_proj"}
