"""Paths of the files of a store that are not in its database: found directions, a worker's lock and its log."""

import hashlib
import os
import socket
from pathlib import Path

from filelock import FileLock
from platformdirs import user_data_path

from landscape.store.store import Store


def lock_of(store: Store, device: str = "auto") -> FileLock:
    """The file lock by which a store and device has at most one worker (one a host, for a store on a server)."""
    return FileLock(_of_host(store, f"{device.replace(':', '-')}.lock"))


def log_of(store: Store) -> Path:
    """Where a worker that the app started writes its log."""
    return _of_host(store, "worker.log")


def directions_of(store: Store) -> Path:
    """The folder of the directions that searches found: large files, so not in the database.

    For a store on a server, LANDSCAPE_DIRECTIONS names one on a file system that the hosts share.
    """
    shared = os.environ.get("LANDSCAPE_DIRECTIONS")
    if shared and store.file is None:
        return Path(shared).expanduser().absolute()
    return _beside(store, "directions")


def capabilities_of(store: Store) -> Path:
    """The folder of the files of examples that were dropped on a page."""
    return _beside(store, "capabilities")


def surfaces_of(store: Store) -> Path:
    """The folder of the surfaces of other programs that were dropped on a page."""
    return _beside(store, "surfaces")


def _of_host(store: Store, suffix: str) -> Path:
    # Hosts may share the user's folder: a lock there must not keep the worker of another host away.
    return _beside(store, suffix if store.file else f"{socket.gethostname()}.{suffix}")


def _beside(store: Store, suffix: str) -> Path:
    if store.file is not None:
        return store.file.with_name(f"{store.file.name}.{suffix}")
    folder = user_data_path("landscape", ensure_exists=True)  # a database server has no folder of its own
    return folder / f"{hashlib.sha256(store.name.encode()).hexdigest()[:12]}.{suffix}"
