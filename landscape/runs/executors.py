"""Who measures the points of runs: this process, or a crew of Ray actors, as LANDSCAPE_EXECUTOR says."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from landscape.engine.session import Session
from landscape.runs.local_executor import Executor, LocalExecutor
from landscape.schema.specs import Frame, PointSpec

if TYPE_CHECKING:  # an extra that may not be installed
    from landscape.runs.ray_executor import RayExecutor


class Executors:
    """Keeps a crew while runs stand in its frame.

    Raises:
        ValueError: another executor than ray, or Ray is not installed.
    """

    def __init__(self, directions: Path) -> None:
        """Nothing is started yet."""
        self._text, self._directions = os.environ.get("LANDSCAPE_EXECUTOR", ""), directions
        self._crew: RayExecutor | None = None

    def hands(self, spec: PointSpec, session: Callable[[Frame], Session], stop: Callable[[], bool]) -> Executor:
        """Those of a run. `stop` says, when a crew is busy, whether the run was cancelled."""
        return self._of_crew(spec, stop) if self._text else LocalExecutor(session(spec), spec)

    def _of_crew(self, spec: PointSpec, stop: Callable[[], bool]) -> Executor:
        try:
            from landscape.runs.ray_executor import RayExecutor, parse_options
        except ModuleNotFoundError as error:
            hint = "pip install -r requirements-scale.txt"
            raise ValueError(f"the executor {self._text!r} needs Ray ({error}): {hint}") from None
        options = parse_options(self._text)
        if self._crew is None or not self._crew.fits(spec):
            if self._crew is not None:
                self._crew.dismiss()
            self._crew = RayExecutor(spec.frame, self._directions, options)
        return self._crew.take(spec, stop)
