"""What a finished run found, in a few words: the same numbers as its page and report."""

import lzma
from pathlib import Path

import pytest

from landscape.basins.radii import basins_of
from landscape.inspection.verdict import verdict_of
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.listing.deletion import deletion_of
from landscape.runs.listing.found import found_in, note_found
from landscape.runs.listing.lines import listing_of
from landscape.store.records import Run
from landscape.store.store import Store
from tests.store.made import SPEC, Made, plan

STORE = Path(__file__).parents[2] / "store" / "version-0.6" / "store.sqlite.xz"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    file = tmp_path_factory.mktemp("found") / "store.sqlite"
    file.write_bytes(lzma.decompress(STORE.read_bytes()))
    return Store(str(file))


def first(store: Store, kind: str) -> Run:
    return next(run for run in store.runs() if run.kind == kind and run.status == "done")


def test_of_a_search_the_smallest_radius_or_how_far_all_hold(store: Store) -> None:
    told = set()
    for run in store.runs():
        if run.kind == "basin" and run.status == "done":
            known = {b.capability: b.radius for b in basins_of(store.result(run.id)) if b.radius}
            radii = {name: radius.median for name, radius in known.items() if not radius.at_least}
            name = min(radii, key=lambda one: radii[one], default="")
            wanted = f"smallest radius: {name}, α {radii[name]:.3g}" if radii else "none lost up to α "
            if not known:
                wanted = "nothing to lose"
            assert found_in(store, run).startswith(wanted)
            told.add(wanted.split(":")[0])
    assert told


def test_of_an_inspection_the_verdict(store: Store) -> None:
    run = first(store, "inspection")
    evidence, _ = collect_evidence(store, run)
    verdict = verdict_of(run.spec, evidence)  # type: ignore[arg-type]
    assert found_in(store, run).split(":")[0].replace(" evidence", "") == verdict.outcome


def test_of_a_slice_the_scores_of_the_checkpoint(store: Store) -> None:
    run = first(store, "slice")
    result = store.result(run.id)
    told = found_in(store, run)
    for name in result.rows["capability"].unique():
        assert f"{name} {result.row_at_origin(name)['score']:.3f}" in told


def test_every_kind_says_something_or_nothing_and_never_fails(store: Store) -> None:
    for run in store.runs():
        if run.status == "done":
            assert len(found_in(store, run)) < 200
    told = {run.kind: found_in(store, run) for run in store.runs() if run.status == "done"}
    assert told["certificate"].startswith(("proven: ", "nothing proven"))
    assert told["comparison"].startswith("Δ: α ")
    assert told["answer"] == told["swap"] == ""


def test_it_is_kept_with_a_run_that_is_done_and_a_failure_to_read_leaves_the_run(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "s.sqlite"))
    run_id = store.submit(SPEC)
    store.claim("w")
    plan(store, run_id, "w")
    store.write(run_id, "w", {key: Made() for key in ("k0", "k1")})
    note_found(store, run_id)
    assert store.run(run_id).found == "", "not before it is done"
    store.finish(run_id, "w", "done")
    note_found(store, run_id)
    assert store.run(run_id).found == "base: basic 0.750"
    note_found(store, "gone")


def test_parts_of_an_older_store_are_those_that_its_inspections_name(store: Store) -> None:
    inspection = first(store, "inspection")
    named = (store.artifact(inspection.id) or {})["parts"]
    links = {link.run: link for link in store.parts.all() if link.inspection == inspection.id}
    assert set(links) == set(named.values())
    made = {run for run in named.values() if store.run(run).created > inspection.created}
    assert {run for run, link in links.items() if link.made} == made
    assert made <= {run.id for run in listing_of(store).parts}


def test_a_deletion_names_kind_checkpoint_points_and_parts(store: Store) -> None:
    inspection, basin = first(store, "inspection"), first(store, "basin")
    going = deletion_of(store, [inspection])
    only = [link.run for link in store.parts.all() if link.made and link.inspection == inspection.id]
    shared = {link.run for link in store.parts.all() if link.inspection != inspection.id}
    assert {run.id for run in going.parts} == set(only) - shared
    points = sum(run.done for run in going.parts)
    assert going.lines[1] == f"with {len(going.parts)} parts that no other inspection uses ({points:,} points)"
    assert going.lines[0].startswith(f"inspection {inspection.id} of ")
    (line, *missed) = deletion_of(store, [basin]).lines
    assert line.startswith(f"basin {basin.id} of ")
    assert line.endswith(f"{basin.done} points")
    users = {link.inspection for link in store.parts.all() if link.run == basin.id}
    assert len(missed) == len(users)
