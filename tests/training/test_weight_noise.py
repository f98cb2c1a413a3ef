"""Training under weight noise: exact where it must be, and on average what the closed form says."""

import copy
import math
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from landscape.checkpoints import parameters
from landscape.engine import mover
from landscape.engine.direction_tensors import GaussianDirection
from landscape.training.weight_noise import GaussianAugmented, noise_direction
from tests.conftest import make_model
from tests.training.bits import TOKENS, bits, same

Make = Callable[..., torch.optim.Optimizer]
OPTIMISERS: dict[str, Make] = {
    "sgd": lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9),
    "adamw": lambda params: torch.optim.AdamW(params, lr=1e-2),
    "adagrad": lambda params: torch.optim.Adagrad(params, lr=1e-2),
}


def learn(model: nn.Module, optimizer: GaussianAugmented, updates: range, parts: int = 1) -> None:
    for update in updates:
        for rows in (TOKENS + update).chunk(parts):
            with optimizer.noised():
                (model(input_ids=rows, labels=rows).loss / parts).backward()
        optimizer.step()
        optimizer.zero_grad()


@pytest.mark.parametrize("make", OPTIMISERS.values(), ids=OPTIMISERS)
def test_with_sigma_zero_it_is_the_wrapped_optimiser_bit_for_bit(make: Make) -> None:
    model = make_model()
    bare = copy.deepcopy(model)
    learn(model, GaussianAugmented(make(model.named_parameters()), sigma=0.0, seed=0), range(4))
    optimizer = make(bare.named_parameters())
    for update in range(4):
        bare(input_ids=TOKENS + update, labels=TOKENS + update).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert same(bits(model), bits(bare))


def mean_gradient(loss: Callable[[Tensor], Tensor], at: Tensor, sigma: float, draws: int) -> tuple[Tensor, Tensor]:
    """The mean gradient over draws, and its standard error, both (d,)."""
    theta = nn.Parameter(at.clone())
    optimizer = GaussianAugmented(torch.optim.SGD([theta], lr=1.0), sigma, seed=1)
    found = []
    for _ in range(draws):
        with optimizer.noised():
            loss(theta).backward()
        assert theta.grad is not None
        found.append(theta.grad.clone())
        optimizer.zero_grad()
    gradients = torch.stack(found)
    return gradients.mean(0), gradients.std(0) / draws**0.5


def test_the_expected_gradient_is_that_of_the_smoothed_quadratic() -> None:
    root = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    curvature, lowest, here = root @ root.T, torch.arange(6.0), torch.ones(6)

    def loss(theta: Tensor) -> Tensor:  # E L(θ + ε) = L(θ) + σ² tr(A)/2, so its gradient is A(θ − c)
        return 0.5 * (theta - lowest) @ curvature @ (theta - lowest)

    mean, error = mean_gradient(loss, here, sigma=0.3, draws=2000)
    assert ((mean - curvature @ (here - lowest)).abs() < 4 * error).all()
    assert (error > 0).all()


def test_the_expected_gradient_is_that_of_the_smoothed_quartic_and_not_of_the_bare_one() -> None:
    here, sigma = torch.full((8,), 0.5), 0.4
    mean, error = mean_gradient(lambda theta: theta.pow(4).sum() / 4, here, sigma, draws=4000)
    assert ((mean - (here**3 + 3 * sigma**2 * here)).abs() < 4 * error).all()  # E (θ + ε)³
    assert ((mean - here**3).abs() > 10 * error).all()


def test_noise_has_the_sigma_asked_for_and_says_what_was_realised() -> None:
    model = make_model(width=64)
    optimizer = GaussianAugmented(torch.optim.SGD(model.named_parameters(), lr=0.1), sigma=0.05, seed=3)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    with optimizer.noised() as realised:
        moved = parameters.rms_difference({n: p.detach() for n, p in model.named_parameters()}, before)
    assert realised == pytest.approx(moved, rel=1e-4)
    assert realised == pytest.approx(0.05, rel=0.02)


