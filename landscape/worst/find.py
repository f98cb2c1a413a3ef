"""Find the computed directions of a frame, before a session needs them: each once, from then on cached."""

from landscape.checkpoints import models, parameters
from landscape.engine.direction_cache import CachedDirection, DirectionCache
from landscape.engine.frame_directions import direction_key, origin_of
from landscape.engine.session import Session
from landscape.schema.directions import Computed, Eigenvector, Gaussian, Towards, Worst, label_of
from landscape.schema.frames import Frame
from landscape.schema.points import ProgressReport
from landscape.schema.specs import FlatnessSpec
from landscape.worst.hessian import store_eigenvector
from landscape.worst.search import Search


def find(frame: Frame, pool: models.Pool, cache: DirectionCache, report: ProgressReport) -> None:
    """Find every computed direction of a frame that is not in the cache yet.

    Raises:
        ValueError: as `Search` and `Curvature.top`. What `report` raises to stop the search, which resumes later.
    """
    wanted = [direction for direction in frame.directions if isinstance(direction, Computed)]
    for direction in wanted:
        origin = origin_of(frame, pool)
        key = _key(direction, frame, origin)
        if not cache.has(key):
            start = Towards(checkpoint=direction.start) if isinstance(direction, Worst) and direction.start else None
            alone = frame.frame.model_copy(update={"directions": (start or Gaussian(seed=0),)})
            session = Session(alone, pool, cache, origin)
            if isinstance(direction, Worst):
                Search(session, direction, cache, key).run(report)
            else:
                store_eigenvector(session, direction.capability, cache, key, report)


def eigenvectors(
    spec: FlatnessSpec, pool: models.Pool, cache: DirectionCache, report: ProgressReport
) -> dict[str, CachedDirection]:
    """Return the top eigenvector of each capability's Hessian, with its eigenvalue; it is cached as a direction."""
    wanted = {name: Eigenvector(capability=name) for name in spec.capabilities}
    frame = spec.frame.model_copy(update={"directions": tuple(wanted.values())})
    find(frame, pool, cache, report)
    directions = Session(frame, pool, cache).directions
    return {name: directions.found[label_of(direction)] for name, direction in wanted.items()}


def key_of(direction: Computed, frame: Frame, pool: models.Pool) -> str:
    """Return the cache key of a direction of a frame."""
    return _key(direction, frame, origin_of(frame, pool))


def _key(direction: Computed, frame: Frame, loaded: models.Loaded) -> str:
    selected = parameters.select(loaded.model, frame.only, frame.exclude, adapter=frame.adapter)
    return direction_key(direction, frame, loaded, selected)
