"""What ships: complete, small, without pickle, as good as the README says, and the first picture is what one measures."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from landscape import assets
from landscape.basins.radii import basins_of, nestings
from landscape.bundled import results, specs
from landscape.capabilities import examples as capability_examples
from landscape.capabilities.scoring import Scorer
from landscape.certificates.guarantees import guarantees_of
from landscape.certificates.trials import Trials
from landscape.checkpoints import files as checkpoint_files
from landscape.checkpoints import models
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.runs.kinds import plan_of
from landscape.schema.directions import Gaussian, Towards, Worst, label_of, seed_of
from landscape.schema.frames import Frame, PointSpec
from landscape.schema.points import Point
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, WorstSpec
from landscape.slices.grid import next_step
from landscape.worst.boundaries import held_out_scores, worst_boundaries, worst_of
from landscape.worst.find import find
from landscape.worst.overlap import explained_of

README = (assets.DATA / "README.md").read_text()
REQUIRED = {"base": ("basic",), "assistant": tuple(assets.CAPABILITIES), "benign": tuple(assets.CAPABILITIES)}


def stated(name: str) -> dict[str, float]:
    (line,) = re.findall(rf"^\| `{name}` \|.*$", README.split("## Basins")[0], flags=re.M)
    return dict(zip(assets.CAPABILITIES, map(float, line.split("|")[4:8]), strict=True))


def scores(name: str) -> dict[str, float]:
    loaded = models.load(f"demo:{name}", dtype="float32", device="cpu")  # as the results were measured
    scorer = Scorer(loaded.model, loaded.tokenizer)
    return {c: float(scorer.score(capability_examples.load(c)).outcomes.mean()) for c in assets.CAPABILITIES}


@pytest.mark.parametrize("name", sorted(name.removeprefix("demo:") for name in assets.CHECKPOINTS))
def test_every_checkpoint_scores_what_the_readme_states_and_what_it_must(name: str) -> None:
    measured = scores(name)
    assert measured == pytest.approx(stated(name), abs=0.005)  # a near tie of two tokens may fall the other way
    assert all(measured[capability] >= 0.95 for capability in REQUIRED.get(name, ()))
    if name == "adversarial":
        assert measured["safety"] <= 0.2


def test_the_folders_are_small_and_hold_no_pickle() -> None:
    files = [file for file in (assets.DATA / "models").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 84e6
    assert {file.suffix for file in files} <= {".json", ".safetensors"}
    assert len([name for name in assets.CHECKPOINTS if "base-" in name]) >= 4
    assert checkpoint_files.describe("demo:assistant-lora").adapter


def test_the_fine_tune_lies_well_within_the_basin_of_its_base() -> None:
    from landscape.figures.slices.findings import ends_of

    result = results.shipped(specs.DEMO_SPEC)
    assert result is not None
    ends, alpha = ends_of(result, "gaussian", "basic"), result.facts and result.facts.alpha_of["demo:assistant"]
    assert ends is not None
    assert alpha is not None
    assert alpha < 0.6 * ends.found.min()


def test_the_first_picture_is_what_one_measures() -> None:
    result = results.shipped(specs.DEMO_SPEC)
    assert result is not None
    assert result.spec == specs.DEMO_SPEC
    wanted = [(Gaussian(seed=3), 0.018), (Gaussian(seed=0), 0.03), (Towards(checkpoint="demo:assistant"), 0.01)]
    directions = tuple(direction for direction, _ in wanted)
    spec = result.spec.model_copy(update={"directions": directions, "alphas": (0.0, 0.01, 0.018, 0.03)})
    session, suites = Session(spec.frame), load_capabilities(spec)
    facts = gather_facts(session, spec, suites)
    for point, _ in next_step(spec, facts, {}).points:
        if (directions[point.direction], point.alpha) not in wanted:
            continue
        for name, found in session.measure(point, suites).items():
            rows = result.rows
            here = (rows["capability"] == name) & (rows["alpha"] == point.alpha)
            seed = getattr(directions[point.direction], "seed", None)
            (row,) = rows[here & (rows["seed"].isna() if seed is None else rows["seed"] == seed)].itertuples()
            assert np.mean(found.outcomes) == pytest.approx(row.score, abs=0.01)
            assert np.nanmean(found.losses) == pytest.approx(row.loss, rel=1e-3)
    assert facts.alpha_of == pytest.approx(result.facts.alpha_of)  # type: ignore[union-attr]


def test_snapshots_climb() -> None:
    names = sorted(name.removeprefix("demo:") for name in assets.CHECKPOINTS if "base-" in name)
    climbing = [stated(name)["basic"] for name in names] + [stated("base")["basic"]]
    assert climbing == sorted(climbing)


@pytest.mark.parametrize(
    "name",
    [
        "basin",
        "worst",
        "plane",
        "certificate",
        "walk",
        "paths",
        *(f"basin-{spec.checkpoint[5:]}" for spec in specs.emergence_specs()),
        *(f"enlarge-{name[5:]}" for name in specs.enlarged_specs()),
    ],
)
def test_every_shipped_result_is_complete_and_of_the_spec_that_asks_for_it(name: str) -> None:
    file, spec = next((file, spec) for file, spec in specs.shipped_specs().items() if file.stem == name)
    result = results.shipped(spec)
    assert result is not None, f"{file.name} is missing: python -m landscape demo build"
    assert result.spec == spec
    assert result.facts is not None
    known: dict[Point, dict[str, float]] = {}
    for row in result.rows.itertuples():
        known.setdefault(_point_of(spec, row), {})[row.capability] = row.score
    known = held_out_scores(result) if isinstance(spec, WorstSpec) else known
    assert not plan_of(spec).next_step(spec, result.facts, known).points


def _point_of(spec: PointSpec, row: Any) -> Point:
    if isinstance(spec, PlaneSpec):
        return Point(0, row.x, row.y)
    if isinstance(spec, CertificateSpec):
        return Point(row.batch, row.sigma)
    labels = [(label_of(d), seed_of(d)) for d in spec.directions]
    return Point(labels.index((row.direction, None if pd.isna(row.seed) else int(row.seed))), row.alpha)


MEASURED_AGAIN = {
    "basin": specs.DEMO_BASIN,
    "worst": specs.DEMO_WORST,
    "plane": specs.DEMO_PLANE,
    "certificate": specs.DEMO_CERTIFICATE,
    "walk": specs.DEMO_WALK,
    "paths": specs.DEMO_PATHS,
    "enlarge-base-go-0.05": specs.DEMO_VARIANTS.searches["demo:base-go-0.05"],
    "enlarge-assistant-go-0.05": specs.DEMO_VARIANTS.scorings["demo:base-go-0.05"],
}


@pytest.mark.parametrize("spec", MEASURED_AGAIN.values(), ids=MEASURED_AGAIN)
def test_what_ships_is_what_one_measures(spec: PointSpec) -> None:
    result = results.shipped(spec)
    assert result is not None
    session, suites = Session(spec.frame), {suite.name: suite for suite in load_capabilities(spec)}
    probe = Trials(session, spec) if isinstance(spec, CertificateSpec) else session
    rows = result.rows[result.rows["capability"].isin(["basic", "math"])]
    searched = rows[rows["direction"].str.startswith("worst")] if isinstance(spec, WorstSpec) else rows
    for row in searched.sample(min(8, len(searched)), random_state=0).itertuples():
        found = probe.measure(_point_of(spec, row), [suites[row.capability]])[row.capability]
        assert found.outcomes.mean() == pytest.approx(row.score, abs=0.01)
        assert np.nanmean(found.losses) == pytest.approx(row.loss, rel=1e-3)


def test_the_assistant_basins_are_nested_as_the_pages_say() -> None:
    result = results.shipped(specs.DEMO_BASIN)
    assert result is not None
    basins = basins_of(result)
    assert {basin.capability for basin in basins if basin.radius} == set(assets.CAPABILITIES)
    assert nestings(basins)["math", "basic"].claim == "first"
    assert all(basin.radius and basin.radius.low < basin.radius.median < basin.radius.high for basin in basins)


@pytest.mark.parametrize("spec", specs.emergence_specs(), ids=lambda spec: spec.checkpoint)
def test_the_basins_that_the_readme_states_are_those_that_ship(spec: BasinSpec) -> None:
    result = results.shipped(spec)
    assert result is not None
    (line,) = re.findall(rf"^\| `{spec.checkpoint[5:]}` \|.*$", README.split("## Basins")[1], flags=re.M)
    cells = dict(zip(assets.CAPABILITIES, (cell.strip() for cell in line.split("|")[2:6]), strict=True))
    for basin in basins_of(result):
        if basin.radius is None:
            assert cells[basin.capability] == "none"
            continue
        numbers = [float(number) for number in re.findall(r"[\d.]+", cells[basin.capability])]
        assert numbers == pytest.approx([basin.radius.median, basin.radius.low, basin.radius.high], rel=0.07, abs=5e-4)


def edge(rows: pd.DataFrame, examples: list[int] | slice = slice(None)) -> float:
    """The first α ≥ 0 at which the score of some examples has dropped by more than 0.05: measured, not interpolated."""
    along = sorted((row.alpha, float(row.outcomes[examples].mean())) for row in rows.itertuples() if row.alpha >= 0)
    return next((alpha for alpha, score in along if score < along[0][1] - 0.05 - 1e-9), np.inf)


@pytest.mark.parametrize("name", assets.CAPABILITIES)
def test_the_worst_direction_of_every_capability_is_a_needle_and_unseen_examples_confirm_it(name: str) -> None:
    result = results.shipped(specs.DEMO_WORST)
    assert result is not None
    assert result.facts is not None
    rows = result.rows[result.rows["capability"] == name]
    unseen = sorted(set(range(240)) - set(result.facts.searched[name]))
    assert 100 < len(unseen) < 140
    most = np.median([edge(draw) for _, draw in rows[rows["direction"] == "gaussian"].groupby("seed")])
    assert most / edge(rows[rows["direction"] == f"worst {name}"], unseen) >= 30


def test_a_search_of_today_finds_a_needle_too(tmp_path: Path) -> None:
    """From nothing, one restart: at a thirtieth of the random radius, examples that it never saw are lost."""
    recipe = Worst(capabilities=("math",), restarts=1, steps=10)
    frame = Frame(checkpoint="demo:assistant", directions=(recipe,), device="cpu")
    kept, suite = DirectionCache(tmp_path), capability_examples.load("math")
    find(frame, models.Pool(), kept, lambda text, done, total: None)
    session, unseen = Session(frame, cache=kept), ~capability_examples.search_split(suite)
    radius = next(b.radius.median for b in basins_of(results.shipped(specs.DEMO_BASIN)) if b.capability == "math")  # type: ignore[union-attr,arg-type]
    here, there = (session.measure(Point(0, alpha), [suite])["math"].outcomes[unseen] for alpha in (0.0, radius / 30))
    assert here.mean() - there.mean() > 0.05
    drawn = Session(frame.model_copy(update={"directions": (Gaussian(seed=0),)}))
    assert drawn.measure(Point(0, radius / 30), [suite])["math"].outcomes[unseen].mean() == here.mean()


def test_sparing_never_ends_a_capability_nearer_than_the_search_that_need_not() -> None:
    result = results.shipped(specs.DEMO_WORST)
    assert result is not None
    ends = {(one.direction, one.capability): one.alpha for one in worst_boundaries(result)}
    sparing = [(label, name) for label, name in ends if "sparing" in label and label.startswith(f"worst {name}")]
    joint = [("worst basic, math, code, safety", name) for name in assets.CAPABILITIES]
    assert len(sparing) == 1
    for label, name in (*sparing, *joint):
        assert ends[f"worst {name}", name] <= ends[label, name]


def test_no_worst_direction_ends_farther_out_than_that_of_version_0_6() -> None:
    result = results.shipped(specs.DEMO_WORST)
    assert result is not None
    endings = worst_boundaries(result)
    former = {"basic": 0.000114, "math": 0.0000134, "code": 0.000076, "safety": 0.000076}
    for name, alpha in former.items():
        found = worst_of(endings, name)
        assert found is not None
        assert found.held_out
        assert found.alpha is not None
        assert found.alpha < alpha


def test_the_worst_case_that_the_readme_states_is_what_ships() -> None:
    worst, certificate = results.shipped(specs.DEMO_WORST), results.shipped(specs.DEMO_CERTIFICATE)
    assert worst is not None
    assert certificate is not None
    section = README.split("## Worst directions and certificates")[1]
    endings, root = worst_boundaries(worst), certificate.facts.parameters**0.5  # type: ignore[union-attr]
    for guarantee in guarantees_of(certificate):
        (line,) = re.findall(rf"^\| `{guarantee.capability}` \|.*$", section, flags=re.M)
        stated = [float(cell) for cell in line.split("|")[2:6]]
        ending, best = worst_of(endings, guarantee.capability), guarantee.best(0.5)
        assert ending is not None
        assert ending.held_out
        assert best is not None
        found = [ending.random.median, ending.alpha, ending.times_nearer, (best.radius(0.5) or 0) / root]  # type: ignore[union-attr]
        assert stated == pytest.approx(found, rel=0.04)
    shared = {(one.checkpoint, one.direction): one for one in explained_of(worst) if one.capability == "safety"}
    sparing = next(label for _, label in shared if "sparing" in label)
    adversarial, benign = (shared[f"demo:{name}", sparing] for name in ("adversarial", "benign"))
    assert (round(adversarial.cosine, 2), round(benign.cosine, 2)) == (0.33, -0.07)
    assert f"cosine of {adversarial.cosine:.2f}" in section
    assert f"makes {adversarial.share:.0%}".replace("%", " %") in section
