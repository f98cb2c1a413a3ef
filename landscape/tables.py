"""Results as tables for the terminal."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from landscape import guarantee_tables, move_tables, needle_tables
from landscape.basins import RAYS_NEEDED, Nesting
from landscape.readings import Basin, Level, alpha_of_others, basins_of, levels_of, nestings
from landscape.recipes import Move, seed_of, short_name
from landscape.regions import regions_of
from landscape.results import Result
from landscape.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.store import Run


def scores(result: Result[SliceSpec]) -> Table:
    """One line an α: the mean score of each capability over random directions (its range), and towards."""
    table = Table(
        "α", title=f"{escape(short_name(result.spec.checkpoint))}: mean score (lowest–highest over directions)"
    )
    groups = result.rows.groupby(["direction", "capability"], sort=False)
    cells: dict[float, dict[str, str]] = {}
    for (direction, capability), rows in groups:
        heading = (
            f"→ {short_name(direction.removeprefix('towards '))}" if direction.startswith("towards") else direction
        )
        column = escape(f"{capability}\n{heading}")
        table.add_column(column, justify="right")
        for alpha, scores in rows.groupby("alpha")["score"]:
            spread = f" ({scores.min():.2f}–{scores.max():.2f})" if len(scores) > 1 else ""
            cells.setdefault(float(alpha), {})[column] = f"{scores.mean():.3f}{spread}"
    for alpha, row in sorted(cells.items()):
        table.add_row(f"{alpha:.4g}", *(row.get(str(column.header), "") for column in table.columns[1:]))
    return table


def runs(found: Sequence[Run]) -> Table:
    """One line a run."""
    table = Table("run", "status", "kind", "checkpoint", "points", "error")
    for run in found:
        checkpoint, error = escape(short_name(run.checkpoint)), escape(run.error or "")
        table.add_row(run.id, run.status, run.kind, checkpoint, f"{run.done}/{run.total}", error)
    return table


def moved_line(compared: dict[str, Any]) -> str:
    """How far a checkpoint lies from another, in one line."""
    return (
        f"‖Δθ‖ = {compared['radius']:.4g}   α = {compared['alpha']:.4g}   "
        f"α / rms(θ₀) = {compared['relative_alpha']:.2%}   "
        f"changed {compared['changed']:,} of {compared['parameters']:,} weights"
    )


def moved_most(compared: dict[str, Any], count: int = 10) -> Table:
    """The tensors that moved most between two checkpoints, the first one first; with the effective rank of Δ."""
    table = Table("tensor", "α", "relative", "effective rank", title="Moved most")
    for tensor in sorted(compared["tensors"], key=lambda t: -t["alpha"])[:count]:
        rank = tensor.get("effective_rank")  # only matrices have one, and older comparisons none
        full = "" if rank is None else f"{rank:.3g} of {min(tensor['shape'])}"
        table.add_row(tensor["name"], f"{tensor['alpha']:.4g}", f"{tensor['relative']:.2%}", full)
    return table


def basins(result: Result[BasinSpec]) -> Table:
    """One line a capability: how far its basin reaches, and how sure that is."""
    found, rms = basins_of(result), result.facts.rms if result.facts and not result.spec.relative else None
    rays = max((len(basin.draws) for basin in found), default=0)
    name, tau = escape(short_name(result.spec.checkpoint)), result.spec.tolerance
    table = Table("", "score", "radius, α", "95 %", "range", "relative")
    table.title = f"{name}: basin radius at τ = {tau:g}, median of {rays} directions"
    for basin in found:
        table.add_row(escape(basin.capability), f"{basin.score:.3f}", *_radius_cells(basin, rms))
    return table


def ends(result: Result[BasinSpec]) -> Table:
    """Where each basin ends on the straight way to a checkpoint, beside that checkpoint's own α."""
    found, alphas = basins_of(result), alpha_of_others(result)
    table = Table("", "stands at", *(escape(basin.capability) for basin in found))
    table.title = "Towards a checkpoint, each basin ends at α ="
    for name, alpha in alphas.items():
        there = [_ending(basin, f"towards {name}") for basin in found]
        table.add_row(f"→ {escape(short_name(name))}", f"{alpha:.3g}", *there)
    return table


def _ending(basin: Basin, label: str) -> str:
    boundary = next((ray.boundary for ray in basin.rays if ray.label == label and ray.sign > 0), None)
    if boundary is None:
        return ""
    return f"≥ {boundary.inside:.3g}" if boundary.alpha is None else f"{boundary.alpha:.3g}"


def _radius_cells(basin: Basin, rms: float | None) -> list[str]:
    """Radius, interval, range, relative radius."""
    found = basin.radius
    if found is None:
        return ["", "", "", ""]
    sign = "≥ " if found.at_least else ""
    interval = "" if math.isnan(found.low) else f"{found.low:.2g}–{_open(found.high)}"
    relative = "" if rms is None else f"{sign}{found.median / rms:.1%}"
    return [f"{sign}{found.median:.3g}", interval, f"{found.minimum:.2g}–{_open(found.maximum)}", relative]


def _open(value: float) -> str:
    return "beyond" if math.isinf(value) else f"{value:.2g}"


