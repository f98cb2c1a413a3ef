"""Many hands: Ray actors on one machine or many, each with a model of its own. The only home of Ray.

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import ray
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
from landscape.engine.session import contents_of, load_capabilities
from landscape.runs.local_executor import Unmeasured, WorkItem, WorkResult
from landscape.runs.ray_actor import RayActor, digests_of
from landscape.schema.results import Measurement
from landscape.schema.specs import Frame, PointSpec
from landscape.store.leases import Cancelled

BUSY = 2.0  # s that a chunk should take: handing one out costs milliseconds
POLL = 1.0  # s between looks at whether the run was cancelled while all are busy
MAX_RESTARTS = 8  # how often Ray starts an actor again
BEGINNINGS = 3  # hands that may die while they load the model, until it is taken for the model's fault
PAUSE = 0.2  # s until a hand that does not answer is asked again

TOLD = (code_execution.ALLOW, lm_eval_files.FOLDER)  # environment variables of the worker that its hands must know
LOST = (RayActorError, WorkerCrashedError, OutOfMemoryError, NodeDiedError, ObjectLostError)  # not RayTaskError: ours

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """Where the crew works and what each hand gets."""

    address: str | None = None  # of a cluster; None: RAY_ADDRESS, else one of our own on this machine
    actors: int | None = None  # None: one for every share of the cluster's GPUs, or of its cores
    gpus: float | None = None  # a hand; None: 1 where the cluster has any
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
    """Actors that stand in one frame. See Hands.

    Raises:
        ValueError: no such cluster, or one without room for a hand; from `begin` on what `Session` and `Alone` refuse.
    """

    ahead = True

    def __init__(self, frame: Frame, directions: Path, options: Options) -> None:
        """Start the actors; each loads the model when it is first asked."""
        _connect(options.address)
        gpus = options.gpus if options.gpus is not None else float("GPU" in ray.cluster_resources())
        count = _count(options.actors, gpus, options.cpus)
        needs = {"num_cpus": options.cpus, "num_gpus": gpus, "max_restarts": MAX_RESTARTS, **_environment()}
        make: Any = ray.remote(**needs)(RayActor)
        self._frame, self._contents = frame, contents_of(frame)
        self._gone: set[int] = set()
        self._hands: list[Any] = [make.remote(frame, directions) for _ in range(count)]

    def fits(self, frame: Frame) -> bool:
        """Whether some of the crew live, and stand in the same frame, none of whose checkpoints changed on disk."""
        living = len(self._gone) < len(self._hands)
        return living and self._frame == frame.frame and self._contents == contents_of(frame)

    def take(self, spec: PointSpec, stop: Callable[[], bool]) -> "RayExecutor":
        """Turn to a run. `stop` is asked every POLL s while all are busy; the run is then Cancelled."""
        self.spec, self._stop = spec, stop
        self.capabilities = {capability.name: capability for capability in load_capabilities(spec)}
        self._digests = digests_of(self)
        self._waiting: deque[WorkItem] = deque()
        self._floors: Mapping[str, float] = {}
        self._flying: dict[Any, tuple[int, list[WorkItem]]] = {}  # reference → hand, and what was asked of it
        self._idle: list[int] = []
        self._seconds = BUSY  # of a point, until one is known: chunks of one
        self._deaths = [0] * len(self._hands)  # in a row
        for hand in range(len(self._hands)):
            if hand not in self._gone:
                self._call(hand)
        return self

    def begin(self, settings: Mapping[str, Any] | None) -> dict[str, Measurement]:
        """See Hands: the first hand that answers scores θ₀, all others go by its settings."""
        for left in reversed(range(BEGINNINGS)):
            while not self._idle:
                self._received(self._next_of(list(self._flying)))
            hand = self._idle.pop()
            asked = self._hands[hand].begin.remote(self.spec, self._digests, settings)
            self._next_of([asked])
            try:
                origin, self.settings, self.facts, self.keys = _answer(asked)
            except LOST as error:
                if not left:
                    raise RuntimeError(f"a hand of the crew died while it loaded the model: {_first(error)}") from None
                self._lose(hand, error)
            else:
                self._idle.append(hand)
                break
        return dict(origin)

    def submit(self, tasks: Sequence[WorkItem], floors: Mapping[str, float]) -> None:
        """See Hands."""
        self._waiting.extend(tasks)
        self._floors = floors

    def collect(self, lacking: Unmeasured) -> Iterator[WorkResult]:
        """See Hands: what the next chunk brings that is ready."""
        yield from self._send(lacking)
        if self._waiting or any(asked for _, asked in self._flying.values()):  # or only calls are left unanswered
            yield from self._received(self._next_of(list(self._flying)))

    def _next_of(self, flying: list[Any]) -> Any:
        """The first that is ready. Raises Cancelled."""
        while not (ready := ray.wait(flying, timeout=POLL)[0]):
            if self._stop():
                raise Cancelled
        return ready[0]

    def _send(self, lacking: Unmeasured) -> Iterator[WorkResult]:
        """Give every idle hand a chunk; what somebody else has measured meanwhile is done at once."""
        while self._idle and self._waiting:
            share = math.ceil(len(self._waiting) / (len(self._hands) - len(self._gone)))
            size = max(1, min(round(BUSY / self._seconds), share))
            asked: list[WorkItem] = []
            sent: list[WorkItem] = []
            while self._waiting and len(sent) < size:
                task = self._waiting.popleft()
                left = lacking(task)
                if not left[1]:
                    yield task, {}
                    continue
                asked.append(task)
                sent.append(left)
            if sent:
                hand = self._idle.pop()
                self._flying[self._measure(hand, sent)] = hand, asked

    def _measure(self, hand: int, chunk: list[WorkItem]) -> Any:
        return self._hands[hand].measure.remote(self.spec, self._digests, self.settings, chunk, self._floors)

    def _call(self, hand: int) -> None:
        """Ask whether it lives; until it answers, it gets no work: Ray may have no place for it, now or ever."""
        self._flying[self._hands[hand].lives.remote()] = hand, []

    def _received(self, reference: Any) -> list[WorkResult]:
        """A chunk's results; where its hand died, the chunk is anybody's again, and it is asked whether it lives."""
        hand, asked = self._flying.pop(reference)
        try:
            answer = _answer(reference)
        except LOST as error:
            self._waiting.extendleft(reversed(asked))
            self._lose(hand, error)
            return []
        self._idle.append(hand)
        self._deaths[hand] = 0
        if not asked:
            return []
        found, self.settings = answer
        self._seconds = max(1e-6, sum(m.seconds for each in found for m in each.values()) / len(found))
        return list(zip(asked, found, strict=True))

    def _lose(self, hand: int, error: RayError) -> None:
        """Wait for Ray to start it again, or go on without. A node may be out of reach for long, and come back."""
        self._deaths[hand] += 1
        if self._deaths[hand] > MAX_RESTARTS and not isinstance(error, ActorUnavailableError):
            self._bury(hand, error)
        else:
            time.sleep(PAUSE)
            self._call(hand)

    def _bury(self, hand: int, error: RayError) -> None:
        """Go on without a hand that Ray does not start again. Raises RuntimeError where it was the last."""
        log.warning("a hand of the crew is gone: %s", _first(error))
        self._gone.add(hand)
        if len(self._gone) == len(self._hands):
            raise RuntimeError(f"all hands of the crew died: {_first(error)}") from None

    def dismiss(self) -> None:
        """Free the actors' memory."""
        for hand in self._hands:
            ray.kill(hand)


