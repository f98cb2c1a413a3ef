"""The pictures of an inspection: one for each part that there is evidence of, and what each is of."""

import pytest

from landscape.basins.radii import basins_of
from landscape.figures.inspection.evidence import figures_of, named_figures_of
from landscape.figures.palette import CAPABILITY, FINETUNE
from landscape.inspection.evidence import Evidence
from landscape.inspection.verdict import verdict_of
from landscape.schema.directions import Gaussian, Towards, label_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec
from tests.figures.basins.known_basins import made as basin
from tests.figures.certificates.known_sweep import made as certificate
from tests.worst.known_rays import made as worst

SPEC = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("basic", "math"))
ORDER = ["way", "base basin", "headroom", "brittle", "worst", "certificate", "delta"]
DELTA = {
    "radius": 2.0,
    "tensors": [
        {"name": "embed.weight", "layer": None, "module": "embed", "alpha": 0.1, "relative": 0.1},
        {"name": "layers.1.up.weight", "layer": 1, "module": "up", "alpha": 0.3, "relative": 0.2},
    ],
}


def way() -> Result[SliceSpec]:
    """math falls from 1 to 0 between the fine-tune's α = 0.01 and twice as far."""
    towards = Towards(checkpoint="demo:benign")
    spec = SliceSpec(
        checkpoint="demo:assistant", directions=(towards,), alphas=(0.0, 0.01, 0.02), capabilities=("math",)
    )
    rows = [
        {"direction": label_of(towards), "seed": None, "alpha": alpha, "realised_alpha": alpha, "capability": "math",
         "score": score, "loss": 1.0, "n": 10, "seconds": 0.1}
        for alpha, score in ((0.0, 1.0), (0.01, 1.0), (0.02, 0.0))
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, {"demo:benign": 0.01}, chance={"math": 0.0}))


def of(result: Result[BasinSpec], checkpoint: str) -> Result[BasinSpec]:
    return Result(result.spec.model_copy(update={"checkpoint": checkpoint}), result.rows, result.facts)


BASE = of(basin(towards={"benign": 0.02}), "demo:assistant")
TUNED = of(basin({"basic": 0.03, "math": 0.02}), "demo:benign")
PARTS = {
    "way": way(),
    "base basin": BASE,
    "headroom": TUNED,
    "layer 0": of(basin({"basic": 0.03}), "demo:benign"),
    "module mlp.up_proj": of(basin({"basic": 0.01}), "demo:benign"),
    "worst": worst(),
    "certificate": certificate(),
}


@pytest.fixture(scope="module")
def figures():
    return named_figures_of(SPEC, Evidence(delta=DELTA, parts=PARTS))


def test_each_part_has_its_picture_in_reading_order(figures) -> None:
    assert list(figures) == ORDER
    evidence = Evidence(delta=DELTA, parts=PARTS)
    listed = figures_of(SPEC, verdict_of(SPEC, evidence), evidence)
    assert [f.layout.title.text for f in listed] == [f.layout.title.text for f in figures.values()]


def test_without_evidence_there_is_no_picture() -> None:
    assert named_figures_of(SPEC, Evidence()) == {}
    assert figures_of(SPEC, verdict_of(SPEC, Evidence()), Evidence()) == []


@pytest.mark.parametrize("name", ["way", "base basin", "headroom", "worst", "certificate"])
def test_a_part_alone_brings_its_own_picture_only(name: str) -> None:
    assert list(named_figures_of(SPEC, Evidence(parts={name: PARTS[name]}))) == [name]


def test_the_same_weights_have_no_picture_of_what_moved() -> None:
    assert named_figures_of(SPEC, Evidence(delta=DELTA | {"radius": 0.0})) == {}
    assert list(named_figures_of(SPEC, Evidence(delta=DELTA))) == ["delta"]


def test_the_way_holds_the_scores_between_the_two_and_the_line_of_the_fine_tune(figures) -> None:
    (curve,) = [t for t in figures["way"].data if t.name == "math"]
    assert (list(curve.x), list(curve.y)) == ([0.0, 0.01, 0.02], [1.0, 1.0, 0.0])
    assert curve.line.color == CAPABILITY["math"]
    assert [shape.x0 for shape in figures["way"].layout.shapes] == [0, 0.01]
    assert figures["way"].layout.title.text.startswith("Towards benign: math holds to α ≈ 0.01")


def test_each_basin_is_named_after_its_checkpoint_and_drawn_at_its_medians(figures) -> None:
    for name, result, checkpoint in (("base basin", BASE, "assistant"), ("headroom", TUNED, "benign")):
        assert figures[name].layout.title.text.startswith(f"{checkpoint}: ")
        medians = [t.x[0] for t in figures[name].data if t.mode == "markers" and len(t.x) == 1]
        assert medians == pytest.approx([b.radius.median for b in basins_of(result) if b.radius])
    assert "assistant: basic reaches 5 times as far as math" in figures["base basin"].layout.title.text
    assert "benign: basic reaches 1.5 times as far as math" in figures["headroom"].layout.title.text


def test_the_base_s_basin_shows_where_the_fine_tune_stands(figures) -> None:
    assert [(s.x0, s.line.color) for s in figures["base basin"].layout.shapes] == [(0.02, FINETUNE)]


def test_what_is_brittle_worst_certified_and_moved_has_the_titles_of_those_figures(figures) -> None:
    titles = {name: figure.layout.title.text for name, figure in figures.items()}
    assert (
        titles["brittle"]
        == "Smallest radius measured of benign, one part moved alone: mlp.up_proj, where basic ends at α ≈ 0.010 (0.010 to 0.011 over 8 directions); not overlapped by the range of the other radius"
    )
    assert titles["worst"].startswith("The worst direction found for math ends it first")
    assert titles["certificate"].endswith("(q\u00a0=\u00a00.5)")
    assert titles["delta"] == "Moved most: up in layer 1"


def test_a_certificate_stands_beside_the_worst_search_else_beside_the_basin_else_alone() -> None:
    def names(**parts: Result) -> set[str]:
        own = {"certificate": PARTS["certificate"]} | {key.replace("_", " "): part for key, part in parts.items()}
        figure = named_figures_of(SPEC, Evidence(parts=own))["certificate"]
        return {t.name for t in figure.data if t.name and t.showlegend is not False}

    alone, beside, worst_too = names(), names(base_basin=BASE), names(base_basin=BASE, worst=PARTS["worst"])
    assert alone < beside < worst_too


def test_one_random_direction_is_enough_for_a_basin() -> None:
    one = of(basin({"math": 0.01}, rays=1), "demo:benign")
    assert len([d for d in one.spec.directions if isinstance(d, Gaussian)]) == 1
    figure = named_figures_of(SPEC, Evidence(parts={"headroom": one}))["headroom"]
    assert figure.layout.title.text.startswith("benign: math holds to α ≈ 0.010 (τ")
