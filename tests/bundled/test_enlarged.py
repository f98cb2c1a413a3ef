"""What ships of enlarged basins: every checkpoint is there, measured, and as the data's README and the page say."""

import re

import pytest

from landscape import assets
from landscape.basins.radii import basins_of
from landscape.bundled import results as bundled_results
from landscape.bundled import specs as bundled_specs
from landscape.checkpoints import files
from landscape.demo.stages import ENLARGED, LARGE, MEDIUM, SMALL, Size, Stage
from landscape.enlarge.claims import claims_of
from landscape.enlarge.forgetting import capability_changes
from landscape.enlarge.radius_ratios import checkpoint_radii, enlargements
from landscape.enlarge.training_log import training_log
from landscape.figures.enlarge.kept import kept_finding
from landscape.reports.enlarge import kept_in_comparison
from landscape.schema.specs import BasinSpec

SECTION = (assets.DATA / "README.md").read_text().split("## Enlarged basins")[1].split("\n## ")[0]
BASES = [spec.checkpoint for spec in bundled_specs.enlarged_specs().values() if isinstance(spec, BasinSpec)]


def row(name: str) -> list[str]:
    (line,) = re.findall(rf"^\| `{re.escape(name.removeprefix(assets.PREFIX))}` \|.*$", SECTION, flags=re.M)
    return [cell.strip() for cell in line.split("|")[2:-1]]


def test_every_checkpoint_is_of_a_stage_and_measured() -> None:
    products = {assets.PREFIX + name for stage in ENLARGED for name in stage.products}
    assert set(assets.ENLARGED) == set(bundled_specs.enlarged_specs()) == products
    assert {*bundled_specs.DEMO_VARIANTS.names, *bundled_specs.DEMO_VARIANTS.tuned} <= set(assets.ENLARGED)


@pytest.mark.parametrize("stage", ENLARGED, ids=lambda stage: stage.name)
def test_trainings_differ_in_nothing_that_is_not_named(stage: Stage) -> None:
    name = assets.PREFIX + stage.name
    log = training_log(name) if name in assets.ENLARGED else None
    assert log is None or log["step"].iloc[-1] == stage.schedule.updates
    sizes: dict[str, Size] = {"small": SMALL, "large": LARGE}
    if stage.start is None:
        assert (stage.mixture, stage.windows, stage.seed, stage.schedule.updates) == ("plain text", 8, 5, 8000)
        assert stage.size == sizes.get(stage.name.split("-")[1], MEDIUM)
    else:
        assert (stage.seed, stage.schedule) == (6, ENLARGED[1].schedule)


@pytest.mark.parametrize("name", BASES)
def test_the_bases_are_as_the_readme_states(name: str) -> None:
    result = bundled_results.shipped(bundled_specs.enlarged_specs()[name])
    assert result is not None
    layers = bundled_results.shipped(bundled_specs.per_tensor_specs()[name])
    assert layers is not None
    width = checkpoint_radii(result, basins_of(result), basins_of(layers))["basic"]
    parameters, score, rms, radius, relative, by_tensor = row(name)
    assert int(parameters.replace(",", "")) == files.describe(name).parameters
    assert float(score) == pytest.approx(width.score, abs=0.0006)
    assert float(rms) == pytest.approx(width.rms, abs=0.0006)
    assert width.radius is not None
    stated = [float(number) for number in re.findall(r"[\d.]+", radius)]
    assert stated == pytest.approx([width.radius.median, width.radius.low, width.radius.high], rel=0.06)
    assert width.layer_radius is not None
    stated = [float(number) for number in re.findall(r"[\d.]+", by_tensor)]
    measured = width.layer_radius
    assert not measured.at_least, "the reach holds every boundary"
    assert stated == pytest.approx([measured.median, measured.low, measured.high], abs=0.0006)
    assert float(relative.removesuffix(" %")) == pytest.approx(100 * (width.relative or 0), abs=0.6)


@pytest.mark.parametrize("base", bundled_specs.DEMO_VARIANTS.names)
def test_the_fine_tunes_are_as_the_readme_states(base: str) -> None:
    variants = bundled_specs.DEMO_VARIANTS
    results = bundled_results.shipped(variants.searches[base]), bundled_results.shipped(variants.scorings[base])
    assert None not in results
    fates = capability_changes(*results)  # type: ignore[arg-type]
    stated = [float(cell) for cell in row(variants.scorings[base].checkpoint)[:4]]
    assert stated == pytest.approx([float(fate.after["score"]) for fate in fates], abs=0.0006)