def fail_within(optimizer: GaussianAugmented) -> None:
    with optimizer.noised() as realised:
        assert realised > 0.1
        raise KeyboardInterrupt


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_weights_are_restored_bit_for_bit_also_after_an_error(dtype: torch.dtype) -> None:
    model = make_model().to(dtype)
    optimizer = GaussianAugmented(torch.optim.SGD(model.parameters(), lr=0.1), sigma=0.5, seed=0)
    before = bits(model)
    with pytest.raises(KeyboardInterrupt):
        fail_within(optimizer)
    assert same(before, bits(model))
    with optimizer.noised():  # and it can go on
        pass
    assert same(before, bits(model))


def test_each_micro_batch_has_noise_of_its_own_and_the_step_starts_from_clean_weights() -> None:
    model = make_model()
    reference, clean = copy.deepcopy(model), bits(model)
    optimizer = GaussianAugmented(torch.optim.SGD(model.named_parameters(), lr=0.1), sigma=0.05, seed=7)
    for number, rows in enumerate(TOKENS.chunk(2)):
        with optimizer.noised():
            (model(input_ids=rows, labels=rows).loss / 2).backward()
        noisy = copy.deepcopy(reference)
        with mover.Mover(parameters.select(noisy)).at([(noise_direction(7, number), 0.05)]):
            (noisy(input_ids=rows, labels=rows).loss / 2).backward()
        for parameter, other in zip(reference.parameters(), noisy.parameters(), strict=True):
            assert other.grad is not None
            parameter.grad = other.grad if parameter.grad is None else parameter.grad + other.grad
    assert same(bits(model), clean)
    optimizer.step()
    torch.optim.SGD(reference.parameters(), lr=0.1).step()
    assert same(bits(model), bits(reference))
    assert optimizer.draws == 2


