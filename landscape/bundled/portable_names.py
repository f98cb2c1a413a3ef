"""Names of checkpoints, files and directions, rewritten to mean the same in any folder that a worker runs in."""

from pathlib import Path

from landscape import assets
from landscape.capabilities.sources.hub import exact_capability
from landscape.checkpoints import files
from landscape.checkpoints.hub.exact_names import exact_name
from landscape.schema.capability_names import without_chat
from landscape.schema.directions import Direction, Eigenvector, Principal, Towards, Worst
from landscape.schema.parsing import parse_direction


def portable_checkpoint(name: str) -> str:
    """Return a checkpoint's name with its folders absolute, also those of ADAPTER+BASE, and its commits on the hub.

    Raises:
        ValueError: as `exact_name`.
    """
    return exact_name(_in_full(name))


def _in_full(name: str) -> str:
    parts = files.split(name)
    return absolute(name) if parts is None else f"{absolute(parts[0])}+{_in_full(parts[1])}"


def absolute(name: str) -> str:
    """Return an existing path in full, also after `chat:`, and a data set of the hub with its commit.

    Bundled names, and what is no path, stay as they are. Raises ValueError as `exact_capability`.
    """
    plain = without_chat(name)
    path = Path(plain).expanduser()
    if not path.exists() or plain in {*assets.CAPABILITIES, *assets.STARTER}:
        return exact_capability(name)
    return f"{name.removesuffix(plain)}{path.resolve()}"


def portable_direction(text: str) -> Direction:
    """Parse a direction such as `towards:CHECKPOINT`, its checkpoints and files absolute. Raises ValueError."""
    direction = parse_direction(text)
    match direction:
        case Towards():
            return Towards(checkpoint=portable_checkpoint(direction.checkpoint))
        case Principal():
            return direction.model_copy(update={"checkpoints": tuple(map(portable_checkpoint, direction.checkpoints))})
        case Eigenvector():
            return Eigenvector(capability=absolute(direction.capability))
        case Worst():
            hurt, spared = (tuple(map(absolute, names)) for names in (direction.capabilities, direction.spared))
            start = portable_checkpoint(direction.start) if direction.start else None
            return direction.model_copy(update={"capabilities": hurt, "spared": spared, "start": start})
    return direction
