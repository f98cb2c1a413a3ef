"""Who measures the points of runs: this process, or a crew of Ray actors, as LANDSCAPE_EXECUTOR says."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from landscape.hands import Alone, Hands
from landscape.session import Session
from landscape.specs import Frame, Survey

if TYPE_CHECKING:  # an extra that may not be installed
    from landscape.crew import Crew


class Executor:
    """Keeps a crew while runs stand in its frame.

    Raises:
        ValueError: another executor than ray, or Ray is not installed.
    """

    def __init__(self, directions: Path) -> None:
        """Nothing is started yet."""
        self._text, self._directions = os.environ.get("LANDSCAPE_EXECUTOR", ""), directions
        self._crew: Crew | None = None

    def hands(self, spec: Survey, session: Callable[[Frame], Session], stop: Callable[[], bool]) -> Hands:
        """Those of a run. `stop` says, when a crew is busy, whether the run was cancelled."""
        return self._of_crew(spec, stop) if self._text else Alone(session(spec), spec)

    def _of_crew(self, spec: Survey, stop: Callable[[], bool]) -> Hands:
        try:
            from landscape.crew import Crew, options_of
        except ModuleNotFoundError as error:
            hint = "pip install -r requirements-scale.txt"
            raise ValueError(f"the executor {self._text!r} needs Ray ({error}): {hint}") from None
        options = options_of(self._text)
        if self._crew is None or not self._crew.fits(spec):
            if self._crew is not None:
                self._crew.dismiss()
            self._crew = Crew(spec.frame, self._directions, options)
        return self._crew.take(spec, stop)
