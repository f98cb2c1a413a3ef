"""What an inspection did not measure within its budget, in one line for readers; and by how much it overran."""

from collections.abc import Callable

from landscape.inspection.evidence import Evidence
from landscape.schema.parsing import format_duration
from landscape.schema.specs import InspectionSpec

_Known = Callable[[Evidence], bool]
_KINDS: dict[str, tuple[str, str, _Known]] = {  # kind → (said if nothing of it is known, said if something is, whether)
    "delta": ("Δ", "the ranks of what changed", lambda found: found.delta is not None),
    "scores": ("the scores", "scores on more examples", lambda found: found.scores is not None),
    "way": ("the line between the two", "more points on the line between the two", lambda found: found.way is not None),
    "base basin": ("the basin of the base", "more directions of the base", lambda found: found.base_basin is not None),
    "headroom": (
        "the basin of the fine-tune", "more directions of the fine-tune", lambda found: found.headroom is not None,
    ),
    "moves": ("deployment moves", "some deployment moves", lambda found: found.moves is not None),
    "worst": ("worst directions", "some worst directions", lambda found: found.worst is not None),
    "certificate": ("the certificate", "trials of the certificate", lambda found: found.certificate is not None),
}  # fmt: skip


def left_out(evidence: Evidence) -> str:
    """What the budget left out or cut short, each kind once: `deployment moves, 30 layers moved alone`; "" if nothing.

    The names of the parts themselves are in `Evidence.cut`.
    """
    said = []
    for kind, (nothing, more, known) in _KINDS.items():
        if any(_kind_of(name) == kind for name in evidence.cut):
            said.append(more if known(evidence) else nothing)
    for kind, noun in (("layer", "layer"), ("module", "type of module")):
        if count := sum(_kind_of(name) == kind for name in evidence.cut):
            several = noun.replace("layer", "layers").replace("type ", "types ")
            said.append(f"{count} {noun if count == 1 else several} moved alone")
    return ", ".join(said)


def _kind_of(part: str) -> str:
    """The kind of a part by its name; the scores of both are one."""
    name = part.removeprefix("tuned ")
    kinds = (*_KINDS, "layer", "module")
    return next((kind for kind in kinds if name == kind or name.startswith(f"{kind} ")), name)


def budget_notes(spec: InspectionSpec, evidence: Evidence) -> list[str]:
    """Sentences on the budget: what was not measured within it, and that it was overrun, by how much and why."""
    found = [f"Not measured within the budget: {said}."] if (said := left_out(evidence)) else []
    if spec.budget and evidence.took is not None and evidence.took > spec.budget:
        budget, took = format_duration(spec.budget), format_duration(evidence.took)
        if budget != took:
            found.append(
                f"The budget was {budget}, and it took {took}: Δ, a first look at the scores of both, and a point that "
                "has begun are measured to their end."
            )
    return found
