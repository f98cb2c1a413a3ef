"""What lives in an actor of a crew: one session, and the hands of the latest run. Knows nothing of Ray."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landscape.bundled import DIRECTIONS
from landscape.hands import Alone, Hands, Task
from landscape.kept import Kept
from landscape.keys import Keys, TrialKeys
from landscape.results import Facts
from landscape.session import Measurement, Session
from landscape.specs import Frame, Survey

Digests = dict[str, str]  # of a run's capabilities, by name


class Hand:
    """Lives in an actor: one session, and what it measures of the latest run."""

    def __init__(self, frame: Frame, directions: Path) -> None:
        """Nothing is loaded yet: what is wrong with a checkpoint is for `begin` to say."""
        self._frame, self._kept = frame, Kept(directions, DIRECTIONS)
        self._session: Session | None = None
        self._alone: Alone | None = None

    def _of(self, spec: Survey, digests: Digests, settings: Mapping[str, Any] | None) -> Alone:
        """The run's, with the very examples that the worker makes keys of: a file may have changed since the last run.

        Raises ValueError where this node reads other examples.
        """
        if self._session is None:
            self._session = Session(self._frame, kept=self._kept)
        if self._alone is None or self._alone.spec != spec or digests_of(self._alone) != digests:
            self._alone = None  # not to be found by the next call if what follows is refused
            alone = Alone(self._session, spec)
            _require_same(digests_of(alone), digests)
            self._alone = alone
        if settings:
            self._session.use(dict(settings))
        return self._alone

    def begin(
        self, spec: Survey, digests: Digests, settings: Mapping[str, Any] | None
    ) -> tuple[dict[str, Measurement], dict[str, Any], Facts, Keys | TrialKeys]:
        """θ₀, the settings, the facts and the keys."""
        alone = self._of(spec, digests, settings)
        origin = alone.begin(settings)
        return origin, alone.settings, alone.facts, alone.keys

    def lives(self) -> None:
        """Answer."""

    def measure(
        self,
        spec: Survey,
        digests: Digests,
        settings: Mapping[str, Any],
        chunk: list[Task],
        floors: Mapping[str, float],
    ) -> tuple[list[dict[str, Measurement]], dict[str, Any]]:
        """Every task of a chunk, and the settings after it: a batch that did not fit has made the next ones smaller."""
        alone = self._of(spec, digests, settings)
        return [alone.measure(task, floors) for task in chunk], alone.settings


def digests_of(hands: Hands) -> Digests:
    """Of the capabilities as they were loaded for the run."""
    return {name: capability.digest for name, capability in hands.capabilities.items()}


def _require_same(here: Digests, wanted: Digests) -> None:
    if differing := [name for name, digest in wanted.items() if here.get(name) != digest]:
        raise ValueError(
            f"expected the examples of {', '.join(differing)} that the worker read, got others on "
            f"{socket.gethostname()}: the file changed during the run, or this node sees another one"
        )
