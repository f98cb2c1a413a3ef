"""What a search keeps: of directions whose losses and ends are known, and of a tiny real model."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from landscape.capabilities import examples
from landscape.capabilities.examples import search_split
from landscape.capabilities.scoring import Scores
from landscape.checkpoints.models import Pool
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.direction_tensors import GaussianDirection
from landscape.engine.mover import Mover
from landscape.engine.session import Session
from landscape.schema.directions import Gaussian, Worst, label_of
from landscape.schema.frames import Frame
from landscape.worst import search as worst_search
from landscape.worst.ends import CLEARLY, PRECISION, End, ScoredHalf, nearest_lost
from landscape.worst.find import find
from landscape.worst.overlap import rounds_of
from landscape.worst.search import Search, round_lengths

QUIET = lambda text, done, total: None  # noqa: E731
D = 100
NEAR, FAR = 0.001, 0.05  # where the two axes of the toy end the capability
STARTS = {"far": 1, "near": 0}  # by start: the axis along which it stays


class Toy:
    """A loss of two axes: along the first all is lost at NEAR, for 1 nat; along the second at FAR, for 9 nats."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weight = weights["w"]

    def losses(self) -> dict[str, float]:
        near, far = (float(self.weight[axis].abs()) / math.sqrt(D) for axis in (0, 1))
        return {"toy": 1.0 * (near >= NEAR) + min(9.0, 180 * far)}

    @contextmanager
    def at(self, shares: Mapping[str, float]) -> Iterator[tuple[dict[str, float], dict[str, Tensor]]]:
        yield self.losses(), {"w": self.weight.clone()}  # it points where one stands: a step leads nowhere else


class ToyHalf:
    drops = {"toy": 0.15}

    def __init__(self, session: Any, *rest: Any) -> None:
        self.session, self.read = session, []

    def end(self, direction: Any, start: float) -> End:
        def lost(alpha: float) -> bool:
            with self.session.mover.at([(direction, alpha)]):
                near, far = (float(self.session.weights["w"][axis].abs()) / math.sqrt(D) for axis in (0, 1))
            return near >= NEAR or far >= FAR

        alpha = nearest_lost(lost, start, 0.06)
        self.read.append(alpha)
        return End(alpha, {"toy": 1.0})

    def ends(self, direction: Any, start: float) -> dict[str, float | None]:
        return {"toy": self.end(direction, start).alpha}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Search, DirectionCache]:
    weights = {"w": torch.zeros(D)}
    suite = SimpleNamespace(name="toy", chance=0.0)
    monkeypatch.setattr(examples, "load", lambda name: suite)
    monkeypatch.setattr(worst_search, "Gradients", lambda scorer, weights, suites: Toy(weights))
    monkeypatch.setattr(worst_search, "ScoredHalf", ToyHalf)
    monkeypatch.setattr(worst_search, "require_something_to_lose", lambda session, capability: None)
    session: Any = SimpleNamespace(
        weights=weights, mover=Mover(weights), scorer=None, choose_settings=lambda: None,
        frame=SimpleNamespace(checkpoint="toy"),
    )  # fmt: skip
    cache = DirectionCache(tmp_path)
    search = Search(session, Worst(capabilities=("toy",), steps=6, restarts=2, alpha=0.05), cache, "key")

    def axis(index: int) -> dict[str, Tensor]:
        return {"w": math.sqrt(D) * torch.nn.functional.one_hot(torch.tensor(index), D).float()}

    starts = [(name, lambda index=index: axis(index)) for name, index in STARTS.items()]
    monkeypatch.setattr(search, "_starts", lambda: starts)
    return search, cache


def test_what_ends_the_capability_nearest_is_kept_and_not_what_has_the_highest_loss_far_out(
    toy: tuple[Search, DirectionCache],
) -> None:
    search, cache = toy
    search.run(QUIET)
    noted = cache.notes("key")
    far, near = (rounds_of(noted, restart) for restart in (0, 1))
    assert far[0].losses["toy"][-1] > 8 * near[0].losses["toy"][-1]  # at one and the same α
    assert far[0].alpha == near[0].alpha
    assert noted["kept"] == 1
    assert noted["ends"]["toy"] == pytest.approx(NEAR, rel=PRECISION - 1)
    kept = cache.load("key", {"w": torch.zeros(D)})
    assert kept is not None
    assert kept.direction.tensors["w"].argmax() == 0


