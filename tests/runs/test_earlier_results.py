"""Which earlier searches speak of the same weights, in which order, and which no longer hold."""

import os
from pathlib import Path

import pytest

from landscape.bundled import results, specs
from landscape.runs.earlier_results import earlier_searches, known_radii
from landscape.runs.submit import current_run_of, submit_or_resume
from landscape.schema.directions import Gaussian, Layer
from landscape.schema.specs import BasinSpec, SliceSpec
from landscape.store.store import Store
from tests.conftest import make_model, save
from tests.runs.known_searches import finish

DEMO = specs.DEMO_BASIN.model_copy(update={"directions": (Gaussian(seed=0),), "capabilities": ("math",)})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


@pytest.fixture
def own(tmp_path: Path) -> BasinSpec:
    """A search around a checkpoint that a test may overwrite."""
    return DEMO.model_copy(update={"checkpoint": str(save(tmp_path / "own"))})


def names(store: Store, spec: BasinSpec | SliceSpec) -> list[str]:
    return [search.name for search in earlier_searches(store, spec)]


def overwrite(spec: BasinSpec) -> None:
    """Write other weights in place, of the same size, with the time of the former ones (`cp -p`)."""
    weights = Path(spec.checkpoint) / "model.safetensors"
    before = weights.stat()
    save(Path(spec.checkpoint), make_model(seed=9))
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (weights.stat().st_size, weights.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_the_latest_run_comes_first_and_the_shipped_searches_last(store: Store) -> None:
    earlier, later = finish(store, DEMO), finish(store, DEMO)
    found = list(earlier_searches(store, DEMO))
    assert [search.name for search in found[:2]] == [later, earlier]
    shipped = [known for known in specs.shipped_specs().values() if isinstance(known, BasinSpec)]
    shipped = [known for known in shipped if known.checkpoint == DEMO.checkpoint and results.shipped(known)]
    assert shipped
    assert [search.spec for search in found[2:]] == [search.read().spec for search in found[2:]] == shipped
    assert len({search.name for search in found}) == len(found)


def test_what_is_asked_for_may_be_of_another_kind(store: Store, own: BasinSpec) -> None:
    run_id = finish(store, own)
    asked = SliceSpec(checkpoint=own.checkpoint, directions=own.directions, alphas=(0.0, 0.1), capabilities=("basic",))
    assert names(store, asked) == [run_id]


@pytest.mark.parametrize(
    "change",
    [
        {"checkpoint": "demo:none"},
        {"only": ("*mlp*",)},
        {"exclude": ("*mlp*",)},
        {"adapter": True},
        {"directions": (Layer(seed=0),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_searches_of_other_weights_and_along_relative_directions_are_left_out(
    store: Store, own: BasinSpec, change: dict
) -> None:
    finish(store, own.model_copy(update=change))
    assert names(store, own) == []


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_searches_that_did_not_finish_are_left_out(store: Store, own: BasinSpec, status: str) -> None:
    finish(store, own, status=status)
    assert names(store, own) == []


def test_searches_of_weights_that_were_overwritten_since_are_left_out(store: Store, own: BasinSpec) -> None:
    finish(store, own)
    assert known_radii(store, own)
    overwrite(own)
    assert names(store, own) == []
    assert not known_radii(store, own)


def test_the_latest_search_that_knows_a_capability_gives_its_radius(store: Store, own: BasinSpec) -> None:
    finish(store, own, end=0.01)
    finish(store, own, end=0.02)
    finish(store, own.model_copy(update={"capabilities": ("basic",)}), end=0.04)
    radii = known_radii(store, own)
    assert radii["math"].median == pytest.approx(0.02, rel=0.01)
    assert set(radii) == {"math"}


def test_a_run_is_current_until_it_is_outdated_and_only_submitting_resumes_it(store: Store, own: BasinSpec) -> None:
    assert current_run_of(store, own) is None
    failed = finish(store, own, status="failed")
    current = current_run_of(store, own)
    assert current is not None
    assert (current.id, current.status) == (failed, "failed")
    assert (submit_or_resume(store, own).id, store.run(failed).status) == (failed, "queued")
    store.claim("w")
    store.finish(failed, "w", "done")
    assert submit_or_resume(store, own).id == failed
    overwrite(own)
    assert current_run_of(store, own) is None
    assert submit_or_resume(store, own).id != failed
