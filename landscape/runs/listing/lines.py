"""The lines of the list of runs: pinned ones on top, parts folded under their inspections."""

from collections.abc import Sequence
from typing import NamedTuple

from landscape.runs.listing.filters import own_lines, pinned_first
from landscape.store.curation.parts import Part, folded
from landscape.store.records import Run
from landscape.store.store import Store


class Listing(NamedTuple):
    """What there is to list."""

    own: list[Run]  # runs with a line of their own, the latest first
    parts: list[Run]  # those that are folded
    links: list[Part]
    unread: list[str]  # ids of runs that this version cannot read

    @property
    def part_names(self) -> dict[str, str]:
        """By the id of a part, what it is a part of: `headroom of 3f2a91bc`."""
        return {link.run: f"{link.name} of {link.inspection}" for link in self.links}

    @property
    def all(self) -> list[Run]:
        """Every run that may be shown."""
        return [*self.own, *self.parts]


def listing_of(store: Store) -> Listing:
    """Read the runs and whose parts they are: two looks at the store, however many runs there are."""
    unread: list[str] = []
    runs, links = store.runs(unread), store.parts.all()
    own = own_lines(runs, hidden := folded(links))
    mine = {run.id for run in own}
    return Listing(own, [run for run in own_lines(runs) if run.id in hidden and run.id not in mine], links, unread)


def in_order(listing: Listing, shown: Sequence[Run]) -> tuple[list[Run], dict[str, str]]:
    """The runs to show, pinned ones on top, parts below their inspection; and of each part what it is a part of."""
    names = listing.part_names
    parent = {link.run: link.inspection for link in listing.links}
    parts = {run.id for run in listing.parts}
    own = pinned_first([run for run in shown if run.id not in parts])
    below: dict[str, list[Run]] = {}
    for run in reversed([run for run in shown if run.id in parts]):  # as they were measured
        below.setdefault(parent[run.id], []).append(run)
    ordered = [one for run in own for one in (run, *below.pop(run.id, ()))]
    ordered += [run for rest in below.values() for run in rest]  # whose inspection the filters hide
    return ordered, {run.id: names[run.id] for run in ordered if run.id in parts}
