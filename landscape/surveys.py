"""The loop of a run that measures points: ask what comes next, measure what nobody has measured, write it down."""

from collections.abc import Callable, Iterable
from typing import Any

from landscape import compatibility, needles, planes, searches, slices, smoothing
from landscape.needle_readings import as_read
from landscape.points import Known, Point, Step
from landscape.results import Facts
from landscape.session import Session, load_capabilities
from landscape.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, Survey, WorstSpec
from landscape.store import Cancelled, Run, Store
from landscape.trials import Trials

NEXT: dict[type[Survey], Callable[[Any, Facts, Known], Step]] = {
    SliceSpec: slices.next_step,
    BasinSpec: searches.next_step,
    WorstSpec: needles.next_step,
    PlaneSpec: planes.next_step,
    CertificateSpec: smoothing.next_step,
}
ORIGIN = Point(0, 0.0)


class Surveying:
    """One run of points, its store and its session."""

    def __init__(self, store: Store, run: Run, spec: Survey, worker: str, session: Session) -> None:
        """Nothing is measured yet."""
        self.store, self.run, self.spec, self.worker, self.session = store, run, spec, worker, session
        compatibility.require_fit(spec)
        if isinstance(spec, WorstSpec):
            session.lines.require_all_moved()  # or its rays would not lead to the fine-tunes that they are named after
        self.probe: Trials | Session = Trials(session, spec) if isinstance(spec, CertificateSpec) else session
        self.capabilities = {capability.name: capability for capability in load_capabilities(spec)}
        self.floors: dict[str, float] = {}  # of a sequential search: where scoring a point may stop

    def complete(self, between: Callable[[], None]) -> None:
        """Measure until no step is left; a run that was killed goes on here.

        `between` is called before every point: somebody may be waiting for an answer. Raises Cancelled within a point.
        """
        origin = self._begin()
        facts = self.session.facts(self.spec, list(self.capabilities.values()))
        self.store.plan(self.run.id, self.worker, self.session.settings, facts)
        self._write(origin)
        if isinstance(self.spec, BasinSpec):
            self._adopt(self.spec)
        while (step := NEXT[type(self.spec)](self.spec, facts, self._known())).wanted:
            keys = self._keys((point, name) for point, names in step.wanted for name in names)
            wanted = ((point, name, key) for (point, name), key in keys.items())
            self.store.extend(self.run.id, self.worker, wanted, step.later)
            for point, names in step.wanted:
                between()
                self._measure(point, {name: keys[point, name] for name in names})

    def _known(self) -> Known:
        """The scores so far; along worst directions those of the examples that boundaries are read on."""
        if isinstance(self.spec, WorstSpec):
            return as_read(self.store.result(self.run.id))
        return self.store.known(self.run.id)

    def _begin(self) -> dict[str, Any]:
        """θ₀ by key, scored twice; under the settings of an earlier attempt where there was one."""
        wanted = list(self.capabilities.values())
        if self.run.settings:
            self.session.use(self.run.settings)
        else:
            self.session.calibrate(wanted[0])
        measured = self.session.verify(wanted)
        if isinstance(self.spec, BasinSpec) and self.spec.sequential:
            self.floors = {n: float(m.outcomes.mean()) - self.spec.tolerance for n, m in measured.items()}
        return {self.session.key(ORIGIN, self.capabilities[name]): m for name, m in measured.items()}

    def _measure(self, point: Point, keys: dict[str, str]) -> None:
        missing = self.store.missing(keys.values())
        wanted = [self.capabilities[name] for name, key in keys.items() if key in missing]
        floors = {} if point.at_origin else self.floors
        measured = self.probe.measure(point, wanted, floors) if wanted else {}
        self._write({keys[name]: measurement for name, measurement in measured.items()})

    def _write(self, measured: dict[str, Any]) -> None:
        if self.store.write(self.run.id, self.worker, measured):
            raise Cancelled

    def _keys(self, wanted: Iterable[tuple[Point, str]]) -> dict[tuple[Point, str], str]:
        """Under which key each measurement lies or will lie: that of all examples, where they are scored already."""
        pairs = list(wanted)
        keys = {(point, name): self.probe.key(point, self.capabilities[name]) for point, name in pairs}
        if self.floors:
            missing = self.store.missing(keys.values())
            shorter = [pair for pair, key in keys.items() if key in missing and not pair[0].at_origin]
            keys |= {pair: self._sequential_key(*pair) for pair in shorter}
        return keys

    def _sequential_key(self, point: Point, name: str) -> str:
        return self.session.key(point, self.capabilities[name], floor=self.floors[name])

    def _adopt(self, spec: BasinSpec) -> None:
        """Points that earlier runs measured on the same rays narrow the brackets from the start."""
        if len(self.store.known(self.run.id)) > 0:
            return  # resumed: it has its points
        names = [capability.name for capability in self.capabilities.values()]
        along = [a for a in self.store.alphas() if 0 < abs(a) <= spec.reach and (a > 0 or spec.both_signs)]
        points = [Point(index, alpha) for index in range(len(spec.directions)) for alpha in along]
        keys = {(p, n): self.session.key(p, self.capabilities[n]) for p in points for n in names}
        missing = self.store.missing(keys.values())
        found = ((point, name, key) for (point, name), key in keys.items() if key not in missing)
        self.store.extend(self.run.id, self.worker, found, later=0)
