"""The Executor protocol, and the executor that runs in this process."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from landscape.capabilities.examples import Capability
from landscape.certificates.trials import TrialKeys
from landscape.checkpoints import compatibility
from landscape.engine.cache_keys import CacheKeys
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.runs.kinds import plan_of
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Facts, Measurement

WorkItem = tuple[Point, tuple[str, ...]]  # a point and the capabilities to score there
WorkResult = tuple[WorkItem, dict[str, Measurement]]
Recall = Callable[[Iterable[str]], dict[str, Measurement]]  # keys → those of them that are measured already
ORIGIN = Point(0, 0.0)


class SelectUnmeasured(Protocol):
    """Return the capabilities of a work item that are not in the store yet; there may be none left."""

    def __call__(self, item: WorkItem) -> WorkItem: ...  # noqa: D102


class Executor(Protocol):
    """What measures the points of one run."""

    asks_ahead: bool  # whether points of the next step may be submitted while some of the last are being measured

    @property
    def keys(self) -> CacheKeys | TrialKeys:
        """Under which keys measurements lie."""
        ...

    @property
    def capabilities(self) -> dict[str, Capability]:
        """The capabilities by name, as they were loaded for this run: scored, and part of every cache key."""
        ...

    @property
    def facts(self) -> Facts:
        """What a reader of the result needs to know besides the points. Available once begun."""
        ...

    def begin(self, settings: Mapping[str, Any] | None, recall: Recall) -> dict[str, Measurement]:
        """θ₀ by capability name, under given settings or under new ones; scored, unless it can be recalled.

        Raises RuntimeError where a sample of the examples, scored twice, has two answers.
        """
        ...

    @property
    def settings(self) -> dict[str, Any]:
        """What besides the spec decides the last bits of a loss: threads and batch sizes."""
        ...

    def submit(self, items: Sequence[WorkItem], floors: Mapping[str, float]) -> None:
        """Ask for points. A capability with a floor is scored only until its score lies clear of it."""
        ...

    def collect(self, unmeasured: SelectUnmeasured) -> Iterator[WorkResult]:
        """Yield results as they are measured: all that was submitted, or, where `asks_ahead`, what is ready next."""
        ...


class LocalExecutor:
    """The executor of one session in this process, a point at a time.

    Raises:
        ValueError: a bad capability file, or what the probe of the kind refuses.
    """

    asks_ahead = False

    def __init__(self, session: Session, spec: PointSpec) -> None:
        """Nothing is measured yet."""
        compatibility.require_fit(spec)
        self.session, self.spec = session, spec
        self.probe = plan_of(spec).probe(session, spec)
        self.capabilities = {capability.name: capability for capability in load_capabilities(spec)}
        readings = {c.digest: session.scorer.reading(c) for c in self.capabilities.values()}
        self.keys = self.probe.keys.as_read(readings)
        self._queue: deque[WorkItem] = deque()
        self._floors: Mapping[str, float] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """See Executor."""
        return self.session.settings

    @property
    def facts(self) -> Facts:
        """See Executor."""
        return gather_facts(self.session, self.spec, list(self.capabilities.values()))

    def begin(self, settings: Mapping[str, Any] | None, recall: Recall) -> dict[str, Measurement]:
        """See Executor."""
        wanted = list(self.capabilities.values())
        if settings:
            self.session.use(dict(settings))
        else:
            self.session.choose_settings()
        keys = {self.keys.of(ORIGIN, capability): capability.name for capability in wanted}
        return self.session.verify(wanted, {keys[key]: measured for key, measured in recall(keys).items()})

    def submit(self, items: Sequence[WorkItem], floors: Mapping[str, float]) -> None:
        """See Executor."""
        by_ray = 0 < self.session.kept.room < len(self.spec.directions)  # each direction is drawn once, and then kept
        self._queue.extend(sorted(items, key=lambda item: item[0].direction) if by_ray else items)
        self._floors = floors

    def collect(self, unmeasured: SelectUnmeasured) -> Iterator[WorkResult]:
        """See Executor."""
        while self._queue:
            item = self._queue.popleft()
            yield item, self.measure(unmeasured(item), self._floors)

    def measure(self, item: WorkItem, floors: Mapping[str, float]) -> dict[str, Measurement]:
        """Measure one point, by capability name. Without capabilities nothing is moved."""
        point, names = item
        wanted = [self.capabilities[name] for name in names]
        return self.probe.measure(point, wanted, {} if point.at_origin else floors) if wanted else {}
