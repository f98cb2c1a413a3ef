"""Data sets of the Hugging Face hub, or folders of that form. Needs the library datasets.

A name is `hf:org/dataset[@revision][:split]`, or `hf:FOLDER[:split]`. What was read of a commit is kept in the hub's
cache, and read from there without asking anybody.
"""

import io
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from landscape.capabilities.sources import reading
from landscape.outside import network
from landscape.outside.file_stamps import stamp_of
from landscape.outside.hub import cache, names, requests
from landscape.outside.hub import checkpoints as hub
from landscape.outside.hub.names import DATA_SETS
from landscape.outside.hub.refusals import Refused, Silent
from landscape.schema.capability_names import HF, without_chat

MOST = 50_000  # examples: a capability is a few hundred
_FIRST = ("test", "validation")  # what is taken of several splits, if none is named


def read(name: str, *, chat: bool) -> reading.Found:
    """Read the examples of a data set.

    Raises:
        ValueError: datasets is not installed, no such data set or split, or fields that `reading` refuses; NotHere:
            it would have to be fetched where that is not allowed.
    """
    return reading.of_rows(_short(name), _rows(name, stamp(name)), "a data set", chat=chat)


def exact_capability(name: str) -> str:
    """Return a capability's name with the commit of the data set of the hub that it is; any other name as it is.

    A name stays as it is where its commit is not known here and the hub may not be asked.

    Raises:
        ValueError: the hub has no such data set, or does not answer, and no copy is here.
    """
    plain = without_chat(name)
    data, split = _parts(plain)
    if not plain.startswith(HF) or Path(data).expanduser().exists():
        return name
    exact = hub.exact(f"{DATA_SETS}{data}")
    rest = f":{split}" if split else ""
    return f"{name.removesuffix(plain)}{HF}{exact.removeprefix(DATA_SETS)}{rest}" if exact else name


def stamp(name: str) -> str:
    """Return the stamp of a data set's files, where it is a folder of this machine; empty for others."""
    folder = Path(_parts(name)[0]).expanduser()
    return stamp_of(file for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else ""


def _parts(name: str) -> tuple[str, str | None]:
    data, _, split = name.removeprefix(HF).partition(":")
    return data, split or None


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:59]}…"


@lru_cache(maxsize=4)
def _rows(name: str, stamped: str) -> tuple[dict[str, Any], ...]:
    data, split = _parts(name)
    folder = Path(data).expanduser()
    if folder.is_dir():
        _require_library(name)
        with _told(name):
            return _plain(_chosen(name, _loaded(str(folder)), split))
    _require_library(name)
    whole = f"{DATA_SETS}{data}"
    commit = names.parts(hub.exact(whole) or "")[1]
    kept = cache.rows(whole, commit) / quote(split or "usual", safe="")
    with _told(name):
        if kept.is_dir():
            return _plain(_kept(kept))
        if not network.may_fetch():
            raise network.NotHere(f"the data set {data}", lambda: read(name, chat=False))
        if not requests.may_ask():  # datasets may have it in a cache of its own
            return _plain(_chosen(name, _loaded(*names.parts(data)), split))
        with requests.limited():
            found = _chosen(name, _loaded(names.parts(data)[0], commit), split)
        _require_of(name, found, commit)
        _keep(found, kept)
    cache.note_commit(whole, commit)
    return _plain(found)


def _require_library(name: str) -> None:
    if find_spec("datasets") is None:
        raise ValueError(f"{_short(name)} needs the library datasets: pip install datasets")


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Within the block, there are no progress bars, and whatever datasets raises is a sentence."""
    try:
        with redirect_stderr(io.StringIO()):
            yield
    except (network.NotHere, Refused):
        raise
    except Exception as error:  # for data of anybody's, or for a machine without a network
        if isinstance(error, ValueError) and str(error).startswith(_short(name)):
            raise
        silent = isinstance(error, Silent)
        said = "the hub did not answer" if silent else " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{_short(name)} cannot be loaded: {said}") from None


def _loaded(data: str, revision: str | None = None) -> Any:
    """Return all splits of a data set, by their names."""
    from datasets import load_dataset

    return load_dataset(data, revision=revision)


def _require_of(name: str, rows: Any, commit: str) -> None:
    """Raises ValueError for rows of another commit: datasets gives its latest where the hub does not answer."""
    if not all(commit in file["filename"] for file in rows.cache_files):
        raise ValueError(f"{_short(name)} cannot be loaded: the hub did not give all files of commit {commit[:7]}")


def _kept(folder: Path) -> Any:
    from datasets import load_from_disk

    return load_from_disk(str(folder))


def _keep(rows: Any, folder: Path) -> None:
    """Keep the rows of a split, whole or not at all; where the cache cannot be written, they are not kept."""
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    with suppress(OSError):
        rows.save_to_disk(str(part))
        part.replace(folder)
    shutil.rmtree(part, ignore_errors=True)


def _plain(rows: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    return tuple(map(dict, rows))


def _chosen(name: str, splits: Any, wanted: str | None) -> Any:
    names = list(splits)
    usual = names[0] if len(names) == 1 else next((split for split in _FIRST if split in names), None)
    split = wanted or usual
    if split not in names:
        raise ValueError(f"{_short(name)}: expected one of its splits, as in {HF}ORG/DATASET:SPLIT: {', '.join(names)}")
    if len(splits[split]) > MOST:
        raise ValueError(f"{_short(name)} has more than {MOST:,} examples: take another split, or a file of a few")
    return splits[split]
