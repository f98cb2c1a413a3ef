"""Questions at a point of a plane: served between its points, plain when nothing can be said, clear when it cannot be."""

from pathlib import Path

import numpy as np
import pytest

from landscape.checkpoints.models import Pool
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.session import Session
from landscape.runs import worker
from landscape.schema.directions import Gaussian
from landscape.schema.frames import Frame
from landscape.schema.points import Point
from landscape.schema.specs import AnswerSpec, PlaneSpec
from landscape.store.records import Run
from landscape.store.store import Store

DIRECTIONS = (Gaussian(seed=0), Gaussian(seed=1))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


def plane_of(checkpoint: Path, suite: Path) -> PlaneSpec:
    return PlaneSpec(
        checkpoint=str(checkpoint),
        directions=DIRECTIONS,
        capabilities=(str(suite),),
        x=(-0.1, 0.1),
        y=(-0.1, 0.1),
        grid=9,
        full=True,
        limit=4,
        device="cpu",
    )


def question(checkpoint: Path, at: tuple[float, float], prompt: str = "2 + 2", new: int = 4) -> AnswerSpec:
    frame = {"checkpoint": str(checkpoint), "directions": DIRECTIONS, "device": "cpu"}
    return AnswerSpec(**frame, at=at, prompt=prompt, max_new_tokens=new)


def test_a_question_is_answered_between_the_points_of_a_running_plane(
    store: Store, checkpoint: Path, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane_id = store.submit(plane_of(checkpoint, greedy_suite))
    asked: list[str] = []
    seen: list[tuple[str, int]] = []

    def look(run: Run) -> None:
        if run.id == plane_id and run.done == 5 and not asked:
            asked.append(store.submit(question(checkpoint, (0.05, 0.02))))
        if run.kind == "answer":
            seen.append((run.status, store.run(plane_id).done))

    sessions: list[Frame] = []
    built = Session.__init__

    def counted(self: Session, frame: Frame, *rest: Pool | DirectionCache) -> None:
        sessions.append(frame)
        built(self, frame, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "__init__", counted)
    monkeypatch.setattr(worker, "REPORTING", float("inf"))  # a slow machine leaves reports out
    worker.work(store, idle_exit=0.1, on_progress=look)
    assert seen == [("done", 5)]
    assert store.run(plane_id).status == "done"
    assert len(sessions) == 1  # the model that is being measured answers; no other is loaded


def test_an_answer_is_what_the_model_says_there_beside_theta_0(store: Store, checkpoint: Path) -> None:
    far = store.submit(question(checkpoint, (0.2, -0.3), new=8))
    worker.work(store, run_id=far)
    answers = store.artifact(far)
    assert answers is not None
    session = Session(question(checkpoint, (0, 0)).frame)
    assert answers["here"] == session.answer(Point(0, 0.2, -0.3), "2 + 2", 8)
    assert answers["origin"] == session.answer(Point(0, 0.0), "2 + 2", 8)
    assert answers["here"] != answers["origin"]


def test_theta_0_is_asked_once_for_one_prompt(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(question(checkpoint, (0, 0)).frame)
    written: list[str] = []
    generate = type(session.scorer).generate

    def counted(self: object, prompt: str, new: int) -> str | None:
        written.append(prompt)
        return generate(self, prompt, new)  # type: ignore[arg-type]

    monkeypatch.setattr(type(session.scorer), "generate", counted)
    first = [session.answer(Point(0, 0.0), prompt, 4) for prompt in ("A cat", "A cat", "2 + 2", "A cat")]
    assert written == ["A cat", "2 + 2", "A cat"]
    assert first[0] == first[1] == first[3]


def test_logits_that_are_not_finite_are_no_answer_and_theta_0_still_answers(store: Store, checkpoint: Path) -> None:
    run_id = store.submit(question(checkpoint, (1e38, 1e38)))
    with np.errstate(all="ignore"):
        worker.work(store, run_id=run_id)
    answers = store.artifact(run_id)
    assert answers is not None
    assert answers["here"] is None
    assert isinstance(answers["origin"], str)


def test_a_prompt_that_does_not_fit_fails_with_the_number_of_tokens(store: Store, checkpoint: Path) -> None:
    run_id = store.submit(question(checkpoint, (0.05, 0.0), prompt="2 + 2 = 4. " * 300))
    good = store.submit(question(checkpoint, (0.05, 0.0)))
    worker.work(store, idle_exit=0.1)
    run = store.run(run_id)
    assert run.status == "failed"
    assert "the prompt has" in str(run.error)
    assert "expected at most" in str(run.error)
    assert store.run(good).status == "done"
