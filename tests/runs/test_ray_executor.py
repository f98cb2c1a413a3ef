"""Ray actors on this machine: the same numbers as alone, whatever is killed; nothing of Ray without it."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from landscape.engine.session import load_capabilities
from landscape.runs import worker
from landscape.runs.executors.local_executor import WorkItem
from landscape.runs.executors.ray_actor import RayActor
from landscape.schema.directions import Gaussian
from landscape.schema.frames import Frame, PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from tests.runs.processes import fork

ray = pytest.importorskip("ray", reason="Ray is not installed (requirements-scale.txt)")

from landscape.runs.executors import ray_executor  # noqa: E402
from landscape.runs.executors.ray_executor import (  # noqa: E402
    Options,
    RayExecutor,
    parse_options,
)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning")  # Ray's own


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two processes on this machine, as the option starts them.

    Their actors outlive a test: each would import torch again, which takes seconds.
    """
    start, started = ray.init, list[RayExecutor]()

    def in_frame(frame: Frame, directions: Path, options: Options) -> RayExecutor:
        if not started or not started[-1].fits(frame):
            for other in started:
                shut_down(other)
            started[:] = [RayExecutor(frame, directions, options)]
        return started[-1]

    shut_down = RayExecutor.shutdown
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("RAY_ADDRESS", raising=False)
        patched.setattr(ray, "init", partial(start, num_cpus=2))
        ray_executor._connect(None)
        patched.setattr(RayExecutor, "shutdown", lambda self: None)
        patched.setattr(ray_executor, "RayExecutor", in_frame)
        yield
    ray.shutdown()


def test_no_other_machine_can_reach_ray(cluster: None) -> None:
    """Neither its processes nor this one listen anywhere but on loopback, and the environment is as before."""
    actor = ray.remote(num_cpus=0)(SimpleNamespace).remote()
    ray.get(actor.__ray_ready__.remote())
    me = psutil.Process()
    inside = [each.name() for each in me.children(recursive=True)]
    assert any("raylet" in name for name in inside)
    listening = [
        connection.laddr.ip
        for each in (me, *me.children(recursive=True))
        for connection in each.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) > 3
    assert [ip for ip in listening if ip.removeprefix("::ffff:") not in ("127.0.0.1", "::1")] == []
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" not in os.environ


@pytest.mark.parametrize("named", ["argument", "environment"])
def test_a_cluster_of_several_machines_is_joined_as_it_is(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str | None] = []
    init = lambda **_: told.append(os.environ.get("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"))  # noqa: E731
    monkeypatch.setattr(ray_executor, "ray", SimpleNamespace(is_initialized=lambda: False, init=init))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    ray_executor._connect(None)
    if named == "environment":
        monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    ray_executor._connect("head:6379" if named == "argument" else None)
    assert told == ["0", None]


