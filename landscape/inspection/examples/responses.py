"""Which runs find out what both checkpoints said to the examples that were lost and won."""

from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.flips import changed_examples, limit_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Gaussian
from landscape.schema.specs import InspectionSpec, ResponsesSpec

Whose = tuple[str, str]  # "base" or "tuned", and a capability


def responses_specs(spec: InspectionSpec, evidence: Evidence) -> dict[Whose, ResponsesSpec]:
    """Return a run for each checkpoint and capability with lost or won examples; none where nothing changed.

    In the order in which they say most, should the time not last: the fine-tune first, since of what was lost the base
    said what it should; of each checkpoint, what lost most; of each capability, the worst examples.
    """
    changed = {name: changed_examples(evidence, name_of(name)) or [] for name in spec.capabilities}
    changed = dict(sorted(changed.items(), key=lambda one: -sum(change == "lost" for _, change in one[1])))
    return {
        (who, name_of(name)): ResponsesSpec(
            checkpoint=checkpoint,
            directions=(Gaussian(seed=0),),
            device=spec.device,
            dtype=spec.dtype,
            capability=name,
            limit=limit_of(evidence, name_of(name)),
            examples=tuple(index for index, _ in flipped),
        )
        for who, checkpoint in (("tuned", spec.other), ("base", spec.checkpoint))
        for name, flipped in changed.items()
        if flipped
    }
