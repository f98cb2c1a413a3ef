"""The loop of an inspection: its parts are runs of their own, measured one after the other within the budget."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.responses import responses_specs
from landscape.inspection.parts import FIRST_AROUND, parts_of
from landscape.runs.costs.inspection_parts import PartCosts
from landscape.runs.inspection_evidence import part_result
from landscape.runs.measured_content import agrees
from landscape.runs.submit import part_of_inspection, submit_part
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.specs import InspectionSpec
from landscape.store.curation.parts import Part
from landscape.store.leases import Cancelled, LeaseLost
from landscape.store.records import Phase, Run
from landscape.store.store import Store

LAST = ("layer", "module", "delta ranks")  # parts that come after what both said to the lost and won examples
NEEDED = 3  # parts that a verdict takes, whatever they cost: Δ, and the first look at the scores of both
Serve = Callable[[Run, Callable[[], None]], None]  # measure a claimed run; the watch is called between its points


class InspectionLoop:
    """One inspection. A part measured before is not measured again; what the budget cuts short can be resumed."""

    def __init__(
        self,
        store: Store,
        run: Run,
        spec: InspectionSpec,
        worker: str,
        serve: Serve,
        show: Callable[[Run], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is measured yet; the budget begins now."""
        self.store, self.run, self.spec, self.worker, self._serve, self._show = store, run, spec, worker, serve, show
        self._measured = 0  # points of the part that is measured now, before this attempt
        self._clock, self._began, self._costs = clock, clock(), PartCosts()
        self.deadline = self._began + spec.budget if spec.budget else None

    def run_to_end(self) -> dict[str, Any]:
        """Measure the parts in their order.

        Plain values: which run holds which part, which the budget left out or cut short, and how long it took (s).
        """
        evidence, ids, cut, asked = Evidence(), dict[str, str](), list[str](), False
        while True:
            parts = parts_of(self.spec, evidence)
            needed = len(ids) < NEEDED
            name = next(
                (n for n in parts if n not in (*ids, *cut) and (needed or self._begins(n, parts[n], cut))), None
            )
            if not asked and (name is None or name.startswith(LAST)):
                asked = True
                self._ask_both(evidence)
                continue
            if name is None:
                return {"parts": ids, "cut": cut, "took": self._clock() - self._began}
            began = self._clock()
            ids[name] = self._measure(name, parts[name], until=None if needed else self._until(name, parts))
            measured = self.store.run(ids[name])
            if self.run.content is None or not agrees(measured, self.run.content):
                raise RuntimeError(f"{name}: a checkpoint or the examples changed while they were inspected; ask again")
            found = part_result(self.store, measured, name, whole=evidence.looked_at(name))
            evidence = evidence.plus(name, found)
            if measured.status != "done":
                cut.append(name)
            elif measured.measured:
                self._costs.note(parts[name], self._clock() - began)

    def _ask_both(self, evidence: Evidence) -> None:
        """Find out what both say to the lost and won examples: within half of the time that is left.

        A verdict stands without these texts, so that one which cannot be had fails nothing.
        """
        until = None if self.deadline is None else (self._clock() + self.deadline) / 2
        for (who, name), part in responses_specs(self.spec, evidence).items():
            if self._late(until) and not self._is_known(part):
                continue
            with suppress(ValueError, RuntimeError, OSError):
                self._measure(f"what the {'base' if who == 'base' else 'fine-tune'} says: {name}", part, until=until)

    def _begins(self, name: str, part: Spec, cut: list[str]) -> bool:
        """Whether a part is begun: it is measured already, or ends in what is left, or is the first word on a question.

        Of such a first look, what is measured until the time is over counts. What is not begun is added to `cut`.
        """
        if self.deadline is None or self._is_known(part):
            return True
        left = self.deadline - self._clock()
        begins = left > 0 and (name in FIRST_AROUND or self._costs.seconds(part) <= left)
        cut += [] if begins else [name]
        return begins

    def _until(self, name: str, parts: Mapping[str, Spec]) -> float | None:
        """When a part has to stop: at the deadline, or half-way there where another first look has to come yet."""
        if self.deadline is None:
            return None
        waiting = name == FIRST_AROUND[0] and FIRST_AROUND[1] in parts
        return (self._clock() + self.deadline) / 2 if waiting else self.deadline

    def _is_known(self, part: Spec) -> bool:
        """Whether a part is measured already: then it costs nothing, however late it is."""
        run = part_of_inspection(self.store, part)
        return run is not None and run.status == "done"

    def _late(self, until: float | None) -> bool:
        return until is not None and self._clock() > until

    def _measure(self, name: str, part: Spec, *, until: float | None) -> str:
        """The run of a part, done, or as far as the budget took it. Raises Cancelled when the inspection was."""
        before = self.store.run(self.run.id).read
        run = submit_part(self.store, part)
        self.store.parts.record(Part(self.run.id, run.id, name, made=run.created >= before))
        if run.status == "done":
            return run.id
        run_id, self._measured = run.id, run.measured
        stopped: list[str] = []
        if (claimed := self._await(name, run_id)) is not None:
            try:
                self._serve(claimed, lambda: self._watch(name, run_id, stopped, until))
            except LeaseLost:  # it was deleted, or another worker took it over
                return self._measure(name, part, until=until)
        after = self.store.run(run_id)
        if "inspection" in stopped:
            raise Cancelled
        if after.status == "failed":
            raise RuntimeError(f"{name}: {after.error}")
        if after.status == "done":
            self.store.note(self.run.id, self.worker, Phase(name, 1, 1), came_further=True)
        return run_id

    def _watch(self, name: str, run_id: str, stopped: list[str], until: float | None = None) -> None:
        """Say how far the part is. Raises Cancelled to stop it: its time is over, or the inspection was cancelled."""
        part = self.store.run(run_id)
        total = part.total if isinstance(part.spec, PointSpec) else 1
        text = part.phase.text if part.phase else name
        try:
            phase = Phase(text, part.done, max(total, 1))
            self.store.note(self.run.id, self.worker, phase, came_further=part.measured > self._measured)
        except Cancelled:
            stopped.append("inspection")
            raise
        self._show(self.run)
        if self._late(until):
            stopped.append("budget")
            raise Cancelled

    def _await(self, name: str, run_id: str) -> Run | None:
        """The claimed part. None once another worker has ended it, or the budget ran out while another one holds it.

        A worker that holds it may die or be stopped; the part is then claimed by the next that asks.
        """
        while (claimed := self.store.claim(self.worker, run_id=run_id)) is None:
            if self.store.run(run_id).ended or self._late(self.deadline):
                return None
            self._watch(name, run_id, [])  # it is not ours to stop
            time.sleep(0.5)
        return claimed
