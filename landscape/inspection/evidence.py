"""The evidence of an inspection: the results of its parts so far. No store, no model."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from landscape.basins.inside import has_basin
from landscape.basins.standings import standing_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import join_words
from landscape.schema.results import Facts, Result
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, SliceSpec, WorstSpec


@dataclass(frozen=True)
class Evidence:
    """The comparison Δ, and the results of the other parts by name. A missing part is not measured (yet).

    Parts whose names begin alike (`scores 50`, `scores`) are interim looks at the same quantity, the finer ones later.
    """

    delta: Mapping[str, Any] | None = None
    parts: Mapping[str, Result[Any]] = field(default_factory=dict)
    cut: tuple[str, ...] = ()  # the parts that the budget skipped or cut short
    took: float | None = None  # s, of an inspection that has ended; None: not ended, or by an earlier version
    digests: Mapping[str, str] = field(default_factory=dict)  # of what was measured, by name, where that is known
    # What "base" and "tuned" said to the lost and won examples of a capability, by index, as far as it is known.
    responses: Mapping[tuple[str, str], Mapping[int, Mapping[str, Any]]] = field(default_factory=dict)

    def plus(self, name: str, found: Any) -> "Evidence":
        """A copy with one more part: the values of Δ, or the result of another part; None adds nothing."""
        if found is None:
            return self
        return (
            replace(self, delta=found) if name.startswith("delta") else replace(self, parts={**self.parts, name: found})
        )

    def looks(self, kind: str) -> list[Result[Any]]:
        """All interim looks of one kind, in the order of the parts; scores only where both checkpoints have them."""
        own = {name: found for name, found in self.parts.items() if name == kind or name.startswith(f"{kind} ")}
        pair = {"scores": lambda name: f"tuned {name}", "tuned scores": lambda name: name.removeprefix("tuned ")}
        twin = pair.get(kind, lambda name: name)
        return [found for name, found in own.items() if twin(name) in self.parts]

    def looked_at(self, name: str) -> bool:
        """Whether an earlier look of the same kind as the part `name` has a result."""
        kinds = ("scores", "tuned scores", "base basin", "headroom", "way")
        return any(name.startswith(kind) and self.looks(kind) for kind in kinds)

    @cached_property
    def scores(self) -> Result[SliceSpec] | None:
        """The scores of the base (α = 0), each capability at its latest look."""
        return merge_looks(self.looks("scores"))

    @cached_property
    def tuned(self) -> Result[SliceSpec] | None:
        """The scores of the fine-tune (α = 0) on the same examples."""
        return merge_looks(self.looks("tuned scores"))

    @cached_property
    def base_basin(self) -> Result[BasinSpec] | None:
        """The basins around the base, each capability at its latest look."""
        return merge_looks(self.looks("base basin"))

    @cached_property
    def headroom(self) -> Result[BasinSpec] | None:
        """The basins around the fine-tune, each capability at its latest look."""
        return merge_looks(self.looks("headroom"))

    @cached_property
    def way(self) -> Result[SliceSpec] | None:
        """The slice from the base to the fine-tune, each capability at its latest look: the whole one goes beyond."""
        return merge_looks(self.looks("way"))

    @property
    def moves(self) -> Result[SliceSpec] | None:
        """The slice with the fine-tune after each deployment move."""
        return self.parts.get("moves")

    @property
    def worst(self) -> Result[WorstSpec] | None:
        """The worst directions of the base."""
        return self.parts.get("worst")

    @property
    def certificate(self) -> Result[CertificateSpec] | None:
        """The certificate of the base, also stated at the fine-tune."""
        return self.parts.get("certificate")

    @property
    def brittle(self) -> dict[str, Result[BasinSpec]]:
        """The basins of the fine-tune with only one layer, or one type of module, moved; by part."""
        return {name: found for name, found in self.parts.items() if name.split()[0] in ("layer", "module")}


def ceiling_notes(evidence: Evidence) -> list[str]:
    """Which scores are at the ceiling, of the base and of the fine-tune, in sentences."""
    said: dict[tuple[str, str], list[str]] = {}
    for who, scores in (("base", evidence.scores), ("fine-tune", evidence.tuned)):
        if scores is not None:
            for name in map(name_of, scores.spec.capabilities):
                standing = standing_of(scores, name)
                if standing is not None and standing.ceiling:
                    said.setdefault((name, standing.ceiling), []).append(who)
    return [f"{name} ({join_words(who)}): {ceiling}." for (name, ceiling), who in said.items()]


def merge_looks(looks: list[Result[Any]]) -> Result[Any] | None:
    """Merge several looks into one result: each capability's rows come from the last look that has it."""
    if len(looks) <= 1:
        return looks[0] if looks else None
    has = {name: look for look in looks for name in look.rows["capability"].unique()}
    rows = pd.concat([look.rows[look.rows["capability"] == name] for name, look in has.items()], ignore_index=True)
    names = dict.fromkeys(name for look in looks for name in look.spec.capabilities)
    directions = max((look.spec.directions for look in looks), key=len)
    spec = looks[-1].spec.model_copy(update={"capabilities": tuple(names), "directions": directions})
    facts = [look.facts for look in looks if look.facts]
    return Result(spec, rows, _merged(facts) if facts else None)


def _merged(facts: list[Facts]) -> Facts:
    chance = {name: value for each in facts for name, value in each.chance.items()}
    counts = {name: value for each in facts for name, value in each.counts.items()}
    latest = {name: each for each in facts for name in each.chance}
    requests = {name: each.requests[name] for name, each in latest.items() if name in each.requests}
    repeated = {name: each.repeated[name] for name, each in latest.items() if name in each.repeated}
    return replace(facts[-1], chance=chance, counts=counts, requests=requests, repeated=repeated)


def held_by_base(spec: InspectionSpec, scores: Result[SliceSpec]) -> list[str]:
    """The capabilities, as the spec names them, that the base may have: it scores better than guessing.

    This decides what is measured. What is said of a capability goes by its standing, which is stricter.
    """
    origin = scores.rows.loc[scores.rows["alpha"] == 0, ["capability", "score"]].itertuples(index=False)
    chance = scores.facts.chance if scores.facts else {}
    held = {n: has_basin(float(s), chance.get(n, 0.0), spec.thresholds.max_drop) for n, s in origin}
    return [name for name in spec.capabilities if held.get(name_of(name))]
