"""How many directions a matrix uses: effective and stable rank, from its singular values."""

import torch
from torch import Tensor

PRECISION = torch.finfo(torch.float64).eps


class Gram:
    """The Gram matrix of a matrix that arrives by rows, in fp64, over its shorter side n: n² numbers in memory.

    A matrix with more columns than rows is held in fp32 as well.
    """

    def __init__(self, rows: int, columns: int, device: torch.device) -> None:
        """`device`: one that computes in fp64."""
        self.matrix = torch.zeros(min(rows, columns), min(rows, columns), dtype=torch.float64, device=device)
        self.held = torch.empty(rows, columns, device=device) if columns > rows else None
        self.filled = 0

    def add(self, block: Tensor) -> None:
        """The next rows, in fp64: (rows, columns)."""
        if self.held is None:
            self.matrix.addmm_(block.T, block)
        else:
            self.held[self.filled : self.filled + len(block)] = block
        self.filled += len(block)

    def singular_values(self, width: int = 2**10) -> Tensor:
        """All n of the matrix, ascending; those that fp64 cannot tell from 0 are 0 (below √(n·2⁻⁵²) of the largest)."""
        if self.held is not None:
            for columns in self.held.split(width, dim=1):
                block = columns.double()
                self.matrix.addmm_(block, block.T)
            self.held = None
        return _roots(torch.linalg.eigvalsh(self.matrix))


def of_product(left: Tensor, right: Tensor) -> Tensor:
    """Singular values of left @ right, (rows, r) and (r, columns), exactly and without forming it: r of them."""
    one, two = (torch.linalg.qr(factor.double(), mode="r").R for factor in (left, right.T))
    values = torch.linalg.svdvals(one @ two.T)
    return torch.where(values > len(values) * PRECISION * values.max(), values, 0.0)


def _roots(eigenvalues: Tensor) -> Tensor:
    """σ of a Gram matrix's eigenvalues σ², rounding errors cut off."""
    least = len(eigenvalues) * PRECISION * eigenvalues.max().clamp(min=0)
    return torch.where(eigenvalues > least, eigenvalues, 0.0).sqrt()


def effective_rank(values: Tensor) -> float:
    """exp(entropy) of the shares σᵢ/Σσ (Roy and Vetterli 2007): at most the rank; 0 of a zero matrix."""
    positive = values[values > 0]
    if not len(positive):
        return 0.0
    shares = positive / positive.sum()
    return float((-(shares * shares.log()).sum()).exp())


def stable_rank(values: Tensor) -> float:
    """‖Δ‖²_F / ‖Δ‖²₂, which small singular values hardly change: at most the rank; 0 of a zero matrix."""
    largest = float(values.max()) if len(values) else 0.0
    return float((values / largest).square().sum()) if largest > 0 else 0.0
