"""Capabilities that have a loss and no score, refused where a score is needed, before anything is queued."""

from contextlib import suppress

from landscape.capabilities import examples
from landscape.schema.capability_names import is_task, without_chat
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.specs import CertificateSpec, InspectionSpec, SliceSpec


def require_scores(spec: Spec) -> None:
    """Raises ValueError where a spec asks for the score of a capability that has none."""
    if isinstance(spec, SliceSpec) or not isinstance(spec, PointSpec | InspectionSpec):
        return
    if getattr(spec, "loss_tolerance", None) is not None:
        return
    for name in spec.capabilities:
        if has_loss_alone(name):
            short = without_chat(name).rpartition("/")[2]
            if isinstance(spec, CertificateSpec | InspectionSpec):
                what = "a certificate" if isinstance(spec, CertificateSpec) else "an inspection"
                raise ValueError(
                    f"{short} has a loss and no score, by which {what} goes: take a capability with answers"
                )
            hint = "search by its loss, with --loss-tolerance 0.1 or, on a page, “The loss rises”"
            raise ValueError(f"{short} has a loss and no score: {hint}")


def has_loss_alone(name: str) -> bool:
    """Whether a capability, by its name, has a loss and no score; False for one that cannot be read."""
    if is_task(without_chat(name)):
        return False
    with suppress(ValueError, OSError):  # whoever measures it will say what is wrong
        return examples.load(name).by_loss_alone
    return False
