"""What people do with runs: labels, deletions that can be undone, parts of inspections; on SQLite and PostgreSQL."""

from collections.abc import Callable

import pytest

from landscape.schema.labels import Labels
from landscape.schema.specs import InspectionSpec, SliceSpec
from landscape.store.curation.parts import Part, folded, go_along, rest_on
from landscape.store.leases import LeaseLost
from landscape.store.store import Store
from tests.store.made import SPEC, Made, plan

INSPECTION = InspectionSpec(checkpoint="demo:base", other="demo:benign", capabilities=("basic",))


@pytest.fixture
def store(new_url: Callable[[], str]) -> Store:
    return Store(new_url())


def done(store: Store, keys: tuple[str, ...] = ("k0", "k1")) -> str:
    run_id = store.submit(SPEC)
    store.claim("w", run_id=run_id)
    plan(store, run_id, "w", keys)
    store.write(run_id, "w", {key: Made() for key in keys})
    store.finish(run_id, "w", "done")
    return run_id


def test_labels_are_changed_one_by_one_and_seen_wherever_runs_are_read(store: Store) -> None:
    run_id = done(store)
    assert store.runs()[0].labels == Labels()
    store.labels.edit(run_id, name="  nightly \n 3 ", tags=["sft", "may, sft", ""])
    store.labels.edit(run_id, note=" the second seed ")
    store.labels.edit(run_id, pinned=True)
    wanted = Labels("nightly 3", ("sft", "may"), "the second seed", pinned=True)
    by_name = store.run("nightly 3")
    for read in (store.runs()[0], store.run(run_id), store.get_run_or_none(run_id), store.runs_of(SPEC)[0], by_name):
        assert read is not None
        assert (read.id, read.labels) == (run_id, wanted)
    store.labels.edit(run_id, name="", tags=[], note="", pinned=False)
    assert not store.runs()[0].labels
    assert store.result(run_id).to_dict().keys() == {"spec", "rows"}


def test_what_is_too_long_or_of_no_run_is_refused_and_changes_nothing(store: Store) -> None:
    run_id = done(store)
    for wrong, said in (
        ({"name": "x" * 121}, "name of at most 120"),
        ({"tags": [f"t{i}" for i in range(51)]}, "50 tags"),
    ):
        with pytest.raises(ValueError, match=said):
            store.labels.edit(run_id, note="kept out", **wrong)  # type: ignore[arg-type]
    assert not store.run(run_id).labels
    with pytest.raises(ValueError, match="was deleted meanwhile"):
        store.labels.edit("gone", name="x")


def test_an_id_stands_before_a_name_and_a_name_of_two_is_refused(store: Store) -> None:
    first, second = done(store), done(store)
    store.labels.edit(first, name=second)  # the id of the other
    assert store.run(second).id == second
    store.labels.edit(second, name="twin")
    store.labels.edit(first, name="twin")
    with pytest.raises(ValueError, match="which is the name of 2"):
        store.run("twin")


def test_labels_stand_in_exports_and_come_back_from_json(store: Store) -> None:
    run_id = done(store)
    plain = store.result(run_id).to_csv()
    store.labels.edit(run_id, name="=1+1", tags=["a", "b"], note="n")
    result = store.result(run_id)
    assert result.to_dict()["labels"] == {"name": "=1+1", "tags": ["a", "b"], "note": "n", "pinned": False}
    header, row, *_ = result.to_csv().splitlines()
    assert header == plain.splitlines()[0] + ",run_name,run_tags,run_note"
    assert row.endswith(""",'=1+1,"a, b",n""")  # no formula to a spreadsheet
    assert type(result).unpacked(result.packed()).labels == store.run(run_id).labels


def test_a_discarded_run_is_hidden_everywhere_and_comes_back_as_it_was(store: Store) -> None:
    kept, gone = done(store), done(store)
    before = store.run(gone)
    store.bin.discard([gone])
    assert [run.id for run in store.runs()] == [run.id for run in store.runs_of(SPEC)] == [kept]
    assert store.get_run_or_none(gone) is None
    with pytest.raises(ValueError, match="expected the id of a run"):
        store.run(gone)
    (told,) = store.bin.contents()
    assert (told.id, told.kind, told.checkpoint) == (gone, "slice", "demo:base")
    assert 0 <= told.ago < 60
    assert store.bin.restore([gone, "nothing"]) == [gone]
    after = store.run(gone)
    assert (after.done, after.total, after.created) == (before.done, before.total, before.created)
    assert store.bin.contents() == []


