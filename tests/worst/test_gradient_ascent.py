"""The search for a worst direction: against closed forms, and on a tiny real model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from landscape.capabilities import examples as capability_examples
from landscape.capabilities.examples import search_split
from landscape.checkpoints.models import Pool
from landscape.engine.direction_cache import CachedDirection, DirectionCache
from landscape.engine.direction_tensors import GaussianDirection, StoredDirection
from landscape.engine.plane_axes import inner
from landscape.engine.session import Session
from landscape.schema.directions import Gaussian, Towards, Worst
from landscape.schema.frames import Frame
from landscape.schema.points import Point, ProgressReport
from landscape.store.leases import Cancelled
from landscape.worst.find import find, key_of
from landscape.worst.gradient_ascent import ascend
from landscape.worst.overlap import kept_round, rounds_of
from tests.conftest import make_model

ALPHA = 0.02
QUIET = lambda text, done, total: None  # noqa: E731


def unit(vector: Tensor) -> Tensor:
    return vector * len(vector) ** 0.5 / vector.norm()


def climbed(slope: Tensor | None, hessian: Tensor | None, steps: int = 30) -> Tensor:
    """Where `ascend` ends on L(δ) = slope·δ or ½ δᵀHδ, from a random direction."""
    d = len(slope if slope is not None else hessian)  # type: ignore[arg-type]
    direction = {"a": unit(torch.randn(d, generator=torch.Generator().manual_seed(0)))}

    @contextmanager
    def gradient(here: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
        yield {"a": slope if slope is not None else hessian @ here["a"]}  # type: ignore[operator]

    assert list(ascend(direction, gradient, steps)) == list(range(1, steps + 1))
    assert direction["a"].square().mean().sqrt() == pytest.approx(1)
    return direction["a"] / direction["a"].norm()


def test_on_a_linear_loss_it_finds_the_gradient_itself() -> None:
    slope = torch.randn(500, generator=torch.Generator().manual_seed(1))
    assert float(climbed(slope, None) @ slope / slope.norm()) > 0.99999


def test_on_a_quadratic_bowl_it_finds_the_top_eigenvector() -> None:
    values = torch.cat([torch.tensor([10.0]), torch.linspace(0, 4, 299)])
    basis = torch.linalg.qr(torch.randn(300, 300, generator=torch.Generator().manual_seed(2))).Q
    found = climbed(None, basis @ torch.diag(values) @ basis.T)
    assert abs(float(found @ basis[:, 0])) >= 0.99


def frame_of(checkpoint: Path, *directions: Worst | Gaussian | Towards, **fields: object) -> Frame:
    return Frame(checkpoint=str(checkpoint), directions=directions, device="cpu", **fields)  # type: ignore[arg-type]


def found_by(frame: Frame, kept: DirectionCache) -> CachedDirection:
    pool = Pool()
    find(frame, pool, kept, QUIET)
    (recipe,) = frame.directions
    loaded = kept.load(key_of(recipe, frame, pool), Session(frame, pool, kept).weights)  # type: ignore[arg-type]
    assert loaded is not None
    return loaded


def recipe(suite: Path, **fields: object) -> Worst:
    settings: dict[str, object] = {"alpha": ALPHA, "steps": 8, "restarts": 2}
    return Worst(capabilities=(str(suite),), **(settings | fields))  # type: ignore[arg-type]


def test_the_loss_along_it_is_higher_than_along_any_random_direction_and_as_its_search_noted(
    checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    frame = frame_of(checkpoint, recipe(own_answers))
    found = found_by(frame, DirectionCache(tmp_path))
    capability = capability_examples.load(str(own_answers))
    half, session = search_split(capability), Session(frame_of(checkpoint, Gaussian(seed=0)))

    def loss_at(line: StoredDirection | GaussianDirection, examples: np.ndarray, alpha: float) -> float:
        with session.mover.at([(line, alpha)]):
            return float(session.scorer.score(capability).losses[examples].mean())

    def loss(line: StoredDirection | GaussianDirection, examples: np.ndarray) -> float:
        return loss_at(line, examples, ALPHA)

    drawn = [GaussianDirection(seed) for seed in range(20)]
    assert loss(found.direction, half) > 2 * max(loss(line, half) for line in drawn)
    assert loss(found.direction, ~half) > max(loss(line, ~half) for line in drawn)  # examples that the search never saw
    kept = kept_round(found.notes)
    assert kept.losses[capability.name][-1] == pytest.approx(loss_at(found.direction, half, kept.alpha), rel=1e-2)
    assert [sum(one.steps for one in rounds_of(found.notes, restart)) for restart in (0, 1)] == [8, 8]
    assert sum(part["share"] for part in found.notes["mass"]) == pytest.approx(1)


def test_a_computed_direction_has_unit_rms_and_moves_like_any_other(
    checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    frame = frame_of(checkpoint, recipe(own_answers, steps=2, restarts=1), Gaussian(seed=0))
    kept = DirectionCache(tmp_path)
    find(frame, Pool(), kept, QUIET)
    session = Session(frame, cache=kept)
    line = session.directions[0]
    assert inner(line, line, session.mover.origin) == pytest.approx(1, rel=1e-3)
    capability = capability_examples.load(str(own_answers))
    measured = session.measure(Point(0, ALPHA), [capability])
    assert measured[capability.name].realised_alpha == pytest.approx(ALPHA, rel=1e-3)


def test_weights_and_their_flags_are_as_before(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    pool, frame = Pool(), frame_of(checkpoint, recipe(own_answers, steps=2, restarts=1))
    find(frame, pool, DirectionCache(tmp_path), QUIET)
    model = pool.get(str(checkpoint), dtype="auto", device="cpu").model
    for name, weight in make_model().named_parameters():
        assert torch.equal(model.get_parameter(name), weight)
    assert not any(p.requires_grad or p.grad is not None for p in model.parameters())


def test_a_search_that_was_stopped_goes_on_and_ends_where_an_undisturbed_one_does(
    checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    frame = frame_of(checkpoint, recipe(own_answers, steps=6))
    undisturbed, said = found_by(frame, DirectionCache(tmp_path / "a")), []

    def stopping_after(calls: int) -> ProgressReport:
        last = len(said) + calls

        def report(text: str, done: int, total: int) -> None:
            said.append((done, total))
            if len(said) == last:
                raise Cancelled

        return report

    for calls in (2, 5, 3):  # within the first restart, across its end, within the second
        with pytest.raises(Cancelled):
            find(frame, Pool(), DirectionCache(tmp_path / "b"), stopping_after(calls))
    assert [done for done, _ in said] == list(range(1, 11))  # no step was taken twice
    resumed = found_by(frame, DirectionCache(tmp_path / "b"))
    assert resumed.digest == undisturbed.digest
    assert resumed.notes["ascents"] == undisturbed.notes["ascents"]
    assert not list((tmp_path / "b").glob("*.state"))


def test_what_is_kept_is_not_searched_again(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    frame = frame_of(checkpoint, recipe(own_answers, steps=2, restarts=1))
    found_by(frame, DirectionCache(tmp_path))
    find(frame, Pool(), DirectionCache(tmp_path), lambda text, done, total: pytest.fail("searched again"))
    elsewhere = DirectionCache(tmp_path / "empty", tmp_path)  # shipped ones lie in a second folder
    find(frame, Pool(), elsewhere, lambda text, done, total: pytest.fail("searched again"))
    other = frame.model_copy(update={"directions": (recipe(own_answers, steps=3, restarts=1),)})
    with pytest.raises(Cancelled):
        find(other, Pool(), DirectionCache(tmp_path), cancel)


def cancel(text: str, done: int, total: int) -> None:
    raise Cancelled


def test_one_restart_begins_at_the_fine_tune(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    frame = frame_of(checkpoint, recipe(own_answers, start=str(finetuned), restarts=1, steps=3))
    found = found_by(frame, DirectionCache(tmp_path))
    assert [ascent["start"] for ascent in found.notes["ascents"]] == ["towards tiny-tuned", "the gradient at θ₀"]
    session = Session(frame_of(checkpoint, Towards(checkpoint=str(finetuned))))
    capability = capability_examples.load(str(own_answers))
    with session.mover.at([(session.directions[0], ALPHA)]):
        loss = session.scorer.score(capability).losses[search_split(capability)].mean()
    assert rounds_of(found.notes, 0)[0].losses[capability.name][0] == pytest.approx(loss, rel=1e-4)


def test_only_what_may_move_has_a_direction(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    frame = frame_of(checkpoint, recipe(own_answers, steps=2, restarts=1), only=("*.mlp.*",))
    found = found_by(frame, DirectionCache(tmp_path))
    assert set(found.direction.tensors) == {name for name in make_model().state_dict() if ".mlp." in name}


def test_sparing_a_capability_spares_it(
    checkpoint: Path, own_answers: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    plain = found_by(frame_of(checkpoint, recipe(own_answers, steps=20, restarts=1)), DirectionCache(tmp_path))
    sparing = recipe(own_answers, spared=(str(greedy_suite),), steps=20, restarts=1)
    spared = found_by(frame_of(checkpoint, sparing), DirectionCache(tmp_path))
    session, other = Session(frame_of(checkpoint, Gaussian(seed=0))), capability_examples.load(str(greedy_suite))

    def rise(found: CachedDirection, suite: capability_examples.Capability) -> float:
        origin = session.scorer.score(suite).losses.mean()
        with session.mover.at([(found.direction, ALPHA)]):
            return float(session.scorer.score(suite).losses.mean() - origin)

    assert rise(spared, other) < rise(plain, other) / 2
    assert rise(spared, capability_examples.load(str(own_answers))) > 0.5  # and yet it hurts what it is to hurt
    assert kept_round(spared.notes).spared_lost == ()


def test_nothing_to_lose_is_said(checkpoint: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text("\n".join(f'{{"prompt": "A cat {i}", "answer": " zzz{i}"}}' for i in range(16)))
    with pytest.raises(ValueError, match=r"already fails wrong: it scores 0\.000.*nothing to lose"):
        find(frame_of(checkpoint, recipe(wrong)), Pool(), DirectionCache(tmp_path / "kept"), QUIET)


def test_a_disk_without_room_is_said(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match=r"a direction cannot be kept in .*file"):
        find(frame_of(checkpoint, recipe(own_answers, steps=1)), Pool(), DirectionCache(tmp_path / "file"), QUIET)


def test_a_direction_kept_by_halves_is_none(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    frame, kept = frame_of(checkpoint, recipe(own_answers, steps=1, restarts=1)), DirectionCache(tmp_path)
    digest = found_by(frame, kept).digest
    (file,) = tmp_path.glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-10])
    assert not kept.has(file.stem)
    assert found_by(frame, kept).digest == digest


def test_a_direction_damaged_on_disk_is_none(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    frame, kept = frame_of(checkpoint, recipe(own_answers, steps=1, restarts=1)), DirectionCache(tmp_path)
    digest = found_by(frame, kept).digest
    (file,) = tmp_path.glob("*.safetensors")
    content = file.read_bytes()
    file.write_bytes(content[:-400] + bytes(400))  # as long as it was, its header intact
    assert not kept.has(file.stem)
    assert found_by(frame, kept).digest == digest


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_models_have_worst_directions_too(
    dtype: str, checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    exact = found_by(frame_of(checkpoint, recipe(own_answers, steps=12, restarts=1)), DirectionCache(tmp_path))
    half = found_by(
        frame_of(checkpoint, recipe(own_answers, steps=12, restarts=1), dtype=dtype), DirectionCache(tmp_path)
    )
    last = [rounds_of(found.notes, 0)[0].losses["own"][-1] for found in (exact, half)]  # at one and the same α
    assert last[1] > 0.7 * last[0]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_search_on_cuda_climbs_as_far(dtype: str, checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    settings = {"steps": 12, "restarts": 1}
    here = found_by(frame_of(checkpoint, recipe(own_answers, **settings)), DirectionCache(tmp_path))
    frame = frame_of(checkpoint, recipe(own_answers, **settings)).model_copy(update={"device": "cuda", "dtype": dtype})
    there = found_by(frame, DirectionCache(tmp_path))
    last = [rounds_of(found.notes, 0)[0].losses["own"][-1] for found in (here, there)]
    assert last[1] > 0.7 * last[0]
    assert next(iter(there.direction.tensors.values())).device.type == "cuda"
