"""Names on the Hugging Face hub: `org/name[@revision]`. With the whole hash of a commit as revision a name is exact.

Here, that of a data set begins with `datasets/`, as its page's address does.
"""

import re

ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
COMMIT = re.compile(r"[0-9a-f]{40}")
MAIN = "main"
DATA_SETS = "datasets/"


def is_id(name: str) -> bool:
    """Return whether a text can be the name of a repository, with or without a revision."""
    return ID.fullmatch(name) is not None and not name.startswith(".") and ".." not in name


def parts(name: str) -> tuple[str, str]:
    """Return (repository, revision) of a name; without a revision it is `main`."""
    repository, _, revision = name.partition("@")
    return repository, revision or MAIN


def is_exact(name: str) -> bool:
    """Return whether a name says which commit it is of."""
    return (is_id(name) or name.startswith(DATA_SETS)) and COMMIT.fullmatch(parts(name)[1]) is not None
