"""Checkpoints of the hub: the commit that a name stands for, and the folder of its files, fetched where allowed.

A name is resolved to a commit once: with one request, which also lists its files. A commit that is here whole is read
without any.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from landscape.outside import network
from landscape.outside.hub import cache, requests
from landscape.outside.hub.names import is_exact, parts
from landscape.outside.hub.refusals import Refused, offline

Needed = Callable[[Path, frozenset[str]], Iterable[str]]  # its folder, the names of all its files → those to have


def exact(name: str) -> str | None:
    """Return `org/name@commit` for `org/name[@revision]`; None where it is not here, and the hub may not be asked.

    Raises:
        ValueError: there is no such checkpoint, or the hub does not answer and no copy of it is here.
    """
    if is_exact(name):
        return name
    repository, revision = parts(name)
    place = (cache.repository(name), revision)
    if not requests.may_ask():
        commit = cache.commit_of(name)
    elif (commit := network.answers().get(place)) is None:
        commit = network.answers()[place] = cache.beginning_so(name) or _asked(name)
        network.answers()[cache.snapshot(name, commit), "fetched as"] = name
    return f"{repository}@{commit}" if commit else None


def _asked(name: str) -> str:
    """Return the commit that the hub names; where it does not answer, or gives no access, that of the cached copy."""
    try:
        return requests.commit_and_files(name)[0]
    except Refused as why:
        if not why.kept or (commit := cache.commit_of(name)) is None:
            raise
        _tell_of_copy(name, commit, why)
        return commit


def _tell_of_copy(name: str, commit: str, why: Refused) -> None:
    network.announce(f"{name}: {why.brief}. The cached copy of commit {commit[:7]} is used.")


def folder_of(name: str, needed: Needed, require_whole: Callable[[Path], object], again: Callable[[], object]) -> Path:
    """Return the folder of a checkpoint `org/name[@revision]`.

    `needed` says which files it has to have; where nobody knows which there are, `require_whole` raises for what lacks
    some.

    Raises:
        ValueError: no such checkpoint; NotHere: it is not whole in the cache, and may not be fetched; `again` does so.
    """
    found = exact(name)
    if found is None:
        raise _missing(name, f"the checkpoint {name} of the Hugging Face hub", again)
    folder = cache.snapshot(name, parts(found)[1])
    if network.answers().get(folder) and folder.is_dir():
        return folder
    listed = cache.files_of(name, folder.name)
    if requests.may_ask():
        named = network.answers().get((folder, "fetched as"), name)
        _fetch(named, folder, listed, needed, require_whole)
        cache.note_commit(named, folder.name)
    elif not _is_whole(folder, listed, needed, require_whole):
        raise _missing(name, f"the checkpoint {name} of the Hugging Face hub", again)
    network.answers()[folder] = listed is not None or requests.may_ask()
    return folder


def _is_whole(
    folder: Path, listed: frozenset[str] | None, needed: Needed, require_whole: Callable[[Path], object]
) -> bool:
    try:
        if listed is not None:
            return all((folder / file).is_file() for file in needed(folder, listed))
        require_whole(folder)
    except (ValueError, OSError):
        return False
    return True


def _fetch(
    name: str,
    folder: Path,
    listed: frozenset[str] | None,
    needed: Needed,
    require_whole: Callable[[Path], object],
) -> None:
    """Bring here what a commit lacks of what it needs; which files these are, those that came first say."""
    try:
        listed = requests.files_of(name, folder.name) if listed is None else listed
    except Refused as why:
        if not _is_whole(folder, None, needed, require_whole):
            raise
        _tell_of_copy(name, folder.name, why)
        return
    fetched: list[str] = []
    while missing := [file for file in needed(folder, listed) if not (folder / file).is_file()]:
        if missing == fetched:
            raise Refused(name, f"{missing[0]} was fetched, and is not in {folder}: look after that cache")
        requests.download(name, folder.name, missing)
        fetched = missing


def file_of(name: str, file: str, again: Callable[[], object]) -> Path:
    """Return one file of the checkpoint `org/name[@revision]`; no other is fetched. Raises as `folder_of`."""
    what = f"the file {file} of {name} on the Hugging Face hub"
    found = exact(name)
    if found is None:
        raise _missing(f"{name}:{file}", what, again)
    commit = parts(found)[1]
    folder = cache.snapshot(name, commit)
    path = folder / file
    if not path.is_file():
        if not requests.may_ask():
            raise _missing(f"{name}:{file}", what, again)
        listed = cache.files_of(name, commit)
        if listed is None:
            listed = requests.files_of(name, commit)
        if file not in listed:
            alike = sorted(each for each in listed if Path(each).suffix == path.suffix)
            raise ValueError(
                f"cannot load '{name}:{file}': {parts(name)[0]} has no file of that name on the hub: expected one of "
                f"{', '.join(alike[:6]) or 'its files'}{' …' if len(alike) > 6 else ''}"
            )
        requests.download(name, commit, [file])
    if requests.may_ask():
        cache.note_commit(network.answers().get((folder, "fetched as"), name), commit)
    return path


def _missing(name: str, what: str, again: Callable[[], object]) -> ValueError:
    """Return the error for what is not here and may not be fetched: unasked, or at all."""
    return network.NotHere(what, again) if not network.may_fetch() else offline(name)