def test_interrupted_training_resumes_identically(tmp_path) -> None:  # type: ignore[no-untyped-def]
    undisturbed, stopped = make_model(), make_model()

    def wrapped(model: nn.Module, sigma: float = 0.03) -> GaussianAugmented:
        return GaussianAugmented(torch.optim.AdamW(model.named_parameters(), lr=1e-2), sigma, seed=5)

    learn(undisturbed, wrapped(undisturbed), range(6), parts=2)
    optimizer = wrapped(stopped)
    learn(stopped, optimizer, range(3), parts=2)
    torch.save({"weights": stopped.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "state")
    saved = torch.load(tmp_path / "state", weights_only=True)
    resumed = make_model(seed=1)
    resumed.load_state_dict(saved["weights"])
    optimizer = wrapped(resumed, sigma=0.7)
    optimizer.load_state_dict(saved["optimizer"])
    assert (optimizer.sigma, optimizer.draws) == (0.03, 6)
    learn(resumed, optimizer, range(3, 6), parts=2)
    assert same(bits(resumed), bits(undisturbed))


def test_a_bare_optimiser_s_state_is_taken_too() -> None:
    model = make_model()
    bare = torch.optim.AdamW(model.named_parameters(), lr=1e-2)
    model(input_ids=TOKENS, labels=TOKENS).loss.backward()
    bare.step()
    optimizer = GaussianAugmented(torch.optim.AdamW(model.named_parameters(), lr=1), sigma=0.1, seed=2)
    optimizer.load_state_dict(bare.state_dict())
    assert (optimizer.sigma, optimizer.seed, optimizer.draws) == (0.1, 2, 0)
    assert optimizer.param_groups[0]["lr"] == 1e-2
    assert len(optimizer.state) == len(list(model.parameters()))


def test_schedulers_and_gradient_scalers_work_as_with_the_wrapped_one() -> None:
    model = make_model()
    optimizer = GaussianAugmented(torch.optim.SGD(model.named_parameters(), lr=1.0), sigma=0.01, seed=0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: 0.5**update)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    before = bits(model)
    for rate in (1.0, 0.5):
        assert optimizer.optimizer.param_groups[0]["lr"] == rate
        with optimizer.noised(), torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model(input_ids=TOKENS, labels=TOKENS).loss
            scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        scheduler.step()
    assert not same(before, bits(model))


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.AdamW])
@pytest.mark.parametrize("slope", [1.0, float("inf")])
def test_a_scaler_does_with_a_fused_optimiser_what_it_does_without_noise(make: Make, slope: float) -> None:
    """Gradients are unscaled, and a step at an infinite one is left out."""
    stepped = []
    for wrap in (lambda bare: bare, lambda bare: GaussianAugmented(bare, sigma=0.0, seed=0)):
        weight = nn.Parameter(torch.full((3,), 0.5))
        optimizer = wrap(make([weight], lr=0.1, fused=True))
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
        scaler.scale((weight * slope).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        stepped.append(weight.detach().clone())
    assert torch.equal(*stepped)
    assert bool((stepped[0] == 0.5).all()) == math.isinf(slope)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_steps_like_the_one_it_was_made_of(again: Callable[[GaussianAugmented], GaussianAugmented]) -> None:
    model = make_model()
    copied = again(GaussianAugmented(torch.optim.SGD(model.parameters(), lr=0.1), sigma=0.1, seed=5))
    assert (copied.sigma, copied.seed, copied.draws) == (0.1, 5, 0)
    weight = copied.param_groups[0]["params"][0]
    before, weight.grad = weight.detach().clone(), torch.ones_like(weight)
    copied.step()
    assert torch.allclose(weight, before - 0.1)


def test_a_block_within_autocast_is_not_given_the_weights_cast_before_it() -> None:
    model = nn.Linear(8, 1, bias=False)
    optimizer = GaussianAugmented(torch.optim.SGD(model.parameters(), lr=0.1), sigma=3.0, seed=0)
    x = torch.ones(1, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        clean = model(x).item()
        with optimizer.noised():
            noisy = model(x).item()
        assert model(x).item() == clean
    assert abs(noisy - clean) > 0.1


def test_only_the_weights_that_were_named_are_noised() -> None:
    model = make_model()
    bare = torch.optim.SGD(model.named_parameters(), lr=0.1)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = GaussianAugmented(bare, sigma=0.1, seed=0, only=["*mlp*", "*norm*"], exclude=["*norm*"])
    with optimizer.noised():
        moved = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert moved == {name for name in before if "mlp" in name}
    with pytest.raises(ValueError, match="'\\*attn_x\\*' matches no parameter"):
        GaussianAugmented(bare, sigma=0.1, seed=0, only=["*attn_x*"])
    with pytest.raises(ValueError, match=r"built from model\.named_parameters\(\)"):
        GaussianAugmented(torch.optim.SGD(model.parameters(), lr=0.1), sigma=0.1, seed=0, only=["*mlp*"])


def test_a_frozen_weight_that_the_optimiser_lacks_stays() -> None:
    model = make_model()
    frozen = model.model.embed_tokens.weight
    trained = [(name, p) for name, p in model.named_parameters() if p is not frozen]
    optimizer = GaussianAugmented(torch.optim.SGD(trained, lr=0.1), sigma=0.1, seed=0)
    before = frozen.detach().clone()
    with optimizer.noised():
        assert torch.equal(frozen, before)


def test_a_closure_runs_under_noise_of_its_own() -> None:
    theta = nn.Parameter(torch.zeros(3))
    optimizer = GaussianAugmented(torch.optim.SGD([theta], lr=1.0), sigma=1.0, seed=0)

    def closure() -> float:
        optimizer.zero_grad()
        loss = theta.square().sum() / 2  # its gradient is θ + ε itself
        loss.backward()
        return float(loss.detach())

    assert optimizer.step(closure) > 0
    ((_, epsilon),) = GaussianDirection(noise_direction(0, 0).seed).chunks("0.0", theta)
    assert torch.equal(theta.detach(), -epsilon)


def test_what_would_mix_clean_and_noisy_weights_is_refused() -> None:
    model = make_model()
    optimizer = GaussianAugmented(torch.optim.SGD(model.parameters(), lr=0.1), sigma=0.1, seed=0)
    with pytest.raises(RuntimeError, match="its end would undo the step"), optimizer.noised():
        optimizer.step()
    with pytest.raises(RuntimeError, match="one within another"), optimizer.noised(), optimizer.noised():
        pass
    with optimizer.noised():
        loss = model(input_ids=TOKENS, labels=TOKENS).loss
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("sigma", [-0.1, float("nan"), float("inf")])
def test_a_sigma_that_is_none_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match="finite sigma ≥ 0"):
        GaussianAugmented(torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1), sigma, seed=0)
