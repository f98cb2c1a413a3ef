"""Which runs a list shows: by kind, checkpoint, capability, status, tag, date and words; parts only on request."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from landscape.runs.kinds import kind_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import short_name
from landscape.schema.frames import Spec
from landscape.store.records import Run


@dataclass(frozen=True)
class Filters:
    """What a run must have to be shown. An empty filter lets every run through; of several values, any will do."""

    words: str = ""  # each must occur somewhere in what is listed of a run
    kinds: Collection[str] = ()
    checkpoints: Collection[str] = ()  # short names or whole ones
    capabilities: Collection[str] = ()
    statuses: Collection[str] = ()
    tags: Collection[str] = ()
    since: date | None = None  # the first day, by the clock of this machine
    until: date | None = None  # the last day

    def shown(self, runs: Iterable[Run], called: Mapping[str, str] | None = None) -> list[Run]:
        """The runs that pass, in their order. `called`: by the id of a part, what it is a part of."""
        first, last = _moment(self.since), _moment(self.until and self.until + timedelta(days=1))
        return [
            run
            for run in runs
            if (first is None or run.created >= first)
            and (last is None or run.created < last)
            and self._fits(run, (called or {}).get(run.id, ""))
        ]

    def _fits(self, run: Run, called: str) -> bool:
        if self.kinds and run.kind not in self.kinds:
            return False
        if self.statuses and run.status not in self.statuses:
            return False
        if self.tags and not set(self.tags) & set(run.labels.tags):
            return False
        if self.checkpoints and not set(self.checkpoints) & {*run.spec.named_checkpoints, *checkpoints_of(run.spec)}:
            return False
        if self.capabilities and not set(self.capabilities) & set(capabilities_of(run.spec)):
            return False
        return not self.words or _holds(run, called, self.words)


def _moment(day: date | None) -> float | None:
    """When a day begins on this machine, epoch s."""
    return None if day is None else datetime.combine(day, time.min).timestamp()


def _holds(run: Run, called: str, words: str) -> bool:
    labels = run.labels
    said = (run.id, called, run.kind, run.status, labels.name, *labels.tags, labels.note, run.found, run.error or "")
    text = " ".join([*said, *run.spec.named_checkpoints, *capabilities_of(run.spec)]).casefold()
    return all(word in text for word in words.casefold().split())


def checkpoints_of(spec: Spec) -> list[str]:
    """The short names of every checkpoint that a spec names, θ₀ first."""
    return list(dict.fromkeys(map(short_name, spec.named_checkpoints)))


def capabilities_of(spec: Spec) -> list[str]:
    """The names of every capability that a spec names."""
    return list(dict.fromkeys(map(name_of, spec.named_capabilities)))


def own_lines(runs: Iterable[Run], folded: Collection[str] = ()) -> list[Run]:
    """The runs that have a line of their own: not answers or exchanged tokens, and not the parts that are folded.

    A part that somebody has written on is one that is looked for.
    """
    return [run for run in runs if kind_of(run.spec).listed and (run.id not in folded or run.labels)]


def pinned_first(runs: Sequence[Run]) -> list[Run]:
    """The same runs with those that are pinned at the top."""
    return sorted(runs, key=lambda run: not run.labels.pinned)