def test_each_round_climbs_where_the_one_before_ended_the_capability(toy: tuple[Search, DirectionCache]) -> None:
    search, cache = toy
    search.run(QUIET)
    for restart in (0, 1):
        rounds = rounds_of(cache.notes("key"), restart)
        assert rounds[0].alpha == 0.05
        assert [one.alpha for one in rounds[1:]] == [one.end for one in rounds[:-1]]


@pytest.mark.parametrize("steps", [1, 2, 3, 6, 7, 30, 100])
def test_the_steps_of_a_restart_are_shared_among_its_rounds_and_none_is_added(steps: int) -> None:
    lengths = round_lengths(steps)
    assert sum(lengths) == steps
    assert all(lengths)
    assert len(lengths) <= worst_search.ROUNDS
    assert lengths[0] == max(lengths)


@pytest.mark.parametrize("end", [1e-7, 3e-4, 0.0101, 0.059])
@pytest.mark.parametrize("start", [1e-6, 0.01, 0.06, 1.0])
def test_where_something_is_lost_is_found_from_anywhere(end: float, start: float) -> None:
    asked: list[float] = []

    def lost(alpha: float) -> bool:
        asked.append(alpha)
        return alpha >= end

    found = nearest_lost(lost, start, 0.06)
    assert found is not None
    assert end <= found <= PRECISION * end
    assert max(asked) <= 0.06
    assert len(asked) < 30


def test_what_is_not_lost_up_to_the_reach_has_no_end_and_what_is_lost_everywhere_has() -> None:
    assert nearest_lost(lambda alpha: False, 0.001, 0.06) is None
    assert nearest_lost(lambda alpha: False, 1.0, 0.06) is None
    assert 0 < (nearest_lost(lambda alpha: True, 0.001, 0.06) or 0) < 1e-6


def test_ends_are_ranked_by_what_they_spare_then_by_nearness_then_by_loss() -> None:
    near, far, none = End(0.001, {"a": 1.0}), End(0.002, {"a": 9.0}), End(None, {"a": 9.0})
    costly, lossier = End(0.0001, {"a": 1.0}, ("b",)), End(None, {"a": 10.0})
    assert sorted([none, costly, far, near, lossier], key=lambda end: end.rank) == [near, far, lossier, none, costly]


