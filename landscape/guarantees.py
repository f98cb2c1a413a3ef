"""What a certificate run says: per capability the certificates over σ, the best of them, and a fine-tune's floor."""

from dataclasses import dataclass

from landscape.capabilities import name_of
from landscape.certificates import Certificate
from landscape.results import Result
from landscape.specs import CertificateSpec


@dataclass(frozen=True)
class Guarantee:
    """One capability. Each σ's bound takes an equal part of the run's failure probability: all hold together."""

    capability: str
    score: float  # clean, at θ₀
    n: int  # examples behind it
    certificates: tuple[Certificate, ...]  # ascending σ; a σ that was given up early has fewer trials

    def best(self, threshold: float) -> Certificate | None:
        """The certificate with the largest radius for a threshold; None where all abstain."""
        able = [c for c in self.certificates if c.radius(threshold) is not None]
        return max(able, key=lambda c: c.radius(threshold) or 0.0, default=None)


def guarantees_of(result: Result[CertificateSpec]) -> list[Guarantee]:
    """Every capability whose θ₀ is measured, in the spec's order."""
    each = result.spec.failure_probability / len(result.spec.sigmas)
    found = []
    for name in map(name_of, result.spec.capabilities):
        rows = result.rows[result.rows["capability"] == name]
        origin, noised = rows[rows["sigma"] == 0], rows[rows["sigma"] > 0]
        if len(origin):
            counted = (
                noised.assign(right=(noised["score"] * noised["n"]).round()).groupby("sigma")[["right", "n"]].sum()
            )
            certificates = tuple(
                Certificate(float(sigma), int(row["right"]), int(row["n"]), each) for sigma, row in counted.iterrows()
            )
            found.append(Guarantee(name, float(origin["score"].iloc[0]), int(origin["n"].iloc[0]), certificates))
    return found


def distances(result: Result[CertificateSpec]) -> dict[str, float]:
    """r = ‖θ′ − θ₀‖₂ of every fine-tune that the certificate is asked for: α·√d."""
    facts = result.facts
    return {name: alpha * facts.parameters**0.5 for name, alpha in facts.alpha_of.items()} if facts else {}
