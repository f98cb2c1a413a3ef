"""An executor of Ray actors, on one machine or many, each with a model of its own. The only home of Ray.

The worker hands out chunks of points and writes what comes back; an actor never sees the store. A point is moved,
scored and keyed by the very code that a single process runs, so on the same type of device and number of threads the
numbers are the same bit for bit. An actor that dies is started again by Ray, and its chunk is measured again.
"""

import logging
import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import ray
from ray._private import ray_constants
from ray.exceptions import (
    ActorUnavailableError,
    GetTimeoutError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayActorError,
    RayError,
    RayTaskError,
    WorkerCrashedError,
)

from landscape.capabilities import code_execution, lm_eval_files
from landscape.engine.session import content_hashes_of, load_capabilities
from landscape.runs.executors.local_executor import Recall, SelectUnmeasured, WorkItem, WorkResult
from landscape.runs.executors.ray_actor import RayActor, digests_of
from landscape.schema.frames import Frame, PointSpec
from landscape.schema.results import Measurement
from landscape.store.leases import Cancelled

BUSY = 2.0  # s that a chunk should take: handing one out costs milliseconds
POLL = 1.0  # s between looks at whether the run was cancelled while all are busy
MAX_RESTARTS = 8  # how often Ray starts an actor again
LOADING_DEATHS = 3  # actors that may die while they load the model, until it is taken for the model's fault
PAUSE = 0.2  # s until an actor that does not answer is asked again

PASSED_ON = (code_execution.ALLOW, lm_eval_files.FOLDER)  # environment variables of the worker that actors need
LOST = (RayActorError, WorkerCrashedError, OutOfMemoryError, NodeDiedError, ObjectLostError)  # not RayTaskError: ours

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """Which cluster the actors run on, and what each of them gets."""

    address: str | None = None  # of a cluster; None: RAY_ADDRESS, else one of our own on this machine
    actors: int | None = None  # None: one for every share of the cluster's GPUs, or of its cores
    gpus: float | None = None  # an actor; None: 1 where the cluster has any
    cpus: float = 1.0


def parse_options(text: str) -> Options:
    """`ray[:ADDRESS][?actors=8&gpus=1&cpus=4]` → options. Raises ValueError for anything else."""
    place, _, query = text.partition("?")
    kind, _, address = place.partition(":")
    given = dict(parse_qsl(query, keep_blank_values=True))
    try:
        if kind != "ray" or set(given) - {"actors", "gpus", "cpus"}:
            raise ValueError(text)
        counts = {name: float(value) for name, value in given.items()}
        if any(not value > 0 or math.isinf(value) for name, value in counts.items() if name != "gpus"):
            raise ValueError(text)
        if not counts.get("actors", 1.0).is_integer() or not counts.get("gpus", 0.0) >= 0:
            raise ValueError(text)
    except ValueError:
        wanted = "ray, ray:ADDRESS or ray:ADDRESS?actors=8&gpus=1&cpus=4"
        raise ValueError(f"expected an executor such as {wanted}, got {text!r}") from None
    actors = int(counts["actors"]) if "actors" in counts else None
    return Options(address or None, actors, counts.get("gpus"), counts.get("cpus", 1.0))


