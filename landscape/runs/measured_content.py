"""What a run was measured on, and whether its names still stand for that: the one place that decides it.

A result belongs to the content that it was measured on: the bytes of every checkpoint, adapter and capability that its
spec names. A name may stand for something else tomorrow, so each run records the digests when its measuring begins.
"""

from collections.abc import Sequence

from landscape.assets import CAPABILITIES, PREFIX
from landscape.capabilities import examples
from landscape.checkpoints import fingerprints
from landscape.schema.capability_names import without_chat
from landscape.schema.directions import SEARCH, Worst, join_words, short_name
from landscape.schema.frames import Spec
from landscape.store.records import Content, Run

SEARCHED_BY = "the search for worst directions"  # stands among the digests, with its version


def content_of(spec: Spec, known: Content | None = None) -> Content:
    """What the names in a spec stand for now. A name whose files have the stamp that is known is not read again.

    Raises:
        ValueError: a checkpoint or capability cannot be read, or is being written.
    """
    known = known or Content({}, {})
    digests: dict[str, str] = {}
    stamps: dict[str, str] = {}
    for named, stamp, digest in (
        (spec.named_checkpoints, fingerprints.stamp, fingerprints.fingerprint),
        (spec.named_capabilities, examples.stamp, examples.content_digest),
    ):
        for name in dict.fromkeys(named):
            stamps[name] = stamp(name)  # before the digest: what is written between the two is read again next time
            unchanged = stamps[name] and stamps[name] == known.stamps.get(name)
            digests[name] = known.digests[name] if unchanged else digest(name)
    return Content(digests | ({SEARCHED_BY: str(SEARCH)} if _searches(spec) else {}), stamps)


def leading(runs: Sequence[Run]) -> Run | None:
    """Of runs of one spec and one content, the latest first: the one to go by, which is a finished one if there is."""
    return next((run for run in runs if run.status == "done"), runs[0] if runs else None)


def is_current(run: Run) -> bool:
    """Whether a run was measured on what its names stand for now; one that has not begun will be.

    Raises:
        ValueError: a checkpoint or capability cannot be read: nobody can tell.
    """
    if run.content is None:
        return _holds_unsaid(run)
    return content_of(run.spec, run.content).digests == run.content.digests


def outdated_because(run: Run) -> str | None:
    """Why a run that has ended may not speak of what its names stand for now, as a sentence; None: it does."""
    try:
        if is_current(run):
            return None
    except ValueError as error:
        return f"Nobody can tell whether this still holds: {error}"
    if run.content is None:
        return "An earlier version measured this and did not note on which files: measure it again to be sure."
    if _searches(run.spec) and run.content.digests.get(SEARCHED_BY) != str(SEARCH):
        return "An earlier version searched for the worst directions otherwise, and found less: measure it again."
    return "A checkpoint or the examples were changed since: measure it again."


def agrees(part: Run, whole: Content) -> bool:
    """Whether a part of an inspection was measured on the content of the whole."""
    if part.content is None:
        return _holds_unsaid(part)
    named = {name: digest for name, digest in part.content.digests.items() if name != SEARCHED_BY}
    return all(whole.digests.get(name) == digest for name, digest in named.items())


def require_unchanged(spec: Spec, begun: Content) -> None:
    """Raises RuntimeError where what a run is measured on is no longer what it was when the measuring began."""
    now = content_of(spec, begun)
    if changed := [short_name(name) for name, digest in now.digests.items() if begun.digests.get(name) != digest]:
        raise RuntimeError(
            f"{join_words(changed)} changed after this run began: ask for it again, and it is measured as it is now"
        )


def _holds_unsaid(run: Run) -> bool:
    """Whether a run holds that does not say what it was measured on: it has not begun, or version 0.6 measured it.

    Of the latter, only what ships with the program is known to be the same. A run of anything else is asked for again,
    and finds those of its points that still hold by their keys.
    """
    begun = run.status == "done" or run.facts is not None
    if begun and _searches(run.spec):
        return False
    shipped = all(name.startswith(PREFIX) for name in run.spec.named_checkpoints)
    return not begun or (shipped and all(without_chat(n) in CAPABILITIES for n in run.spec.named_capabilities))


def _searches(spec: Spec) -> bool:
    return any(isinstance(direction, Worst) for direction in getattr(spec, "directions", ()))
