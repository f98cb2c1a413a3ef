"""What differs between two specs, in words."""

import pytest

from landscape.runs.listing.differences import NAMES, differences
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, SliceSpec, Thresholds, spec_types

DRAWS = tuple(Gaussian(seed=seed) for seed in range(5))
BASIN = BasinSpec(checkpoint="demo:base", directions=DRAWS, capabilities=("basic",), reach=0.06)
SLICE = SliceSpec(checkpoint="demo:base", directions=DRAWS, capabilities=("basic",))


def test_equal_specs_differ_in_nothing_and_others_only_in_what_differs() -> None:
    assert differences([BASIN, BASIN]) == []
    other = BASIN.model_copy(update={"reach": 0.0, "tolerance": 0.1})
    assert differences([BASIN, other]) == [
        ("Reach, α", ["0.06", "found by a probe"]),
        ("τ, drop of the score", ["0.05", "0.1"]),
    ]


@pytest.mark.parametrize(
    ("changed", "name", "values"),
    [
        ({"limit": 60}, "Examples a capability", ["all", "60"]),
        ({"capabilities": ("basic", "starter:code")}, "Capabilities", ["basic", "basic, code (starter)"]),
        ({"only": ("*.mlp.*",)}, "Weights moved", ["all", "*.mlp.*"]),
        ({"loss_tolerance": 0.1}, "τ, rise of the loss in nats a token", ["by score", "0.1"]),
        ({"cliff": True}, "Cliff index", ["no", "yes"]),
        ({"dtype": "bfloat16"}, "Number format", ["auto", "bfloat16"]),
        (
            {"directions": (*DRAWS[:3], Towards(checkpoint="demo:benign"))},
            "Directions",
            ["5 gaussian (seeds 0–4)", "3 gaussian (seeds 0–2), towards:demo:benign"],
        ),
        (
            {"directions": tuple(Gaussian(seed=seed) for seed in (1, 2, 9, 3, 4))},
            "Directions",
            ["5 gaussian (seeds 0–4)", "5 gaussian (seeds 1, 2, 9, 3, 4)"],
        ),
    ],
)
def test_values_are_words(changed: dict[str, object], name: str, values: list[str]) -> None:
    assert differences([BASIN, BASIN.model_copy(update=changed)]) == [(name, values)]


def test_lists_that_read_alike_are_written_out() -> None:
    one, other = ((0.0, 0.01, middle, 0.03, 0.04) for middle in (0.02, 0.025))
    ((name, values),) = differences([SLICE.model_copy(update={"alphas": each}) for each in (one, other)])
    assert name == "α measured"
    assert values == ["0.0, 0.01, 0.02, 0.03, 0.04", "0.0, 0.01, 0.025, 0.03, 0.04"]
    longer = (*one, 0.05)
    ((_, short),) = differences([SLICE.model_copy(update={"alphas": each}) for each in (one, longer)])
    assert short == ["0 to 0.04, 5 values", "0 to 0.05, 6 values"]


def test_of_two_kinds_only_what_both_have_is_compared_and_thresholds_field_by_field() -> None:
    assert differences([BASIN, SLICE]) == [("Kind", ["basin", "slice"])]
    fields = {"checkpoint": "demo:base", "other": "demo:benign", "capabilities": ("basic",)}
    one = InspectionSpec(**fields)  # type: ignore[arg-type]
    strict = InspectionSpec(**fields, thresholds=Thresholds(max_drop=0.02), budget=300.0)  # type: ignore[arg-type]
    assert differences([one, strict]) == [
        ("Time budget", ["none", "5 min"]),
        ("Largest drop allowed", ["0.05", "0.02"]),
    ]


def test_three_runs_have_three_values() -> None:
    specs = [BASIN.model_copy(update={"limit": limit}) for limit in (None, 60, 60)]
    assert differences(specs) == [("Examples a capability", ["all", "60", "60"])]


def test_every_field_of_every_kind_has_a_name() -> None:
    kinds = [spec for spec in spec_types().values() if spec.__module__.startswith("landscape.")]  # no test's own
    fields = {name for spec in kinds for name in spec.model_fields}
    assert fields - {"trust_remote_code", "thresholds"} | set(Thresholds.model_fields) <= set(NAMES)


def test_sigmas_are_told() -> None:
    spec = CertificateSpec(checkpoint="demo:base", directions=DRAWS[:1], capabilities=("basic",), sigmas=(0.001, 0.01))
    other = spec.model_copy(update={"sigmas": (0.001, 0.02)})
    assert differences([spec, other]) == [("σ of the noise", ["0.001, 0.01", "0.001, 0.02"])]
