"""How many directions a matrix uses: effective and stable rank, from its singular values."""

import torch
from torch import Tensor

PRECISION = torch.finfo(torch.float64).eps


class Gram:
    """The Gram matrix, over its shorter side n, of a matrix that is given row by row. In fp64: n² numbers in memory.

    A matrix with more columns than rows is itself held too, in fp32.
    """

    def __init__(self, rows: int, columns: int, device: torch.device) -> None:
        """`device`: one that computes in fp64."""
        self.matrix = torch.zeros(min(rows, columns), min(rows, columns), dtype=torch.float64, device=device)
        self.held = torch.empty(rows, columns, device=device) if columns > rows else None
        self.filled = 0

    def add(self, block: Tensor) -> None:
        """Add the next rows, in fp64: (rows, columns)."""
        if self.held is None:
            self.matrix.addmm_(block.T, block)
        else:
            self.held[self.filled : self.filled + len(block)] = block
        self.filled += len(block)

    def singular_values(self, width: int = 2**10) -> Tensor:
        """Return all n of them, ascending; those that fp64 cannot tell from 0 (√(n·2⁻⁵²) of the largest) are 0."""
        if self.held is not None:
            for columns in self.held.split(width, dim=1):
                block = columns.double()
                self.matrix.addmm_(block, block.T)
            self.held = None
        return _roots(torch.linalg.eigvalsh(self.matrix))


def of_product(left: Tensor, right: Tensor) -> Tensor:
    """Return the r singular values of left @ right, (rows, r) @ (r, columns), exactly and without forming it."""
    one, two = (torch.linalg.qr(factor.double(), mode="r").R for factor in (left, right.T))
    values = torch.linalg.svdvals(one @ two.T)
    return torch.where(values > len(values) * PRECISION * values.max(), values, 0.0)


def _roots(eigenvalues: Tensor) -> Tensor:
    """Return σ of a Gram matrix's eigenvalues σ²; those that are only rounding errors become 0."""
    least = len(eigenvalues) * PRECISION * eigenvalues.max().clamp(min=0)
    return torch.where(eigenvalues > least, eigenvalues, 0.0).sqrt()


def effective_rank(values: Tensor) -> float:
    """Return exp(entropy) of the shares σᵢ/Σσ (Roy and Vetterli 2007): at most the rank; 0 for a zero matrix."""
    positive = values[values > 0]
    if not len(positive):
        return 0.0
    shares = positive / positive.sum()
    return float((-(shares * shares.log()).sum()).exp())


def stable_rank(values: Tensor) -> float:
    """Return ‖Δ‖²_F / ‖Δ‖²₂, which small singular values hardly change: at most the rank; 0 for a zero matrix."""
    largest = float(values.max()) if len(values) else 0.0
    return float((values / largest).square().sum()) if largest > 0 else 0.0
