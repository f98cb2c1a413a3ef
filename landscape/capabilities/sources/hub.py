"""Data sets of the Hugging Face hub, or folders of that form: `hf:org/dataset[:split]`. Needs the library datasets."""

import io
from collections.abc import Iterable
from contextlib import redirect_stderr
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from landscape.capabilities.sources import reading
from landscape.outside import network
from landscape.outside.file_stamps import stamp_of
from landscape.schema.capability_names import HF

MOST = 50_000  # examples: a capability is a few hundred
_FIRST = ("test", "validation")  # what is taken of several splits, if none is named
_LOADED: set[str] = set()  # data sets that this process has the rows of


def read(name: str, *, chat: bool) -> reading.Found:
    """Read the examples of a data set.

    Raises:
        ValueError: datasets is not installed, no such data set or split, or fields that `reading` refuses; NotHere:
            it would have to be fetched where that is not allowed.
    """
    return reading.of_rows(_short(name), _rows(name, stamp(name)), "a data set", chat=chat)


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
    here = Path(data).expanduser().is_dir()
    if not here and name not in _LOADED and not network.may_fetch():
        raise network.NotHere(f"the data set {data}", lambda: read(name, chat=False))
    if find_spec("datasets") is None:
        raise ValueError(f"{_short(name)} needs the library datasets: pip install datasets")
    try:
        with redirect_stderr(io.StringIO()):  # its progress bars
            found = _chosen(name, _loaded(str(Path(data).expanduser()) if here else data), split)
    except Exception as error:  # whatever datasets raises for data of anybody's, or for a machine without a network
        if isinstance(error, ValueError) and str(error).startswith(_short(name)):
            raise
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{_short(name)} cannot be loaded: {said}") from None
    _LOADED.add(name)
    return found


def _loaded(data: str) -> Any:
    """Return all splits of a data set, by their names."""
    from datasets import load_dataset

    return load_dataset(data)


def _chosen(name: str, splits: Any, wanted: str | None) -> tuple[dict[str, Any], ...]:
    names = list(splits)
    usual = names[0] if len(names) == 1 else next((split for split in _FIRST if split in names), None)
    split = wanted or usual
    if split not in names:
        raise ValueError(f"{_short(name)}: expected one of its splits, as in {HF}ORG/DATASET:SPLIT: {', '.join(names)}")
    rows: Iterable[dict[str, Any]] = splits[split]
    if len(splits[split]) > MOST:
        raise ValueError(f"{_short(name)} has more than {MOST:,} examples: take another split, or a file of a few")
    return tuple(map(dict, rows))
