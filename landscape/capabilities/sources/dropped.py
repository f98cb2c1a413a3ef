"""Files of examples that were dropped on a page: kept under a name that is made of what they hold."""

import hashlib
import os
import re
from pathlib import Path

from landscape.capabilities.sources import reading, records

ENDINGS = records.KNOWN
_UNFIT = re.compile(r"(?:(?!(?<=\d)\.(?=\d))[^A-Za-z0-9_-])+")  # a full stop stays between digits: heat-0.05


def keep(folder: Path, name: str, content: bytes) -> Path:
    """Keep a file that can be read as examples in the folder, for this user's eyes alone. Returns its path.

    Of its name, which is text from outside, only letters, digits, hyphens, decimal points and the ending are left.

    Raises:
        ValueError: it is no file of examples; nothing is kept then.
        OSError: it cannot be written.
    """
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        hint = "; name the path of a task's YAML instead" if ending in (".yaml", ".yml") else ""
        raise ValueError(f"expected a file that ends in {', '.join(ENDINGS)}{hint}")
    stem = _UNFIT.sub("-", Path(name).stem).strip("-")[:40] or "examples"
    path = folder / f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}{ending}"
    if path.is_file() and path.read_bytes() == content:
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f"{stem}.{os.getpid()}.part{ending}"
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(content)
        try:
            reading.read(part)
        except ValueError as error:
            raise ValueError(str(error).replace(part.name, f"{stem}{ending}")) from None
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
