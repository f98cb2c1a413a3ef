"""Basins and planes measured by the worker, on a tiny real checkpoint: sharing, resuming, stopping early."""

from pathlib import Path

import numpy as np
import pytest

from landscape.basins.radii import basins_of
from landscape.engine.session import Session
from landscape.runs import worker
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.results import NOT_SCORED
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


@pytest.fixture
def basin(checkpoint: Path, own_answers: Path) -> BasinSpec:
    return BasinSpec(
        checkpoint=str(checkpoint),
        directions=(Gaussian(seed=0), Gaussian(seed=1)),
        capabilities=(str(own_answers),),
        reach=0.5,
        device="cpu",
    )


def measured(store: Store, spec: PointSpec, **options: object) -> Run:
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id, **options)  # type: ignore[arg-type]
    return store.run(run_id)


def plain(store: Store, run: Run) -> list[dict[str, object]]:
    return store.result(run.id).rows.drop(columns=["seconds", "outcomes", "losses"]).astype(object).to_dict("records")


def test_a_basin_is_found_and_ends_complete(store: Store, basin: BasinSpec) -> None:
    run = measured(store, basin)
    assert (run.status, run.done, run.error) == ("done", run.total, None)
    (found,) = basins_of(store.result(run.id))
    assert found.score == 1.0
    assert found.radius is not None
    assert 0 < found.radius.median < 0.5
    assert not found.radius.at_least


def test_a_second_search_takes_every_point_of_an_earlier_run(store: Store, basin: BasinSpec) -> None:
    alphas = tuple(round(0.01 * i, 6) for i in range(51))
    grid = measured(
        store, SliceSpec(**basin.frame.model_dump(exclude={"kind"}), capabilities=basin.capabilities, alphas=alphas)
    )
    assert grid.status == "done"
    run = measured(store, basin)
    alone = measured(Store(str(store.file) + "-other"), basin)
    assert run.measured < alone.measured, "the grid's points narrow the brackets"
    rows = store.result(run.id).rows
    assert set(alphas) <= set(rows["alpha"]), "and they are part of its result"


def test_a_stopped_basin_goes_on_to_the_same_result(
    store: Store, basin: BasinSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REPORTING", float("inf"))  # a slow machine leaves reports out
    run_id = store.submit(basin)

    def stop_at_six(run: Run) -> None:
        if run.done >= 6:
            store.cancel(run.id)

    worker.work(store, run_id=run_id, on_progress=stop_at_six)
    assert store.run(run_id).status == "cancelled"
    store.resume(run_id)
    worker.work(store, run_id=run_id)
    other = Store(str(tmp_path / "other.sqlite"))
    assert plain(store, store.run(run_id)) == plain(other, measured(other, basin))


def test_stopping_early_scores_fewer_examples_and_finds_the_same_boundary(store: Store, basin: BasinSpec) -> None:
    early = measured(store, basin.model_copy(update={"sequential": True}))
    whole = measured(Store(str(store.file) + "-other"), basin)
    rows = store.result(early.id).rows
    n = int(rows.loc[rows["alpha"] == 0, "n"].iloc[0])
    assert (rows["n"] < n).any()
    partial = rows[rows["n"] < n]
    assert all(
        (np.asarray(o) == NOT_SCORED).sum() == n - k for o, k in zip(partial["outcomes"], partial["n"], strict=True)
    )
    (one,), (other,) = (
        basins_of(Store(url).result(run.id))
        for url, run in ((str(store.file), early), (str(store.file) + "-other", whole))
    )
    for ray, same in zip(one.rays, other.rays, strict=True):
        assert ray.boundary.alpha == pytest.approx(same.boundary.alpha, rel=0.05)


def test_full_scores_are_used_where_a_sequential_search_finds_them(store: Store, basin: BasinSpec) -> None:
    measured(store, basin)
    again = measured(store, basin.model_copy(update={"sequential": True}))
    assert again.measured == 0


def test_a_plane_is_refined_along_its_boundary(store: Store, basin: BasinSpec) -> None:
    spec = PlaneSpec(
        **basin.frame.model_dump(exclude={"kind"}),
        capabilities=basin.capabilities,
        x=(-0.4, 0.4),
        y=(-0.4, 0.4),
        grid=33,
    )
    run = measured(store, spec)
    assert (run.status, run.done) == ("done", run.total)
    rows = store.result(run.id).rows
    assert {"x", "y"} <= set(rows.columns)
    assert 81 <= run.done < 0.5 * 33**2
    assert run.facts is not None
    assert abs(run.facts.cosine or 1) < 0.1


@pytest.mark.parametrize(("weights", "threads"), [(1_000, 1), (1_999_999, 1), (3_500_000, 3), (10**9, 8)])
def test_threads_follow_from_the_size_of_the_model_and_not_from_what_ran_before(
    basin: BasinSpec, monkeypatch: pytest.MonkeyPatch, weights: int, threads: int
) -> None:
    import torch

    session = Session(basin.frame)
    session.scorer.tokens_per_batch = 7  # as if memory had run out in an earlier run
    monkeypatch.setattr("landscape.engine.session.THREADS", 8)
    monkeypatch.setattr(session.loaded.model, "parameters", lambda: [torch.empty(weights, device="meta")])
    chosen: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    session.choose_settings()
    assert (chosen, session.scorer.tokens_per_batch) == ([threads], 2048)


def test_undisturbed_runs_of_a_plane_have_the_same_settings_and_the_same_bits(
    store: Store, basin: BasinSpec, tmp_path: Path
) -> None:
    spec = PlaneSpec(**basin.frame.model_dump(exclude={"kind"}), capabilities=basin.capabilities, x=(-0.2, 0.2),
                     y=(-0.2, 0.2), grid=9)  # fmt: skip
    once, other = measured(store, spec), Store(str(tmp_path / "other.sqlite"))
    again = measured(other, spec)
    assert once.settings == again.settings == {"threads": 1, "tokens_per_batch": 2048}
    assert plain(store, once) == plain(other, again)