def warnings(result: Result[BasinSpec]) -> str:
    """What stands in the way of the numbers, a line each."""
    lines = [escape(f"{basin.capability}: {warning}") for basin in basins_of(result) for warning in basin.warnings]
    few = result.spec.directions and sum(seed_of(d) is not None for d in result.spec.directions) < RAYS_NEEDED
    return "\n".join(lines + ([f"95 % intervals need {RAYS_NEEDED} random directions"] if few else []))


def nested(result: Result[BasinSpec]) -> Table:
    """Which capability's basin lies inside which, counted over directions."""
    pairs = nestings(basins_of(result))
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    table = Table(
        "inside?", *map(escape, names), title="In how many directions does the row's basin end before the column's?"
    )
    for inner in names:
        table.add_row(escape(inner), *(_nesting_cell(pairs.get((inner, outer))) for outer in names))
    return table


def levels(result: Result[BasinSpec]) -> Table:
    """One line an α of the ladder: in how many directions each capability still holds there."""
    found = levels_of(result)
    names = list(dict.fromkeys(level.capability for level in found))
    table = Table("α", *map(escape, names), title="Directions still inside, mean score from 0 to α")
    cells = {(level.alpha, level.capability): level for level in found}
    for alpha in dict.fromkeys(level.alpha for level in found):
        table.add_row(f"{alpha:.3g}", *(_level_cell(cells.get((alpha, name))) for name in names))
    return table


def _level_cell(level: Level | None) -> str:
    if level is None:
        return ""
    return f"{round(level.inside.share * level.inside.n)} of {level.inside.n}, {level.mean:.2f}"


def _nesting_cell(found: Nesting | None) -> str:
    """`8 of 8: inside`; a claim needs an interval that lies on one side of one half."""
    if found is None:
        return ""
    claim = {"inside": ": inside", "not inside": ": not inside", "undecided": ""}[found.claim]
    return f"{found.inside} of {found.decided}{claim}"


def plane(result: Result[PlaneSpec]) -> Table:
    """One line a capability: how much of the plane it holds, and what it took to find out."""
    spec = result.spec
    regions = regions_of(result)
    grid = spec.grid**2
    measured = len(result.rows[["x", "y"]].drop_duplicates())
    title = f"{escape(short_name(spec.checkpoint))}: {measured:,} points measured of a {spec.grid} × {spec.grid} grid"
    table = Table("capability", "score at θ₀", "inside, share of the plane", "points", "of the grid", title=title)
    for name, region in regions.items():
        inside = "no basin" if region.inside is None else f"{region.inside.mean():.1%}"
        count = int((~np.isnan(region.scores)).sum())
        table.add_row(escape(name), f"{region.origin:.3f}", inside, f"{count:,}", f"{count / grid:.1%}")
    return table


def places(result: Result[PlaneSpec]) -> Table:
    """Where checkpoints lie: in the plane, or over it."""
    facts = result.facts
    cosine = f", cosine of the directions {facts.cosine:.4f}" if facts and facts.cosine is not None else ""
    share = f", {sum(facts.variance):.1%} of the variance" if facts and facts.variance else ""
    table = Table("checkpoint", "x", "y", "distance to the plane", title=f"Places, in α{cosine}{share}")
    for name, (x, y, distance) in (facts.places if facts else {}).items():
        table.add_row(escape(short_name(name)), f"{x:.4g}", f"{y:.4g}", f"{distance:.2g}")
    return table


def flatness(found: dict[str, Any]) -> Table:
    """One line a capability: curvature and average sharpness, each with its standard error."""
    table = Table("", "loss", "λ", "λ·d", "trace", "rise at α", "½α²·trace")
    table.title = (
        f"Hessian of the mean NLL over d = {found['parameters']:,} weights: top eigenvalue λ, trace "
        f"({found['probes']} probes), rise of the loss at α = {found['alpha']:.3g} (mean of {found['directions']} "
        "directions); ± one standard error"
    )
    for name, one in found["capabilities"].items():
        table.add_row(
            escape(name),
            f"{one['loss']:.3g}",
            f"{one['eigenvalue']:.3g}",
            f"{one['eigenvalue'] * found['parameters']:.3g}",
            f"{one['trace']:.3g} ± {one['trace_error']:.1g}",
            f"{one['sharpness']:.3g} ± {one['sharpness_error']:.1g}",
            f"{one['quadratic']:.3g}",
        )
    return table


def of(result: Result[Any]) -> list[Table | str]:
    """What says in a terminal what a result of any kind found."""
    if isinstance(result.spec, WorstSpec):
        return [basins(result), *needle_tables.worst(result), *filter(None, [warnings(result)])]
    if isinstance(result.spec, BasinSpec):
        pairs = nestings(basins_of(result))
        aimed = [ends(result)] if alpha_of_others(result) else []
        return [
            basins(result),
            *aimed,
            *([nested(result), levels(result)] if pairs else []),
            *filter(None, [warnings(result)]),
        ]
    if isinstance(result.spec, PlaneSpec):
        return [plane(result), places(result)]
    if isinstance(result.spec, CertificateSpec):
        return guarantee_tables.of(result)
    if all(isinstance(direction, Move) for direction in result.spec.directions):
        return [move_tables.moves(result)]
    return [scores(result)]
