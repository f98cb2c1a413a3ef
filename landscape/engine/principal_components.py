"""Principal components of snapshots, from their inner products: the directions in which a training run moved most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from landscape.checkpoints.parameters import count
from landscape.engine.direction_tensors import StoredDirection


@dataclass(frozen=True)
class Components:
    """Directions of unit RMS, the leading one first, and the share of the snapshots' variance along each."""

    directions: tuple[StoredDirection, ...]
    variance: tuple[float, ...]


def components(snapshots: Sequence[Mapping[str, Tensor]], origin: Mapping[str, Tensor], wanted: int) -> Components:
    """Return the first `wanted` principal components of the snapshots, centred on their mean.

    A component points from the first snapshot towards the last. Takes the memory of the snapshots and of an
    fp32 copy of each.

    Raises:
        ValueError: the snapshots vary in fewer dimensions than wanted.
    """
    gram = _gram(snapshots, origin)  # (m, m), of θᵢ − θ₀
    centring = np.eye(len(gram)) - 1 / len(gram)
    values, vectors = np.linalg.eigh(centring @ gram @ centring)
    values, vectors = values[::-1], vectors[:, ::-1]
    if values[wanted - 1] <= 1e-8 * max(values[0], 1e-300):
        raise ValueError(f"the snapshots lie on fewer than {wanted} dimensions: name others, or more of them")
    directions = tuple(_component(snapshots, origin, gram, centring @ vectors[:, c]) for c in range(wanted))
    return Components(directions, tuple(float(v / values.sum()) for v in values[:wanted]))


def _gram(snapshots: Sequence[Mapping[str, Tensor]], origin: Mapping[str, Tensor]) -> np.ndarray:
    gram = np.zeros((len(snapshots), len(snapshots)))
    for name, weight in origin.items():
        moves = torch.stack([(s[name].to(weight.device).float() - weight.float()).flatten() for s in snapshots])
        gram += (moves.double() @ moves.double().T).cpu().numpy()
    return gram / count(origin)


def _component(
    snapshots: Sequence[Mapping[str, Tensor]], origin: Mapping[str, Tensor], gram: np.ndarray, mixture: np.ndarray
) -> StoredDirection:
    reached = gram @ mixture  # where each snapshot lies along the mixture
    mixture = mixture * (1 if reached[-1] >= reached[0] else -1) / np.sqrt(mixture @ gram @ mixture)
    return StoredDirection({name: _mixed(snapshots, name, weight, mixture) for name, weight in origin.items()})


def _mixed(snapshots: Sequence[Mapping[str, Tensor]], name: str, weight: Tensor, mixture: np.ndarray) -> Tensor:
    """Return Σ cᵢ(θᵢ − θ₀) of one tensor, flat, in fp32."""
    mixed = torch.zeros(weight.numel(), device=weight.device)
    for share, snapshot in zip(mixture, snapshots, strict=True):
        mixed += float(share) * (snapshot[name].to(weight.device).float() - weight.float()).flatten()
    return mixed
