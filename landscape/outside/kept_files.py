"""Files that were dropped on a page: kept under a name that is made of what they hold."""

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

_UNFIT = re.compile(r"(?:(?!(?<=\d)\.(?=\d))[^A-Za-z0-9_-])+")  # a full stop stays between digits: heat-0.05
_KEPT = re.compile(r"(.+)-[0-9a-f]{12}")


def keep(
    folder: Path,
    name: str,
    content: bytes,
    endings: Sequence[str],
    check: Callable[[Path], object],
    *,
    otherwise: str,
    hint: str = "",
) -> Path:
    """Keep a file in the folder, for this user's eyes alone. Returns its path.

    Of its name, which is text from outside, only letters, digits, hyphens, decimal points and the ending are left.

    Args:
        folder: made if it is not there.
        name: of the file.
        content: of the file.
        endings: that it may have.
        check: reads the file, and raises ValueError for one that is not taken.
        otherwise: what it is called where nothing of its name is left.
        hint: what is added where the ending is another one.

    Raises:
        ValueError: it is not taken; nothing is kept then.
        OSError: it cannot be written.
    """
    ending = Path(name).suffix.lower()
    if ending not in endings:
        raise ValueError(f"expected a file that ends in {', '.join(endings)}{hint}")
    stem = _UNFIT.sub("-", Path(name).stem).strip("-")[:40] or otherwise
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
            check(part)
        except ValueError as error:
            raise ValueError(str(error).replace(part.name, f"{stem}{ending}")) from None
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def first_name(kept: str) -> str:
    """Return what a kept file was called, as far as it was kept: `resnet56.h5` of `resnet56-0123456789ab.h5`."""
    path = Path(kept)
    found = _KEPT.fullmatch(path.stem)
    return f"{found[1]}{path.suffix}" if found else path.name
