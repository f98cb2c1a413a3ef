"""A worst-case run of an earlier version, whose search found less: it is shown, and measured again when asked for."""

from dataclasses import replace
from pathlib import Path

import pytest

from landscape.runs import measured_content
from landscape.runs.measured_content import SEARCHED_BY, agrees, content_of, is_current, outdated_because
from landscape.runs.submit import current_run_of, submit_or_resume
from landscape.schema.directions import SEARCH, Eigenvector, Gaussian, Worst
from landscape.schema.frames import PointSpec
from landscape.schema.specs import SliceSpec, WorstSpec
from landscape.store.records import Content, Run
from landscape.store.store import Store

WHERE = {"checkpoint": "demo:assistant", "capabilities": ("math",), "device": "cpu"}
SEARCHED = WorstSpec(directions=(Gaussian(seed=0), Worst(capabilities=("math",))), reach=0.06, **WHERE)  # type: ignore[arg-type]
ALONG = SliceSpec(directions=(Worst(capabilities=("math",)),), alphas=(0.0, 0.001), **WHERE)  # type: ignore[arg-type]
PLAIN = WorstSpec(directions=(Eigenvector(capability="math"),), reach=0.06, **WHERE)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


def finished(store: Store, spec: PointSpec, content: Content | None) -> Run:
    run_id = store.submit(spec)
    store.claim("w")
    if content is not None:
        store.record_content(run_id, "w", content)
    store.finish(run_id, "w", "done")
    return store.run(run_id)


def former(spec: PointSpec) -> Content:
    """What a version that searched otherwise noted: the same files, and nothing of the search."""
    now = content_of(spec)
    return replace(now, digests={name: digest for name, digest in now.digests.items() if name != SEARCHED_BY})


@pytest.mark.parametrize("spec", [SEARCHED, ALONG], ids=["worst", "slice"])
def test_what_the_former_search_found_is_not_taken_for_what_todays_finds(store: Store, spec: PointSpec) -> None:
    run = finished(store, spec, former(spec))
    assert not is_current(run)
    assert outdated_because(run) == (
        "An earlier version searched for the worst directions otherwise, and found less: measure it again."
    )
    assert current_run_of(store, spec) is None
    assert submit_or_resume(store, spec).id != run.id
    assert store.run(run.id).status == "done"  # and it can still be opened


@pytest.mark.parametrize("spec", [SEARCHED, ALONG], ids=["worst", "slice"])
def test_what_version_0_6_found_is_not_either_though_it_notes_nothing(store: Store, spec: PointSpec) -> None:
    run = finished(store, spec, None)
    assert not is_current(run)
    assert "measure it again" in (outdated_because(run) or "")


@pytest.mark.parametrize("spec", [SEARCHED, ALONG, PLAIN], ids=["worst", "slice", "eigenvector"])
def test_what_todays_search_found_is_reused(store: Store, spec: PointSpec) -> None:
    run = finished(store, spec, content_of(spec))
    assert is_current(run)
    assert outdated_because(run) is None
    assert submit_or_resume(store, spec).id == run.id


def test_runs_without_a_search_do_not_depend_on_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, searched = finished(store, PLAIN, former(PLAIN)), finished(store, SEARCHED, content_of(SEARCHED))
    monkeypatch.setattr(measured_content, "SEARCH", SEARCH + 1)
    assert is_current(plain)
    assert not is_current(searched)


def test_a_part_agrees_with_an_inspection_that_names_no_direction(store: Store) -> None:
    part, whole = finished(store, SEARCHED, content_of(SEARCHED)), former(SEARCHED)
    assert agrees(part, whole)
    assert not agrees(part, replace(whole, digests=dict.fromkeys(whole.digests, "other")))
