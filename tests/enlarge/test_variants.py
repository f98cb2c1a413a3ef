"""What is asked of several checkpoints, what a fine-tune forgot, and which claims the numbers carry."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from landscape import assets
from landscape.bundled import specs
from landscape.checkpoints import files
from landscape.enlarge.claims import RELATIVELY, WIDER, checkpoint_to_test, claims_of
from landscape.enlarge.forgetting import CapabilityChange, capability_changes
from landscape.enlarge.radius_ratios import enlargements
from landscape.enlarge.training_log import training_log
from landscape.enlarge.variants import Variants
from landscape.reports.enlarge import comparison_csv, comparison_dict
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import SliceSpec
from tests.basins.known_rays import NARROW, N, made
from tests.conftest import make_model, save
from tests.enlarge.known_pairs import named

SEARCH = made({"basic": NARROW}).spec
SMALL = [edge / 2 for edge in NARROW]  # six times as far still ends within the reach
VARIANTS = Variants(SEARCH, ("demo:base", "demo:benign"), ("a", "b", "c"))


def test_searches_differ_in_nothing_but_the_checkpoint() -> None:
    assert list(VARIANTS.searches) == ["demo:assistant", "demo:base", "demo:benign"]
    assert VARIANTS.searches["demo:assistant"] == SEARCH
    assert VARIANTS.searches["demo:base"].model_copy(update={"checkpoint": "demo:assistant"}) == SEARCH


def test_fine_tunes_are_scored_where_they_stand_whatever_moves() -> None:
    moved = SEARCH.model_copy(update={"only": ("*mlp*",), "limit": 7})
    scoring = Variants(moved, ("demo:base",), ("a", "b")).scorings["demo:base"]
    assert (scoring.checkpoint, scoring.alphas, scoring.only, scoring.limit) == ("b", (0.0,), (), 7)
    assert not Variants(moved, ("demo:base",)).scorings


@pytest.mark.parametrize(
    ("others", "tuned", "message"),
    [
        ((), (), "expected two checkpoints or more, got 'demo:assistant' alone"),
        (("demo:base", "demo:base"), (), "expected different checkpoints"),
        (("demo:base",), ("a",), "a fine-tune of each of the 2 checkpoints, got 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(others: tuple[str, ...], tuned: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Variants(SEARCH, others, tuned)


def scored(name: str, right: dict[str, int]) -> Result[SliceSpec]:
    """The first `right` of N examples of each capability are answered."""
    spec = SliceSpec(checkpoint=name, directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=tuple(right))
    rows = [
        {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": capability,
         "score": count / N, "loss": 1.0, "n": N, "seconds": 0.1, "outcomes": (np.arange(N) < count).astype(np.uint8)}
        for capability, count in right.items()
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1))


def base(name: str, edges: list[float], rms: float = 0.1) -> Result:
    """Has basic, and nothing of math."""
    return named(made({"basic": edges, "math": [0.0] * len(edges)}), name, rms)


def test_what_a_base_had_is_kept_or_forgotten_and_the_rest_is_learned() -> None:
    basic, math_ = capability_changes(base("demo:base", NARROW), scored("tuned", {"basic": 150, "math": 190}))
    assert (basic.base_had_it, basic.before["score"], basic.after["score"]) == (True, 1.0, 0.75)
    assert (math_.base_had_it, math_.before["score"], math_.after["score"]) == (False, 0.0, 0.95)
    assert basic.interval[0] < 0.75 < basic.interval[1]


def comparison(ratio: float, grown: float, kept: int, learned: int) -> tuple[list[Result], list[CapabilityChange]]:
    """A reference that forgets half of basic and learns 190 of math, and a variant of known ratios."""
    results = [base("demo:base", SMALL), base("demo:benign", [ratio * edge for edge in SMALL], 0.1 * grown)]
    tuned = [scored("t", {"basic": 100, "math": 190}), scored("u", {"basic": kept, "math": learned})]
    return results, [fate for pair in zip(results, tuned, strict=True) for fate in capability_changes(*pair)]


@pytest.mark.parametrize(
    ("ratio", "grown", "kept", "learned", "expected"),
    [
        (5.8, 1.5, 180, 190, ["holds", "holds", "holds", "holds"]),
        (5.8, 4.0, 180, 100, ["holds", "does not hold", "holds", "does not hold"]),
        (5.0, 5.0 / 3.0, 100, 189, ["open", "open", "open", "open"]),
        (2.0, 1.0, 20, 200, ["does not hold", "does not hold", "does not hold", "holds"]),
    ],
)
def test_claims_hold_with_all_of_an_interval_and_fail_with_none(
    ratio: float, grown: float, kept: int, learned: int, expected: list[str]
) -> None:
    results, fates = comparison(ratio, grown, kept, learned)
    found = [one for one in enlargements(results) if one.other.capability == "basic"]
    assert [claim.outcome for claim in claims_of(found, fates)] == expected
    assert (WIDER, RELATIVELY) == (5.0, 3.0)


def test_the_widest_at_equal_score_is_the_one_that_claims_are_made_of() -> None:
    far = [6 * edge for edge in SMALL]
    reference, wide, wider = base("demo:base", SMALL), base("demo:benign", [2 * e for e in SMALL]), base("x", far)
    found = [one for one in enlargements([reference, wide, wider]) if one.other.capability == "basic"]
    lower = [found[0], replace(found[1], other=replace(found[1].other, score=0.9))]
    assert checkpoint_to_test(found) == found[1]
    assert checkpoint_to_test(lower) == found[0]
    only = claims_of(lower[1:], [])
    assert [claim.outcome for claim in only] == ["does not hold", "does not hold"]  # wide, but not at equal score
    assert "at a score of 0.900 against 1.000" in only[0].measured
    assert claims_of([], []) == []


def test_a_comparison_is_json_with_its_claims_and_fine_tunes() -> None:
    results, fates = comparison(2.0, 1.0, 180, 190)
    found = json.loads(json.dumps(comparison_dict(results, fates), allow_nan=False))
    assert [claim["capability"] for claim in found["claims"]] == ["basic"] * 4
    assert found["tuned"][0]["before"] == {"score": 1.0, "loss": pytest.approx(0.1)}


def test_the_points_of_all_checkpoints_are_one_table() -> None:
    results, _ = comparison(2.0, 1.0, 180, 190)
    table = pd.read_csv(io.StringIO(comparison_csv(results)))
    assert list(table.columns[:4]) == ["checkpoint", "direction", "seed", "alpha"]
    assert table["checkpoint"].value_counts().to_dict() == {r.spec.checkpoint: len(r.rows) for r in results}


def test_the_log_of_a_trainer_is_read_without_evaluations_and_summaries(tmp_path: Path) -> None:
    folder = save(tmp_path / "trained", make_model())
    assert training_log(str(folder)) is None
    history = [{"step": 20, "loss": 2.0}, {"step": 10, "loss": 3.0, "epoch": 1}, {"step": 20, "eval_loss": 1.0}]
    history += [{"step": 20, "loss": 1.9}, {"step": 30, "loss": float("nan")}, {"step": 30, "train_loss": 2.5}]
    (folder / "trainer_state.json").write_text(json.dumps({"log_history": history}))
    log = training_log(str(folder))
    assert log is not None
    assert log.to_numpy().tolist() == [[10, 3.0], [20, 1.9]]
    (folder / "trainer_state.json").write_text('{"log_history": 3}')
    with pytest.raises(ValueError, match="damaged"):
        training_log(str(folder))


def test_what_bases_are_placed_by_is_true() -> None:
    from landscape.demo.stages import ENLARGED

    updates = {stage.name: stage.schedule.updates for stage in ENLARGED}
    for line in specs.GROWTH["updates"].values():
        for count, name in line.items():
            short = name.removeprefix(assets.PREFIX)
            assert updates.get(short) == count or short.endswith(f"-{count:05}")
    for line in specs.GROWTH["parameters"].values():
        for parameters, name in line.items():
            assert files.describe(name).parameters == parameters
