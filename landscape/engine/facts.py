"""The `Facts` of a session: what a reader of a result has to know besides its points."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from landscape.capabilities import code_execution
from landscape.capabilities.examples import Capability, requests_of, search_split
from landscape.capabilities.repeats import COUNT_ONCE, repeats_of, repeats_text
from landscape.checkpoints import compatibility, parameters
from landscape.engine.direction_tensors import SizedDirection, TowardsDirection
from landscape.engine.plane_axes import inner, place
from landscape.engine.session import Session
from landscape.schema.directions import checkpoints_of, end_of, label_of, seed_of
from landscape.schema.frames import PointSpec
from landscape.schema.results import Facts
from landscape.schema.specs import PlaneSpec


def gather_facts(session: Session, spec: PointSpec, capabilities: Sequence[Capability]) -> Facts:
    """Return the facts of one spec, measured in this session."""
    directions = session.directions
    return Facts(
        parameters=parameters.count(session.weights),
        rms=parameters.rms(session.weights),
        matrices_rms=parameters.matrices_rms(session.weights),
        alpha_of={
            end: tensors.alpha
            for direction, tensors in zip(session.frame.directions, directions, strict=True)
            if (end := end_of(direction)) is not None and isinstance(tensors, SizedDirection)
        },
        counts={c.name: session.scorer.encode(c).counts for c in capabilities},
        chance={c.name: c.chance for c in capabilities},
        places={name: _place(session, name) for name in spec.landmarks} if isinstance(spec, PlaneSpec) else {},
        cosine=session.axes.cosine if isinstance(spec, PlaneSpec) else None,
        variance=directions.variance,
        searched=_search_examples(capabilities) if directions.found else {},
        touched=directions.touched,
        added_rows=directions.added_rows,
        remarks=[
            *session.loaded.remarks,
            *directions.remarks,
            *_quantisation_remarks(session.loaded.quantisation),
            *_program_remarks(capabilities),
            *(f"{c.name}: {c.how}." for c in capabilities if c.how),
            *_repeat_remarks(capabilities, searched=bool(directions.found)),
            *(remark for c in capabilities for remark in session.scorer.remarks(c)),
        ],
        dtype=session.loaded.dtype,
        requests={c.name: list(asked) for c in capabilities if len(set(asked := requests_of(c))) < len(asked)},
        repeated={c.name: repeats for c in capabilities if (repeats := repeats_of(c))},
        found={label: found.notes for label, found in directions.found.items()},
        cosines=_cosines(session) if directions.found else {},
    )


def _quantisation_remarks(method: str | None) -> list[str]:
    return (
        [f"The base is quantised ({method}) and scored as it is; its integers are not counted in d."] if method else []
    )


def _program_remarks(capabilities: Sequence[Capability]) -> list[str]:
    if not any(c.benchmark is not None and c.benchmark.runs_programs for c in capabilities):
        return []
    return [said for said in [code_execution.remark()] if said]


def _repeat_remarks(capabilities: Sequence[Capability], *, searched: bool) -> list[str]:
    halves = "; a search sees all examples of a request or none" if searched else ""
    return [
        f"{c.name}: its {n} examples ask {distinct} distinct requests; {COUNT_ONCE}{halves}. "
        f"Repeated: {repeats_text(repeats_of(c))}."
        for c in capabilities
        if (distinct := len(set(requests_of(c)))) < (n := len(c.examples))
    ]


def _search_examples(capabilities: Sequence[Capability]) -> dict[str, list[int]]:
    """Return, by capability, the indices of the examples that searches for directions use."""
    return {c.name: np.flatnonzero(search_split(c)).tolist() for c in capabilities}


def _cosines(session: Session) -> dict[str, dict[str, float]]:
    """Return the cosine between every two directions that are not random, by both labels."""
    pairs = zip(session.frame.directions, session.directions, strict=True)
    named = [(label_of(direction), tensors) for direction, tensors in pairs if seed_of(direction) is None]
    found: dict[str, dict[str, float]] = {name: {} for name, _ in named}
    for (one, u), (other, v) in combinations(named, 2):
        found[one][other] = found[other][one] = inner(u, v, session.mover.origin)  # the cosine: both have unit RMS
    return found


def _place(session: Session, name: str) -> list[float]:
    """Return [x, y, distance to the plane] of a landmark."""
    for index, (direction, tensors) in enumerate(zip(session.frame.directions, session.directions, strict=True)):
        if checkpoints_of(direction) == (name,) and isinstance(tensors, TowardsDirection):
            ends = [0.0, 0.0]
            ends[index] = tensors.alpha
            return [*session.axes.point_of(*ends), 0.0]
    compatibility.require_match(session.frame.checkpoint, name)
    target = session.directions.weights_of(name)
    alpha = parameters.rms_difference(session.weights, target)
    if alpha == 0:
        return [0.0, 0.0, 0.0]
    u, v = session.directions
    return place(TowardsDirection(target, alpha), u, v, session.axes, session.mover.origin)
