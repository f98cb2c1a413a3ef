"""The ways of training: what each does to the gradient, and that an interruption changes nothing."""

import copy
import math
from pathlib import Path

import pytest
import torch

from landscape.demo import training
from landscape.demo.corpus import Batch
from landscape.demo.methods import Average, Method, Noise, Plain, Sharpness
from landscape.demo.training import Entry, Schedule, train
from tests.conftest import make_model
from tests.training.bits import bits, same

NOISE = Noise(0.05, rise=30, draws=2)
METHODS = [Plain(), NOISE, Sharpness(0.1), Average(since=12), Average(since=12, of=NOISE)]


def batches(update: int) -> Batch:
    tokens = (torch.arange(24).view(2, 12) + update) % 320
    return Batch(tokens, tokens)


def run(
    method: Method, updates: int, state: Path, stop: int | None = None, log: list[Entry] | None = None
) -> torch.nn.Module:
    model = make_model()

    def after(count: int, loss: float) -> None:
        if count == stop:
            raise InterruptedError

    schedule = Schedule(updates, rate=1e-3, warmup=5)
    train(model, batches, schedule, state, "recipe", after, method=method, seed=4, log=log)
    return model


@pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
def test_an_interrupted_training_ends_where_an_undisturbed_one_does(
    method: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 20)
    monkeypatch.setattr(training, "LOG_EVERY", 10)
    whole: list[Entry] = []
    again: list[Entry] = []
    undisturbed = run(method, 26, tmp_path / "a.state", log=whole)
    with pytest.raises(InterruptedError):
        run(method, 26, tmp_path / "b.state", stop=23)
    assert same(bits(run(method, 26, tmp_path / "b.state", log=again)), bits(undisturbed))
    assert [entry["step"] for entry in whole] == [10, 20]
    assert again == whole


def test_the_log_holds_the_mean_loss_of_its_updates(tmp_path: Path) -> None:
    losses: list[float] = []
    log: list[Entry] = []
    schedule = Schedule(60, rate=1e-3)
    train(make_model(), batches, schedule, tmp_path / "state", "", lambda _, loss: losses.append(loss), log=log)
    expected = {"step": 50, "loss": pytest.approx(sum(losses[:50]) / 50), "learning_rate": schedule.rate_at(49)}
    assert log == [expected]


def test_noise_of_no_size_is_plain_training(tmp_path: Path) -> None:
    assert same(bits(run(Noise(0.0), 5, tmp_path / "a.state")), bits(run(Plain(), 5, tmp_path / "b.state")))


def test_sharpness_takes_the_gradient_at_rho_along_the_gradient() -> None:
    model = make_model()
    before, reference = bits(model), copy.deepcopy(model)

    def backward(part: int, parts: int, of: torch.nn.Module = model) -> float:
        loss = of(input_ids=batches(0).tokens, labels=batches(0).labels).loss
        loss.backward()
        return float(loss.detach())

    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    loss = Sharpness(0.1).gradient(0, optimizer, model, backward)
    assert loss == backward(0, 1, reference)
    assert same(before, bits(model))
    slopes = [p.grad for p in reference.parameters() if p.grad is not None]
    length = math.sqrt(sum(float(g.square().sum()) for g in slopes))
    with torch.no_grad():
        for parameter, slope in zip(reference.parameters(), slopes, strict=True):
            parameter += 0.1 * slope / length
    reference.zero_grad()
    backward(0, 1, reference)
    for found, expected in zip(model.parameters(), reference.parameters(), strict=True):
        assert found.grad is not None
        assert expected.grad is not None
        assert torch.allclose(found.grad, expected.grad, rtol=1e-3, atol=1e-6)


def test_an_average_is_the_mean_of_the_weights_that_it_collected(tmp_path: Path) -> None:
    seen: list[torch.Tensor] = []
    model = make_model()

    def after(count: int, loss: float) -> None:
        if count > 3:
            seen.append(model.get_input_embeddings().weight.detach().clone())

    train(model, batches, Schedule(6, rate=1e-2), tmp_path / "state", "", after, method=Average(since=3))
    assert len(seen) == 3
    assert torch.allclose(model.get_input_embeddings().weight, torch.stack(seen).mean(0), atol=1e-6)


def test_an_average_of_noisy_training_is_trained_under_the_noise(tmp_path: Path) -> None:
    noisy = run(NOISE, 5, tmp_path / "a.state")  # the weights after the last update are their own mean
    assert same(bits(run(Average(since=4, of=NOISE), 5, tmp_path / "b.state")), bits(noisy))
    assert not same(bits(run(Average(since=4), 5, tmp_path / "c.state")), bits(noisy))


def test_the_rate_falls_to_the_share_that_is_named() -> None:
    assert Schedule(100, rate=1.0).rate_at(100) == pytest.approx(0.02)
    assert Schedule(100, rate=1.0, warmup=10, final=1.0).rate_at(57) == 1.0
