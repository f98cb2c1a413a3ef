"""A store that version 0.6.0 made, of every kind of run: it opens unchanged, and its points are still found.

`version-0.6/store.sqlite.xz` is that store; `expected.json.xz` is what version 0.6.0 itself read off it.
"""

import base64
import hashlib
import json
import lzma
import re
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import create_engine, text

from landscape.basins import radii
from landscape.capabilities import examples as capability_examples
from landscape.inspection.verdict import verdict_of
from landscape.intervals import clopper_pearson
from landscape.reports import inspection
from landscape.reports.basins import basin_dict
from landscape.reports.certificates import guarantee_dict
from landscape.reports.deployment import moves_dict
from landscape.reports.worst import worst_dict
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.worker import work
from landscape.schema.frames import PointSpec
from landscape.schema.specs import SliceSpec, canonical_json, digest, parse_spec
from landscape.slices.deployment_survival import survivals_of
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack, unpack

FOLDER = Path(__file__).with_name("version-0.6")
RUNS: list[dict[str, Any]] = json.loads(lzma.decompress((FOLDER / "expected.json.xz").read_bytes()))["runs"]
KINDS = {
    "slice", "basin", "worst", "plane", "certificate", "comparison", "answer", "flatness", "swap", "inspection",
}  # fmt: skip


def as_then(reading: dict[str, Any], result: Any) -> dict[str, Any]:
    """A reading of basins as 0.6.0 gave it: what was added since is left out, and nesting counts rays alone."""
    new = ("interval of a radius may hold it", "at the ceiling: ")
    for name, basin in reading["capabilities"].items():
        del basin["radius_spread"], basin["cliff_index"]
        kept = [said for said in basin["warnings"] if not any(words in said for words in new)]
        basin["warnings"] = [
            f"no basin: it scores {basin['score']:.3f} at θ₀, and no better than guessing "
            f"({result.chance_of(name):.2f}) at τ = {result.spec.tolerance:g} below"
            if said.startswith("nothing to lose here: ")
            else said
            for said in kept
        ]
    reading["nesting"] = [_nesting_then(pair) for pair in reading["nesting"]]
    reading.pop("order", None)
    return reading


def _nesting_then(pair: dict[str, Any]) -> dict[str, Any]:
    first, decided = pair["first"], pair["first"] + pair["last"]
    low, high = clopper_pearson(first, decided)
    claim = "inside" if low > 0.5 else "not inside" if high < 0.5 else "undecided"
    share = first / decided if decided else None
    kept = {"inner": pair["inner"], "outer": pair["outer"], "claim": claim, "inside": first, "decided": decided}
    return kept | {"rays": pair["rays"], "share": share, "low": low, "high": high}


def moves_then(reading: dict[str, Any]) -> dict[str, Any]:
    """A reading of moves as 0.6.0 gave it: without as how many examples those of each capability count."""
    return dict(orjson.loads(re.sub(r'"independent":[^,]*,', "", orjson.dumps(reading).decode())))


READINGS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "basin": lambda result: {"basin_dict": as_then(basin_dict(result), result)},
    "worst": lambda result: {"basin_dict": as_then(basin_dict(result), result), "worst_dict": worst_dict(result)},
    "certificate": lambda result: {"guarantee_dict": guarantee_dict(result)},
    "slice": lambda result: {"moves_dict": moves_then(moves_dict(result, survivals_of(result)))},
}


def copied(folder: Path) -> Store:
    """The store of version 0.6.0, in a file of its own."""
    file = folder / "store.sqlite"
    file.write_bytes(lzma.decompress((FOLDER / "store.sqlite.xz").read_bytes()))
    return Store(str(file))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return copied(tmp_path_factory.mktemp("version-0.6"))


def named(expected: dict[str, Any]) -> str:
    return f"{expected['kind']}-{expected['run'][:8]}"


each = pytest.mark.parametrize("expected", RUNS, ids=named)


