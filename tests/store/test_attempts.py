"""Attempts at a run: deaths of its workers are counted, and it is given up before it has killed them all."""

from collections.abc import Callable

import pytest

from landscape.schema.specs import ComparisonSpec
from landscape.store.attempts import MOST_DEATHS
from landscape.store.records import Phase
from landscape.store.store import Store
from tests.store.made import SPEC, Made, plan


@pytest.fixture
def store(new_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store whose leases run out at once: every claim finds the worker before it dead."""
    for module in ("leases", "records"):
        monkeypatch.setattr(f"landscape.store.{module}.STALE", -1.0)
    return Store(new_url())


def die(store: Store, run_id: str, times: int = MOST_DEATHS) -> None:
    """So many workers claim the run and are not heard of again."""
    for number in range(times):
        claimed = store.claim(f"dies-{number}", run_id=run_id)
        assert claimed is not None, f"attempt {number}"
        assert claimed.id == run_id


def test_a_run_that_killed_three_workers_is_failed_and_the_next_one_claimed(store: Store) -> None:
    bad, good = store.submit(SPEC), store.submit(SPEC)
    die(store, bad)
    claimed = store.claim("w")
    assert claimed is not None
    assert claimed.id == good
    run = store.run(bad)
    assert (run.status, run.worker, run.deaths) == ("failed", None, 3)
    assert run.error == (
        "the worker died or fell silent 3 times in a row while it measured this (before the first point), as happens "
        "when memory runs out or a file of the checkpoint is overwritten meanwhile: mend that, then resume"
    )


def test_the_error_says_how_far_the_run_was(store: Store) -> None:
    at_points, searching = store.submit(SPEC), store.submit(SPEC)
    store.claim("dies-0", run_id=at_points)
    plan(store, at_points, "dies-0")
    store.write(at_points, "dies-0", {"k0": Made()})
    store.claim("dies-0", run_id=searching)
    store.note(searching, "dies-0", Phase("searching for worst:math", 3, 40))
    for run_id in (at_points, searching):
        for worker in ("dies-1", "dies-2"):
            assert store.claim(worker, run_id=run_id) is not None
        assert store.claim("w", run_id=run_id) is None
    assert "(1 of 2 points measured)" in str(store.run(at_points).error)
    assert "(searching for worst:math, 3 of 40)" in str(store.run(searching).error)


def test_a_new_point_between_deaths_forgives_them_and_a_known_one_does_not(store: Store) -> None:
    run_id = store.submit(SPEC)
    for number, name in enumerate(("k0", "k1", "k2")):  # three unrelated deaths
        worker = f"dies-{number}"
        store.claim(worker, run_id=run_id)
        store.write(run_id, worker, {name: Made()})
        assert store.run(run_id).deaths == 0
    for number in range(2):
        worker = f"dies-again-{number}"
        store.claim(worker, run_id=run_id)
        store.write(run_id, worker, {"k0": Made()})  # θ₀ is scored at the beginning of every attempt
    assert store.run(run_id).deaths == 2
    assert store.claim("w", run_id=run_id) is None
    assert store.run(run_id).status == "failed"


def test_an_inspection_makes_progress_when_a_part_does(store: Store) -> None:
    run_id = store.submit(SPEC)
    die(store, run_id)
    store.note(run_id, "dies-2", Phase("scores", 1, 2), came_further=True)
    die(store, run_id, 2)
    store.note(run_id, "dies-1", Phase("scores", 1, 2))
    assert store.claim("w", run_id=run_id) is None


def test_whoever_hands_a_run_back_has_not_died(store: Store) -> None:
    run_id = store.submit(SPEC)
    for number in range(2 * MOST_DEATHS):
        assert store.claim(f"w{number}", run_id=run_id) is not None
        store.release(run_id, f"w{number}")
    assert store.run(run_id).deaths == 0


def test_a_worker_that_could_not_let_go_of_a_run_takes_it_again(store: Store) -> None:
    run_id = store.submit(SPEC)
    for _ in range(2 * MOST_DEATHS):
        assert store.claim("w", run_id=run_id) is not None


def test_a_death_of_a_machine_that_only_slept_is_taken_back(store: Store) -> None:
    run_id = store.submit(SPEC)
    for number in range(2 * MOST_DEATHS):
        assert store.claim(f"w{number}", run_id=run_id) is not None
        if number:
            store.forgive(run_id)
    assert store.run(run_id).deaths == 0
    store.forgive(run_id)
    assert store.run(run_id).deaths == 0


def test_cancelling_counts_no_death_and_resuming_starts_anew(store: Store) -> None:
    run_id = store.submit(SPEC)
    die(store, run_id, 2)
    store.cancel(run_id)
    store.resume(run_id)
    assert store.run(run_id).deaths == 0
    die(store, run_id)
    assert store.claim("w", run_id=run_id) is None
    store.resume(run_id)
    resumed = store.run(run_id)
    assert (resumed.status, resumed.error, resumed.deaths) == ("queued", None, 0)
    die(store, run_id)


def test_resuming_a_stalled_run_hides_no_death(store: Store) -> None:
    """As the same command does, or an inspection whose part killed the worker."""
    run_id = store.submit(SPEC)
    for number in range(MOST_DEATHS):
        assert store.claim(f"w{number}", run_id=run_id) is not None
        assert store.run(run_id).status == "stalled"
        store.resume(run_id)
    assert store.claim("w", run_id=run_id) is None
    assert store.run(run_id).status == "failed"


def test_runs_of_other_kinds_are_given_up_too(store: Store) -> None:
    run_id = store.submit(ComparisonSpec(checkpoint="demo:base", other="demo:assistant"))
    die(store, run_id)
    assert store.claim("w") is None
    assert "3 times in a row" in str(store.run(run_id).error)
