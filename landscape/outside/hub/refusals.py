"""Why the hub did not give what was asked of it, as one sentence that says what to do."""

import re

from landscape.outside.hub.names import MAIN, parts

SILENCE = 15.0  # s: a hub that has not answered by then is not waited for
_LOGIN = "log in (hf auth login, or a token in HF_TOKEN)"


class Refused(ValueError):
    """The hub did not give what was asked of it."""

    def __init__(self, name: str, why: str, *, of_all: bool = False, kept: bool = True) -> None:
        """`why`: what is wrong, and what to do; `of_all`: whatever is asked of the hub; `kept`: a cached copy holds."""
        super().__init__(f"cannot load {name!r}: {why}")
        self.why, self.of_all, self.kept = why, of_all, kept

    @property
    def brief(self) -> str:
        """What is wrong, without what to do."""
        return re.split(r"[:;] ", self.why)[0]


class Silent(OSError):
    """The hub did not answer in time."""


def refused(name: str, error: Exception) -> Refused:
    """Return the error to raise for what huggingface_hub raised when it asked for `org/name[@revision]`."""
    from huggingface_hub import constants, errors

    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # what huggingface_hub says of its cache is of no interest
    repository, revision = parts(name.partition(":")[0])
    page = f"{constants.ENDPOINT}/{repository}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.GatedRepoError):
        return Refused(name, f"it is gated: ask for access at {page}, and {_LOGIN}")
    if isinstance(error, errors.RepositoryNotFoundError):
        return Refused(
            name,
            "it does not exist on the hub, or is private (nor is there a folder of that name here): check the name at "
            f"{page}; for a private one, {_LOGIN}",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return Refused(
            name, f"{repository} has no revision {revision!r}: expected one of its branches, tags or commits ({page})",
            kept=False,
        )  # fmt: skip
    if isinstance(error, errors.DisabledRepoError):
        return Refused(name, f"the hub has disabled access to it ({page})")
    if isinstance(error, errors.HFValidationError):
        return Refused(name, "nothing on the hub can be named so: expected org/name, org/name@revision or a folder")
    if status == 429:
        why = f"the hub takes no more requests from here for now (429): wait a while, or {_LOGIN}"
        return Refused(name, why, of_all=True)
    if status == 401:
        return Refused(name, f"the hub does not accept the token of this machine: {_LOGIN} again")
    if status is not None and status < 500:
        return Refused(name, f"the hub refuses it ({status}): see {page}")
    if isinstance(error, OSError) and error.errno and status is None:
        return Refused(name, f"its files cannot be written: {error.strerror} ({error.filename or 'in the cache'})")
    if "Consistency check" in str(error):
        return Refused(name, "the hub sent a file that is not whole: try again")
    return Refused(name, f"{_unreachable(error, status)}; to work offline, {_elsewhere(name)}", of_all=status is None)


def _unreachable(error: Exception, status: int | None) -> str:
    """What is wrong with the hub or the way to it."""
    from huggingface_hub.errors import HTTPError

    if status is not None:
        return f"the hub has an error of its own ({status})"
    if isinstance(error, Silent) or "Timeout" in type(error).__name__:
        return f"the hub did not answer within {SILENCE:g} s"
    return (
        "the hub cannot be reached" if isinstance(error, OSError | HTTPError) else "what answers there is not the hub"
    )


def _elsewhere(name: str) -> str:
    """How to bring a checkpoint, or a file of one, here from another machine."""
    checkpoint, _, file = name.partition(":")
    repository, revision = parts(checkpoint)
    options = (f" {file}" if file else "") + ("" if revision == MAIN else f" --revision {revision}")
    what = "file" if file else "folder"
    return f"download it elsewhere (hf download {repository}{options} --local-dir FOLDER) and name that {what}"


def offline(name: str) -> Refused:
    """Return the error for what is not in the cache while HF_HUB_OFFLINE is set."""
    why = "the hub cannot be reached, as HF_HUB_OFFLINE is set, and the local cache does not hold it"
    return Refused(name, f"{why}; to work offline, {_elsewhere(name)}")