class RayExecutor:
    """An Executor of Ray actors that stand in one frame.

    Raises:
        ValueError: no such cluster, or one without room for an actor; from `begin` on what `Session` and
            `LocalExecutor` refuse.
    """

    asks_ahead = True

    def __init__(self, frame: Frame, directions: Path, options: Options) -> None:
        """Start the actors; each loads the model when it is first asked."""
        _connect(options.address)
        gpus = options.gpus if options.gpus is not None else float("GPU" in ray.cluster_resources())
        count = _count(options.actors, gpus, options.cpus)
        needs = {"num_cpus": options.cpus, "num_gpus": gpus, "max_restarts": MAX_RESTARTS, **_environment()}
        make: Any = ray.remote(**needs)(RayActor)
        self._frame, self._contents = frame, content_hashes_of(frame)
        self._gone: set[int] = set()
        self._actors: list[Any] = [make.remote(frame, directions) for _ in range(count)]

    def fits(self, frame: Frame) -> bool:
        """Whether some actors live, and stand in the same frame, none of whose checkpoints changed on disk."""
        alive = len(self._gone) < len(self._actors)
        return alive and self._frame == frame.frame and self._contents == content_hashes_of(frame)

    def start_run(self, spec: PointSpec, stop: Callable[[], bool]) -> "RayExecutor":
        """Begin a run. While all actors are busy, `stop` is asked every POLL s whether to raise Cancelled."""
        self.spec, self._stop = spec, stop
        self.capabilities = {capability.name: capability for capability in load_capabilities(spec)}
        self._digests = digests_of(self)
        self._queue: deque[WorkItem] = deque()
        self._floors: Mapping[str, float] = {}
        self._asked: dict[Any, tuple[int, list[WorkItem]]] = {}  # reference → actor, and what was asked of it
        self._idle: list[int] = []
        self._seconds = BUSY  # of a point, until one is known: chunks of one
        self._deaths = [0] * len(self._actors)  # in a row
        for actor in range(len(self._actors)):
            if actor not in self._gone:
                self._ask_whether_alive(actor)
        return self

    def begin(self, settings: Mapping[str, Any] | None, recall: Recall) -> dict[str, Measurement]:
        """See Executor: the first actor that answers scores θ₀ (nothing is recalled), all others go by its settings."""
        for left in reversed(range(LOADING_DEATHS)):
            while not self._idle:
                self._received(self._next_of(list(self._asked)))
            actor = self._idle.pop()
            asked = self._actors[actor].begin.remote(self.spec, self._digests, settings)
            self._next_of([asked])
            try:
                origin, self.settings, self.facts, self.keys = _answer(asked)
            except LOST as error:
                if not left:
                    raise RuntimeError(f"an actor died while it loaded the model: {_first(error)}") from None
                self._handle_lost_actor(actor, error)
            else:
                self._idle.append(actor)
                break
        return dict(origin)

    def submit(self, tasks: Sequence[WorkItem], floors: Mapping[str, float]) -> None:
        """See Executor."""
        self._queue.extend(tasks)
        self._floors = floors

    def collect(self, unmeasured: SelectUnmeasured) -> Iterator[WorkResult]:
        """See Executor: the results of the next chunk that is ready."""
        yield from self._send(unmeasured)
        if self._queue or any(asked for _, asked in self._asked.values()):  # or only calls are left unanswered
            yield from self._received(self._next_of(list(self._asked)))

    def _next_of(self, flying: list[Any]) -> Any:
        """The first that is ready. Raises Cancelled."""
        while not (ready := ray.wait(flying, timeout=POLL)[0]):
            if self._stop():
                raise Cancelled
        return ready[0]

    def _send(self, unmeasured: SelectUnmeasured) -> Iterator[WorkResult]:
        """Give every idle actor a chunk; what somebody else has measured meanwhile is done at once."""
        while self._idle and self._queue:
            share = math.ceil(len(self._queue) / (len(self._actors) - len(self._gone)))
            size = max(1, min(round(BUSY / self._seconds), share))
            asked: list[WorkItem] = []
            sent: list[WorkItem] = []
            while self._queue and len(sent) < size:
                task = self._queue.popleft()
                left = unmeasured(task)
                if not left[1]:
                    yield task, {}
                    continue
                asked.append(task)
                sent.append(left)
            if sent:
                actor = self._idle.pop()
                self._asked[self._measure(actor, sent)] = actor, asked

    def _measure(self, actor: int, chunk: list[WorkItem]) -> Any:
        return self._actors[actor].measure.remote(self.spec, self._digests, self.settings, chunk, self._floors)

    def _ask_whether_alive(self, actor: int) -> None:
        """Until it answers, an actor gets no work: Ray may have no place for it, now or ever."""
        self._asked[self._actors[actor].ping.remote()] = actor, []

    def _received(self, reference: Any) -> list[WorkResult]:
        """The results of a chunk. Where its actor died, the chunk is queued again, and the actor asked if it lives."""
        actor, asked = self._asked.pop(reference)
        try:
            answer = _answer(reference)
        except LOST as error:
            self._queue.extendleft(reversed(asked))
            self._handle_lost_actor(actor, error)
            return []
        self._idle.append(actor)
        self._deaths[actor] = 0
        if not asked:
            return []
        found, self.settings = answer
        self._seconds = max(1e-6, sum(m.seconds for each in found for m in each.values()) / len(found))
        return list(zip(asked, found, strict=True))

    def _handle_lost_actor(self, actor: int, error: RayError) -> None:
        """Wait for Ray to start it again, or go on without. A node may be out of reach for long, and come back."""
        self._deaths[actor] += 1
        if self._deaths[actor] > MAX_RESTARTS and not isinstance(error, ActorUnavailableError):
            self._drop_actor(actor, error)
        else:
            time.sleep(PAUSE)
            self._ask_whether_alive(actor)

    def _drop_actor(self, actor: int, error: RayError) -> None:
        """Go on without an actor that Ray does not start again. Raises RuntimeError where it was the last."""
        log.warning("an actor is gone: %s", _first(error))
        self._gone.add(actor)
        if len(self._gone) == len(self._actors):
            raise RuntimeError(f"all actors died: {_first(error)}") from None

    def shutdown(self) -> None:
        """Free the actors' memory."""
        for actor in self._actors:
            ray.kill(actor)


