"""The object inside a Ray actor: one session, and the local executor of the latest run. Knows nothing of Ray."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landscape.assets import DIRECTIONS
from landscape.certificates.trials import TrialKeys
from landscape.engine.cache_keys import CacheKeys
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.session import Session
from landscape.runs.executors.local_executor import Executor, LocalExecutor, WorkItem
from landscape.schema.frames import Frame, PointSpec
from landscape.schema.results import Facts, Measurement

Digests = dict[str, str]  # of a run's capabilities, by name


class RayActor:
    """One session in a process of its own, and what it measures of the latest run."""

    def __init__(self, frame: Frame, directions: Path) -> None:
        """Nothing is loaded yet: what is wrong with a checkpoint is for `begin` to say."""
        self._frame, self._cache = frame, DirectionCache(directions, DIRECTIONS)
        self._session: Session | None = None
        self._local: LocalExecutor | None = None

    def _executor_of(self, spec: PointSpec, digests: Digests, settings: Mapping[str, Any] | None) -> LocalExecutor:
        """The local executor of a run. A file may have changed since the last one, so examples are read again.

        Raises ValueError where this node reads other examples than the worker, which makes cache keys of its own.
        """
        if self._session is None:
            self._session = Session(self._frame, cache=self._cache)
        if self._local is None or self._local.spec != spec or digests_of(self._local) != digests:
            self._local = None  # not to be found by the next call if what follows is refused
            local = LocalExecutor(self._session, spec)
            _require_same(digests_of(local), digests)
            self._local = local
        if settings:
            self._session.use(dict(settings))
        return self._local

    def begin(
        self, spec: PointSpec, digests: Digests, settings: Mapping[str, Any] | None
    ) -> tuple[dict[str, Measurement], dict[str, Any], Facts, CacheKeys | TrialKeys]:
        """θ₀, the settings, the facts and the keys."""
        local = self._executor_of(spec, digests, settings)
        origin = local.begin(settings, lambda keys: {})
        return origin, local.settings, local.facts, local.keys

    def ping(self) -> None:
        """Return once the actor can take work."""

    def measure(
        self,
        spec: PointSpec,
        digests: Digests,
        settings: Mapping[str, Any],
        chunk: list[WorkItem],
        floors: Mapping[str, float],
    ) -> tuple[list[dict[str, Measurement]], dict[str, Any]]:
        """Every task of a chunk, and the settings after it: a batch that did not fit has made the next ones smaller."""
        local = self._executor_of(spec, digests, settings)
        return [local.measure(task, floors) for task in chunk], local.settings


def digests_of(executor: Executor) -> Digests:
    """Of the capabilities as they were loaded for the run."""
    return {name: capability.digest for name, capability in executor.capabilities.items()}


def _require_same(here: Digests, wanted: Digests) -> None:
    if differing := [name for name, digest in wanted.items() if here.get(name) != digest]:
        raise ValueError(
            f"expected the examples of {', '.join(differing)} that the worker read, got others on "
            f"{socket.gethostname()}: the file changed during the run, or this node sees another one"
        )
