"""Standard measures of flatness at θ₀: Hessian eigenvalues, trace, average sharpness. All of the mean NLL.

For a direction of unit RMS, L(θ₀ + αδ) ≈ L(θ₀) + α·g·δ + ½α²·δᵀHδ. The top eigenvector gives δᵀHδ = λ·d, and one of its
two sides a g·δ ≥ 0; a Gaussian δ on average the trace, and no slope.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
from torch import Tensor

from landscape.capabilities import examples
from landscape.checkpoints import parameters
from landscape.engine.direction_cache import CachedDirection, DirectionCache
from landscape.engine.direction_tensors import DirectionTensors, gaussian_chunks
from landscape.engine.session import Session
from landscape.schema.points import ProgressReport
from landscape.schema.specs import FlatnessSpec
from landscape.worst.curvature_spread import spread_of
from landscape.worst.gradient_ascent import mass
from landscape.worst.gradients import Gradients

KRYLOV = 12  # vectors that Lanczos holds in memory
LARGEST = 50_000_000  # weights up to which these fit into usual memory: 12 × 4 bytes a weight
ACCURACY = 1e-3  # relative, of the eigenvalue
PRODUCTS = 300  # Hessian–vector products at most


class Curvature:
    """The Hessian of one capability's loss at θ₀, known by its products; over the examples that searches use."""

    def __init__(self, session: Session, capability: str) -> None:
        """Nothing is computed yet. Raises ValueError for a capability without reference answers."""
        self.session, self.capability = session, examples.load(capability)
        session.choose_settings()
        self.gradients = Gradients(session.scorer, session.weights, [self.capability])

    def top(self, report: ProgressReport) -> tuple[float, dict[str, Tensor]]:
        """Return (largest eigenvalue, its eigenvector as flat tensors of unit RMS together), by Lanczos.

        Raises:
            ValueError: too many weights for Lanczos' vectors.
            RuntimeError: no convergence within PRODUCTS products.
        """
        try:
            value, vector = self._extreme("LA", "top eigenvector", report)
        except ArpackNoConvergence:
            why = f"the top eigenvector of {self.capability.name} did not converge in {PRODUCTS} products"
            raise RuntimeError(f"{why}: the largest eigenvalues are too close to each other") from None
        return value, self._parts(vector * math.sqrt(len(vector)))

    def smallest(self, report: ProgressReport) -> float | None:
        """Return the smallest eigenvalue, by Lanczos; None if it does not converge within PRODUCTS products.

        Below zero, θ₀ is no minimum: some way leads down. Raises ValueError as `top`.
        """
        try:
            return self._extreme("SA", "smallest eigenvalue", report)[0]
        except ArpackNoConvergence:
            return None  # the smallest ones may lie close together; the other measures hold without it

    def _extreme(self, which: Literal["LA", "SA"], name: str, report: ProgressReport) -> tuple[float, np.ndarray]:
        """Return the eigenvalue at one end of the spectrum, and its eigenvector (d,) of length 1."""
        d = parameters.count(self.session.weights)
        if d > LARGEST:
            raise ValueError(
                f"the {name} of {d:,} weights takes {KRYLOV * 4 * d / 1e9:.0f} GB: expected at most "
                f"{LARGEST:,}; narrow them with --only"
            )
        done = 0

        def times(vector: np.ndarray) -> np.ndarray:
            nonlocal done
            report(f"{name} of {self.capability.name}, product {done + 1}", min(done, PRODUCTS - 1), PRODUCTS)
            done += 1
            return self._flat(self.gradients.hessian_times(self._parts(vector)))

        start = self._flat(self._noise(0))
        operator = LinearOperator((d, d), matvec=times, dtype=np.float32)
        values, vectors = eigsh(
            operator, k=1, which=which, ncv=KRYLOV, tol=ACCURACY, v0=start, maxiter=PRODUCTS // (KRYLOV - 1)
        )
        return float(values[0]), vectors[:, 0]

    def slope(self, direction: DirectionTensors) -> float:
        """Return g·δ, the slope of the loss at θ₀ along a direction, per α."""
        with self.gradients.at({self.capability.name: 1.0}) as (_, gradient):
            return (
                sum(
                    float((gradient[name].flatten()[part].double() * chunk.double()).sum())
                    for name, weight in self.session.mover.origin.items()
                    for part, chunk in direction.chunks(name, weight)
                )
                / self.gradients.scale
            )

    def trace(self, probes: int, report: ProgressReport) -> tuple[float, float]:
        """Return (trace, its standard error), by Hutchinson's estimator with Rademacher probes."""
        return _mean_and_error(self.probed(probes, report)[0])

    def probed(self, probes: int, report: ProgressReport) -> tuple[list[float], list[float]]:
        """Return vᵀHv and ‖Hv‖² of each Rademacher probe v: their means are the trace and ‖H‖_F²."""
        forms, squares = [], []
        for probe in range(probes):
            report(f"Hessian trace of {self.capability.name}, probe {probe + 1} of {probes}", probe, probes)
            signs = {name: noise.sign_() for name, noise in self._noise(probe).items()}
            product = self.gradients.hessian_times(signs)
            forms.append(sum(float((signs[n].double() * product[n].double()).sum()) for n in signs))
            squares.append(sum(float(product[n].double().square().sum()) for n in signs))
        return forms, squares

    def sharpness(self, alpha: float, report: ProgressReport) -> tuple[float, float]:
        """Return (mean of L(θ₀ + αδ) − L(θ₀) over the session's directions, its standard error)."""
        origin, rises = self.loss(), []
        for index, direction in enumerate(self.session.directions):
            report(f"average sharpness of {self.capability.name}", index, len(self.session.directions))
            with self.session.mover.at([(direction, alpha)]):
                rises.append(self.loss() - origin)
        return _mean_and_error(rises)

    def loss(self) -> float:
        """Return the loss at the model's present weights."""
        return self.gradients.losses()[self.capability.name]

    def _noise(self, seed: int) -> dict[str, Tensor]:
        """Return a standard normal number for each weight, as flat tensors."""
        drawn = self.session.weights.items()
        return {name: torch.cat([part for _, part in gaussian_chunks(seed, f"probe {name}", w)]) for name, w in drawn}

    def _flat(self, parts: Mapping[str, Tensor]) -> np.ndarray:
        return torch.cat([parts[name].float().cpu() for name in self.session.weights]).numpy()

    def _parts(self, flat: np.ndarray) -> dict[str, Tensor]:
        sizes = [weight.numel() for weight in self.session.weights.values()]
        pieces = torch.from_numpy(np.ascontiguousarray(flat, np.float32).ravel()).split(sizes)
        return {n: piece.to(w.device) for (n, w), piece in zip(self.session.weights.items(), pieces, strict=True)}


