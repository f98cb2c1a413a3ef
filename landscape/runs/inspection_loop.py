"""The loop of an inspection: its parts are runs of their own, measured one after the other within the budget."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from landscape.inspection.evidence import Evidence
from landscape.inspection.parts import parts_of
from landscape.runs.inspection_evidence import part_result
from landscape.runs.measured_content import agrees
from landscape.runs.submit import current_run_of, submit_or_resume
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.specs import InspectionSpec
from landscape.store.leases import Cancelled, LeaseLost
from landscape.store.records import Phase, Run
from landscape.store.store import Store

NEEDED = 3  # parts that a verdict takes, whatever they cost: Δ, and the first look at the scores of both
Serve = Callable[[Run, Callable[[], None]], None]  # measure a claimed run; the watch is called between its points


class InspectionLoop:
    """One inspection. A part measured before is not measured again; what the budget cuts short can be resumed."""

    def __init__(
        self, store: Store, run: Run, spec: InspectionSpec, worker: str, serve: Serve, show: Callable[[Run], None]
    ) -> None:
        """Nothing is measured yet."""
        self.store, self.run, self.spec, self.worker, self._serve, self._show = store, run, spec, worker, serve, show
        self._measured = 0  # points of the part that is measured now, before this attempt
        self.deadline = time.monotonic() + spec.budget if spec.budget else None

    def run_to_end(self) -> dict[str, Any]:
        """Measure the parts in their order; plain values: which run holds which part, and which the budget left out."""
        evidence, ids, cut = Evidence(), dict[str, str](), list[str]()
        while (following := self._next(evidence, ids, cut)) is not None:
            name, part = following
            if self._late() and len(ids) >= NEEDED and not self._is_known(part):
                cut.append(name)
                continue
            ids[name] = self._measure(name, part, needed=len(ids) < NEEDED)
            measured = self.store.run(ids[name])
            if self.run.content is None or not agrees(measured, self.run.content):
                raise RuntimeError(f"{name}: a checkpoint or the examples changed while they were inspected; ask again")
            found = part_result(self.store, measured, name, whole=evidence.looked_at(name))
            evidence = evidence.plus(name, found)
            if measured.status != "done":
                cut.append(name)
        return {"parts": ids, "cut": cut}

    def _is_known(self, part: Spec) -> bool:
        """Whether a part is measured already: then it costs nothing, however late it is."""
        run = current_run_of(self.store, part)
        return run is not None and run.status == "done"

    def _next(self, evidence: Evidence, ids: Mapping[str, str], cut: list[str]) -> tuple[str, Spec] | None:
        parts = parts_of(self.spec, evidence).items()
        return next(((name, part) for name, part in parts if name not in ids and name not in cut), None)

    def _late(self) -> bool:
        return self.deadline is not None and time.monotonic() > self.deadline

    def _measure(self, name: str, part: Spec, *, needed: bool) -> str:
        """The run of a part, done, or as far as the budget took it. Raises Cancelled when the inspection was."""
        run = submit_or_resume(self.store, part)
        if run.status == "done":
            return run.id
        run_id, self._measured = run.id, run.measured
        stopped: list[str] = []
        if (claimed := self._await(name, run_id)) is not None:
            try:
                self._serve(claimed, lambda: self._watch(name, run_id, stopped, needed=needed))
            except LeaseLost:  # it was deleted, or another worker took it over
                return self._measure(name, part, needed=needed)
        after = self.store.run(run_id)
        if "inspection" in stopped:
            raise Cancelled
        if after.status == "failed":
            raise RuntimeError(f"{name}: {after.error}")
        if after.status == "done":
            self.store.note(self.run.id, self.worker, Phase(name, 1, 1), came_further=True)
        return run_id

    def _watch(self, name: str, run_id: str, stopped: list[str], *, needed: bool = False) -> None:
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
        if self._late() and not needed:
            stopped.append("budget")
            raise Cancelled

    def _await(self, name: str, run_id: str) -> Run | None:
        """The claimed part. None once another worker has ended it, or the budget ran out while another one holds it.

        A worker that holds it may die or be stopped; the part is then claimed by the next that asks.
        """
        while (claimed := self.store.claim(self.worker, run_id=run_id)) is None:
            if self.store.run(run_id).ended or self._late():
                return None
            self._watch(name, run_id, [], needed=True)  # it is not ours to stop
            time.sleep(0.5)
        return claimed
