"""Capabilities that have a loss and no score: searched by it, and refused where a score is needed."""

from collections.abc import Sequence
from contextlib import suppress

from landscape.capabilities import examples
from landscape.schema.capability_names import is_task, without_chat
from landscape.schema.frames import LOSS_TOLERANCE, TOLERANCE, PointSpec, Spec
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, PlaneSpec, SliceSpec


def by_loss_if_alone(spec: BasinSpec | PlaneSpec) -> tuple[BasinSpec | PlaneSpec, str]:
    """The spec, and a sentence where it goes by the loss because nothing that it asks has a score.

    A tolerance of scores that somebody chose stays, and is refused with it. Raises ValueError for a sequential search.
    """
    if spec.loss_tolerance is not None or spec.tolerance != TOLERANCE or not have_loss_alone(spec.capabilities):
        return spec, ""
    chosen = type(spec).model_validate(spec.model_dump() | {"loss_tolerance": LOSS_TOLERANCE})
    names = ", ".join(without_chat(name).rpartition("/")[2] for name in spec.capabilities)
    has = "has a loss and no score" if len(spec.capabilities) == 1 else "have losses and no scores"
    return chosen, f"{names} {has}: what counts as lost is a loss that rises by {LOSS_TOLERANCE:g} nats a token."


def have_loss_alone(names: Sequence[str]) -> bool:
    """Whether none of the capabilities has a score, so that a search can only go by their losses."""
    return all(map(has_loss_alone, names))


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
