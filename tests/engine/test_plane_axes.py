"""Planes of directions against plain linear algebra."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape.engine.direction_tensors import GaussianDirection, ScaledDirection, StoredDirection, TowardsDirection
from landscape.engine.plane_axes import inner, orthonormal, place
from landscape.engine.principal_components import components

ORIGIN = {"a": torch.linspace(-1, 1, 12).reshape(3, 4), "b": torch.arange(5.0)}
D = 17


def stored(values: np.ndarray) -> StoredDirection:
    return StoredDirection(
        {"a": torch.tensor(values[:12], dtype=torch.float32), "b": torch.tensor(values[12:], dtype=torch.float32)}
    )


def flat(line: object, name: str) -> np.ndarray:
    whole = torch.zeros(ORIGIN[name].numel())
    for part, chunk in line.chunks(name, ORIGIN[name]):  # type: ignore[attr-defined]
        whole[part] = chunk
    return whole.numpy().astype(float)


def vector(line: object) -> np.ndarray:
    return np.concatenate([flat(line, name) for name in ORIGIN])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31), st.floats(-0.999, 0.999), st.floats(-3, 3), st.floats(-3, 3))
def test_a_plane_is_gram_schmidt(seed: int, cosine: float, x: float, y: float) -> None:
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(D, 2)))[0].T * math.sqrt(D)
    u, v = basis[0], cosine * basis[0] + math.sqrt(1 - cosine**2) * basis[1]
    axes = orthonormal(stored(u), stored(v), ORIGIN, relative=False)
    assert axes.cosine == pytest.approx(cosine, abs=1e-5)
    a, b = axes.coefficients(x, y)
    np.testing.assert_allclose(a * u + b * v, x * basis[0] + y * basis[1], atol=2e-3)
    assert axes.point_of(a, b) == pytest.approx((x, y), abs=1e-6)


def test_gaussian_axes_are_orthogonal_and_the_second_has_unit_rms() -> None:
    u, v = GaussianDirection(0), GaussianDirection(1)
    axes = orthonormal(u, v, ORIGIN, relative=False)
    second = sum(c * vector(line) for c, line in zip(axes.coefficients(0, 1), (u, v), strict=True))
    assert second @ vector(u) == pytest.approx(0, abs=1e-4)
    assert second @ second / D == pytest.approx(1, rel=1e-5)
    assert inner(u, v, ORIGIN) == pytest.approx(vector(u) @ vector(v) / D, rel=1e-5)


def test_relative_axes_keep_the_length_of_the_second() -> None:
    u, v = ScaledDirection(0, rows=False), ScaledDirection(1, rows=False)
    axes = orthonormal(u, v, ORIGIN, relative=True)
    second = sum(c * vector(line) for c, line in zip(axes.coefficients(0, 1), (u, v), strict=True))
    assert second @ vector(u) == pytest.approx(0, abs=1e-4)
    assert second @ second == pytest.approx(vector(v) @ vector(v), rel=1e-5)


@pytest.mark.parametrize("factor", [1.0, -1.0, 1.00001])
def test_collinear_directions_span_no_plane(factor: float) -> None:
    u = np.random.default_rng(0).normal(size=D)
    with pytest.raises(ValueError, match=r"collinear \(cosine -?1\.0000"):
        orthonormal(stored(u), stored(factor * u), ORIGIN, relative=False)


def test_a_checkpoint_is_placed_by_projection_with_its_distance() -> None:
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(rng.normal(size=(D, 3)))[0].T * math.sqrt(D)
    u, v = stored(basis[0]), stored(0.6 * basis[0] + 0.8 * basis[1])
    moved = 0.02 * basis[0] - 0.03 * basis[1] + 0.01 * basis[2]
    target = {name: ORIGIN[name] + part for name, part in zip(ORIGIN, _parts(moved), strict=True)}
    axes = orthonormal(u, v, ORIGIN, relative=False)
    found = place(TowardsDirection(target, float(np.linalg.norm(moved) / math.sqrt(D))), u, v, axes, ORIGIN)
    assert found == pytest.approx([0.02, -0.03, 0.01], rel=1e-3)


def test_principal_components_are_those_of_the_covariance() -> None:
    rng = np.random.default_rng(1)
    cloud = rng.normal(size=(6, D)) * np.linspace(3, 0.1, D)
    snapshots = [
        dict(zip(ORIGIN, (ORIGIN[n] + p for n, p in zip(ORIGIN, _parts(row), strict=True)), strict=True))
        for row in cloud
    ]
    found = components(snapshots, ORIGIN, 2)
    centred = cloud - cloud.mean(axis=0)
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    for index, line in enumerate(found.directions):
        assert abs(vector(line) @ right[index]) / math.sqrt(D) == pytest.approx(1, rel=1e-4)
        assert vector(line) @ vector(line) / D == pytest.approx(1, rel=1e-4)
        assert vector(line) @ cloud[-1] >= vector(line) @ cloud[0], "a component points from the first to the last"
    assert found.variance == pytest.approx((singular**2 / (singular**2).sum())[:2], rel=1e-4)


def test_snapshots_on_one_line_have_no_second_component() -> None:
    move = np.random.default_rng(2).normal(size=D)
    snapshots = [{n: ORIGIN[n] + k * p for n, p in zip(ORIGIN, _parts(move), strict=True)} for k in range(4)]
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        components(snapshots, ORIGIN, 2)


def _parts(values: np.ndarray) -> list[torch.Tensor]:
    whole = torch.tensor(values, dtype=torch.float32)
    return [whole[:12].reshape(3, 4), whole[12:]]