@pytest.mark.parametrize(("size", "wider", "relatively", "equal"), [("small", 10, 6.7, False), ("large", 3, 2.3, True)])
def test_noise_widens_the_basin_of_other_sizes_but_the_small_one_learns_little(
    size: str, wider: float, relatively: float, equal: bool
) -> None:
    specs = bundled_specs.enlarged_specs()
    results = [bundled_results.shipped(specs[f"demo:base-{size}-{method}"]) for method in ("adamw", "go-0.05")]
    (found,) = (one for one in enlargements(results) if one.other.capability == "basic")  # type: ignore[arg-type]
    assert found.ratio == pytest.approx(wider, rel=0.05)
    assert found.relative_ratio == pytest.approx(relatively, rel=0.05)
    assert found.equal == equal


def test_noise_widens_the_basin_beyond_the_growth_of_the_weights() -> None:
    results = [bundled_results.shipped(spec) for spec in bundled_specs.DEMO_VARIANTS.searches.values()]
    found = {one.other.checkpoint: one for one in enlargements(results) if one.other.capability == "basic"}  # type: ignore[arg-type]
    noise = found["demo:base-go-0.05"]
    assert noise.equal
    assert (noise.ratio or 0) > 3.5
    assert (noise.relative_ratio or 0) > 2.5
    both = found["demo:base-go-0.07-average"]  # with averaged weights
    assert both.equal
    assert both.interval[0] > 5
    assert (both.relative_ratio or 0) > 3


def test_what_growth_leaves_depends_on_the_normaliser_and_the_widest_is_corrected_for_the_choice() -> None:
    variants = bundled_specs.DEMO_VARIANTS
    results = [bundled_results.shipped(spec) for spec in variants.searches.values()]
    layers = {name: basins_of(bundled_results.shipped(spec)) for name, spec in variants.per_tensor_searches.items()}  # type: ignore[arg-type]
    found = [one for one in enlargements(results, layers=layers) if one.other.capability == "basic"]  # type: ignore[arg-type]
    both = next(one for one in found if one.other.checkpoint == "demo:base-go-0.07-average")
    assert (str(both.by_rms), str(both.by_tensor)) == ("3.2 × (2.7–3.5)", "2.5 × (2.2–3)")
    assert both.in_alpha is not None
    assert str(both.in_alpha.among(4)) == "5.9 × (4.8–6.6)"
    claims = claims_of(found, [])
    assert [claim.outcome for claim in claims] == ["open"] * 3, "by itself, the first interval would begin at 5"
    assert all("corrected for choosing the widest of 4" in claim.measured for claim in claims)
    assert "4.8 to 6.6" in SECTION
    assert "3.2 × (2.6–3.6) is left" in SECTION
    assert "it is 2.5 × (2.1–3.1)" in SECTION


def test_what_fine_tunes_kept_is_as_the_readme_states() -> None:
    variants = bundled_specs.DEMO_VARIANTS
    bases = {name: bundled_results.shipped(spec) for name, spec in variants.searches.items()}
    changes = [
        change
        for name, spec in variants.scorings.items()
        for change in capability_changes(bases[name], bundled_results.shipped(spec))  # type: ignore[arg-type]
    ]
    alphas = {name: bundled_results.shipped(way).facts.alpha_of[way.others[0]] for name, way in variants.ways.items()}  # type: ignore[union-attr]
    found = kept_in_comparison(list(bases.values()), changes, alphas, "basic")  # type: ignore[arg-type]
    table = SECTION.split("| kept of basic |")[1]
    for one in found:
        (line,) = re.findall(rf"^\| {one.tuned.removeprefix(assets.PREFIX)} \|.*$", table, flags=re.M)
        numbers = [float(number) for number in re.findall(r"[\d.]+", line.split("|", 2)[2])]
        known = [one.alpha, one.distance, *one.interval, one.share.share, one.share.low, one.share.high]
        assert numbers == pytest.approx(known, rel=0.05, abs=0.006)
    assert kept_finding(found).endswith("correlation −1.00 (Kendall’s τ; exact permutation p = 0.017)")
