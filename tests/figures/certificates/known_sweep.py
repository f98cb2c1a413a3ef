"""A sweep over σ whose shares are known."""

from statistics import NormalDist

from landscape.certificates.sigma_elimination import BATCH
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import CertificateSpec

SIGMAS = (0.002, 0.004, 0.006, 0.008, 0.01, 0.02)
SPEC = CertificateSpec(
    checkpoint="demo:assistant",
    directions=(Gaussian(seed=0), Towards(checkpoint="demo:benign"), Towards(checkpoint="demo:adversarial")),
    capabilities=("basic", "math"),
    sigmas=SIGMAS,
    trials=1000,
)
HOLDS = {"basic": 0.009, "math": 0.004}  # the σ at which half of the score is lost
FACTS = Facts(1_000_000, 0.1, {"demo:benign": 0.0012, "demo:adversarial": 0.000002})


def shares(end: float) -> dict[float, float]:
    """p_A by σ."""
    return {sigma: NormalDist().cdf(3.0 * (1 - sigma / end)) for sigma in SIGMAS}


def made(
    holds: dict[str, float] = HOLDS, *, upto: float = 1.0, score: float = 0.99, facts: Facts | None = FACTS
) -> Result[CertificateSpec]:
    """A run whose first σ have all their batches, up to this share of all; the next has a third of them."""
    spec = SPEC.model_copy(update={"capabilities": tuple(holds)})
    rows = []
    for name, end in holds.items():
        rows.append(row(0.0, 0, name, score, 200))
        for index, (sigma, p) in enumerate(shares(end).items()):
            batches = SPEC.trials // BATCH if index < upto * len(SIGMAS) else 6
            if index > upto * len(SIGMAS):
                continue
            rows += [row(sigma, batch, name, round(BATCH * p) / BATCH, BATCH) for batch in range(batches)]
    return Result(spec, tidy(spec, rows), facts)


def row(sigma: float, batch: int, capability: str, score: float, n: int) -> dict:
    return {
        "sigma": sigma, "batch": batch, "realised_alpha": sigma, "capability": capability, "score": score,
        "loss": 1.0, "n": n, "seconds": 0.1,
    }  # fmt: skip
