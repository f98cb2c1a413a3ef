"""Computed directions are found before a session stands in their frame: once, and then kept."""

from landscape.checkpoints import models, parameters
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.frame_directions import direction_key, origin_of
from landscape.engine.session import Session
from landscape.schema.directions import Computed, Eigenvector, Gaussian, Towards, Worst
from landscape.schema.specs import FlatnessSpec, Frame
from landscape.worst.gradient_ascent import Report, Search
from landscape.worst.hessian import keep_eigenvector


def find(frame: Frame, pool: models.Pool, kept: DirectionCache, report: Report) -> None:
    """Find every computed direction of a frame that is not kept yet.

    Raises:
        ValueError: as `Search` and `Curvature.top`. Whatever `report` raises to stop it; the search goes on later.
    """
    wanted = [direction for direction in frame.directions if isinstance(direction, Computed)]
    for direction in wanted:
        origin = origin_of(frame, pool)
        key = _key(direction, frame, origin)
        if not kept.has(key):
            start = Towards(checkpoint=direction.start) if isinstance(direction, Worst) and direction.start else None
            alone = frame.frame.model_copy(update={"directions": (start or Gaussian(seed=0),)})
            session = Session(alone, pool, kept, origin)
            if isinstance(direction, Worst):
                Search(session, direction, kept, key).run(report)
            else:
                keep_eigenvector(session, direction.capability, kept, key, report)


def eigenvalues(spec: FlatnessSpec, pool: models.Pool, kept: DirectionCache, report: Report) -> dict[str, float]:
    """The top eigenvalue of each capability's Hessian; its eigenvector is kept as a direction."""
    wanted = {name: Eigenvector(capability=name) for name in spec.capabilities}
    frame = spec.frame.model_copy(update={"directions": tuple(wanted.values())})
    find(frame, pool, kept, report)
    found = {}
    for name, direction in wanted.items():
        stored = kept.notes(key_of(direction, frame, pool))
        found[name] = float(stored["eigenvalue"])
    return found


def key_of(direction: Computed, frame: Frame, pool: models.Pool) -> str:
    """Under which key a direction of a frame is kept."""
    return _key(direction, frame, origin_of(frame, pool))


def _key(direction: Computed, frame: Frame, loaded: models.Loaded) -> str:
    selected = parameters.select(loaded.model, frame.only, frame.exclude, adapter=frame.adapter)
    return direction_key(direction, frame, loaded, selected)
