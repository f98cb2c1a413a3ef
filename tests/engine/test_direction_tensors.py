"""Directions: seeds, scales, and independence of order."""

import pytest
import torch

from landscape.checkpoints.parameters import CHUNK
from landscape.engine.direction_tensors import DirectionTensors, GaussianDirection, ScaledDirection


def whole(line: DirectionTensors, name: str, origin: torch.Tensor) -> torch.Tensor:
    out = torch.zeros(origin.numel())
    for part, chunk in line.chunks(name, origin):
        out[part] = chunk
    return out.view(origin.shape)


def test_a_gaussian_has_unit_rms_across_chunks_and_is_not_normalised() -> None:
    n = 3 * CHUNK["cpu"] + 17
    draw = whole(GaussianDirection(0), "w", torch.empty(n))
    rms = float(draw.square().mean().sqrt())
    assert rms == pytest.approx(1, abs=4 / (2 * n) ** 0.5)
    assert rms != 1
    assert not torch.equal(draw[: CHUNK["cpu"]], draw[CHUNK["cpu"] : 2 * CHUNK["cpu"]])


def test_a_seed_and_a_name_are_the_direction_whatever_was_asked_before() -> None:
    origin = torch.empty(5, 7)
    torch.manual_seed(0)
    first = whole(GaussianDirection(3), "a", origin)
    whole(GaussianDirection(3), "b", origin)
    torch.manual_seed(1)
    assert torch.equal(first, whole(GaussianDirection(3), "a", origin))
    assert not torch.equal(first, whole(GaussianDirection(3), "b", origin))
    assert not torch.equal(first, whole(GaussianDirection(4), "a", origin))


def test_drawing_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    whole(GaussianDirection(0), "a", torch.empty(100))
    assert torch.equal(torch.rand(3), expected)


def test_layer_scales_each_tensor_to_its_norm() -> None:
    origin = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    assert float(whole(ScaledDirection(0, rows=False), "w", origin).norm()) == pytest.approx(
        float(origin.norm()), rel=1e-5
    )


def test_filter_scales_each_row_and_leaves_one_dimensional_tensors() -> None:
    origin = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    drawn = whole(ScaledDirection(0, rows=True), "w", origin)
    torch.testing.assert_close(drawn.norm(dim=1), origin.norm(dim=1))
    assert not whole(ScaledDirection(0, rows=True), "b", origin[0]).any()
