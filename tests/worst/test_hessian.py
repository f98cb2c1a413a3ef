"""Flatness measures against the whole Hessian of a small tensor, by another route."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from landscape.capabilities import examples
from landscape.capabilities.examples import search_split
from landscape.checkpoints.models import Pool
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.plane_axes import inner
from landscape.engine.session import Session
from landscape.runs import worker
from landscape.schema.directions import Eigenvector, Gaussian
from landscape.schema.frames import Frame
from landscape.schema.specs import FlatnessSpec, SliceSpec
from landscape.store.store import Store
from landscape.worst import hessian as worst_hessian
from landscape.worst.curvature_spread import spread_of
from landscape.worst.find import find
from landscape.worst.hessian import Curvature

SMALL = "model.norm.weight"  # 32 weights
QUIET = lambda text, done, total: None  # noqa: E731


@pytest.fixture
def session(checkpoint: Path) -> Session:
    draws = tuple(Gaussian(seed=seed) for seed in range(64))
    return Session(Frame(checkpoint=str(checkpoint), directions=draws, device="cpu", only=(SMALL,)))


@pytest.fixture
def hessian(session: Session, greedy_suite: Path) -> Tensor:
    """All second derivatives of the mean loss by `torch.autograd.functional`, an example at a time."""
    suite, model = examples.load(str(greedy_suite)), session.scorer.model
    half = search_split(suite)
    readings = [r for r in session.scorer.encode(suite).teacher_forced if half[r.example]]

    def loss(weight: Tensor) -> Tensor:
        total = torch.zeros(())
        for reading in readings:
            ids = torch.tensor([reading.ids])
            logits = functional_call(model, {SMALL: weight}, kwargs={"input_ids": ids, "use_cache": False}).logits[0]
            total = total + functional.cross_entropy(logits[reading.start - 1 : -1], ids[0, reading.start :])
        return total / len(readings)

    with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        found = torch.autograd.functional.hessian(loss, session.weights[SMALL].clone())
    assert isinstance(found, Tensor)
    return found


def test_the_top_eigenpair_is_that_of_the_whole_hessian(session: Session, greedy_suite: Path, hessian: Tensor) -> None:
    value, vector = Curvature(session, str(greedy_suite)).top(QUIET)
    values, vectors = torch.linalg.eigh(hessian.double())
    assert value == pytest.approx(float(values[-1]), rel=1e-2)
    found = vector[SMALL].double()
    assert abs(float(found @ vectors[:, -1])) / float(found.norm()) >= 0.99
    assert float(found.square().mean()) == pytest.approx(1, rel=1e-4)


def test_the_trace_covers_that_of_the_whole_hessian(session: Session, greedy_suite: Path, hessian: Tensor) -> None:
    trace, error = Curvature(session, str(greedy_suite)).trace(200, QUIET)
    assert abs(trace - float(hessian.trace())) < 4 * error
    assert error < 0.2 * abs(trace)


def test_the_spread_of_curvature_is_that_of_the_whole_hessian(
    session: Session, greedy_suite: Path, hessian: Tensor
) -> None:
    """√2·‖H‖_F / tr H, which is how much δᵀHδ varies between Gaussian δ."""
    found = spread_of(*Curvature(session, str(greedy_suite)).probed(200, QUIET))
    assert found is not None
    true = math.sqrt(2) * float(hessian.norm()) / float(hessian.trace())
    assert abs(found[0] - true) < 4 * found[1]
    drawn = torch.randn(20_000, len(hessian), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    along = ((drawn @ hessian.double()) * drawn).sum(1)
    assert float(along.std() / along.mean()) == pytest.approx(true, rel=0.03)


def test_average_sharpness_is_half_the_trace_for_a_small_alpha(
    session: Session, greedy_suite: Path, hessian: Tensor
) -> None:
    alpha = 0.02
    sharpness, error = Curvature(session, str(greedy_suite)).sharpness(alpha, QUIET)
    assert abs(sharpness - alpha**2 * float(hessian.trace()) / 2) < 4 * error


def test_a_model_too_large_for_lanczos_is_refused(
    session: Session, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worst_hessian, "LARGEST", 31)
    with pytest.raises(ValueError, match="expected at most 31; narrow them with --only"):
        Curvature(session, str(greedy_suite)).top(QUIET)


def test_the_top_eigenvector_is_a_direction_like_any_other(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    frame = Frame(
        checkpoint=str(checkpoint),
        directions=(Eigenvector(capability=str(own_answers)), Gaussian(seed=0)),
        device="cpu",
    )
    kept = DirectionCache(tmp_path)
    find(frame, Pool(), kept, QUIET)
    session = Session(frame, cache=kept)
    line, drawn = session.directions
    assert inner(line, line, session.mover.origin) == pytest.approx(1, rel=1e-3)
    slopes = Curvature(session, str(own_answers)).gradients

    def second_difference(direction: object, alpha: float = 3e-5) -> float:
        losses = []
        for at in (alpha, 0.0, -alpha):
            with session.mover.at([(direction, at)]):  # type: ignore[list-item]
                losses.append(slopes.losses()["own"])
        return (losses[0] - 2 * losses[1] + losses[2]) / alpha**2

    d = sum(weight.numel() for weight in session.weights.values())
    along = second_difference(line)
    assert along == pytest.approx(session.directions.found["eigenvector own"].notes["eigenvalue"] * d, rel=0.1)
    assert along > 10 * abs(second_difference(drawn))


def test_a_run_keeps_the_measures_and_the_direction(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store.sqlite"))
    where = {"checkpoint": str(checkpoint), "device": "cpu"}
    draws = tuple(Gaussian(seed=seed) for seed in range(3))
    spec = FlatnessSpec(directions=draws, capabilities=(str(own_answers),), alpha=0.001, probes=3, **where)
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    found = store.artifact(run_id)
    assert found is not None
    measured = found["capabilities"]["own"]
    assert measured["eigenvalue"] > 0
    assert measured["smallest_eigenvalue"] < measured["eigenvalue"]
    assert measured["slope"] >= 0
    assert measured["trace_error"] > 0
    assert (measured["curvature_spread"] is None) == (measured["curvature_spread_error"] is None)
    assert measured["curvature_spread"] is None or measured["curvature_spread"] > 0
    assert measured["quadratic"] == pytest.approx(measured["trace"] * 0.001**2 / 2)
    phases: list[str] = []
    along = SliceSpec(
        directions=(Eigenvector(capability=str(own_answers)),),
        alphas=(0.001,),
        capabilities=(str(own_answers),),
        **where,
    )
    run_id = store.submit(along)
    worker.work(store, run_id=run_id, on_progress=lambda run: phases.append(run.phase.text if run.phase else ""))
    assert not any(phases)  # it was kept: nothing is computed again
    assert store.result(run_id).rows["direction"].unique().tolist() == ["eigenvector own"]


def test_the_smallest_eigenvalue_is_that_of_the_whole_hessian(
    session: Session, greedy_suite: Path, hessian: Tensor
) -> None:
    values = torch.linalg.eigvalsh(hessian.double())
    found = Curvature(session, str(greedy_suite)).smallest(QUIET)
    assert found == pytest.approx(float(values[0]), rel=1e-2)


def test_on_a_quadratic_both_ends_of_the_spectrum_are_those_of_its_matrix(
    session: Session, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """½ wᵀAw with the eigenvalues −3, −1, 0.5 … 2, 7: Lanczos sees only the products A·v."""
    values = torch.tensor([-3.0, -1.0, *torch.linspace(0.5, 2, 29).tolist(), 7.0])
    basis = torch.linalg.qr(torch.randn(32, 32, generator=torch.Generator().manual_seed(0))).Q
    matrix = basis @ torch.diag(values) @ basis.T
    curvature = Curvature(session, str(greedy_suite))
    monkeypatch.setattr(curvature.gradients, "hessian_times", lambda vector: {SMALL: matrix @ vector[SMALL]})
    top, vector = curvature.top(QUIET)
    assert (top, curvature.smallest(QUIET)) == (pytest.approx(7, rel=1e-3), pytest.approx(-3, rel=1e-3))
    assert abs(float(vector[SMALL] @ basis[:, -1])) / 32**0.5 == pytest.approx(1, abs=1e-3)


def test_what_does_not_converge_is_no_smallest_eigenvalue(
    session: Session, greedy_suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worst_hessian, "PRODUCTS", worst_hessian.KRYLOV)
    monkeypatch.setattr(worst_hessian, "ACCURACY", 1e-14)
    assert Curvature(session, str(greedy_suite)).smallest(QUIET) is None


def test_the_slope_along_a_direction_is_that_of_the_losses(session: Session, greedy_suite: Path) -> None:
    curvature, alpha = Curvature(session, str(greedy_suite)), 1e-3
    for direction in session.directions[:3]:
        losses = []
        for at in (alpha, -alpha):
            with session.mover.at([(direction, at)]):
                losses.append(curvature.loss())
        assert curvature.slope(direction) == pytest.approx((losses[0] - losses[1]) / (2 * alpha), rel=0.02, abs=1e-3)