def _connect(address: str | None) -> None:
    if ray.is_initialized():
        return
    ours = signal.getsignal(signal.SIGTERM)  # the worker's, which hands its run back; Ray puts its own in its place
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves this machine that nobody asked for
    try:
        ray.init(address=address, include_dashboard=False if address is None else None, log_to_driver=False)
    except (ConnectionError, GetTimeoutError, RuntimeError, ValueError) as error:
        raise ValueError(f"no Ray cluster at {address or 'RAY_ADDRESS'}: {_first(error)}") from None
    finally:
        if callable(ours) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)


def _environment() -> dict[str, Any]:
    """The worker's permissions and task folder, for actors: a cluster that was started elsewhere knows neither."""
    told = {name: os.environ[name] for name in TOLD if name in os.environ}
    return {"runtime_env": {"env_vars": told}} if told else {}


def _count(wanted: int | None, gpus: float, cpus: float) -> int:
    """How many hands to start: those wanted, or as many as there is room for. Raises ValueError for more."""
    room = _room(gpus, cpus)
    if room < (wanted or 1):
        there = ray.cluster_resources()
        has = f"{there.get('GPU', 0):g} GPUs and {there.get('CPU', 0):g} cores, with room for {room}"
        many = f"{wanted} hands" if wanted and wanted > 1 else "a hand"
        raise ValueError(f"expected room for {many} of {gpus:g} GPUs and {cpus:g} cores, got a cluster of {has}")
    return wanted or room


def _room(gpus: float, cpus: float) -> int:
    """How many hands a cluster has room for; one hand never spans two nodes."""
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
