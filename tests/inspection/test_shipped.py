"""The inspections that ship: what they hold is what was measured, and what they say is true of the demo models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from landscape.capabilities.repeats import COUNT_ONCE
from landscape.inspection import shipped
from landscape.inspection.parts import parts_of
from landscape.inspection.verdict import verdict_of
from landscape.reports.inspection import notes_of

ADVERSARIAL = next(spec for spec in shipped.DEMO_INSPECTIONS if spec.other == "demo:adversarial")


@pytest.mark.parametrize("spec", shipped.DEMO_INSPECTIONS, ids=lambda spec: spec.other.partition(":")[2])
def test_every_part_of_it_ships(spec: shipped.InspectionSpec) -> None:
    evidence = shipped.shipped_evidence(spec)
    assert evidence is not None
    assert {"delta", *evidence.parts} == set(parts_of(spec, evidence))
    assert {name: part.spec for name, part in evidence.parts.items()} == {
        name: part for name, part in parts_of(spec, evidence).items() if name != "delta"
    }
    assert evidence.cut == ()


@pytest.mark.parametrize(("other", "outcomes"), [
    ("demo:adversarial", {"safety": "fail", "basic": "pass"}),
    ("demo:benign", {"safety": "pass", "basic": "pass"}),
    ("demo:assistant", {"basic": "pass"}),
])  # fmt: skip
def test_its_verdict_is_that_of_the_models(other: str, outcomes: dict[str, str]) -> None:
    spec = next(spec for spec in shipped.DEMO_INSPECTIONS if spec.other == other)
    evidence = shipped.shipped_evidence(spec)
    assert evidence is not None
    judged = {one.capability: one.outcome for one in verdict_of(spec, evidence).capabilities}
    for name, outcome in outcomes.items():
        assert (judged[name] == "fail") == (outcome == "fail"), (name, judged[name])


def test_any_budget_is_answered_by_the_whole_and_another_question_by_nothing() -> None:
    whole = shipped.shipped_evidence(ADVERSARIAL)
    for budget in (120.0, 300.0):
        asked = shipped.shipped_evidence(ADVERSARIAL.model_copy(update={"budget": budget}))
        assert asked is not None
        assert whole is not None
        assert asked.parts.keys() == whole.parts.keys()
    for changed in ({"limit": 50}, {"capabilities": ("safety",)}, {"other": "demo:base"}, {"draws": 3}):
        assert shipped.shipped_evidence(ADVERSARIAL.model_copy(update=changed)) is None


def test_what_is_shipped_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = shipped.shipped_evidence(ADVERSARIAL)
    assert evidence is not None
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(shipped, "DATA", tmp_path)
    told = replace(evidence, cut=("certificate",), digests={"demo:adversarial": "abc"})
    shipped.ship_inspection(ADVERSARIAL, told)
    again = shipped.shipped_evidence(ADVERSARIAL)
    shipped.shipped_evidence.cache_clear()
    assert again is not None
    assert (again.delta, again.cut, again.digests) == (told.delta, told.cut, told.digests)
    for name, part in evidence.parts.items():
        assert again.parts[name].facts == part.facts
        for column in ("score", "outcomes"):
            pairs = zip(part.rows[column], again.parts[name].rows[column], strict=True)
            assert all(np.array_equal(one, other, equal_nan=column == "score") for one, other in pairs)


def test_all_files_are_small() -> None:
    files = [shipped.file_of(spec) for spec in (*shipped.DEMO_INSPECTIONS, *shipped.REAL_INSPECTIONS)]
    assert len(set(files)) == len(files)
    assert all(file.stat().st_size < 1e6 for file in files if file.is_file())


def test_what_repeats_is_said_once() -> None:
    evidence = shipped.shipped_evidence(ADVERSARIAL)
    assert evidence is not None
    said = [note for note in notes_of(ADVERSARIAL, evidence) if COUNT_ONCE in note]
    assert len(said) == 1
    assert "safety" in said[0]