def store_eigenvector(
    session: Session, capability: str, cache: DirectionCache, key: str, report: ProgressReport
) -> None:
    """Find the top eigenvector and store it as a direction, with its eigenvalue."""
    curvature = Curvature(session, capability)
    value, vector = curvature.top(report)
    notes = {"checkpoint": session.frame.checkpoint, "eigenvalue": value, "mass": mass(vector)}
    cache.save(key, vector, notes)


def flatness(
    session: Session, spec: FlatnessSpec, eigenvectors: Mapping[str, CachedDirection], report: ProgressReport
) -> dict[str, Any]:
    """Return plain values by capability. `eigenvectors`: the top one of each Hessian, found before.

    Keys: loss (of the examples used) and examples, eigenvalue λ and smallest_eigenvalue (None: not converged), slope
    (|g·δ| along the top eigenvector, per α), trace and trace_error, sharpness (mean rise of the loss at alpha over
    random directions) and sharpness_error, quadratic (the rise by ½α²·trace), and curvature_spread (√2‖H‖_F/tr H: how
    much the curvature varies between random directions; None: not known) with curvature_spread_error.
    """
    found = {}
    for name in spec.capabilities:
        curvature = Curvature(session, name)
        forms, squares = curvature.probed(spec.probes, report)
        (trace, trace_error), spread = _mean_and_error(forms), spread_of(forms, squares)
        sharpness, sharpness_error = curvature.sharpness(spec.alpha, report)
        found[curvature.capability.name] = {
            "loss": curvature.loss(),
            "examples": int(examples.search_split(curvature.capability).sum()),
            "eigenvalue": float(eigenvectors[name].notes["eigenvalue"]),
            "smallest_eigenvalue": curvature.smallest(report),
            "slope": abs(curvature.slope(eigenvectors[name].direction)),
            "trace": trace,
            "trace_error": trace_error,
            "sharpness": sharpness,
            "sharpness_error": sharpness_error,
            "quadratic": spec.alpha**2 * trace / 2,
            "curvature_spread": spread[0] if spread else None,
            "curvature_spread_error": spread[1] if spread else None,
        }
    numbers = {"parameters": parameters.count(session.weights), "alpha": spec.alpha, "probes": spec.probes}
    return {**numbers, "directions": len(session.directions), "capabilities": found}


def _mean_and_error(values: list[float]) -> tuple[float, float]:
    """Return the mean and its standard error (NaN for one value)."""
    spread = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return float(np.mean(values)), spread
