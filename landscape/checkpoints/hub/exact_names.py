"""Names made exact: what lies on the hub is named by its commit, once, where a spec begins.

A branch moves, and whoever names one asks the hub where it stands. An exact name is always the same files.
"""

from contextlib import suppress
from pathlib import Path

from landscape.checkpoints.adapters.settings import CONFIG
from landscape.checkpoints.files import named_base, resolve, split
from landscape.checkpoints.gguf import naming
from landscape.outside.hub import cache, requests
from landscape.outside.hub import checkpoints as hub
from landscape.outside.hub.names import is_exact, is_id, parts

_MOST = 8  # adapters on each other: more is a circle, of which `resolve` tells


def exact_name(name: str) -> str:
    """Return a checkpoint's name with the commits of all that it takes from the hub; the same name if that is nothing.

    `org/name[@revision]` becomes `org/name@COMMIT`, `org/name:FILE.gguf` becomes `org/name@COMMIT:FILE.gguf`, and an
    adapter whose config names a base on the hub becomes ADAPTER+BASE. A name stays as it is where its commit is not
    known here and the hub may not be asked, or where it stands for nothing, which `resolve` says.

    Raises:
        ValueError: the hub has no such checkpoint, or does not answer, and no copy is here.
    """
    try:
        return _exact(name, 0)
    except OSError:  # a name that is too long, a folder that may not be read
        return name


def _exact(name: str, above: int) -> str:
    path = Path(name).expanduser()
    if path.is_file():
        return name
    if (file := naming.on_hub(name)) is not None:
        return f"{_exact_id(file[0])}:{file[1]}"
    if not path.is_dir() and (both := split(name)) is not None:
        return f"{_exact_id(both[0])}+{_exact(both[1], above + 1)}"
    found = _exact_id(name)
    adapter = path if path.is_dir() else _adapter_on_hub(found)
    if adapter is None or not (adapter / CONFIG).is_file() or above > _MOST:
        return found
    base = ""
    with suppress(ValueError):  # which whoever reads the adapter says
        base = named_base(adapter)
    named = _exact(base, above + 1) if base else base
    return found if named == base or split(f"{found}+{named}") != (found, named) else f"{found}+{named}"


def _exact_id(name: str) -> str:
    """Return the exact name of what may be a repository of the hub, without what it names in turn."""
    is_here = Path(name).expanduser().exists()
    return name if is_here or not is_id(name) else hub.exact(name) or name


def _adapter_on_hub(name: str) -> Path | None:
    """Return the folder of an adapter on the hub, which is fetched; None for whole weights, or what is not known."""
    if not is_exact(name):
        return None
    folder = cache.snapshot(name, parts(name)[1])
    if (folder / CONFIG).is_file() or CONFIG not in (cache.files_of(name, folder.name) or ()):
        return folder
    return resolve(name).adapter if requests.may_ask() else None
