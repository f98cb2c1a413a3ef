"""Two commands that want the same points at the same moment: each is measured once, and both get it."""

import threading
from collections import Counter
from pathlib import Path

import pytest

from landscape.engine.session import Session
from landscape.runs import worker
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.specs import BasinSpec, SliceSpec
from landscape.store.store import Store


def specs_of(kind: str, checkpoint: Path, suite: Path) -> tuple[PointSpec, PointSpec]:
    """Two specs that have many points in common, not all."""
    fields = {"checkpoint": str(checkpoint), "capabilities": (str(suite),), "limit": 16, "device": "cpu"}
    pairs = [tuple(Gaussian(seed=seed) for seed in seeds) for seeds in ((0, 1), (1, 0, 2))]
    if kind == "basin":
        one, other = (BasinSpec(**fields, directions=pair, reach=0.5) for pair in pairs)
    else:
        one, other = (SliceSpec(**fields, directions=pair, alphas=tuple(0.01 * i for i in range(15))) for pair in pairs)
    return one, other


@pytest.mark.parametrize("kind", ["slice", "basin"])
def test_two_runs_at_the_same_moment_measure_no_point_twice(
    kind: str, checkpoint: Path, own_answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(tmp_path / "store.sqlite")
    specs = specs_of(kind, checkpoint, own_answers)
    ids = [Store(url).submit(spec) for spec in specs]
    together, real, measured = threading.Barrier(2), Session.measure, Counter[tuple[object, float]]()
    begun, loading, load = set[int](), threading.Lock(), Session.__init__

    def loaded(self: Session, *args: object) -> None:
        with loading:  # transformers cannot load two models at once in one process
            load(self, *args)  # type: ignore[arg-type]

    def counted(self: Session, point: Point, *rest: object) -> object:
        if not point.at_origin:
            if threading.get_ident() not in begun:
                begun.add(threading.get_ident())
                together.wait(60)
            measured[self.frame.directions[point.direction], point.alpha] += 1
        return real(self, point, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "measure", counted)
    monkeypatch.setattr(Session, "__init__", loaded)
    threads = [threading.Thread(target=worker.work, args=(Store(url),), kwargs={"run_id": run_id}) for run_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    monkeypatch.undo()
    store = Store(url)
    runs = [store.run(run_id) for run_id in ids]
    assert [(run.status, run.done) for run in runs] == [("done", run.total) for run in runs]
    assert set(measured.values()) == {1}, "none twice"
    assert sum(run.measured for run in runs) == len(measured) + 1, "and θ₀ is in the store once"
    assert all(run.measured > 1 for run in runs), "they share the work"
    for run, spec in zip(runs, specs, strict=True):
        alone = Store(str(tmp_path / f"{run.id}.sqlite"))
        other = alone.submit(spec)
        worker.work(alone, run_id=other)
        plain, expected = (
            s.result(i).rows.drop(columns=["seconds", "outcomes", "losses"])
            for s, i in ((store, run.id), (alone, other))
        )
        shared = [column for column in plain if column in expected]
        assert plain[shared].equals(expected[shared])
