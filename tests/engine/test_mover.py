"""Movement and restoration, against closed forms."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape.checkpoints import parameters
from landscape.engine import mover as engine_mover
from landscape.engine.direction_tensors import GaussianDirection, ScaledDirection, TowardsDirection
from tests.conftest import make_gpt2, make_model
from tests.engine.bits import copies, same_bits

DTYPES = [torch.float32, torch.bfloat16, torch.float16]


@settings(max_examples=25, deadline=None)
@given(
    dtype=st.sampled_from(DTYPES),
    tied=st.booleans(),
    seed=st.integers(0, 2**40),
    alpha=st.floats(-10, 10, allow_nan=False),
    fails=st.booleans(),
)
def test_weights_are_restored_bit_for_bit(dtype: torch.dtype, tied: bool, seed: int, alpha: float, fails: bool) -> None:
    model = make_model(tied=tied).to(dtype)
    mover = engine_mover.Mover(parameters.select(model))
    before = copies(mover.weights)
    lines = [(GaussianDirection(seed), alpha), (ScaledDirection(seed, rows=True), 0.1)]
    try:
        with mover.at(lines[: 1 + seed % 2]):
            if fails:
                raise RuntimeError("in the middle of a point")
    except RuntimeError:
        pass
    assert same_bits(before, mover.weights)
    assert same_bits(before, parameters.select(model))


@settings(max_examples=25, deadline=None)
@given(dtype=st.sampled_from(DTYPES), seed=st.integers(0, 2**40), alpha=st.floats(-1, 1, allow_nan=False))
def test_movement_is_origin_plus_alpha_times_direction_cast_once(dtype: torch.dtype, seed: int, alpha: float) -> None:
    model = make_model().to(dtype)
    mover = engine_mover.Mover(parameters.select(model))
    squares = 0.0
    with mover.at([(GaussianDirection(seed), alpha)]) as realised:
        for name, weight in mover.weights.items():
            origin = mover.origin[name]
            draws = torch.cat([chunk for _, chunk in GaussianDirection(seed).chunks(name, origin)]).view(origin.shape)
            expected = torch.add(origin.float(), draws, alpha=alpha).to(dtype)
            assert torch.equal(weight, expected)
            squares += float((expected.double() - origin.double()).square().sum())
    assert realised == pytest.approx((squares / parameters.count(mover.weights)) ** 0.5, rel=1e-4, abs=1e-12)


def test_a_tied_tensor_counts_and_moves_once() -> None:
    tied, untied = make_model(tied=True), make_model(tied=False)
    one, two = parameters.select(tied), parameters.select(untied)
    assert parameters.count(two) - parameters.count(one) == tied.lm_head.weight.numel()
    with engine_mover.Mover(one).at([(GaussianDirection(0), 0.5)]):
        assert torch.equal(tied.lm_head.weight, tied.model.embed_tokens.weight)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_other_checkpoint_stands_at_its_own_alpha_bit_for_bit(dtype: torch.dtype) -> None:
    origin, target = (parameters.select(make_model(seed).to(dtype)) for seed in (0, 1))
    alpha = parameters.rms_difference(origin, target)
    mover = engine_mover.Mover(origin)
    with mover.at([(TowardsDirection(target, alpha), alpha)]) as realised:
        assert same_bits(mover.weights, target)
    assert realised == pytest.approx(alpha, rel=1e-4)


def test_towards_a_checkpoint_is_a_unit_direction() -> None:
    origin, target = (parameters.select(make_model(seed)) for seed in (0, 1))
    alpha = parameters.rms_difference(origin, target)
    squares = sum(
        float(chunk.double().square().sum())
        for name, tensor in origin.items()
        for _, chunk in TowardsDirection(target, alpha).chunks(name, tensor)
    )
    assert squares == pytest.approx(parameters.count(origin), rel=1e-5)


def test_two_directions_add_up() -> None:
    mover = engine_mover.Mover(parameters.select(make_model()))
    with mover.at([(GaussianDirection(1), 0.3), (GaussianDirection(2), -0.4)]) as realised:
        assert realised == pytest.approx(0.5, rel=0.02)  # √(0.3² + 0.4²): independent draws are orthogonal


def test_half_precision_swallows_what_the_realised_alpha_shows() -> None:
    mover = engine_mover.Mover(parameters.select(make_model().to(torch.bfloat16)))
    with mover.at([(GaussianDirection(0), 1e-6)]) as realised:
        assert realised < 2e-6
        moved = sum(int((mover.weights[name] != mover.origin[name]).sum()) for name in mover.weights)
    assert moved < 0.05 * parameters.count(mover.weights)


def test_globs_narrow_what_moves() -> None:
    model = make_gpt2()
    chosen = parameters.select(model, only=["*.mlp.*"], exclude=["*.bias"])
    assert chosen
    assert all(".mlp." in name and not name.endswith("bias") for name in chosen)
    before = copies(parameters.select(model))
    with engine_mover.Mover(chosen).at([(GaussianDirection(0), 0.1)]):
        after = parameters.select(model)
        changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed == set(chosen)


@pytest.mark.parametrize(
    ("only", "exclude", "message"), [(["*.nope"], [], "matches no parameter"), ([], ["*"], "leave no")]
)
def test_globs_that_select_nothing_are_refused(only: list[str], exclude: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parameters.select(make_gpt2(), only, exclude)
