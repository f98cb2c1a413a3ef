"""A crew of Ray actors on this machine: the same numbers as alone, whatever is killed; nothing of Ray without it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from landscape import worker
from landscape.hands import Task
from landscape.points import Point
from landscape.recipes import Gaussian
from landscape.results import Result
from landscape.session import load_capabilities
from landscape.specs import BasinSpec, CertificateSpec, Measurable, PlaneSpec, SliceSpec
from landscape.store import Run, Store

ray = pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)")

from landscape import crew  # noqa: E402
from landscape.crew import Crew, Hand, Options, options_of  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning")  # Ray's own


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two processes on this machine."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def together(cluster: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDSCAPE_EXECUTOR", "ray?actors=2")


@pytest.fixture
def fields(checkpoint: Path, own_answers: Path) -> dict[str, object]:
    directions = tuple(Gaussian(seed=seed) for seed in range(3))
    return {
        "checkpoint": str(checkpoint),
        "directions": directions,
        "capabilities": (str(own_answers),),
        "device": "cpu",
    }


def store_at(folder: Path, name: str) -> Store:
    return Store(str(folder / f"{name}.sqlite"))


def measured(store: Store, spec: Measurable) -> tuple[Run, Result]:
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    return store.run(run_id), store.result(run_id)


def exact(store: Store, run: Run) -> dict[tuple, tuple[bytes, bytes]]:
    """Outcomes and losses of every point, to the last bit."""
    found = {}
    for point, scores in store.known(run.id).items():
        for name in scores:
            outcomes, losses = store.outcomes(run.id, point, name)
            found[point, name] = outcomes.tobytes(), np.asarray(losses).tobytes()
    return found


@pytest.mark.parametrize("kind", ["slice", "basin", "plane", "certificate"])
def test_a_crew_measures_the_same_points_to_the_last_bit(
    kind: str, fields: dict, tmp_path: Path, cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec: Measurable = {
        "slice": lambda: SliceSpec(**fields, alphas=(0.0, 0.02, 0.05)),
        "basin": lambda: BasinSpec(**fields, reach=0.5),
        "plane": lambda: PlaneSpec(**fields | {"directions": fields["directions"][:2]}, x=(-0.1, 0.1), y=(-0.1, 0.1), grid=9),
        "certificate": lambda: CertificateSpec(**fields | {"directions": fields["directions"][:1]}, sigmas=(0.01,), trials=64),
    }[kind]()  # fmt: skip
    monkeypatch.setattr("landscape.session.Session.calibrate", lambda self, capability: self.use({"threads": 1}))
    alone, together = store_at(tmp_path, "alone"), store_at(tmp_path, "together")
    run, _ = measured(alone, spec)
    monkeypatch.setenv("LANDSCAPE_EXECUTOR", "ray?actors=2")
    other, _ = measured(together, spec)
    assert (run.status, other.status, other.error) == ("done", "done", None)
    assert other.done == other.total
    assert exact(alone, run) == exact(together, other)


def test_a_hand_that_is_killed_costs_its_chunk_and_nothing_else(
    fields: dict, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SliceSpec(**fields, alphas=tuple(round(0.002 * i, 6) for i in range(40)))
    sent: list[int] = []
    killed: list[int] = []
    measure = Crew._measure

    def watched(self: Crew, hand: int, chunk: list[Task]) -> object:
        sent.append(len(chunk))
        reference = measure(self, hand, chunk)
        if len(sent) == 4:  # in the middle of the work
            pid = ray.get(self._hands[hand].__ray_call__.remote(lambda actor: os.getpid()))
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        return reference

    monkeypatch.setattr(Crew, "_measure", watched)
    monkeypatch.setattr(crew, "BUSY", 0.05)
    store = store_at(tmp_path, "killed")
    run, _ = measured(store, spec)
    monkeypatch.delenv("LANDSCAPE_EXECUTOR")
    alone = store_at(tmp_path, "alone")
    expected, _ = measured(alone, spec)
    assert (run.status, run.done, len(killed)) == ("done", expected.done, 1)
    assert store.known(run.id) == alone.known(expected.id)
    assert sum(sent) <= expected.done - 1 + 2 * max(sent)  # one chunk was sent twice; the origin is measured before


def test_a_hand_scores_the_examples_that_the_worker_read(fields: dict, own_answers: Path, tmp_path: Path) -> None:
    spec = SliceSpec(**fields, alphas=(0.0,))
    hand, settings, [name] = Hand(spec.frame, tmp_path), {"threads": 1}, [own_answers.stem]
    before = {name: load_capabilities(spec)[0].digest}
    assert len(hand.begin(spec, before, settings)[0][name].outcomes) > 20
    own_answers.write_text("\n".join(own_answers.read_text().splitlines()[:20]))
    after = {name: load_capabilities(spec)[0].digest}
    found, _ = hand.measure(spec, after, settings, [(Point(0, 0.0), (name,))], {})
    assert len(found[0][name].outcomes) == 20
    for _ in range(2):  # also when it is asked again
        with pytest.raises(ValueError, match="expected the examples of own that the worker read, got others on"):
            hand.measure(spec, before, settings, [(Point(0, 0.0), (name,))], {})


def test_what_is_wrong_with_a_checkpoint_is_said_as_it_is_alone(fields: dict, tmp_path: Path, together: None) -> None:
    spec = SliceSpec(**fields | {"only": ("nothing*",)}, alphas=(0.0, 0.1))
    with pytest.raises(ValueError, match="nothing"):
        measured(store_at(tmp_path, "store"), spec)


def test_a_cancelled_run_stops_while_all_hands_are_busy(
    fields: dict, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, store = SliceSpec(**fields, alphas=tuple(round(0.001 * i, 6) for i in range(90))), store_at(tmp_path, "s")
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id, on_progress=lambda run: store.cancel(run.id) if run.done > 10 else None)
    assert store.run(run_id).status == "cancelled"
    store.resume(run_id)
    worker.work(store, run_id=run_id)
    assert (store.run(run_id).status, store.run(run_id).done) == ("done", store.run(run_id).total)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("ray", Options()),
        ("ray:10.0.0.1:6379", Options("10.0.0.1:6379")),
        ("ray:ray://head:10001?actors=8&gpus=2&cpus=4", Options("ray://head:10001", 8, 2.0, 4.0)),
        ("ray?gpus=0", Options(gpus=0.0)),
    ],
)
def test_an_executor_is_written_as_the_readme_says(text: str, options: Options) -> None:
    assert options_of(text) == options


@pytest.mark.parametrize("text", ["dask", "ray?actors=0", "ray?hands=2", "ray?cpus=many", "rays"])
def test_another_executor_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected an executor such as ray, ray:ADDRESS"):
        options_of(text)


def test_a_worker_that_is_terminated_hands_its_run_back_also_once_ray_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def init(**options: object) -> None:
        """As Ray's."""
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(number))

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setattr(crew, "ray", SimpleNamespace(is_initialized=lambda: False, init=init))
    before = signal.getsignal(signal.SIGTERM)
    try:
        worker._terminate_like_interrupt()
        crew._connect(None)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_nothing_of_ray_is_imported_without_the_option(fields: dict, tmp_path: Path) -> None:
    script = (
        "import sys; from landscape import worker; from landscape.specs import SliceSpec; "
        "from landscape.store import Store; store = Store(sys.argv[1]); "
        "worker.work(store, run_id=store.submit(SliceSpec.model_validate_json(sys.argv[2]))); "
        "assert store.runs()[0].status == 'done'; assert not [m for m in sys.modules if m.split('.')[0] == 'ray']"
    )
    spec = SliceSpec(**fields, alphas=(0.0, 0.1)).model_dump_json()
    environment = {name: value for name, value in os.environ.items() if name != "LANDSCAPE_EXECUTOR"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "s.sqlite"), spec], check=True, env=environment)
