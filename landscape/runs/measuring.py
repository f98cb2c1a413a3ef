"""What a worker does with a run that it holds: one method a kind of measurement, with the model that stays loaded."""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from landscape.assets import DIRECTIONS
from landscape.checkpoints import compatibility
from landscape.outside import network
from landscape.runs.costs import memory
from landscape.runs.kinds import kind_of
from landscape.runs.measured_content import content_of, require_unchanged
from landscape.runs.paths import directions_of
from landscape.schema.directions import Computed
from landscape.schema.frames import Frame, PointSpec
from landscape.schema.points import Point
from landscape.schema.specs import (
    AnswerSpec,
    ComparisonSpec,
    FlatnessSpec,
    InspectionSpec,
    ResponsesSpec,
    SwapSpec,
)
from landscape.store.records import Phase, Run
from landscape.store.store import Store

if TYPE_CHECKING:  # torch takes seconds to import, and the browser process must never pay for it
    from landscape.engine.session import Session

MeasurePart = Callable[[Run, Callable[[], None]], None]  # a part of an inspection; the watch runs between its points


class Measuring:
    """The `Measurer` of one process. It keeps the latest model and session for the next run.

    Args:
        store: where the runs are.
        worker: the name under which they are held.
        device: where models are loaded that leave it open.
        between_points: called with the run wherever the model stands at θ₀ and others may be served.
        measure_part: brings one part of an inspection to its end.
        show: called with an inspection that has come further.
    """

    def __init__(
        self,
        store: Store,
        worker: str,
        device: str,
        between_points: Callable[[Run], None],
        measure_part: MeasurePart,
        show: Callable[[Run], None],
    ) -> None:
        """Nothing is loaded yet."""
        from landscape.checkpoints.models import Pool
        from landscape.engine.direction_cache import DirectionCache
        from landscape.runs.executors.selection import ExecutorFactory

        self._store, self._worker, self._device = store, worker, device
        self._between_points, self._measure_part, self._show = between_points, measure_part, show
        self._pool = Pool(device)
        self._cache = DirectionCache(directions_of(store), DIRECTIONS)
        self._sessions: list[Session] = []  # the latest one, for questions about what was just measured
        self._executors = ExecutorFactory(directions_of(store))

    def measure(self, run: Run) -> dict[str, Any] | None:
        """Do what a run asks for, on one and the same content. Returns the artifact of a kind that has one."""
        if run.content is not None:  # begun before
            require_unchanged(run.spec, run.content)
        begun = run.content or content_of(run.spec)
        self._store.record_content(run.id, self._worker, begun)
        report = self._reporter(run)
        with network.announcing(lambda text: report(text, 0, 1)):
            found = kind_of(run.spec).measure(self, replace(run, content=begun), run.spec)
        require_unchanged(run.spec, begun)
        return found

    def measure_points(self, run: Run, spec: PointSpec) -> None:
        """Measure the points of a run, all that its planner asks for."""
        from landscape.runs.point_loop import PointLoop

        self._find_directions(run, spec)
        stop = functools.partial(self._store.heartbeat, run.id, self._worker)
        executor = self._executors.executor_for(spec, self.session, stop)
        PointLoop(self._store, run, spec, self._worker, executor).run_to_end(lambda: self._between_points(run))

    def answer(self, run: Run, spec: AnswerSpec) -> dict[str, Any]:
        """What the model writes at a point, and at θ₀."""
        self._find_directions(run, spec)
        session = self.session(spec)
        points = {"here": Point(0, *spec.at), "origin": Point(0, 0.0)}
        return {name: session.answer(point, spec.prompt, spec.max_new_tokens) for name, point in points.items()}

    def respond(self, run: Run, spec: ResponsesSpec) -> dict[str, Any]:
        """What a checkpoint says to chosen examples. What is known is kept meanwhile: a stopped run goes on from it."""
        from landscape.capabilities.examples import load
        from landscape.capabilities.writing.responses import respond

        session, capability, report = self.session(spec), load(spec.capability, spec.limit), self._reporter(run)
        kept = self._store.artifact(run.id) or {}
        text, left = f"what it says: {capability.name}", [index for index in spec.examples if str(index) not in kept]

        def keep(found: dict[int, dict[str, Any]]) -> None:
            self._store.keep(run.id, self._worker, kept | {str(index): said for index, said in found.items()})
            report(text, len(spec.examples) - len(left) + len(found), len(spec.examples))

        found = respond(session.scorer, capability, left, keep)
        return kept | {str(index): said for index, said in found.items()}

    def compare(self, run: Run, spec: ComparisonSpec) -> dict[str, Any]:
        """Δθ of two checkpoints."""
        from landscape.checkpoints.comparison import compare

        return compare(spec, self._reporter(run), here=self._device)

    def embedding_distance(self, spec: SwapSpec) -> dict[str, Any]:
        """How far apart two prompts lie in the embedding."""
        from landscape.certificates.token_swap import embedding_distance

        return embedding_distance(spec, self._pool)

    def measure_flatness(self, run: Run, spec: FlatnessSpec) -> dict[str, Any]:
        """Top eigenvectors of the Hessian, kept as directions; then the other measures."""
        from landscape.worst import find, hessian

        compatibility.require_movable(spec)
        found = find.eigenvectors(spec, self._pool, self._cache, self._reporter(run))
        return hessian.flatness(self.session(spec), spec, found, self._reporter(run))

    def inspect(self, run: Run, spec: InspectionSpec) -> dict[str, Any]:
        """Measure the parts of an inspection."""
        from landscape.runs.inspection_loop import InspectionLoop

        return InspectionLoop(self._store, run, spec, self._worker, self._measure_part, self._show).run_to_end()

    def session(self, frame: Frame) -> "Session":
        """The model of a frame, standing at θ₀: the latest one, or a new one in its place."""
        from landscape.engine.session import Session

        if not (self._sessions and self._sessions[0].fits(frame)):
            self._sessions.clear()  # free the last model's θ₀ and directions before the next is built
            self._require_room(frame)
            self._sessions.append(Session(frame.frame, self._pool, self._cache))
        return self._sessions[0]

    def _find_directions(self, run: Run, frame: Frame) -> None:
        """Search for the frame's computed directions, those that are not kept yet."""
        compatibility.require_movable(frame)
        if any(isinstance(direction, Computed) for direction in frame.directions):
            from landscape.worst.find import find

            self._require_room(frame)
            find(frame, self._pool, self._cache, self._reporter(run))

    def _require_room(self, frame: Frame) -> None:
        """Refuse what cannot fit before anything is loaded. Raises ValueError with what is needed and what is there."""
        from landscape.checkpoints.models import best_device
        from landscape.engine.offload import free_on_gpus

        device = best_device(frame.device, self._device)
        if device == "cpu":
            memory.require_room(frame)
        elif device.startswith("cuda"):
            memory.require_room_on_gpus(frame, free_on_gpus(device))

    def _reporter(self, run: Run) -> Callable[[str, int, int], None]:
        """Writes on the run what it is busy with, and lets others be served; raises Cancelled or LeaseLost."""

        last = run.phase  # where an earlier attempt ended: a search goes on from what it kept

        def report(text: str, done: int, total: int) -> None:
            further = last is not None and last.text == text and last.done < done
            self._store.note(run.id, self._worker, Phase(text, done, total), came_further=further)
            self._between_points(run)

        return report