def test_where_no_logit_is_finite_everything_is_lost_and_nothing_breaks(
    checkpoint: Path, own_answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, suite = Session(frame_of(checkpoint, Gaussian(seed=0))), examples.load(str(own_answers))
    half, measured = ScoredHalf(session, [suite], [], 0.06), session.scorer.score

    def overflowing(capability: Any, part: Any) -> Scores:
        return Scores(np.zeros(len(suite.examples), np.uint8), np.full(len(suite.examples), np.nan, np.float32), {})

    monkeypatch.setattr(session.scorer, "score", overflowing)
    end = half.end(GaussianDirection(0), 0.01)
    assert end.alpha is not None
    assert end.losses == {"own": math.inf}
    assert end.rank < End(None, {"own": 9.0}).rank
    assert measured(suite).outcomes.all()  # back at θ₀


def frame_of(checkpoint: Path, *directions: Any) -> Frame:
    return Frame(checkpoint=str(checkpoint), directions=directions, device="cpu")


def test_the_noted_end_is_where_the_searched_half_loses_thrice_the_tolerance(
    checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    frame = frame_of(checkpoint, Worst(capabilities=(str(own_answers),), alpha=0.02, steps=6, restarts=2))
    cache, suite = DirectionCache(tmp_path), examples.load(str(own_answers))
    find(frame, Pool(), cache, QUIET)
    session = Session(frame, cache=cache)
    noted = session.directions.found[label_of(frame.directions[0])].notes
    half, end = search_split(suite), noted["ends"]["own"]

    def score(alpha: float) -> float:
        with session.mover.at([(session.directions[0], alpha)]):
            return float(session.scorer.score(suite).outcomes[half].mean())

    assert noted["drops"] == {"own": pytest.approx(CLEARLY * 0.05)}
    floor = score(0.0) - CLEARLY * 0.05
    assert score(end * 1.01) < floor  # the stored direction is rounded
    assert score(end / PRECISION / 1.01) >= floor
    every = [one.end for restart in (0, 1) for one in rounds_of(noted, restart)]
    assert rounds_of(noted, noted["kept"])[noted["kept_round"]].end == min(end for end in every if end)


def test_a_search_that_spares_never_shows_a_nearer_end_than_one_that_need_not(
    checkpoint: Path, own_answers: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    """Even where the search that spares came nearer: its direction is then that of the other too."""
    free = Worst(capabilities=(str(own_answers),), alpha=0.02, steps=2, restarts=1)
    sparing = Worst(capabilities=(str(own_answers),), spared=(str(greedy_suite),), alpha=0.02, steps=2, restarts=1)
    frame, cache = frame_of(checkpoint, free, sparing, Gaussian(seed=0)), DirectionCache(tmp_path)
    find(frame, Pool(), cache, QUIET)

    def ends() -> list[float]:
        found = Session(frame, cache=cache).directions.found
        return [found[label_of(direction)].notes["ends"]["own"] for direction in (free, sparing)]

    assert ends()[0] <= ends()[1]
    session = Session(frame, cache=cache)
    mine, other = (session.directions._keys[direction] for direction in (free, sparing))
    for key, end in ((mine, 0.01), (other, 0.005)):  # as if a longer search for the second had come nearer
        kept = cache.load(key, session.weights)
        assert kept is not None
        cache.save(key, kept.direction.tensors, kept.notes | {"ends": {"own": end}})
    again = Session(frame, cache=cache).directions
    assert ends() == [0.005, 0.005]
    assert again.identities[0] == again.identities[1]
    assert again.found[label_of(free)].notes["found_by"] == label_of(sparing)
    alone = Session(frame.model_copy(update={"directions": (free,)}), cache=cache).directions
    assert "found_by" not in alone.found[label_of(free)].notes


def test_a_repeated_request_is_searched_on_or_confirms_and_never_both(tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    lines = [f'{{"prompt": "{wording} {i}?", "answer": " {i}", "request": "count to {i}"}}'
             for i in range(40) for wording in ("Say", "Tell me", "What is")]  # fmt: skip
    file.write_text("\n".join(lines))
    suite = examples.load(str(file))
    half = search_split(suite).reshape(40, 3)
    assert (half.all(axis=1) | ~half.any(axis=1)).all()
    assert 10 <= half[:, 0].sum() <= 30
    turned = tmp_path / "turned.jsonl"
    turned.write_text("\n".join(reversed(lines)))
    assert search_split(examples.load(str(turned))).tolist() == search_split(suite).tolist()[::-1]
    assert search_split(examples.load(str(file), limit=70)).tolist() == search_split(suite).tolist()[:70]


def test_a_text_that_is_judged_several_times_is_on_one_side_however_it_is_spaced(tmp_path: Path) -> None:
    file = tmp_path / "again.jsonl"
    prompts = [f"Question {i} of the exam" for i in range(30)]
    lines = [
        f'{{"prompt": "{prompt}", "oracle": "exact_match", "answer": "{j}"}}' for prompt in prompts for j in range(3)
    ]
    lines += [f'{{"prompt": "  {prompt}  ", "oracle": "refusal"}}' for prompt in prompts]
    file.write_text("\n".join(lines))
    half = search_split(examples.load(str(file)))
    assert (half[:90].reshape(30, 3) == half[90:, None]).all()


def test_bundled_safety_asks_91_requests_and_their_content_is_what_it_was() -> None:
    suite = examples.load("safety")
    asked = {example.asked for example in suite.examples}
    assert len(asked) == 91
    half = search_split(suite)
    seen = {example.asked for example, mine in zip(suite.examples, half, strict=True) if mine}
    unseen = {example.asked for example, mine in zip(suite.examples, half, strict=True) if not mine}
    assert not seen & unseen
    assert suite.digest.startswith("6462ee45")  # points of version 0.6 keep their keys
    assert np.isclose(half.mean(), 0.5, atol=0.1)


@pytest.mark.parametrize("name", ["basic", "math", "code"])
def test_halves_without_repeated_requests_are_as_they_were(name: str) -> None:
    import hashlib

    suite = examples.load(name)
    former = [hashlib.sha256(e.model_dump_json().encode()).digest()[0] % 2 == 0 for e in suite.examples]
    assert search_split(suite).tolist() == former
