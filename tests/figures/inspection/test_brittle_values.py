"""The brittle table of a report: medians with the ranges that its sentence rests on."""

import pytest

from landscape.figures.inspection.brittle_values import brittle_dict, brittle_texts
from landscape.inspection.evidence import Evidence
from landscape.inspection.verdict import Verdict
from landscape.reports.inspection import as_dict, as_html, as_markdown
from landscape.schema.specs import InspectionSpec
from tests.figures.inspection.known_verdicts import part

SPEC = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("math", "code"))
ENDS = {  # part → capability → where each of three directions ends
    "layer 0": {"math": (0.02, 0.03, 0.06), "code": (0.09, 0.09, 0.2)},
    "module up": {"math": (0.05, 0.05, 0.08), "code": (0.2, 0.2, 0.2)},
}


EVIDENCE = Evidence(parts={name: part(ends, points=201) for name, ends in ENDS.items()})


def test_every_median_has_the_range_over_its_directions() -> None:
    found = brittle_dict(SPEC, EVIDENCE)
    assert found["brittle"]["layer 0"]["math"] == pytest.approx(0.03, abs=0.0005)
    for name, capability in (("layer 0", "math"), ("module up", "math")):
        known = found["brittle_ranges"][name][capability]
        assert known["low"] == pytest.approx(min(ENDS[name][capability]), abs=0.0005)
        assert known["high"] == pytest.approx(max(ENDS[name][capability]), abs=0.0005)
        assert (known["directions"], known["at_least"]) == (3, False)
    beyond = found["brittle_ranges"]["layer 0"]["code"]
    assert (beyond["low"], beyond["high"]) == (pytest.approx(0.09, abs=0.0005), None)
    open_ended = found["brittle_ranges"]["module up"]["code"]
    assert open_ended == {"low": pytest.approx(0.1), "high": None, "directions": 3, "at_least": True}


def test_the_sentence_and_the_ranges_stand_in_json_markdown_and_html() -> None:
    verdict = Verdict((), ())
    said = (
        "Smallest radius measured of benign, one part moved alone: layer 0, where math ends at α ≈ 0.030 "
        "(0.020 to 0.060 over 3 directions); not told apart from 1 of 3 other radii"
    )
    assert as_dict(SPEC, verdict, EVIDENCE)["brittle_finding"] == said
    assert said in as_markdown(SPEC, verdict, EVIDENCE).replace("\\", "")
    page = as_html(SPEC, verdict, EVIDENCE)
    assert said in page
    assert brittle_texts(EVIDENCE)["module up"]["code"] == "≥ 0.10 (0.10 or more over 3 directions)"


def test_without_brittle_parts_nothing_is_said() -> None:
    found = as_dict(SPEC, Verdict((), ()), Evidence())
    assert (found["brittle"], found["brittle_ranges"], found["brittle_finding"]) == ({}, {}, None)
    assert "moved alone" not in as_markdown(SPEC, Verdict((), ()), Evidence())
