"""What a finished run found, in a few words for one cell of a table. A worker reads it once and the store keeps it."""

import logging
import math

from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import Basin, basins_of
from landscape.certificates.guarantees import guarantees_of
from landscape.certificates.rounding import length_down
from landscape.inspection.verdict import verdict_of
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.capability_names import name_of
from landscape.schema.directions import short_name
from landscape.schema.results import Result, score_text
from landscape.schema.specs import (
    BasinSpec,
    CertificateSpec,
    ComparisonSpec,
    InspectionSpec,
    PlaneSpec,
    SliceSpec,
    WorstSpec,
)
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.worst.boundaries import worst_boundaries

log = logging.getLogger(__name__)


def note_found(store: Store, run_id: str) -> None:
    """Keep what a run found, if it is done. It is only told: a failure here leaves the run as it is."""
    try:
        run = store.get_run_or_none(run_id)
        if run is not None and run.status == "done" and (text := found_in(store, run)):
            store.labels.record_found(run_id, text)
    except Exception:  # whatever a reading stumbles over, the run is measured
        log.info("what run %s found cannot be read", run_id, exc_info=True)


def found_in(store: Store, run: Run) -> str:
    """The first boundary of a search, the scores of a slice, the verdict of an inspection; "" of other kinds."""
    match run.spec:
        case InspectionSpec():
            return _verdict(store, run, run.spec)
        case WorstSpec():
            return _worst(store.result(run.id))
        case BasinSpec():
            return _first_lost(store.result(run.id))
        case CertificateSpec():
            return _certified(store.result(run.id))
        case SliceSpec() | PlaneSpec():
            return _scores(store.result(run.id))
        case ComparisonSpec():
            delta = store.artifact(run.id) or {}
            return f"Δ: α {delta['alpha']:.3g}" if "alpha" in delta else ""
    return ""


def _verdict(store: Store, run: Run, spec: InspectionSpec) -> str:
    evidence, _ = collect_evidence(store, run)
    verdict = verdict_of(spec, evidence)
    decisive = [judged.capability for judged in verdict.capabilities if judged.outcome == verdict.outcome]
    named = f": {', '.join(decisive)}" if verdict.outcome in ("fail", "warn") and decisive else ""
    return f"{'insufficient evidence' if verdict.outcome == 'insufficient' else verdict.outcome}{named}"


def _first_lost(result: Result[BasinSpec]) -> str:
    """`smallest radius: math, α 0.0123 (95 %: 0.0110–0.0141)`, of the radii over random directions."""
    read = as_searched(result)
    basins = [basin for basin in basins_of(read, default_tolerance(read)) if basin.bounded]
    if not basins:
        return "nothing to lose"
    ending = [basin for basin in basins if basin.radius is not None and not basin.radius.at_least]
    if ending:
        first = min(ending, key=lambda basin: basin.radius.median if basin.radius else math.inf)
        return f"smallest radius: {first.capability}, {_radius(first)}"
    known = [basin.radius.median for basin in basins if basin.radius is not None]
    return f"none lost up to α {min(known):.3g}" if known else ""


def _radius(basin: Basin) -> str:
    assert basin.radius is not None
    said = f"α {basin.radius.median:.3g}"
    if basin.radius.spread is None:
        return said
    words, low, high = basin.radius.spread
    return f"{said} ({words}: {low:.3g}–{'beyond what was measured' if math.isinf(high) else f'{high:.3g}'})"


def _worst(result: Result[WorstSpec]) -> str:
    """`nearest end: math, α 0.0041 along worst math`, on examples that no search saw."""
    read = as_searched(result)
    ends = [one for one in worst_boundaries(read, default_tolerance(read)) if one.alpha]
    if not ends:
        return _first_lost(result)
    nearest = min(ends, key=lambda one: one.alpha or math.inf)
    about = "≤ " if nearest.boundary is not None and nearest.boundary.inside == 0 else ""
    return f"nearest end: {nearest.capability}, α {about}{nearest.alpha:.3g} along {nearest.direction}"


def _certified(result: Result[CertificateSpec]) -> str:
    q = result.spec.threshold
    best = {each.capability: each.best(q) for each in guarantees_of(result)}
    radii = {name: one.radius(q) for name, one in best.items() if one is not None}
    proven = [f"{name} ‖δ‖ {length_down(radius, 3)}" for name, radius in radii.items() if radius]
    return f"proven: {', '.join(proven)}" if proven else "nothing proven"


def _scores(result: Result[SliceSpec] | Result[PlaneSpec]) -> str:
    """`θ₀: basic 1.000, math 0.912`; of what has no score, its loss."""
    told = []
    for name in map(name_of, result.spec.capabilities):
        try:
            row = result.row_at_origin(name)
        except IndexError:
            continue
        by_loss = result.has_loss_alone(name)
        said = f"loss {row['loss']:.3g}" if by_loss else score_text(row["score"], row["not_finite"], row["n"])
        told.append(f"{name} {said}")
    return f"{short_name(result.spec.checkpoint)}: {', '.join(told)}" if told else ""
