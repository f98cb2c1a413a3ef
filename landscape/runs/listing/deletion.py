"""What goes when runs are deleted: they, the parts that an inspection made, and what would miss them."""

from collections.abc import Sequence
from dataclasses import dataclass

from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec
from landscape.store.curation.parts import go_along, rest_on
from landscape.store.records import Run
from landscape.store.store import Store


@dataclass(frozen=True)
class Deletion:
    """What is deleted, and who would miss it."""

    chosen: tuple[Run, ...]
    parts: tuple[Run, ...]  # made by inspections among those chosen, and needed by nothing else
    missed_by: dict[str, list[str]]  # id of an inspection that stays → its parts that go

    @property
    def ids(self) -> list[str]:
        """Of all that goes."""
        return [run.id for run in (*self.chosen, *self.parts)]

    @property
    def lines(self) -> list[str]:
        """One sentence a run chosen, then what goes along, then who would miss it."""
        told = [f"{called(run)}: {points_of(run)}" for run in self.chosen]
        if self.parts:
            points = sum(run.done for run in self.parts)
            told.append(f"with {_count(len(self.parts), 'part')} that no other inspection uses ({points:,} points)")
        for inspection, names in self.missed_by.items():
            told.append(f"inspection {inspection} stays, and loses what it rests on: {', '.join(names)}")
        return told


def deletion_of(store: Store, chosen: Sequence[Run]) -> Deletion:
    """What is deleted with these runs. Parts that somebody has written on stay."""
    parts, ids = store.parts.all(), {run.id for run in chosen}
    along = go_along(parts, ids)
    runs = {run.id: run for run in store.runs()} if along else {}
    going = [runs[part] for part in along if part in runs and not runs[part].labels]
    return Deletion(tuple(chosen), tuple(going), rest_on(parts, ids))


def called(run: Run) -> str:
    """`slice 3f2a91bc of demo:base, “nightly”`."""
    name = f", “{run.labels.name}”" if run.labels.name else ""
    other = getattr(run.spec, "other", "")
    beside = f" and {short_name(other)}" if other and run.kind in ("inspection", "comparison") else ""
    return f"{run.kind} {run.id} of {short_name(run.checkpoint)}{beside}{name}"


def points_of(run: Run) -> str:
    """`31 points`; of a kind without points, its result."""
    if not isinstance(run.spec, PointSpec):
        return "its result" if run.done else "nothing measured"
    return _count(run.done, "point")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
