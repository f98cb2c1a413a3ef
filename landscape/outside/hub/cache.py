"""The hub's cache on this machine: which commit a branch stood for when it was fetched, and where its files lie."""

import json
import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from landscape.outside.hub.names import COMMIT, DATA_SETS, parts

_SHORT = re.compile(r"[0-9a-f]{7,39}")
_OURS = ".landscape"  # beside blobs, refs and snapshots of a repository, and gone with them


def repository(name: str) -> Path:
    """Return the folder of a repository in the cache, whether or not it is there."""
    from huggingface_hub import constants  # read now: the environment may name another place

    identity = parts(name)[0]
    kind = "" if identity.startswith(DATA_SETS) else "models/"
    return Path(constants.HF_HUB_CACHE).expanduser() / f"{kind}{identity}".replace("/", "--")


def snapshot(name: str, commit: str) -> Path:
    """Return the folder of a commit in the cache, whether or not it is there."""
    return repository(name) / "snapshots" / commit


def rows(name: str, commit: str) -> Path:
    """Return the folder of what was read of a data set's commit: a folder for each split that was asked for."""
    return repository(name) / _OURS / commit


def commit_of(name: str) -> str | None:
    """Return the commit that a name stood for when it was fetched last; None where it was not."""
    revision = parts(name)[1]
    if COMMIT.fullmatch(revision):
        return revision
    with suppress(OSError, ValueError):
        found = "" if ".." in revision else (repository(name) / "refs" / revision).read_text().strip()
        if COMMIT.fullmatch(found) and (snapshot(name, found).is_dir() or rows(name, found).is_dir()):
            return found
    return beginning_so(name)


def beginning_so(name: str) -> str | None:
    """Return the one commit that is here and begins as a short one, which is how people are shown it; None for none."""
    revision = parts(name)[1]
    if not _SHORT.fullmatch(revision) or (repository(name) / "refs" / revision).exists():
        return None
    begun = [each.name for each in (repository(name) / "snapshots").glob(f"{revision}*")]
    return begun[0] if len(begun) == 1 and COMMIT.fullmatch(begun[0]) else None


def note_commit(name: str, commit: str) -> None:
    """Note which commit a branch or tag stands for, now that it is here whole: where huggingface_hub notes it too."""
    revision = parts(name)[1]
    if not COMMIT.fullmatch(revision) and commit_of(name) != commit and ".." not in revision:
        _write(repository(name) / "refs" / revision, commit)


def files_of(name: str, commit: str) -> frozenset[str] | None:
    """Return the names of all files that a commit has on the hub; None where it was never asked for them."""
    with suppress(OSError, ValueError, TypeError):
        listed = json.loads((repository(name) / _OURS / f"{commit}.json").read_text())
        return frozenset(map(str, listed))
    return None


def note_files(name: str, commit: str, files: Collection[str]) -> None:
    """Note the names of all files that a commit has: they never change, so the hub is not asked again."""
    _write(repository(name) / _OURS / f"{commit}.json", json.dumps(sorted(files)))


def _write(file: Path, text: str) -> None:
    """Write a note whole or not at all; where the cache cannot be written, there is none."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        part.write_text(text)
        part.replace(file)
