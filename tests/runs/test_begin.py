"""How a run begins: θ₀ is scored once, or recalled from the store, and a sample tells whether the model can be trusted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sqlalchemy import select, update

from landscape.capabilities.scoring import Scorer
from landscape.engine.session import SAMPLE, Session, load_capabilities
from landscape.runs import worker
from landscape.schema.directions import Gaussian
from landscape.schema.points import Point
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from landscape.store.tables import points


@pytest.fixture
def spec(checkpoint: Path, own_answers: Path) -> SliceSpec:
    names = (str(own_answers),)
    return SliceSpec(checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=names)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many examples each scoring took."""
    counts: list[int] = []
    score = Scorer.score

    def noted(self: Scorer, capability: Any, part: np.ndarray | None = None) -> Any:
        counts.append(len(capability.examples) if part is None else len(part))
        return score(self, capability, part)

    monkeypatch.setattr(Scorer, "score", noted)
    return counts


def test_what_is_known_of_the_origin_is_not_scored_again(spec: SliceSpec, tmp_path: Path, scored: list[int]) -> None:
    store, n = Store(str(tmp_path / "s.sqlite")), len(load_capabilities(spec)[0].examples)
    first, second = store.submit(spec), store.submit(spec.model_copy(update={"directions": (Gaussian(seed=1),)}))
    for run_id in (first, second):
        worker.work(store, run_id=run_id)
    assert scored == [SAMPLE, SAMPLE, n, SAMPLE, SAMPLE]
    name = next(iter(store.scores_of(first)[Point(0, 0.0)]))
    one, other = (store.outcomes(run_id, Point(0, 0.0), name) for run_id in (first, second))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
    assert [(run.done, run.measured) for run in store.runs()] == [(1, 0), (1, 1)]


@pytest.mark.parametrize("wrong", ["an outcome", "a loss"])
def test_what_is_known_but_answered_otherwise_here_is_scored_again(
    wrong: str, spec: SliceSpec, tmp_path: Path, scored: list[int]
) -> None:
    store, [capability] = Store(str(tmp_path / "s.sqlite")), load_capabilities(spec)
    first = store.submit(spec)
    worker.work(store, run_id=first)
    true = store.outcomes(first, Point(0, 0.0), capability.name)
    stored = {"outcomes": 1 - true[0], "losses": true[1] * np.float32(1.01)}
    changed = "outcomes" if wrong == "an outcome" else "losses"
    with store._database.writing() as connection:
        connection.execute(update(points).values({changed: stored[changed].tobytes()}))
        assert len(connection.execute(select(points.c.key)).all()) == 1
    session = Session(spec.frame)
    key = session.keys.of(Point(0, 0.0), capability)
    scored.clear()
    found = session.verify([capability], {capability.name: store.measurements([key, "another"])[key]})
    assert scored == [SAMPLE, SAMPLE, len(capability.examples)]
    assert np.array_equal(found[capability.name].outcomes, true[0])


@pytest.mark.parametrize("scale", [0.02, 5.0], ids=["only losses differ", "answers differ"])
def test_a_model_that_draws_lots_is_found_by_the_sample(spec: SliceSpec, scale: float) -> None:
    session = Session(spec.frame)
    hook = session.loaded.model.lm_head.register_forward_hook(lambda *args: args[2] + scale * torch.randn_like(args[2]))
    try:
        with pytest.raises(RuntimeError, match="not deterministic here"):
            session.verify(load_capabilities(spec))
    finally:
        hook.remove()


def test_a_run_says_that_it_scores_the_origin(spec: SliceSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, said = Store(str(tmp_path / "s.sqlite")), list[str]()
    run_id, verify = store.submit(spec), Session.verify

    def noted(self: Session, *given: Any) -> Any:
        phase = store.run(run_id).phase
        said.append(phase.text if phase else "")
        return verify(self, *given)

    monkeypatch.setattr(Session, "verify", noted)
    worker.work(store, run_id=run_id)
    assert said == ["scores θ₀"]
    assert store.run(run_id).phase is None