def test_its_points_stay_usable_until_it_is_purged_and_shared_ones_after_that(store: Store) -> None:
    alone, shared = done(store, ("a", "s")), done(store, ("s", "t"))
    store.bin.discard([alone])
    assert store.missing_keys(["a", "s", "t"]) == set()
    assert store.bin.purge() == 0, "it may still come back"
    assert store.bin.purge(older=-1.0) == 1
    assert store.missing_keys(["a", "s", "t"]) == {"a"}
    assert store.bin.restore([alone]) == []
    assert [run.id for run in store.runs()] == [shared]


def test_discarding_purges_what_was_discarded_long_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = done(store, ("a",)), done(store, ("b",))
    store.bin.discard([first])
    monkeypatch.setattr(Store(store.url).bin.purge.__func__, "__defaults__", (-1.0,))
    store.bin.discard([second])
    assert [one.id for one in store.bin.contents()] == [second]


def test_a_worker_loses_a_run_that_is_discarded_and_none_is_claimed(store: Store) -> None:
    held, queued = store.submit(SPEC), store.submit(SPEC)
    store.claim("w", run_id=held)
    store.reserve(held, "w", ["k0"])
    store.bin.discard([held, queued])
    with pytest.raises(LeaseLost):
        store.heartbeat(held, "w")
    assert store.claim("w2") is None
    other = store.submit(SPEC)
    store.claim("w3", run_id=other)
    assert store.reserve(other, "w3", ["k0"]) == ({"k0"}, set()), "nobody waits for a deleted run"
    store.bin.restore([held, queued])
    assert {store.run(one).status for one in (held, queued)} == {"cancelled"}
    store.resume(held)
    assert store.claim("w4", run_id=held) is not None


def test_parts_are_recorded_once_and_pending_runs_are_those_that_were_asked_for(store: Store) -> None:
    whole, own, part = store.submit(INSPECTION), store.submit(SPEC), store.submit(SPEC)
    store.parts.record(Part(whole, own, "way", made=False))
    store.parts.record(Part(whole, part, "scores", made=True))
    store.parts.record(Part(whole, part, "scores 60", made=False))
    store.parts.record(Part("gone", part, "scores", made=True))
    assert store.parts.all() == [Part(whole, own, "way", False), Part(whole, part, "scores", True)]
    assert folded(store.parts.all()) == {part}
    assert store.parts.pending() == {whole, own}
    store.cancel(own)
    assert store.parts.pending() == {whole}
    store.bin.discard([whole])
    assert store.parts.all() == []
    store.bin.restore([whole])
    assert len(store.parts.all()) == 2
    store.delete(whole)
    assert store.parts.all() == []


def test_what_goes_along_is_made_by_an_inspection_and_used_by_no_other() -> None:
    parts = [
        Part("A", "a", "scores", True), Part("A", "b", "way", True), Part("A", "own", "delta", False),
        Part("B", "b", "way", False), Part("B", "c", "scores", True),
    ]  # fmt: skip
    assert go_along(parts, {"A"}) == ["a"]
    assert go_along(parts, {"B"}) == ["c"], "a part that another made and rests on"
    assert go_along(parts, {"A", "B"}) == ["a", "b", "c"]
    assert go_along(parts, {"a"}) == []
    assert rest_on(parts, {"a", "b"}) == {"A": ["scores", "way"], "B": ["way"]}
    assert rest_on(parts, {"A", "a", "b"}) == {"B": ["way"]}


def test_what_a_run_found_is_read_anew_once_it_is_recorded(store: Store) -> None:
    run_id = done(store)
    assert store.runs()[0].found == ""
    store.labels.record_found(run_id, "smallest radius: math, α 0.01")
    assert [store.runs()[0].found, store.run(run_id).found] == ["smallest radius: math, α 0.01"] * 2


def test_runs_of_other_specs_are_no_names(store: Store) -> None:
    store.submit(SliceSpec(**SPEC.model_dump() | {"limit": 5}))
    with pytest.raises(ValueError, match="expected the id of a run, got 'demo'"):
        store.run("demo")
