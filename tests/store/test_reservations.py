"""Reservations: a point is measured by one run at a time."""

from collections.abc import Callable

import pytest

from landscape.store.leases import Cancelled, LeaseLost
from landscape.store.store import Store
from tests.store.made import SPEC, Made, plan


@pytest.fixture
def store(new_url: Callable[[], str]) -> Store:
    return Store(new_url())


@pytest.fixture
def two(store: Store) -> tuple[str, str]:
    """Two runs that want the same points, each held by the worker "w"."""
    ids = store.submit(SPEC), store.submit(SPEC)
    for run_id in ids:
        store.claim("w", run_id=run_id)
        plan(store, run_id, "w")
    return ids


def test_what_one_run_measures_no_other_does(store: Store, two: tuple[str, str]) -> None:
    first, second = two
    assert store.reserve(first, "w", ["k0"]) == ({"k0"}, set())
    assert store.reserve(first, "w", ["k0"]) == ({"k0"}, set()), "its own it may ask for twice"
    assert store.reserve(second, "w", ["k1", "k0"]) == ({"k1"}, {"k0"})
    store.write(first, "w", {"k0": Made()})
    assert store.reserve(second, "w", ["k0", "k1"]) == ({"k1"}, set()), "k0 is in the store"
    assert store.reserve(first, "w", []) == (set(), set())


@pytest.mark.parametrize("end", ["finish", "release", "cancel", "delete"])
def test_a_run_that_ends_keeps_nothing_from_others(store: Store, two: tuple[str, str], end: str) -> None:
    first, second = two
    store.reserve(first, "w", ["k0"])
    if end == "finish":
        store.finish(first, "w", "failed", error="oops")
    elif end == "release":
        store.release(first, "w")
    elif end == "cancel":
        store.cancel(first)
        assert store.reserve(second, "w", ["k0"]) == (set(), {"k0"}), "it is being measured to its end"
        with pytest.raises(Cancelled):
            store.reserve(first, "w", ["k1"])
        store.finish(first, "w", "cancelled")
    else:
        store.delete(first)
    assert store.reserve(second, "w", ["k0"]) == ({"k0"}, set())


def test_a_worker_that_falls_silent_loses_its_reservations_and_a_new_attempt_begins_without(
    store: Store, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    store.reserve(first, "w", ["k0", "k1"])
    with monkeypatch.context() as patch:
        for module in ("leases", "records"):
            patch.setattr(f"landscape.store.{module}.STALE", -1.0)
        assert store.reserve(second, "w", ["k0"]) == ({"k0"}, set())
        assert store.claim("next", run_id=first) is not None
    assert store.reserve(second, "w", ["k1"]) == (set(), {"k1"})
    with pytest.raises(LeaseLost):
        store.reserve(first, "w", ["k1"])
    plan(store, first, "next")
    assert store.reserve(second, "w", ["k1"]) == ({"k1"}, set())
    assert store.reserve(first, "next", ["k0"]) == (set(), {"k0"})
