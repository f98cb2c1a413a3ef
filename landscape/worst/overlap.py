"""How a computed direction spreads over the modules, and how much of it a fine-tune contains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape.basins.radii import alpha_of_others
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, Towards, label_of
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import computed_of, roles_of, rows_of
from landscape.worst.points import projection_alpha

NOTHING = 0.01  # nats: a loss change of less than this leaves nothing to explain


@dataclass(frozen=True)
class Explained:
    """How much of a fine-tune's loss change its projection on a computed direction explains, on all examples."""

    checkpoint: str
    direction: str
    capability: str
    cosine: float
    chance: float  # 1/√d, the standard deviation of a random direction's cosine
    loss_change: float  # L(θ′) − L(θ₀), nats
    projection_alpha: float  # α of the orthogonal projection; negative: away from the direction
    loss_change_of_projection: float  # L(θ₀ + projection) − L(θ₀)

    @property
    def share(self) -> float | None:
        """The share of the loss change that the projection alone brings; None if there is no change to explain."""
        return self.loss_change_of_projection / self.loss_change if abs(self.loss_change) > NOTHING else None

    @property
    def share_text(self) -> str:
        """The share in percent, or `no change`."""
        return "no change" if self.share is None else f"{round(self.share, 3) + 0.0:.1%}"


def explained_of(result: Result[WorstSpec]) -> list[Explained]:
    """Every fine-tune × computed direction × capability that it was searched to hurt; the largest cosine first.

    A direction against several capabilities at once is left out for those that have a direction of their own.
    """
    hurt = {d: [n for n, role in roles_of(d).items() if role == "hurt"] for d in computed_of(result)}
    alone = {names[0] for names in hurt.values() if len(names) == 1}
    found = [
        _explained(result, target, direction, name)
        for target in result.spec.directions
        if isinstance(target, Towards)
        for direction, names in hurt.items()
        for name in names
        if len(names) == 1 or name not in alone
    ]
    return sorted((one for one in found if one is not None), key=lambda one: -abs(one.cosine))


def _explained(result: Result[WorstSpec], target: Towards, direction: Direction, name: str) -> Explained | None:
    """One of them; None if a loss or the cosine is not known (yet)."""
    facts, alpha = result.facts, alpha_of_others(result).get(target.checkpoint)
    cosines = facts.cosines.get(label_of(target), {}) if facts else {}
    measured = name in map(name_of, result.spec.capabilities)
    if facts is None or alpha is None or label_of(direction) not in cosines or not measured:
        return None
    place = projection_alpha(facts, label_of(target), label_of(direction), alpha)
    origin, there, fallen = (
        _loss(result, along, name, at) for along, at in ((target, 0.0), (target, alpha), (direction, place))
    )
    if origin is None or there is None or fallen is None:
        return None
    return Explained(
        checkpoint=target.checkpoint,
        direction=label_of(direction),
        capability=name,
        cosine=cosines[label_of(direction)],
        chance=facts.parameters**-0.5,
        loss_change=there - origin,
        projection_alpha=place,
        loss_change_of_projection=fallen - origin,
    )


def _loss(result: Result[WorstSpec], direction: Direction, name: str, alpha: float) -> float | None:
    rows = rows_of(result, direction, name)
    near = rows[np.isclose(rows["alpha"], alpha, rtol=1e-9, atol=0) & rows["loss"].notna()]
    return float(near["loss"].iloc[0]) if len(near) else None


@dataclass(frozen=True)
class Cell:
    """A module of a layer: its share of ‖δ‖² and of the weights."""

    layer: int | None
    module: str
    share: float
    weights: float

    @property
    def density(self) -> float:
        """Share of ‖δ‖² over share of the weights: 1 everywhere in a random direction."""
        return self.share / self.weights


def cells_of(mass: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """The shares of a direction's ‖δ‖² and weights, summed over the tensors of each module of each layer."""
    cells: dict[tuple[int | None, str], tuple[float, float]] = {}
    for tensor in mass:
        share, size = cells.get(key := (tensor["layer"], tensor["module"]), (0.0, 0.0))
        cells[key] = share + tensor["share"], size + tensor["weights"]
    return [Cell(layer, module, *amounts) for (layer, module), amounts in cells.items()]


def by(cells: Sequence[Cell], part: str) -> dict[str, float]:
    """Shares of ‖δ‖² summed by `layer` or by `module`."""
    sums: dict[str, float] = {}
    for cell in cells:
        name = cell.module if part == "module" else "outside" if cell.layer is None else f"layer {cell.layer}"
        sums[name] = sums.get(name, 0.0) + cell.share
    return sums


def found_of(result: Result[WorstSpec]) -> dict[str, dict[str, Any]]:
    """The records of finished searches (`Facts.found`), by label, in the spec's order."""
    known = result.facts.found if result.facts else {}
    return {label: known[label] for label in map(label_of, computed_of(result)) if label in known}


@dataclass(frozen=True)
class Round:
    """A part of an ascent, at one α. Losses by capability: before every step, and of the direction it ended with."""

    alpha: float
    losses: dict[str, list[float]]
    end: float | None = None  # α at which its direction has ended what it hurts, on the searched half; None: not met
    spared_lost: tuple[str, ...] = ()  # the spared that are lost there too

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return max(len(losses) for losses in self.losses.values()) - 1


def rounds_of(found: Mapping[str, Any], restart: int) -> list[Round]:
    """The rounds of a restart of a search; up to version 0.6 it had one, and did not look where anything ends."""
    ascent = found["ascents"][restart]
    if "rounds" not in ascent:
        return [Round(found["alpha"], ascent["losses"])]
    noted = ascent["rounds"]
    return [Round(one["alpha"], one["losses"], one["end"], tuple(one["spared_lost"])) for one in noted]


def kept_round(found: Mapping[str, Any]) -> Round:
    """The round whose direction a search kept."""
    return rounds_of(found, found["kept"])[found.get("kept_round", 0)]