def sha256(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def assert_same(found: str, expected: str | dict[str, str]) -> None:
    """Letter by letter; of the many parts of an inspection only the digest is kept."""
    if isinstance(expected, dict):
        assert sha256(found) == expected["sha256"]
    else:
        assert found == expected


def inflated(link: str) -> bytes:
    return zlib.decompress(base64.urlsafe_b64decode(link + "=" * (-len(link) % 4)))


def test_every_kind_of_run_is_there(store: Store) -> None:
    assert {run.kind for run in store.runs()} == {expected["kind"] for expected in RUNS} == KINDS
    assert [run.id for run in reversed(store.runs())] == [expected["run"] for expected in RUNS]


@each
def test_a_spec_keeps_its_text_its_digest_and_its_permalink(store: Store, expected: dict[str, Any]) -> None:
    spec = parse_spec(expected["spec"])
    assert store.run(expected["run"]).spec == unpack(expected["link"]) == spec
    assert canonical_json(spec) == expected["spec"]
    assert digest(spec) == expected["digest"]
    assert inflated(pack(spec)) == inflated(expected["link"])
    if "ng" not in zlib.ZLIB_RUNTIME_VERSION:  # another zlib packs the same text otherwise
        assert pack(spec) == expected["link"]


@each
def test_a_run_is_found_by_its_spec_with_its_progress_and_its_facts(store: Store, expected: dict[str, Any]) -> None:
    run = store.run(expected["run"])
    assert (run.kind, run.status) == (expected["kind"], expected["status"])
    assert (run.done, run.total, run.measured) == (expected["done"], expected["total"], expected["measured"])
    facts = asdict(run.facts) if run.facts else None
    if facts is not None:  # later versions know more of a run, and nothing more of this one
        known = json.loads(expected["facts"])
        assert all(not facts.pop(name) for name in facts.keys() - known.keys())
    assert (canonical_json(facts) if facts else None) == expected["facts"]
    found = store.runs_of(run.spec)[0]
    assert found is not None
    assert found.id == run.id


@each
def test_points_lie_under_the_same_keys(store: Store, expected: dict[str, Any]) -> None:
    query = text(
        "SELECT direction, alpha, beta, capability, key FROM run_points WHERE run = :run "
        "ORDER BY direction, alpha, beta, capability"
    )
    with create_engine(f"sqlite:///{store.file}").connect() as connection:
        rows = [list(row) for row in connection.execute(query, {"run": expected["run"]})]
    assert sha256(json.dumps(rows)) == expected["points"]


@pytest.mark.parametrize("expected", [e for e in RUNS if e.get("json")], ids=named)
def test_rows_and_readings_are_the_same_letter_by_letter(
    store: Store, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    uncorrected = lambda p_values, error: sum(p < error for p in p_values)  # noqa: E731 - as 0.6.0 counted its looks
    monkeypatch.setattr(radii, "rejected", uncorrected)
    result = store.result(expected["run"])
    assert_same(result.to_json(), expected["json"])
    outcomes = ["".join(map(chr, o + 48)) if o.max() < 10 else o.tolist() for o in result.rows["outcomes"]]
    assert sha256(json.dumps(outcomes)) == expected["outcomes"]
    readings = READINGS[expected["kind"]](result) if expected["kind"] in READINGS else {}
    assert set(readings) == set(expected["readings"])
    for name, reading in readings.items():
        assert_same(orjson.dumps(reading).decode(), expected["readings"][name])


@pytest.mark.parametrize("expected", [e for e in RUNS if "artifact" in e], ids=named)
def test_an_artifact_is_the_same(store: Store, expected: dict[str, Any]) -> None:
    assert canonical_json(store.artifact(expected["run"])) == expected["artifact"]


def test_an_inspection_gathers_the_same_evidence_and_judges_the_same(store: Store) -> None:
    (expected,) = (one for one in RUNS if one["kind"] == "inspection")
    spec = parse_spec(expected["spec"])
    evidence, _ = collect_evidence(store, store.run(expected["run"]))
    verdict = verdict_of(spec, evidence)  # type: ignore[arg-type]
    found = inspection.as_json(spec, verdict, evidence), inspection.as_markdown(spec, verdict, evidence)  # type: ignore[arg-type]
    then = expected["readings"]["inspection"], expected["readings"]["markdown"]
    assert '"independent":' in found[0]
    for now, former in zip(found, then, strict=True):
        assert but_for_changes(now) == but_for_changes(former)


def but_for_changes(report: str) -> str:
    """A report without the intervals of changes of loss, which 0.6.0 took from percentiles, and what is new.

    The rules about basins and the way judge by intervals, and write them; their outcomes here are the same. New are what
    basins are read by, the ranges and the sentence of brittle parts, the list of repeated examples, and what is said of
    scores at the ceiling; in Markdown the interval of each score, what lies around and between the two, and α; the lost
    and won examples, and tags.
    """
    report = report.replace("does not rule out a drop of more than", "cannot be told from a drop of")
    report = re.sub(r"about (\S+) more examples are", r"about \1 examples more are", report)
    report = report.partition("\n")[2] or report  # the title
    report = re.sub(r'"landscape":"[^"]*"', "", report)  # the version that wrote it
    report = re.sub(r'"flips":.*?(?="delta":)', "", report)
    report = re.sub(r"\n\*\*Which examples.*?(?=\n`)", "", report, flags=re.S)
    report = re.sub(r"(\| [\d.]+) \[[\d.]+, [\d.]+\]", r"\1", report)
    report = re.sub(r"^- [a-z]+: (?:inside|outside|nearer|whether|no barrier|between)[^\n]*\n", "", report, flags=re.M)
    report = re.sub(r"The fine-tune is at α = [^\n]*\n\n", "", report)
    report = re.sub(
        r'"nothing_to_lose":null,|"[^"]*: at the ceiling: [^"]*",?|- [^\n]*: at the ceiling: [^\n]*\n', "", report
    )
    report = re.sub(r'"basins_by":\{[^}]*\},|"brittle_ranges":.*?(?="moves":)|"repeated_examples":\{\},', "", report)
    report = re.sub(r"- Smallest radius measured of [^\n]*\n", "", report)
    report = re.sub(r'("rule":"(?:basin|barrier|headroom)","outcome":"\w+","text":)"[^"]*"', r"\1", report)
    report = re.sub(r'"independent":[^,}]*,?', "", report).replace(",}", "}")
    report = re.sub(r'"loss_change":\{[^}]*\}', '"loss_change":{}', report)
    report = re.sub(r"(→ [\d.]+), [+−][\d.]+ (\[[^]]*\]|\(no interval[^)]*\))", r"\1", report)
    return "\n".join(sorted(report.splitlines()))  # the worst capability comes first now


def again(folder: Path, expected: dict[str, Any]) -> tuple[Store, Run]:
    """The same spec submitted as a new run, and measured in the foreground by the code of today."""
    store = copied(folder)
    run_id = store.submit(parse_spec(expected["spec"]))
    assert run_id != expected["run"]
    work(store, run_id=run_id)
    return store, store.run(run_id)


def chosen(test: Callable[[Any], bool]) -> list[dict[str, Any]]:
    """Those of the runs that were asked for themselves: the parts of the inspection are left out."""
    specs = [(one, parse_spec(one["spec"])) for one in RUNS if isinstance(one.get("json"), str)]
    return [one for one, spec in specs if isinstance(spec, PointSpec) and test(spec)]


ON_A_GRID = chosen(
    lambda spec: spec.kind in ("slice", "basin", "certificate") and (spec.kind == "certificate" or not spec.others)
)


@pytest.mark.parametrize("expected", [e for e in ON_A_GRID if "move" not in e["spec"]], ids=named)
def test_the_same_spec_again_finds_every_point_and_measures_none(tmp_path: Path, expected: dict[str, Any]) -> None:
    store, run = again(tmp_path, expected)
    assert (run.status, run.measured, run.done, run.total) == ("done", 0, expected["done"], expected["total"])
    assert store.result(run.id).to_json() == expected["json"]


@pytest.mark.parametrize("expected", chosen(lambda spec: isinstance(spec, SliceSpec) and spec.others), ids=named)
def test_only_where_others_stand_may_rounding_differ(tmp_path: Path, expected: dict[str, Any]) -> None:
    """The α of another checkpoint is a sum over all weights, which another processor may round otherwise."""
    store, run = again(tmp_path, expected)
    ends = set(json.loads(expected["facts"])["alpha_of"].values())
    anew = {name for name in run.spec.named_capabilities if capability_examples.load(name).judged_anew}
    assert run.measured <= (run.total if anew else len(ends))
    rows = store.result(run.id).to_dict()["rows"]
    former = [row for row in json.loads(expected["json"])["rows"] if row["alpha"] not in ends]
    kept = [row for row in former if row["capability"] not in anew]
    place = lambda row: (row["direction"], row["seed"], row["alpha"], row["capability"])  # noqa: E731
    found = {place(row): row for row in rows}
    assert [found[place(row)] for row in kept] == kept
    renewed = [row for row in former if row["capability"] in anew]  # their oracle judges otherwise than in 0.6.0
    losses = [found[place(row)]["loss"] for row in renewed]
    former = [row["loss"] for row in renewed]
    assert losses == pytest.approx(former, rel=1e-5, abs=2e-7)  # other batches round otherwise: 2⁻²³ of a chance of 1
    differing = [row["alpha"] for row in renewed if found[place(row)]["score"] != row["score"]]
    assert differing == ([0.004] if anew else [])  # of one garbled text there: " I'm sorry, mao arr!"
    if run.facts and set(run.facts.alpha_of.values()) == ends and not anew:
        assert (run.measured, store.result(run.id).to_json()) == (0, expected["json"])
