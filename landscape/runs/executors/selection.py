"""Which executor measures a run: this process, or Ray actors, as LANDSCAPE_EXECUTOR says."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from landscape.engine.session import Session
from landscape.runs.executors.local_executor import Executor, LocalExecutor
from landscape.schema.frames import Frame, PointSpec

if TYPE_CHECKING:  # an extra that may not be installed
    from landscape.runs.executors.ray_executor import RayExecutor


class ExecutorFactory:
    """Keeps Ray actors alive while runs stand in their frame.

    Raises:
        ValueError: another executor than ray, or Ray is not installed.
    """

    def __init__(self, directions: Path) -> None:
        """Nothing is started yet."""
        self._text, self._directions = os.environ.get("LANDSCAPE_EXECUTOR", ""), directions
        self._ray: RayExecutor | None = None

    def executor_for(self, spec: PointSpec, session: Callable[[Frame], Session], stop: Callable[[], bool]) -> Executor:
        """The executor of a run. `stop` says, while all actors are busy, whether the run was cancelled."""
        return self._ray_executor(spec, stop) if self._text else LocalExecutor(session(spec), spec)

    def _ray_executor(self, spec: PointSpec, stop: Callable[[], bool]) -> Executor:
        try:
            from landscape.runs.executors.ray_executor import RayExecutor, parse_options
        except ModuleNotFoundError as error:
            raise ValueError(f"the executor {self._text!r} needs Ray ({error}): pip install ray") from None
        options = parse_options(self._text)
        if self._ray is None or not self._ray.fits(spec):
            if self._ray is not None:
                self._ray.shutdown()
            self._ray = RayExecutor(spec.frame, self._directions, options)
        return self._ray.start_run(spec, stop)
