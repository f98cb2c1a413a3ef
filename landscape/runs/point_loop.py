"""The loop of a run that measures points: ask what comes next, measure what nobody has measured, write it down."""

from collections.abc import Callable, Iterable
from typing import Any

from landscape.basins import boundary_search
from landscape.certificates import sigma_race
from landscape.planes import grid
from landscape.runs.local_executor import Executor, WorkItem
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts, Measurement
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, PointSpec, SliceSpec, WorstSpec
from landscape.slices import grid as slice_grid
from landscape.store.leases import Cancelled
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.worst import points as worst_points
from landscape.worst.boundaries import as_read

NEXT: dict[type[PointSpec], Callable[[Any, Facts, Known], Step]] = {
    SliceSpec: slice_grid.next_step,
    BasinSpec: boundary_search.next_step,
    WorstSpec: worst_points.next_step,
    PlaneSpec: grid.next_step,
    CertificateSpec: sigma_race.next_step,
}
ORIGIN = Point(0, 0.0)
Pair = tuple[Point, str]  # a point and one capability


class PointLoop:
    """One run of points, its store, and who measures."""

    def __init__(self, store: Store, run: Run, spec: PointSpec, worker: str, hands: Executor) -> None:
        """Nothing is measured yet."""
        self.store, self.run, self.spec, self.worker, self.hands = store, run, spec, worker, hands
        self.capabilities = hands.capabilities
        self.floors: dict[str, float] = {}  # of a sequential search: where scoring a point may stop
        self.asked: dict[Pair, str] = {}  # what is asked for and not measured yet → its key

    def complete(self, between: Callable[[], None]) -> None:
        """Measure until no step is left; a run that was killed goes on here.

        `between` is called after every point: somebody may be waiting for an answer. Raises Cancelled within a point.
        """
        origin = self._begin()
        facts = self.hands.facts
        self.store.plan(self.run.id, self.worker, self.hands.settings, facts)
        self._write(origin)
        if isinstance(self.spec, BasinSpec):
            self._adopt(self.spec)
        while self._ask(facts):
            between()
            for (point, names), measured in self.hands.collect(self._lacking):
                keys = {name: self.asked.pop((point, name)) for name in names}
                self._write({keys[name]: measurement for name, measurement in measured.items()})
                between()

    def _ask(self, facts: Facts) -> bool:
        """Ask for what comes next; whether anything is asked for.

        Rays of a search, once the ladders of all are measured, do not hang on one another: the next point of one may
        be asked for while another's is still being measured. Everything else goes a step at a time.
        """
        if self.asked and not (self.hands.ahead and isinstance(self.spec, BasinSpec)):
            return True
        step = NEXT[type(self.spec)](self.spec, facts, self._known())
        tasks = [(point, tuple(n for n in names if (point, n) not in self.asked)) for point, names in step.points]
        tasks = [(point, names) for point, names in tasks if names]
        if tasks:
            keys = self._keys((point, name) for point, names in tasks for name in names)
            wanted = ((point, name, key) for (point, name), key in keys.items())
            self.store.extend(self.run.id, self.worker, wanted, step.remaining_estimate)
            self.asked |= keys
            self.hands.submit(tasks, self.floors)
        return bool(self.asked)

    def _lacking(self, task: WorkItem) -> WorkItem:
        """What of a task nobody has measured by now."""
        point, names = task
        missing = self.store.missing(self.asked[point, name] for name in names)
        return point, tuple(name for name in names if self.asked[point, name] in missing)

    def _known(self) -> Known:
        """The scores so far; along worst directions those of the examples that boundaries are read on."""
        if isinstance(self.spec, WorstSpec):
            return as_read(self.store.result(self.run.id))
        return self.store.known(self.run.id)

    def _begin(self) -> dict[str, Measurement]:
        """θ₀ by key, scored twice; under the settings of an earlier attempt where there was one."""
        measured = self.hands.begin(self.run.settings)
        if isinstance(self.spec, BasinSpec) and self.spec.sequential:
            self.floors = {n: float(m.outcomes.mean()) - self.spec.tolerance for n, m in measured.items()}
        return {self.hands.keys.of(ORIGIN, self.capabilities[name]): m for name, m in measured.items()}

    def _write(self, measured: dict[str, Any]) -> None:
        if self.store.write(self.run.id, self.worker, measured):
            raise Cancelled

    def _keys(self, wanted: Iterable[Pair]) -> dict[Pair, str]:
        """Under which key each measurement lies or will lie: that of all examples, where they are scored already."""
        pairs = list(wanted)
        keys = {(point, name): self.hands.keys.of(point, self.capabilities[name]) for point, name in pairs}
        if self.floors:
            missing = self.store.missing(keys.values())
            shorter = [pair for pair, key in keys.items() if key in missing and not pair[0].at_origin]
            keys |= {pair: self._sequential_key(*pair) for pair in shorter}
        return keys

    def _sequential_key(self, point: Point, name: str) -> str:
        return self.hands.keys.of(point, self.capabilities[name], floor=self.floors[name])

    def _adopt(self, spec: BasinSpec) -> None:
        """Points that earlier runs measured on the same rays narrow the brackets from the start."""
        if len(self.store.known(self.run.id)) > 0:
            return  # resumed: it has its points
        names = [capability.name for capability in self.capabilities.values()]
        along = [a for a in self.store.alphas() if 0 < abs(a) <= spec.reach and (a > 0 or spec.both_signs)]
        points = [Point(index, alpha) for index in range(len(spec.directions)) for alpha in along]
        keys = {(p, n): self.hands.keys.of(p, self.capabilities[n]) for p in points for n in names}
        missing = self.store.missing(keys.values())
        found = ((point, name, key) for (point, name), key in keys.items() if key not in missing)
        self.store.extend(self.run.id, self.worker, found, later=0)