@pytest.fixture
def together(cluster: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDSCAPE_EXECUTOR", "ray?actors=2")


def fields_of(checkpoint: Path, own_answers: Path) -> dict[str, Any]:
    directions = tuple(Gaussian(seed=seed) for seed in range(3))
    return {
        "checkpoint": str(checkpoint),
        "directions": directions,
        "capabilities": (str(own_answers),),
        "device": "cpu",
    }


@pytest.fixture
def fields(checkpoint: Path, own_answers: Path) -> dict[str, Any]:
    return fields_of(checkpoint, own_answers)


def store_at(folder: Path, name: str) -> Store:
    return Store(str(folder / f"{name}.sqlite"))


def measured(store: Store, spec: PointSpec) -> tuple[Run, Result]:
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    return store.run(run_id), store.result(run_id)


def exact(store: Store, run: Run) -> dict[tuple, tuple[bytes, bytes]]:
    """Outcomes and losses of every point, to the last bit."""
    found = {}
    for point, scores in store.scores_of(run.id).items():
        for name in scores:
            outcomes, losses = store.outcomes(run.id, point, name)
            found[point, name] = outcomes.tobytes(), np.asarray(losses).tobytes()
    return found


Runs = dict[str, tuple[Store, str]]  # kind → where it was measured, and the run


@pytest.fixture(scope="module")
def alone_and_together(
    cluster: None, checkpoint: Path, own_answers: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Runs, Runs]:
    """A run of every kind, measured by one process and by Ray actors, which runs in one frame share."""
    fields = fields_of(checkpoint, own_answers)
    two = fields | {"directions": fields["directions"][:2]}
    specs: list[PointSpec] = [
        SliceSpec(**two, alphas=(0.0, 0.02, 0.05)),
        BasinSpec(**two, reach=0.5),
        PlaneSpec(**two, x=(-0.1, 0.1), y=(-0.1, 0.1), grid=9),
        CertificateSpec(**fields | {"directions": fields["directions"][:1]}, sigmas=(0.01,), trials=64),
    ]
    found: list[Runs] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("landscape.engine.session.Session.choose_settings", lambda self: self.use({"threads": 1}))
        for executor in ("", "ray?actors=2"):
            patch.setenv("LANDSCAPE_EXECUTOR", executor)
            store = store_at(tmp_path_factory.mktemp("runs"), "store")
            found.append({spec.kind: (store, store.submit(spec)) for spec in specs})
            worker.work(store, idle_exit=0.1)
    return found[0], found[1]


@pytest.mark.parametrize("kind", ["slice", "basin", "plane", "certificate"])
def test_actors_measure_the_same_points_to_the_last_bit(kind: str, alone_and_together: tuple[Runs, Runs]) -> None:
    (alone, run_id), (together, other_id) = (runs[kind] for runs in alone_and_together)
    run, other = alone.run(run_id), together.run(other_id)
    assert (run.status, other.status, other.error) == ("done", "done", None)
    assert other.done == other.total
    assert exact(alone, run) == exact(together, other)


def test_an_actor_that_is_killed_costs_its_chunk_and_nothing_else(
    fields: dict, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SliceSpec(**fields, alphas=tuple(round(0.002 * i, 6) for i in range(40)))
    sent: list[int] = []
    killed: list[int] = []
    measure = RayExecutor._measure

    def watched(self: RayExecutor, hand: int, chunk: list[WorkItem]) -> object:
        sent.append(len(chunk))
        reference = measure(self, hand, chunk)
        if len(sent) == 4:  # in the middle of the work
            pid = ray.get(self._actors[hand].__ray_call__.remote(lambda actor: os.getpid()))
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        return reference

    monkeypatch.setattr(RayExecutor, "_measure", watched)
    monkeypatch.setattr(ray_executor, "BUSY", 0.05)
    store = store_at(tmp_path, "killed")
    run, _ = measured(store, spec)
    monkeypatch.delenv("LANDSCAPE_EXECUTOR")
    alone = store_at(tmp_path, "alone")
    expected, _ = measured(alone, spec)
    assert (run.status, run.done, len(killed)) == ("done", expected.done, 1)
    assert store.scores_of(run.id) == alone.scores_of(expected.id)
    assert sum(sent) <= expected.done - 1 + 2 * max(sent)  # one chunk was sent twice; the origin is measured before


def test_a_hand_scores_the_examples_that_the_worker_read(fields: dict, own_answers: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.jsonl"  # a copy, to be edited
    own.write_text(own_answers.read_text())
    spec = SliceSpec(**fields | {"capabilities": (str(own),)}, alphas=(0.0,))
    hand, settings, [name] = RayActor(spec.frame, tmp_path), {"threads": 1}, [own.stem]
    before = {name: load_capabilities(spec)[0].digest}
    assert len(hand.begin(spec, before, settings)[0][name].outcomes) > 20
    own.write_text("\n".join(own.read_text().splitlines()[:20]))
    after = {name: load_capabilities(spec)[0].digest}
    found, _ = hand.measure(spec, after, settings, [(Point(0, 0.0), (name,))], {})
    assert len(found[0][name].outcomes) == 20
    for _ in range(2):  # also when it is asked again
        with pytest.raises(ValueError, match="expected the examples of own that the worker read, got others on"):
            hand.measure(spec, before, settings, [(Point(0, 0.0), (name,))], {})


def test_a_cancelled_run_stops_while_all_actors_are_busy(
    fields: dict, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, store = SliceSpec(**fields, alphas=tuple(round(0.001 * i, 6) for i in range(90))), store_at(tmp_path, "s")
    run_id = store.submit(spec)
    stopped: list[Run] = []

    def cancel_once_then_resume(run: Run) -> None:
        if run.status == "cancelled":
            stopped.append(run)
            store.resume(run.id)
        elif run.done > 10 and not stopped:
            store.cancel(run.id)

    worker.work(store, idle_exit=0.1, on_progress=cancel_once_then_resume)
    assert [run.done < run.total for run in stopped] == [True]
    assert (store.run(run_id).status, store.run(run_id).done) == ("done", store.run(run_id).total)


def test_what_is_wrong_with_a_checkpoint_is_said_as_it_is_alone(
    fields: dict, tmp_path: Path, cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDSCAPE_EXECUTOR", "ray?actors=1")
    spec = SliceSpec(**fields | {"only": ("nothing*",)}, alphas=(0.0, 0.1))
    with pytest.raises(ValueError, match="nothing"):
        measured(store_at(tmp_path, "store"), spec)


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
    assert parse_options(text) == options


@pytest.mark.parametrize(
    "text",
    ["dask", "ray?actors=0", "ray?actors=0.5", "ray?actors=1.5", "ray?gpus=-1", "ray?hands=2", "ray?cpus=many", "rays"],
)
def test_another_executor_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected an executor such as ray, ray:ADDRESS"):
        parse_options(text)


def test_a_worker_that_is_terminated_hands_its_run_back_also_once_ray_has_begun(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def init(**options: object) -> None:
        """As Ray's."""
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(number))

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setattr(ray_executor, "ray", SimpleNamespace(is_initialized=lambda: False, init=init))
    before = signal.getsignal(signal.SIGTERM)
    try:
        worker._terminate_like_interrupt(store_at(tmp_path, "store"))
        ray_executor._connect(None)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


class Fates:
    """In place of Ray: actors that answer at once, as `fate` of (actor, method) says, with no model; None: never."""

    def __init__(self, fate: Callable[[int, str], object], *rooms: float) -> None:
        self.fate, self.rooms, self.made, self.asked = fate, rooms or (2.0,), 0, list[tuple[int, str]]()
        self.options: dict[str, object] = {}

    def is_initialized(self) -> bool:
        return True

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": sum(self.rooms)}

    def nodes(self) -> list[dict[str, object]]:
        return [{"Alive": True, "Resources": {"CPU": room}} for room in self.rooms]

    def remote(self, **options: object) -> Callable[[type], object]:
        self.options = options
        return lambda kind: SimpleNamespace(remote=self.make)

    def make(self, *_: object) -> object:
        hand, self.made = self.made, self.made + 1
        calls = {name: SimpleNamespace(remote=partial(self.ask, hand, name)) for name in ("ping", "begin", "measure")}
        return SimpleNamespace(**calls)

    def ask(self, hand: int, name: str, *given: object) -> object:
        self.asked.append((hand, name))
        answers = {
            "begin": ({}, {}, None, None),
            "ping": None,
            "measure": ([{} for _ in given[3]], {}) if given[3:] else None,
        }
        fate = self.fate(hand, name)
        return SimpleReference(answers[name] if fate is True else fate, never=fate is None)

    def wait(self, references: list, timeout: float) -> tuple[list, list]:
        return [reference for reference in references if not reference.never][:1], []

    def get(self, reference: "SimpleReference") -> object:
        if isinstance(reference.answer, Exception):
            raise reference.answer
        return reference.answer


@dataclass(frozen=True, eq=False)
class SimpleReference:
    answer: object
    never: bool


@pytest.fixture
def executor_of(
    fields: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[RayExecutor, Fates]]:
    """An executor whose actors meet given fates, at the beginning of a run, which is cancelled where it would hang."""

    def make(fate: Callable[[int, str], object]) -> tuple[RayExecutor, Fates]:
        fates, spec = Fates(fate), SliceSpec(**fields, alphas=(0.0,))
        monkeypatch.setattr(ray_executor, "ray", fates)
        monkeypatch.setattr(ray_executor, "PAUSE", 0.0)
        return RayExecutor(spec.frame, tmp_path, Options()).start_run(spec, lambda: True), fates

    return make


TASKS = [(Point(0, 0.1 * i), ("own",)) for i in range(6)]


def nothing(_: object) -> dict:
    return {}


def complete(executor: RayExecutor) -> list[WorkItem]:
    executor.begin(None, nothing)
    executor.submit(TASKS, {})
    done: list[WorkItem] = []
    while len(done) < len(TASKS):
        done += [task for task, _ in executor.collect(lambda task: task)]
    assert list(executor.collect(lambda task: task)) == []  # nobody is waited for
    return sorted(done)


def dead(*_: object) -> Exception:
    return ray.exceptions.ActorDiedError()


@pytest.mark.parametrize("hand", [0, 1])
def test_a_run_begins_with_an_actor_that_lives(
    hand: int, executor_of: Callable[..., tuple[RayExecutor, Fates]]
) -> None:
    executor, fates = executor_of(lambda who, method: dead() if who == hand else True)
    assert complete(executor) == TASKS
    assert {who for who, method in fates.asked if method != "ping"} == {1 - hand}
    assert executor.fits(executor.spec)


def test_an_actor_that_dies_as_it_loads_the_model_is_replaced_and_three_are_enough(
    executor_of: Callable[..., tuple[RayExecutor, Fates]],
) -> None:
    fates = iter([dead(), True])
    assert complete(executor_of(lambda who, method: next(fates) if method == "begin" else True)[0]) == TASKS
    executor, seen = executor_of(lambda who, method: dead() if method == "begin" else True)
    with pytest.raises(RuntimeError, match="an actor died while it loaded the model"):
        executor.begin(None, nothing)
    assert [method for _, method in seen.asked].count("begin") == 3


def test_actors_that_died_fit_no_further_run(executor_of: Callable[..., tuple[RayExecutor, Fates]]) -> None:
    executor, _ = executor_of(dead)
    with pytest.raises(RuntimeError, match="all actors died"):
        executor.begin(None, nothing)
    assert not executor.fits(executor.spec)


@pytest.mark.parametrize("loss", ["OutOfMemoryError", "WorkerCrashedError", "NodeDiedError", "ObjectLostError"])
def test_what_a_lost_actor_was_asked_is_measured_elsewhere(
    loss: str, executor_of: Callable[..., tuple[RayExecutor, Fates]]
) -> None:
    given = {"WorkerCrashedError": (), "ObjectLostError": ("00", None, "")}.get(loss, ("lost",))
    fates = iter([getattr(ray.exceptions, loss)(*given)])
    assert complete(executor_of(lambda who, method: next(fates, True) if method == "measure" else True)[0]) == TASKS


def test_an_error_of_our_own_in_an_actor_is_no_lost_actor(
    executor_of: Callable[..., tuple[RayExecutor, Fates]],
) -> None:
    error = ray.exceptions.RayTaskError("measure", "a traceback", KeyError("a bug"))
    with pytest.raises(KeyError, match="a bug"):
        complete(executor_of(lambda who, method: error if method == "measure" else True)[0])


def test_an_actor_that_ray_has_no_place_for_gets_no_work(executor_of: Callable[..., tuple[RayExecutor, Fates]]) -> None:
    executor, fates = executor_of(lambda who, method: None if who == 1 else True)
    assert complete(executor) == TASKS
    assert {who for who, method in fates.asked if method != "ping"} == {0}


def test_there_are_as_many_actors_as_the_nodes_have_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_executor, "ray", Fates(dead, 3.0, 1.0, 4.0))
    assert [ray_executor._count(None, 0.0, cpus) for cpus in (1.0, 2.0, 4.0, 0.5)] == [8, 3, 1, 16]
    assert ray_executor._count(3, 0.0, 2.0) == 3
    with pytest.raises(
        ValueError, match="expected room for 4 actors of 0 GPUs and 2 cores, got .* 8 cores, with room for 3"
    ):
        ray_executor._count(4, 0.0, 2.0)
    with pytest.raises(ValueError, match="expected room for an actor of 0 GPUs and 5 cores, got"):
        ray_executor._count(None, 0.0, 5.0)
    with pytest.raises(ValueError, match="expected room for an actor of 1 GPUs and 1 cores, got a cluster of 0 GPUs"):
        ray_executor._count(1, 1.0, 1.0)


def test_actors_may_do_what_the_worker_may(
    executor_of: Callable[..., tuple[RayExecutor, Fates]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ray_executor.PASSED_ON:
        monkeypatch.delenv(name, raising=False)
    assert "runtime_env" not in executor_of(dead)[1].options
    monkeypatch.setenv("LANDSCAPE_ALLOW_CODE", "1")
    assert executor_of(dead)[1].options["runtime_env"] == {"env_vars": {"LANDSCAPE_ALLOW_CODE": "1"}}
    monkeypatch.setenv("LANDSCAPE_LM_EVAL_TASKS", "/tasks")
    assert executor_of(dead)[1].options["runtime_env"]["env_vars"]["LANDSCAPE_LM_EVAL_TASKS"] == "/tasks"


def test_nothing_of_ray_is_imported_without_the_option(
    fields: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process that began without this module, which imports Ray."""
    monkeypatch.delenv("LANDSCAPE_EXECUTOR", raising=False)
    spec = SliceSpec(**fields, alphas=(0.0, 0.1)).model_dump_json()
    script = (
        "import sys; from landscape.runs import worker; from landscape.schema.specs import SliceSpec; "
        f"from landscape.store.store import Store; store = Store({str(tmp_path / 's.sqlite')!r}); "
        f"worker.work(store, run_id=store.submit(SliceSpec.model_validate_json({spec!r}))); "
        "assert store.runs()[0].status == 'done'; assert not [m for m in sys.modules if m.split('.')[0] == 'ray']"
    )
    assert fork(exec, script).wait() == 0
