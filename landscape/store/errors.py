"""Failures of the database in words."""

from sqlalchemy.exc import DatabaseError, InternalError, OperationalError


class StoreError(RuntimeError):
    """The store cannot do its work; the message says why, and what to do about it."""


class StoreBlocked(StoreError):
    """The store cannot be written now: the disk is full, or another program holds it."""


class StoreUnavailable(StoreError):
    """The server cannot be reached, or closed the connection: it may be starting again."""


PASSING = (StoreBlocked, StoreUnavailable)  # what may be over by itself: a worker waits and tries again


def is_outside(error: DatabaseError) -> bool:
    """Whether the database, or its owner, is the cause, and not our SQL."""
    if type(error) in (OperationalError, InternalError, DatabaseError):
        return True
    return getattr(error.orig, "sqlstate", None) in _FORBIDDEN


def in_words(error: DatabaseError, store: str, patience: float) -> StoreError:
    """One sentence and a hint."""
    detail = first_line(error)
    reason = detail.rpartition("failed: ")[2].removeprefix("FATAL:  ")
    for part, sentence in _SENTENCES.items():
        if part in detail.lower():
            return _KINDS.get(sentence, StoreError)(sentence.format(store=store, patience=patience, reason=reason))
    return StoreError(f"The store {store} does not work: {detail}.")


def first_line(error: DatabaseError) -> str:
    """What the driver says, without its own hints."""
    return str(error.orig).strip().splitlines()[0]


_FORBIDDEN = ("42501", "3F000")  # SQLSTATE of missing rights and of no schema, which drivers take for wrong SQL
_FULL = (
    "The store {store} cannot grow, the disk is full. Nothing measured so far is lost: free some space, then resume."
)
_FAILING = (
    "The store {store} cannot be read or written: the disk is full or failing. "
    "Nothing measured so far is lost: free some space, then resume."
)
_LOCKED = (
    "The store {store} was locked by another program for {patience:.0f} s. "
    "Close what holds it (a database browser, a backup), then try again."
)
_READ_ONLY = (
    "The store {store} is read-only: it can be looked at, but nothing can be queued or measured. "
    "Set LANDSCAPE_STORE to one that can be written."
)
_STRANGER = (
    "The server of the store {store} does not let this user in: {reason}. "
    "Expected LANDSCAPE_STORE=postgresql://USER:PASSWORD@HOST/DATABASE, or the password in ~/.pgpass."
)
_GONE = (
    "The server of the store {store} closed the connection: {reason}. "
    "Nothing measured so far is lost: when it runs again, resume."
)
_UNREACHED = (
    "The server of the store {store} cannot be reached: {reason}. "
    "Is PostgreSQL running there, and may this machine connect to it?"
)
UNOPENED = (
    "The store {store} cannot be opened: it is a folder, or may not be read or made there. "
    "Set LANDSCAPE_STORE to a file in a folder of yours."
)
_KINDS: dict[str, type[StoreError]] = {
    **dict.fromkeys((_FULL, _FAILING, _LOCKED), StoreBlocked),
    **dict.fromkeys((_GONE, _UNREACHED), StoreUnavailable),
}
_SENTENCES = {  # part of the driver's message → what a user reads
    "database or disk is full": _FULL,
    "no space left": _FULL,
    "disk i/o error": _FAILING,
    "locked": _LOCKED,
    "lock timeout": _LOCKED,
    "readonly": _READ_ONLY,
    "read-only": _READ_ONLY,
    "unable to open": UNOPENED,
    "not a database": "{store} is not a landscape store, or is damaged. Move it away, or set LANDSCAPE_STORE.",
    "malformed": "The store {store} is damaged. Move it away, or set LANDSCAPE_STORE to another file.",
    "password": _STRANGER,
    "authentication": _STRANGER,
    'fatal:  role "': _STRANGER,
    'fatal:  database "': "The server has no database for the store {store} ({reason}). Make one with createdb.",
    "permission denied": "The user of the store {store} may not do this: {reason}. Ask its owner for the rights; with "
    "those to read alone it can be looked at, but nothing can be queued or measured.",
    "no schema": "The user of the store {store} has no schema to write to: {reason}. Ask the database's owner for one.",
    "terminating connection": _GONE,
    "server closed the connection": _GONE,
    "connection failed": _UNREACHED,
    "connection is bad": _UNREACHED,
    "failed to resolve": _UNREACHED,
    "timeout expired": _UNREACHED,
}