def _connect(address: str | None) -> None:
    if ray.is_initialized():
        return
    ours = signal.getsignal(signal.SIGTERM)  # the worker's, which hands its run back; Ray puts its own in its place
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves this machine that nobody asked for
    alone = address is None and "RAY_ADDRESS" not in os.environ
    try:
        with _on_loopback() if alone else nullcontext():
            ray.init(address=address, include_dashboard=False if address is None else None, log_to_driver=False)
    except (ConnectionError, GetTimeoutError, RuntimeError, ValueError) as error:
        raise ValueError(f"no Ray cluster at {address or 'RAY_ADDRESS'}: {_first(error)}") from None
    finally:
        if callable(ours) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)


@contextmanager
def _on_loopback() -> Iterator[None]:
    """Within the block, Ray starts a cluster whose ports only this machine can reach.

    It asks for the address of this host, and then listens on all; where clusters are switched off (as on a Mac), it
    takes 127.0.0.1 and listens there. Its processes read the switch from the environment, this one has read it before.
    """
    switch, before = ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR, ray_constants.ENABLE_RAY_CLUSTER
    outer = os.environ.get(switch)
    os.environ[switch], ray_constants.ENABLE_RAY_CLUSTER = "0", False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before
        if outer is None:
            del os.environ[switch]
        else:
            os.environ[switch] = outer


def _environment() -> dict[str, Any]:
    """The worker's permissions and task folder, for actors: a cluster that was started elsewhere knows neither."""
    told = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {"runtime_env": {"env_vars": told}} if told else {}


def _count(wanted: int | None, gpus: float, cpus: float) -> int:
    """How many actors to start: those wanted, or as many as there is room for. Raises ValueError for more."""
    room = _room(gpus, cpus)
    if room < (wanted or 1):
        there = ray.cluster_resources()
        has = f"{there.get('GPU', 0):g} GPUs and {there.get('CPU', 0):g} cores, with room for {room}"
        many = f"{wanted} actors" if wanted and wanted > 1 else "an actor"
        raise ValueError(f"expected room for {many} of {gpus:g} GPUs and {cpus:g} cores, got a cluster of {has}")
    return wanted or room


def _room(gpus: float, cpus: float) -> int:
    """How many actors a cluster has room for; one actor never spans two nodes."""
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    parts = [(name, each) for name, each in (("GPU", gpus), ("CPU", cpus)) if each]
    return sum(int(min(node.get(name, 0.0) / each for name, each in parts)) for node in alive)


def _answer(reference: Any) -> Any:
    """What an actor answers; its errors as they were raised there."""
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause from None


def _first(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
