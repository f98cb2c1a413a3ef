"""The loop of a run that measures points: plan, measure what is not in the store yet, write it down."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from landscape.basins.search.probing import Probe, Probed, probe
from landscape.runs.executors.local_executor import ORIGIN, Executor, WorkItem
from landscape.runs.kinds import plan_of
from landscape.schema.default_ranges import is_probed
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Measurement
from landscape.schema.specs import BasinSpec
from landscape.store.leases import Cancelled
from landscape.store.records import Phase, Run
from landscape.store.store import Store

PAUSE = 0.2  # s between looks at points that another run is measuring

log = logging.getLogger(__name__)
Pair = tuple[Point, str]  # a point and one capability


class PointLoop:
    """One run of points, its store, and the executor that measures them."""

    def __init__(self, store: Store, run: Run, spec: PointSpec, worker: str, executor: Executor) -> None:
        """Nothing is measured yet."""
        self.store, self.run, self.spec, self.worker, self.executor = store, run, spec, worker, executor
        self.plan = plan_of(spec)
        self.capabilities = executor.capabilities
        self.floors: dict[str, float] = {}  # of a sequential search: where scoring a point may stop
        self.asked: dict[Pair, str] = {}  # what is asked for and not measured yet → its key
        self._answered: set[Pair] = set()  # what was asked for and is in the store
        self._elsewhere: set[Pair] = set()  # what is asked for, and another run was measuring when its turn came

    def run_to_end(self, on_point: Callable[[], None]) -> None:
        """Measure until the planner has no further step. A run that was killed goes on here.

        `on_point` is called after every point: somebody may be waiting for an answer. Raises Cancelled within a point.
        """
        origin = self._begin(self.run.settings)
        if outdated := self._outdated():
            origin = self._start_over(outdated) or origin
        self.facts = self.executor.facts
        self.store.record_settings(self.run.id, self.worker, self.executor.settings, self.facts)
        self._write(origin)
        if self.plan.searches_rays and not is_probed(self.spec):
            self._reuse_earlier_points(self.spec)
        while self._ask():
            on_point()
            answered: list[bool] = []
            for (point, names), measured in self.executor.collect(self._unmeasured):
                answered.append(self._settle(point, names, measured))
                on_point()
            if answered and not any(answered):  # whatever was next, other runs are measuring
                time.sleep(PAUSE)

    def _settle(self, point: Point, names: tuple[str, ...], measured: dict[str, Measurement]) -> bool:
        """Write what was measured at a point; whether any of what was asked for there is in the store now."""
        keys = {(point, name): self.asked.pop((point, name)) for name in names}
        self._write({keys[point, name]: measurement for name, measurement in measured.items()})
        answered = keys.keys() - self._elsewhere
        self._elsewhere -= keys.keys()
        self._answered |= answered
        return bool(answered)

    def _ask(self) -> bool:
        """Ask for what comes next; whether anything is asked for. Raises RuntimeError where the run would not end.

        Rays of a search, once the ladders of all are measured, do not depend on one another: the next point of one may
        be asked for while another's is still being measured. Everything else goes a step at a time.
        """
        if self.asked and not (self.executor.asks_ahead and self.plan.searches_rays):
            return True
        known = self.plan.known_scores(self.store, self.run.id)
        if isinstance(self.spec, Probed) and is_probed(self.spec) and self.facts.reach is None:
            self._note_range(probe(self.spec, self.facts, known))
        step = self.plan.next_step(self.spec, self.facts, known)
        items = [(point, tuple(n for n in names if (point, n) not in self.asked)) for point, names in step.points]
        items = [(point, names) for point, names in items if names]
        if items:
            self._require_progress(items)
            keys = self._keys((point, name) for point, names in items for name in names)
            wanted = ((point, name, key) for (point, name), key in keys.items())
            self.store.request_points(self.run.id, self.worker, wanted, step.remaining_estimate)
            self.asked |= keys
            self.executor.submit(items, self.floors)
        return bool(self.asked)

    def _note_range(self, found: Probe) -> None:
        """Write down the range of a spec that has none, once it is found: whoever reads the result goes by it."""
        if found.point is None:
            far = f"No range was given, and a probe found no end of what is asked within α = {found.reach:.3g}."
            remarks = [*self.facts.remarks, *([] if found.ends else [far])]
            self.facts = replace(self.facts, reach=found.reach, remarks=remarks)
            self.store.record_settings(self.run.id, self.worker, self.executor.settings, self.facts)

    def _require_progress(self, items: Iterable[WorkItem]) -> None:
        for point, name in ((point, name) for point, names in items for name in names):
            if (point, name) in self._answered:
                where = f"direction {point.direction}, α {point.alpha:g}, β {point.beta:g}"
                raise RuntimeError(f"the run goes round in circles: {name} was measured at {where}, and is asked again")

    def _unmeasured(self, item: WorkItem) -> WorkItem:
        """Return the capabilities of a work item that are to be measured now: nobody has, and nobody else does."""
        point, names = item
        mine, others = self.store.reserve(self.run.id, self.worker, (self.asked[point, name] for name in names))
        self._elsewhere |= {(point, name) for name in names if self.asked[point, name] in others}
        return point, tuple(name for name in names if self.asked[point, name] in mine)

    def _outdated(self) -> list[Pair]:
        """What an earlier attempt asked for under keys that are no longer those of this run.

        That attempt was on another type of device; or by version 0.6, which did not note what it measured, and a file
        has changed since. A result never mixes the two: the run starts over under its own id, by which the queue, links
        and inspections know it. What was measured stays in the store, and is found again should the files come back.
        """
        requested = self.store.requested_keys(self.run.id)
        return [pair for pair, key in requested.items() if key not in self._possible_keys(*pair)]

    def _possible_keys(self, point: Point, name: str) -> set[str]:
        if name not in self.capabilities:
            return set()
        whole = {self.executor.keys.of(point, self.capabilities[name])}
        return whole | {self._sequential_key(point, name)} if self.floors else whole

    def _start_over(self, outdated: list[Pair]) -> dict[str, Measurement] | None:
        """Drop what is outdated. Where that is all, θ₀ is measured under settings of its own, and returned."""
        log.warning("run %s: files or the device changed since it was stopped; it measures that again", self.run.id)
        self.store.forget_points(self.run.id, self.worker, outdated)
        return None if self.store.requested_keys(self.run.id) else self._begin({})

    def _begin(self, settings: Mapping[str, Any]) -> dict[str, Measurement]:
        """θ₀ by key; under the settings of an earlier attempt where there was one."""
        self.store.note(self.run.id, self.worker, Phase("scores θ₀", 0, 1))
        measured = self.executor.begin(settings, self.store.measurements)
        if isinstance(self.spec, BasinSpec) and self.spec.sequential:
            self.floors = {n: float(m.outcomes.mean()) - self.spec.tolerance for n, m in measured.items()}
        return {self.executor.keys.of(ORIGIN, self.capabilities[name]): m for name, m in measured.items()}

    def _write(self, measured: dict[str, Any]) -> None:
        if self.store.write(self.run.id, self.worker, measured):
            raise Cancelled

    def _keys(self, wanted: Iterable[Pair]) -> dict[Pair, str]:
        """The key of each measurement; with the floor in a sequential search, unless all examples are scored."""
        pairs = list(wanted)
        keys = {(point, name): self.executor.keys.of(point, self.capabilities[name]) for point, name in pairs}
        if self.floors:
            missing = self.store.missing_keys(keys.values())
            shorter = [pair for pair, key in keys.items() if key in missing and not pair[0].at_origin]
            keys |= {pair: self._sequential_key(*pair) for pair in shorter}
        return keys

    def _sequential_key(self, point: Point, name: str) -> str:
        return self.executor.keys.of(point, self.capabilities[name], floor=self.floors[name])

    def _reuse_earlier_points(self, spec: Any) -> None:
        """Points that earlier runs measured on the same rays narrow the brackets from the start."""
        if len(self.store.scores_of(self.run.id)) > 0:
            return  # resumed: it has its points
        names = [capability.name for capability in self.capabilities.values()]
        along = [a for a in self.store.alphas() if 0 < abs(a) <= spec.reach and (a > 0 or spec.both_signs)]
        points = [Point(index, alpha) for index in range(len(spec.directions)) for alpha in along]
        keys = self._keys((point, name) for point in points for name in names)
        missing = self.store.missing_keys(keys.values())
        found = ((point, name, key) for (point, name), key in keys.items() if key not in missing)
        self.store.request_points(self.run.id, self.worker, found, remaining_estimate=0)
