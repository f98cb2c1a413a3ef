"""Requests to the hub: few, each made once, and none that is waited for longer than SILENCE.

huggingface_hub waits without a limit for some answers, and repeats others for minutes.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from landscape.outside import network
from landscape.outside.hub import cache, refusals
from landscape.outside.hub.names import COMMIT, DATA_SETS, parts
from landscape.outside.hub.refusals import Refused, Silent, refused

_AT_ONCE = 4  # files
_UNREACHABLE = "the hub cannot be had"
_FORGOTTEN = 60.0  # s: for so long, a hub that was silent is not asked again


def may_ask() -> bool:
    """Return whether the hub may be asked for anything now."""
    from huggingface_hub import constants

    return network.may_fetch() and not constants.HF_HUB_OFFLINE


def commit_and_files(name: str) -> tuple[str, frozenset[str]]:
    """Return the commit of `org/name[@revision]` and the names of its files, in one request.

    Raises:
        Refused: there is no such repository or revision, no access to it, or no answer within SILENCE.
    """
    from huggingface_hub import constants

    known, hub = network.answers(), (_UNREACHABLE, constants.ENDPOINT)
    if (silent := known.get(hub)) is not None and time.monotonic() < silent[0]:
        raise Refused(name, silent[1])
    try:
        commit, files = _within(refusals.SILENCE, lambda: _info(name))
    except Exception as error:  # of httpx, of the JSON that something else answered with
        why = refused(name, error)
        if why.of_all:
            known[hub] = (time.monotonic() + _FORGOTTEN, why.why)
        raise why from None
    cache.note_files(name, commit, files)
    return commit, files


def files_of(name: str, commit: str) -> frozenset[str]:
    """Return the names of all files of a commit of `org/name`, in one request. Raises as `commit_and_files`."""
    return commit_and_files(f"{parts(name)[0]}@{commit}")[1]


def _info(name: str) -> tuple[str, frozenset[str]]:
    from huggingface_hub import HfApi

    repository, revision = parts(name)
    data_set = repository.startswith(DATA_SETS)
    ask = HfApi().dataset_info if data_set else HfApi().model_info
    info: Any = ask(repository.removeprefix(DATA_SETS), revision=revision, timeout=refusals.SILENCE)
    if not COMMIT.fullmatch(info.sha or "") or info.siblings is None:
        raise ValueError("no commit in the answer")
    return info.sha, frozenset(each.rfilename for each in info.siblings if _is_inside(each.rfilename))


def _is_inside(file: str) -> bool:
    """Whether the name of a file stays within its repository's folder."""
    return not set("\\\0:") & set(file) and not {"", ".", ".."} & set(file.split("/"))


def _within(seconds: float, ask: Callable[[], Any]) -> Any:
    """Return what a call returns, and raise what it raises; Silent where that takes longer, looking up names included.

    Its thread is left behind then: it holds nothing, and ends with the process.
    """
    box: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            box.put((ask(), None))
        except Exception as error:
            box.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        found, error = box.get(timeout=seconds + 0.5)  # httpx's own limit comes first
    except Empty:
        raise Silent from None
    if error is not None:
        raise error
    return found


def download(name: str, commit: str, files: Iterable[str]) -> None:
    """Bring files of a commit into the cache. Files that are there whole are not fetched again.

    Raises:
        Refused: no access to them, no answer within SILENCE, or no room for them.
    """
    wanted = list(files)
    network.announce(f"Downloading {parts(name)[0]}, commit {commit[:7]}: {len(wanted)} file{'s'[: len(wanted) > 1]}.")
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
        running = [pool.submit(_download, parts(name)[0], commit, file) for file in wanted]
        try:
            for each in running:
                each.result()
        except Exception as error:
            raise refused(name, error) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _download(repository: str, commit: str, file: str) -> None:
    from huggingface_hub import hf_hub_download

    with limited():
        hf_hub_download(repository, file, revision=commit, etag_timeout=refusals.SILENCE)


@contextmanager
def limited() -> Iterator[None]:
    """Within the block, no answer that this thread asks huggingface_hub for is waited for longer than SILENCE."""
    from huggingface_hub import get_session

    session = get_session()
    if _limit not in session.event_hooks["request"]:
        hooks = session.event_hooks
        session.event_hooks = {"request": [*hooks["request"], _limit], "response": [*hooks["response"], _answered]}
    token = _since.set([])
    try:
        yield
    finally:
        _since.reset(token)


# When the answer began to be waited for, in a thread that is limited: [time], or [] while none is waited for.
_since: ContextVar[list[float] | None] = ContextVar("_since", default=None)


def _limit(request: Any) -> None:
    """Before a request of ours: wait for its answer, and for those of its repetitions, no longer than SILENCE."""
    if (since := _since.get()) is None:
        return
    since[:] = since or [time.monotonic()]
    left = since[0] + refusals.SILENCE - time.monotonic()
    if left <= 0:
        raise Silent
    request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), left)


def _answered(response: Any) -> None:
    if (since := _since.get()) is not None:
        since.clear()
