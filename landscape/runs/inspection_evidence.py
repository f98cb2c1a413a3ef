"""The evidence of an inspection, gathered from the runs that hold its parts; also while it is still being measured."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.responses import responses_specs
from landscape.inspection.parts import parts_of
from landscape.runs.measured_content import agrees, content_of, leading
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Content, Run
from landscape.store.store import Store


def collect_evidence(store: Store, run: Run) -> tuple[Evidence, dict[str, str]]:
    """What an inspection's parts have found so far, and which run holds which part.

    A part counts only if it was measured on the content that the inspection is about. Of a finished one, the parts are
    those that it names; of another, those that are known.

    Raises:
        ValueError: it has not begun, and a checkpoint or capability cannot be read.
    """
    assert isinstance(run.spec, InspectionSpec)
    ended = store.artifact(run.id) or {}
    content = run.content if ended else run.content or content_of(run.spec)
    digests = content.digests if content else {}
    evidence = Evidence(cut=tuple(ended.get("cut", ())), took=ended.get("took"), digests=digests)
    ids, looked = dict[str, str](), set[tuple[str, Spec | None]]()  # a part's range may follow from earlier ones
    while fresh := {n: part for n, part in _parts(run.spec, ended, evidence).items() if (n, part) not in looked}:
        for name, part in fresh.items():
            runs = _named(store, ended, name) if part is None else store.runs_of(part)
            found = leading([one for one in runs if content is None or agrees(one, content)])
            if found is not None:
                ids[name] = found.id
                evidence = evidence.plus(name, part_result(store, found, name, whole=evidence.looked_at(name)))
        looked |= set(fresh.items())
    return with_responses(store, run.spec, evidence, content), ids


def with_responses(store: Store, spec: InspectionSpec, evidence: Evidence, content: Content | None) -> Evidence:
    """The evidence with what both said to the lost and won examples, as far as runs of any time have found out."""
    found: dict[tuple[str, str], dict[int, dict[str, Any]]] = {}
    for whose, part in responses_specs(spec, evidence).items():
        runs = [one for one in store.runs_of(part) if content is None or agrees(one, content)]
        kept = store.artifact(best.id) if (best := leading(runs)) is not None else None
        if kept:
            found[whose] = {int(index): said for index, said in kept.items()}
    return replace(evidence, responses=found)


def _parts(spec: InspectionSpec, ended: Mapping[str, Any], evidence: Evidence) -> Mapping[str, Spec | None]:
    """The parts by name; of a finished inspection, those that it names, whatever would be planned for it now."""
    return dict.fromkeys(ended["parts"]) if ended else parts_of(spec, evidence)


def _named(store: Store, ended: Mapping[str, Any], part: str) -> list[Run]:
    """The run that a finished inspection names for a part, if it is still there."""
    run = store.get_run_or_none(ended["parts"].get(part, ""))
    return [run] if run is not None else []


def part_result(store: Store, run: Run, name: str, *, whole: bool = False) -> Any:
    """What the run of a part has found; None before there is anything to read off it.

    Args:
        store: where the run is.
        run: of the part.
        name: of the part. A verdict on half of the examples would be none: scores count once they are complete.
        whole: as for scores, since an earlier look has something to show meanwhile.
    """
    if not isinstance(run.spec, PointSpec):
        return store.artifact(run.id)
    scores = name.startswith(("scores", "tuned scores"))
    if run.facts is None or ((whole or scores) and run.status != "done"):
        return None
    result = store.result(run.id)
    return result if len(result.rows) else None
