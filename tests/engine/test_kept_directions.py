"""Directions that are kept: the same points bit for bit, drawn once a ray, and no more of them than memory has room for."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from landscape.engine import direction_tensors
from landscape.engine.direction_tensors import GaussianDirection, KeptDirections, ScaledDirection, TowardsDirection
from landscape.engine.session import Session, load_capabilities
from landscape.runs.executors.local_executor import LocalExecutor
from landscape.schema.directions import Direction, Filter, Gaussian, Layer
from landscape.schema.points import Point
from landscape.schema.specs import PlaneSpec, SliceSpec


@pytest.fixture
def room_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, int], None]:
    """Say how many directions of a model of so many weights fit into memory."""

    def give(count: float, weights: int) -> None:
        available = count * 4 * weights / direction_tensors.SHARE
        monkeypatch.setattr(direction_tensors, "WORTH_KEEPING", 1)
        monkeypatch.setattr(direction_tensors.memory, "left", lambda: available)

    return give


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds of all tensors that are drawn."""
    seeds: list[int] = []
    for kind in (GaussianDirection, ScaledDirection):
        chunks = kind.chunks

        def noted(self: GaussianDirection, name: str, origin: object, chunks: Callable = chunks) -> object:
            seeds.append(self.seed)
            return chunks(self, name, origin)

        monkeypatch.setattr(kind, "chunks", noted)
    return seeds


def spec_of(checkpoint: Path, own_answers: Path, *directions: Direction) -> SliceSpec:
    names, alphas = (str(own_answers),), (0.01, 0.02, 0.03)
    return SliceSpec(checkpoint=str(checkpoint), directions=directions, alphas=alphas, capabilities=names, limit=8)


def session_of(spec: SliceSpec | PlaneSpec, room_for: Callable[[float, int], None], room: float) -> Session:
    weights = sum(w.numel() for w in Session(spec.frame).weights.values())
    room_for(room, weights)
    session = Session(spec.frame)
    assert session.kept.room == int(room)
    return session


@pytest.mark.parametrize("direction", [Gaussian(seed=3), Layer(seed=3), Filter(seed=3)], ids=lambda d: d.kind)
def test_a_kept_direction_leads_to_the_same_points_bit_for_bit(
    direction: Direction, checkpoint: Path, own_answers: Path, room_for: Callable[[float, int], None], draws: list[int]
) -> None:
    spec = spec_of(checkpoint, own_answers, direction)
    suites, points = load_capabilities(spec), [Point(0, alpha) for alpha in (0.02, -0.01, 0.03)]
    plain = [Session(spec.frame).measure(point, suites) for point in points]
    session = session_of(spec, room_for, 1.5)
    draws.clear()
    kept = [session.measure(point, suites) for point in points]
    assert len(draws) == len(session.weights)
    for one, other in zip(plain, kept, strict=True):
        for name in one:
            assert np.array_equal(one[name].losses, other[name].losses)
            assert one[name].realised_alpha == other[name].realised_alpha


def test_both_axes_of_a_plane_are_kept_or_none(
    checkpoint: Path, own_answers: Path, room_for: Callable[[float, int], None], draws: list[int]
) -> None:
    spec = PlaneSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=0), Gaussian(seed=1)), capabilities=(str(own_answers),),
        x=(-0.1, 0.1), y=(-0.1, 0.1), limit=8,
    )  # fmt: skip
    counted = {}
    for room in (1, 2):
        session, suites = session_of(spec, room_for, room), load_capabilities(spec)
        session.measure(Point(0, 0.01, 0.01), suites)
        draws.clear()
        session.measure(Point(0, 0.02, 0.05), suites)
        counted[room] = len(draws)
    assert counted == {1: 2 * len(session.weights), 2: 0}


def test_no_more_directions_are_kept_than_there_is_room_for_and_the_latest_stay(
    room_for: Callable[[float, int], None],
) -> None:
    room_for(2.9, 100)
    kept = KeptDirections({"w": torch.zeros(100)})
    drawn = {i: GaussianDirection(i) for i in range(4)}
    for i in (0, 1, 0, 2):
        kept.of({i: drawn[i]})
    assert list(kept._kept) == [0, 2]
    first = kept.of({0: drawn[0]})
    assert kept.of({0: drawn[0]}) == first
    stored = TowardsDirection({}, 1.0)
    assert kept.of({3: stored}) == [stored]
    assert list(kept._kept) == [2, 0]


def test_small_models_draw_again(checkpoint: Path, own_answers: Path) -> None:
    session = Session(spec_of(checkpoint, own_answers, Gaussian(seed=0)).frame)
    assert session.kept.room == 0
    assert session.kept.of({0: session.directions[0]}) == [session.directions[0]]


@pytest.mark.parametrize(("room", "order"), [(0, [0, 1, 2] * 2), (1, [0, 0, 1, 1, 2, 2]), (3, [0, 1, 2] * 2)])
def test_points_are_measured_ray_by_ray_where_that_saves_draws(
    room: int, order: list[int], checkpoint: Path, own_answers: Path, room_for: Callable[[float, int], None]
) -> None:
    spec = spec_of(checkpoint, own_answers, *(Gaussian(seed=seed) for seed in range(3)))
    executor = LocalExecutor(session_of(spec, room_for, room) if room else Session(spec.frame), spec)
    name = next(iter(executor.capabilities))
    asked = [(Point(index, alpha), (name,)) for alpha in (0.02, 0.01) for index in range(3)]
    executor.submit(asked, {})
    done = [point for (point, _), _ in executor.collect(lambda item: item)]
    assert [point.direction for point in done] == order
    assert [p.alpha for p in done if p.direction == 1] == [0.02, 0.01]


def test_nothing_more_is_kept_once_others_have_taken_the_memory(room_for: Callable[[float, int], None]) -> None:
    """As sixteen actors do that begin at once, each with the same free memory in view."""
    room_for(4, 100)
    kept, drawn = KeptDirections({"w": torch.zeros(100)}), {i: GaussianDirection(i) for i in range(3)}
    first = kept.of({0: drawn[0]})
    room_for(0.9, 100)
    assert kept.of({1: drawn[1]}) == [drawn[1]]
    assert kept.of({0: drawn[0]}) == first
    room_for(1, 100)
    assert kept.of({1: drawn[1]}) != [drawn[1]]
