"""Who measures: one session, in this process. What a run asks of it, a crew of many answers too."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from landscape.capabilities.examples import Capability
from landscape.certificates.trials import TrialKeys, Trials
from landscape.checkpoints import compatibility
from landscape.engine.cache_keys import CacheKeys
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.schema.points import Point
from landscape.schema.results import Facts, Measurement
from landscape.schema.specs import CertificateSpec, PointSpec, WorstSpec

WorkItem = tuple[Point, tuple[str, ...]]  # a point and the capabilities to score there
WorkResult = tuple[WorkItem, dict[str, Measurement]]


class Unmeasured(Protocol):
    """What of a task nobody has measured by now; its capabilities may be none."""

    def __call__(self, task: WorkItem) -> WorkItem: ...  # noqa: D102


class Executor(Protocol):
    """What measures the points of one run."""

    ahead: bool  # whether points of a next step may be asked for while some of the last are being measured

    @property
    def keys(self) -> CacheKeys | TrialKeys:
        """Under which keys measurements lie."""
        ...

    @property
    def capabilities(self) -> dict[str, Capability]:
        """By name, as they were loaded for this run: what is scored, and what keys are made of."""
        ...

    @property
    def facts(self) -> Facts:
        """What a reader of the result needs to know besides the points. Once begun."""
        ...

    def begin(self, settings: Mapping[str, Any] | None) -> dict[str, Measurement]:
        """θ₀ scored twice, under given settings, or under new ones. Raises RuntimeError where both differ."""
        ...

    @property
    def settings(self) -> dict[str, Any]:
        """What besides the spec decides the last bits of a loss."""
        ...

    def submit(self, tasks: Sequence[WorkItem], floors: Mapping[str, float]) -> None:
        """Ask for points; a capability with a floor (one for a run) is scored until its score lies clear of it."""
        ...

    def collect(self, lacking: Unmeasured) -> Iterator[WorkResult]:
        """What was asked for, as it is measured: all of it, or, if points may be asked ahead, what is ready next."""
        ...


class LocalExecutor:
    """Hands of one session, a point at a time.

    Raises:
        ValueError: a capability's file, or what `Trials` and a search for worst directions refuse.
    """

    ahead = False

    def __init__(self, session: Session, spec: PointSpec) -> None:
        """Nothing is measured yet."""
        compatibility.require_fit(spec)
        self.session, self.spec = session, spec
        if isinstance(spec, WorstSpec):
            session.directions.require_all_moved()  # or its rays would not lead to the fine-tunes they are named after
        self.probe: Trials | Session = Trials(session, spec) if isinstance(spec, CertificateSpec) else session
        self.keys = self.probe.keys
        self.capabilities = {capability.name: capability for capability in load_capabilities(spec)}
        self._asked: deque[WorkItem] = deque()
        self._floors: Mapping[str, float] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """See Hands."""
        return self.session.settings

    @property
    def facts(self) -> Facts:
        """See Hands."""
        return gather_facts(self.session, self.spec, list(self.capabilities.values()))

    def begin(self, settings: Mapping[str, Any] | None) -> dict[str, Measurement]:
        """See Hands."""
        wanted = list(self.capabilities.values())
        if settings:
            self.session.use(dict(settings))
        else:
            self.session.calibrate(wanted[0])
        return self.session.verify(wanted)

    def submit(self, tasks: Sequence[WorkItem], floors: Mapping[str, float]) -> None:
        """See Hands."""
        self._asked.extend(tasks)
        self._floors = floors

    def collect(self, lacking: Unmeasured) -> Iterator[WorkResult]:
        """See Hands."""
        while self._asked:
            task = self._asked.popleft()
            yield task, self.measure(lacking(task), self._floors)

    def measure(self, task: WorkItem, floors: Mapping[str, float]) -> dict[str, Measurement]:
        """One point, by capability; nothing is moved for none."""
        point, names = task
        wanted = [self.capabilities[name] for name in names]
        return self.probe.measure(point, wanted, {} if point.at_origin else floors) if wanted else {}
