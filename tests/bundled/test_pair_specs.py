"""What is measured of a pair: what ships where it answers for the pair, else a spec around its checkpoints."""

from pathlib import Path

import pytest

from landscape.bundled import specs
from landscape.bundled.pair_specs import DEMO_PAIR, SIGMAS_TO_CHOOSE, answers, spec_for
from landscape.bundled.pairs import Pair, closeness
from landscape.bundled.results import shipped
from landscape.schema.default_ranges import is_probed
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import CertificateSpec, InspectionSpec, SliceSpec

KINDS = ("slice", "basin", "plane", "worst", "certificate", "inspection", "comparison")


@pytest.mark.parametrize("spec", [specs.DEMO_SPEC, specs.DEMO_BASIN, specs.DEMO_PLANE, specs.DEMO_WORST])
def test_of_the_demo_pair_the_shipped_results_are_shown(spec: SliceSpec) -> None:
    if shipped(spec) is not None:
        assert spec_for(spec.kind, DEMO_PAIR) == spec


@pytest.mark.parametrize("kind", KINDS)
def test_of_any_pair_there_is_a_spec_of_each_kind_about_both(kind: str, checkpoint: Path) -> None:
    pair = Pair(str(checkpoint), str(checkpoint.parent / "tuned"))
    spec = spec_for(kind, pair)
    assert spec is not None
    assert spec.kind == kind
    assert closeness(spec, pair) == answers(spec, pair) == 3
    assert is_probed(spec) == (kind in ("slice", "basin", "plane", "worst")), "nobody gave it a range"


@pytest.mark.parametrize("kind", KINDS)
def test_one_checkpoint_is_enough_except_for_what_compares_two(kind: str, checkpoint: Path) -> None:
    spec = spec_for(kind, Pair(str(checkpoint)))
    assert (spec is None) == (kind in ("inspection", "comparison"))
    if spec is not None:
        assert spec.named_checkpoints == (str(checkpoint),)


def test_the_capabilities_that_somebody_chose_are_asked_everywhere(checkpoint: Path) -> None:
    pair = Pair(str(checkpoint), "tuned", ("mine.jsonl",))
    assert {spec_for(kind, pair).capabilities for kind in KINDS if kind != "comparison"} == {("mine.jsonl",)}  # type: ignore[union-attr]
    assert spec_for("slice", Pair("demo:base", "demo:assistant", ("math",))) != specs.DEMO_SPEC


def test_what_asks_other_things_moves_nothing_or_moves_a_part_does_not_answer() -> None:
    spec = specs.DEMO_SPEC
    assert answers(spec, DEMO_PAIR) == 3
    assert answers(spec.model_copy(update={"capabilities": ("math",)}), DEMO_PAIR) == 0
    assert answers(spec.model_copy(update={"only": ("*mlp*",)}), DEMO_PAIR) == 0
    at_origin = SliceSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=spec.capabilities
    )
    assert answers(at_origin, DEMO_PAIR) == 0


def test_a_certificate_leaves_its_noise_to_the_model_and_an_inspection_has_a_budget(checkpoint: Path) -> None:
    pair = Pair(str(checkpoint), "tuned")
    certificate, inspection = spec_for("certificate", pair), spec_for("inspection", pair)
    assert isinstance(certificate, CertificateSpec)
    assert certificate.sigmas == SIGMAS_TO_CHOOSE
    assert Towards(checkpoint="tuned") in certificate.directions
    assert isinstance(inspection, InspectionSpec)
    assert inspection.budget == 300
