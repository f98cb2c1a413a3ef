"""Sentences that commands print themselves, beside the tables of `landscape.reports`."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from landscape.cli import foreground
from landscape.cli.commands import enlarge as enlarge_command
from landscape.cli.commands import inspect as inspect_command
from landscape.inspection.evidence import Evidence
from landscape.inspection.verdict import Verdict
from landscape.schema.results import Facts, Result
from landscape.schema.specs import InspectionSpec
from tests.figures.handmade import standing
from tests.figures.inspection.known_verdicts import judged
from tests.generated import AT_ONCE, HELD, LATE, line_result

FEW = settings(max_examples=8, deadline=None)


def console() -> Console:
    return Console(file=io.StringIO(), width=300, record=True)


@FEW
@given(st.integers(0, 3), st.integers(0, 3))
def test_notes_count_examples_as_they_are(too_long: int, cut: int) -> None:
    shown = console()
    facts = Facts(10, 0.1, counts={"math": {"too_long": too_long, "cut": cut}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(foreground, "err", shown)
        foreground.print_notes(SimpleNamespace(facts=facts), line_result({"math": [HELD]}))  # type: ignore[arg-type]
    text = shown.export_text()
    assert ("count as wrong" in text) == (too_long > 1)
    assert ("1 example does not fit the model's context and counts as wrong" in text) == (too_long == 1)
    assert (f"{cut} examples are longer" in text) == (cut > 1)
    assert ("1 example is longer" in text) == (cut == 1)


@FEW
@given(st.sampled_from([[LATE], [HELD, HELD], [AT_ONCE] * 7]), st.sampled_from([[LATE], [HELD], [[0.5, *LATE[1:]]]]))
def test_a_lower_score_is_starred_where_a_ratio_is_shown_and_only_there(one: list[Any], other: list[Any]) -> None:
    draws = min(len(one), len(other))
    results = [line_result({"basic": each[:draws]}, basin=True) for each in (one, other)]
    tuned = results[1].spec.model_copy(update={"checkpoint": "demo:other"})
    results[1] = Result(tuned, results[1].rows, results[1].facts)
    shown = console()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enlarge_command, "out", shown)
        enlarge_command._print(results, [], enlarge_command.capability_changes(
            results[0], standing("demo:tuned", {"basic": (0.5, 0.5)}, n=20)), {}, False)  # fmt: skip
    text = shown.export_text()
    assert not {"nan", "inf", "None"} & set(text.replace("(", " ").replace(")", " ").split())
    both_end = HELD not in one[:draws] and other[0] is not HELD
    assert ("* the score at θ₀ is lower" in text) == (other[0][0] < one[0][0] and both_end)


@FEW
@given(st.lists(st.tuples(st.sampled_from(["pass", "fail", "insufficient"]), st.sampled_from([0.0, 0.5])), max_size=3))
def test_an_inspection_prints_every_finding_and_what_was_not_measured(found: list[tuple[Any, float]]) -> None:
    verdict = Verdict(tuple(judged(f"c{i}", outcome, drop) for i, (outcome, drop) in enumerate(found)), ())
    spec = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("basic",))
    for cut in ((), ("way",)):
        shown = console()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(inspect_command, "out", shown)
            inspect_command._print(spec, verdict, Evidence(cut=cut), "")
        text = shown.export_text()
        assert all(f"c{place}" in text for place in range(len(found)))
        assert text.count("it says why") == len(found)
        assert ("Not measured within the budget: the line between the two." in text) == bool(cut)
