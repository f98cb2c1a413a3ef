"""Noise without a copy: the same gradients bit for bit, the weights never touched, what cannot be noised refused."""

import copy

import pytest
import torch
from torch import Tensor, nn

from landscape.training.copy_free_noise import _NoisyModules
from landscape.training.weight_noise import GaussianAugmented
from tests.conftest import make_gpt2, make_model
from tests.training.bits import TOKENS, bits, same


def wrapped(model: nn.Module, sigma: float = 0.05, **globs: list[str]) -> GaussianAugmented:
    return GaussianAugmented(torch.optim.SGD(model.named_parameters(), lr=0.1), sigma, seed=3, **globs)


def gradients(model: nn.Module) -> list[Tensor]:
    return [p.grad.clone().view(torch.uint8) for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("globs", [{}, {"only": ["*mlp*", "*norm*"]}])
def test_gradients_are_those_of_noised_bit_for_bit(tied: bool, dtype: torch.dtype, globs: dict[str, list[str]]) -> None:
    model = make_model(tied=tied).to(dtype)
    other, before = copy.deepcopy(model), bits(model)
    one, two = wrapped(model, **globs), wrapped(other, **globs)
    for rows in TOKENS.chunk(2):
        with one.noised_in_passing(model):
            assert same(before, bits(model))
            model(input_ids=rows, labels=rows).loss.backward()
        with two.noised():
            other(input_ids=rows, labels=rows).loss.backward()
    assert same(gradients(model), gradients(other))
    assert same(before, bits(model))
    assert one.draws == two.draws == 2


def test_other_architectures_and_recomputed_activations_are_no_exception() -> None:
    model = make_gpt2().train()
    model.activation_checkpointing_enable({"use_reentrant": False})
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    other = copy.deepcopy(model)
    one, two = wrapped(model), wrapped(other)
    with one.noised_in_passing(model):
        model(input_ids=TOKENS, labels=TOKENS).loss.backward()
    with two.noised():
        other(input_ids=TOKENS, labels=TOKENS).loss.backward()
    assert same(gradients(model), gradients(other))


def test_no_module_is_left_changed_also_after_an_error() -> None:
    model = make_model()
    attributes = [set(vars(module)) for module in model.modules()]
    with pytest.raises(IndexError), wrapped(model).noised_in_passing(model):
        model(input_ids=TOKENS + 10_000)
    assert [set(vars(module)) for module in model.modules()] == attributes
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_nothing_of_the_noise_is_kept_for_the_backward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(8)))
    pack, kept = _NoisyModules.pack, []

    def spied(self: _NoisyModules, tensor: Tensor) -> object:
        kept.append((tensor.numel() == 64 * 64, pack(self, tensor)))
        return kept[-1][1]

    monkeypatch.setattr(_NoisyModules, "pack", spied)
    with wrapped(layers).noised_in_passing(layers):
        layers(torch.ones(1, 64)).sum().backward()
    weights = [what for large, what in kept if large]
    assert len(weights) == 7  # autograd wants those of all layers but the first
    assert not any(isinstance(what, Tensor) for what in weights)


def test_a_weight_that_is_used_outside_its_module_is_refused() -> None:
    class Peeks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.linear(x, self.inner.weight)

    model = Peeks()
    with (
        pytest.raises(RuntimeError, match=r"inner\.weight was used outside the forward pass of its own module"),
        wrapped(model).noised_in_passing(model),
    ):
        model(torch.ones(2, 3)).sum().backward()


class Tied(nn.Module):
    """The embedding is looked up by its own module, and is the head as well, by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.mix = nn.Embedding(16, 8), nn.Linear(8, 8)

    def forward(self, tokens: Tensor) -> Tensor:
        hidden: Tensor = self.mix(self.embed(tokens))
        return nn.functional.linear(hidden, self.embed.weight)


def test_a_weight_that_is_used_in_its_module_and_beside_it_is_refused() -> None:
    model = Tied()
    block = wrapped(model).noised_in_passing(model)
    with pytest.raises(RuntimeError, match="embed.weight was used outside the forward pass of its own module"), block:
        model(torch.arange(8)).square().sum().backward()


def test_with_sigma_zero_nothing_happens() -> None:
    model = make_model()
    bare = copy.deepcopy(model)
    with wrapped(model, sigma=0.0).noised_in_passing(model):
        model(input_ids=TOKENS, labels=TOKENS).loss.backward()
    bare(input_ids=TOKENS, labels=TOKENS).loss.backward()
    assert same(gradients(model), gradients(bare))
