"""The range of an inspection's parts: found on the base once, and from then on that of every other part."""

from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from landscape.inspection import parts as inspection_parts
from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.runs import worker
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.default_ranges import DEMO_REACH, sigmas_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, SliceSpec
from landscape.store.store import Store

DELTA = {"alpha": 1e-5, "radius": 1.0, "tensors": [{"name": "w", "layer": 0, "module": "up"}]}
ORIGIN = {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": "math", "score": 1.0,
          "loss": 0.1, "n": 50, "seconds": 0.1}  # fmt: skip


def smaller(folder: Path, to: Path) -> Path:
    """The same function with matrices 32 times smaller: gains of norms make up for it."""
    to.mkdir()
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    weights = load_file(to / "model.safetensors")
    scaled = {name: (w / 32 if w.ndim > 1 else w * 32).contiguous() for name, w in weights.items()}
    save_file(scaled, to / "model.safetensors", metadata={"format": "pt"})
    return to


def test_the_base_is_probed_and_all_other_parts_are_measured_on_its_scale(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brittle = inspection_parts._brittle
    monkeypatch.setattr(inspection_parts, "_brittle", lambda *asked: list(brittle(*asked))[-1:])  # one is enough
    pair = [str(smaller(folder, tmp_path / folder.name)) for folder in (checkpoint, finetuned)]
    spec = InspectionSpec(
        checkpoint=pair[0], other=pair[1], capabilities=(str(own_answers),), draws=1, limit=20, device="cpu"
    )
    store = Store(str(tmp_path / "s.sqlite"))
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    assert store.run(run_id).status == "done"
    ended, ids = collect_evidence(store, store.run(run_id))
    asked = {name: store.run(ids[name]).spec for name in ended.parts}
    assert asked == {name: part for name, part in parts_of(spec, ended).items() if name != "delta"}
    going, same = collect_evidence(store, store.run(store.submit(spec)))  # asked for again, and not begun
    assert (same, going.parts.keys()) == (ids, ended.parts.keys())

    base = ended.parts["base basin"]
    assert isinstance(asked["base basin"], BasinSpec)
    assert asked["base basin"].reach == 0
    assert base.facts is not None
    reach = base.facts.reach
    assert reach is not None
    rays = base.rows[base.rows["direction"] == "gaussian"]
    assert rays.loc[rays["alpha"] == reach, "score"].tolist() < [0.51], "half is lost at the reach"
    assert reach < 0.03, "a range for a model of this many parameters would be 0.06"
    ranges = {name: part.reach for name, part in asked.items() if isinstance(part, BasinSpec) and name != "base basin"}
    assert len(ranges) == 2, "headroom and one brittle part"
    assert set(ranges.values()) == {reach}


def spec_of(base: str, **fields: object) -> InspectionSpec:
    return InspectionSpec(checkpoint=base, other="demo:assistant", capabilities=("math",), **fields)  # type: ignore[arg-type]


def with_scores(spec: InspectionSpec) -> Evidence:
    """Both are right; matrices have an rms of 0.2."""
    part = parts_of(spec, Evidence(delta=DELTA))["scores"]
    assert isinstance(part, SliceSpec)
    looked = Result(part, tidy(part, [ORIGIN]), Facts(100, 7.0, chance={"math": 0.0}, matrices_rms=0.2))
    return Evidence(delta=DELTA).plus("scores", looked).plus("tuned scores", looked)


def found(part: object, reach: float | None) -> Result[BasinSpec]:
    assert isinstance(part, BasinSpec)
    return Result(part, tidy(part, [ORIGIN]), Facts(100, 1.0, chance={"math": 0.0}, reach=reach))


def test_the_sigmas_of_a_certificate_follow_from_the_reach() -> None:
    spec = spec_of("mine", certify=True)
    evidence = with_scores(spec)
    evidence = evidence.plus("base basin", found(parts_of(spec, evidence)["base basin"], 0.03))
    certified = parts_of(spec, evidence)["certificate"]
    assert isinstance(certified, CertificateSpec)
    assert (certified.sigmas[0], certified.sigmas[-1]) == (0.0005, 0.01)


def test_what_a_part_found_itself_changes_no_spec_of_its_own_and_a_part_cut_short_leaves_it_to_the_next() -> None:
    spec, evidence = spec_of("mine"), Evidence(delta=DELTA)
    first = parts_of(spec, evidence)
    assert {part.reach for part in first.values() if isinstance(part, BasinSpec)} == {0.0}
    cut = evidence.plus("base basin", found(first["base basin"], None))
    assert {part.reach for part in parts_of(spec, cut).values() if isinstance(part, BasinSpec)} == {0.0}
    after = cut.plus("headroom", found(first["headroom"], 0.02))
    reaches = {name: part.reach for name, part in parts_of(spec, after).items() if isinstance(part, BasinSpec)}
    assert reaches == {"base basin": 0.0, "headroom": 0.0, "layer 0": 0.02, "module up": 0.02}


def test_demo_models_keep_the_range_of_the_inspections_that_ship() -> None:
    parts = parts_of(spec_of("demo:base"), Evidence(delta=DELTA))
    assert {part.reach for part in parts.values() if isinstance(part, BasinSpec)} == {DEMO_REACH}


def test_a_certificate_without_a_basin_goes_by_the_size_of_the_weights() -> None:
    spec = spec_of("mine", certify=True)
    certified = parts_of(spec, with_scores(spec))["certificate"]
    assert isinstance(certified, CertificateSpec)
    assert certified.sigmas == sigmas_of(0.2, 4) == (0.0002, 0.00126, 0.00794, 0.05)
