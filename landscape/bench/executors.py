"""How fast executors are: points a second by number of actors, beside the ideal, and with free measurements."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landscape.engine.session import Session
from landscape.runs.executors.local_executor import Executor, LocalExecutor, Recall, SelectUnmeasured, WorkResult
from landscape.runs.executors.ray_executor import Options, RayExecutor
from landscape.runs.point_loop import PointLoop
from landscape.schema.directions import Gaussian
from landscape.schema.results import Measurement
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store

CHECKPOINT, CAPABILITY = "demo:assistant", "math"


@dataclass(frozen=True)
class Rate:
    """Points a second of an executor; `ideal`: that of one actor, times their number."""

    who: str
    points: float
    ideal: float | None


class InstantExecutor(LocalExecutor):
    """An executor that measures nothing: what is left is planning, keys and the store."""

    def collect(self, unmeasured: SelectUnmeasured) -> Iterator[WorkResult]:
        """The same numbers at once for everything."""
        while self._queue:
            point, names = self._queue.popleft()
            unmeasured((point, names))
            yield (point, names), {name: _nothing(point.alpha) for name in names}

    def begin(self, settings: Mapping[str, object] | None, recall: Recall) -> dict[str, Measurement]:
        """Return numbers that no model computed."""
        return {name: _nothing(0.0) for name in self.capabilities}


def _nothing(alpha: float) -> Measurement:
    return Measurement(np.zeros(240, np.uint8), np.zeros(240, np.float32), 0.0, alpha, {})


def rates(actors: Sequence[int], points: int) -> list[Rate]:
    """Rate this process alone, Ray actors with one thread each, and the worker with measurements that take no time."""
    warm, timed = _slice(0, 2 * max(actors)), _slice(1, points)
    found = [Rate("this process alone, one thread", _alone(warm, timed), None)]
    one = 0.0
    for count in actors:
        executor = RayExecutor(timed.frame, Path(tempfile.gettempdir()), Options(actors=count))
        _rate(warm, executor.start_run(warm, lambda: False))
        rate = _rate(timed, executor.start_run(timed, lambda: False))
        executor.shutdown()
        one = one or rate / count
        found.append(Rate(f"{count} Ray actors" if count > 1 else "one Ray actor", rate, count * one))
    found.append(
        Rate("the worker, were measuring free", _rate(timed, InstantExecutor(Session(timed.frame), timed)), None)
    )
    return found


def _alone(warm: SliceSpec, timed: SliceSpec) -> float:
    session = Session(timed.frame)
    session.choose_settings = lambda: session.use({"threads": 1})  # type: ignore[method-assign]
    _rate(warm, LocalExecutor(session, warm))
    return _rate(timed, LocalExecutor(session, timed))


def _slice(seed: int, points: int) -> SliceSpec:
    alphas = tuple(1e-6 * (1 + index) * (1 + seed) for index in range(points))
    return SliceSpec(checkpoint=CHECKPOINT, directions=(Gaussian(seed=0),), alphas=alphas, capabilities=(CAPABILITY,))


def _rate(spec: SliceSpec, executor: Executor) -> float:
    """Return points a second, including all that the worker does for them, in a store of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Store(str(Path(folder) / "store.sqlite"))
        run_id = store.submit(spec)
        run = store.claim("bench")
        assert run is not None
        started = time.perf_counter()
        PointLoop(store, run, spec, "bench", executor).run_to_end(lambda: None)
        return store.run(run_id).done / (time.perf_counter() - started)
