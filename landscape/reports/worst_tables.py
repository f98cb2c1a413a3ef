"""Worst-case runs, and the flatness of a checkpoint, as tables for the terminal."""

import math
from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from landscape.basins.losses import as_searched, default_tolerance, tolerance_text
from landscape.basins.radii import Basin, basins_of
from landscape.figures.scale import Scale, scale_of
from landscape.figures.worst.findings import boundary_text, times_nearer_text
from landscape.schema.capability_names import name_of
from landscape.schema.directions import label_of, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result, finite_text
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, computed_of, worst_boundaries
from landscape.worst.curvature_spread import FEW, spread_of_rises
from landscape.worst.equal_norm import EqualNormScores, equal_norm_scores
from landscape.worst.overlap import Explained, explained_of


def worst(result: Result[WorstSpec]) -> list[Table]:
    """The tables of boundaries along computed directions, of scores at equal norm, and of overlaps with fine-tunes."""
    searched = as_searched(result)
    basins = basins_of(searched)
    endings = worst_boundaries(searched, basins=basins)
    by_score = endings if searched is result else worst_boundaries(result, result.spec.tolerance)
    standings, shared = equal_norm_scores(result, by_score), explained_of(result)
    return [
        _boundaries(searched, endings, basins),
        *([_equal_norm(result, standings)] if standings else []),
        *([_shared(shared)] if shared else []),
    ]


def _boundaries(result: Result[WorstSpec], endings: Sequence[WorstBoundary], basins: Sequence[Basin]) -> Table:
    """One line a direction: at which α each capability ends, and how many times nearer than in random directions."""
    names, scale = [name_of(name) for name in result.spec.capabilities], scale_of(result)
    table = Table("ends at α =", *map(escape, names))
    table.title = (
        f"{escape(short_name(result.spec.checkpoint))}: boundaries along the worst directions found, "
        f"{tolerance_text(default_tolerance(result), result.by_loss)} (* on examples that the search never saw)"
    )
    cells = {(e.direction, e.capability): e for e in endings}
    for label in map(label_of, computed_of(result)):
        row = [cells.get((label, name)) for name in names]
        table.add_row(escape(label), *("" if cell is None else _cell(cell, scale) for cell in row))
    radii = {basin.capability: basin.radius for basin in basins}
    found = (radii.get(name) for name in names)
    table.add_row(
        "random, median",
        *("" if r is None else f"{'≥ ' if r.at_least else ''}{scale.format(r.median)}" for r in found),
    )
    return table


def _cell(ending: WorstBoundary, scale: Scale) -> str:
    """`0.00020* (80 × nearer)`: the boundary, a star for unseen examples, and how much nearer that is."""
    compared = times_nearer_text(ending)
    return f"{boundary_text(ending, scale)}{'*' * ending.held_out}{f' ({compared})' if compared else ''}"


def _equal_norm(result: Result[WorstSpec], standings: Sequence[EqualNormScores]) -> Table:
    """One line a fine-tune and capability: scores at the fine-tune's α, and which directions it resembles."""
    table = Table("", "", "θ₀", "random", "own", "worst", "is like", "n")
    table.title = (
        "At the α of each fine-tune, the score in random directions (lowest–highest), its own, and the worst found; "
        "n examples, * never searched"
    )
    for one in standings:
        spread = [score for score in one.random if not math.isnan(score)]
        said = "" if one.middle is None else finite_text(one.middle, 2)
        said += f" ({min(spread):.2f}–{max(spread):.2f})" if spread else ""
        worst = "" if one.worst is None else finite_text(one.worst, 2)
        name = f"{escape(short_name(one.checkpoint))}, {scale_of(result).format(one.alpha)}"
        words = {"alike": "both", "beyond": "worse than both", "unknown": "", "not finite": ""}
        like = words.get(one.likeness, one.likeness)
        unseen = f"{one.n}{'*' if one.held_out else ''}"
        table.add_row(
            name, escape(one.capability), finite_text(one.origin, 2), said, finite_text(one.own, 2), worst, like, unseen
        )
    return table


def _shared(shared: Sequence[Explained]) -> Table:
    """One line a fine-tune and worst direction: their cosine, and the share of the loss change it explains."""
    table = Table("fine-tune", "direction", "cosine", "Δloss", "there", "share")
    table.title = (
        "What fine-tunes share with them: Δloss is the fine-tune's own, `there` that of its projection; "
        f"between random directions the cosine has a standard deviation of {number(shared[0].chance, 1)}"
    )
    for one in shared:
        where = (escape(short_name(one.checkpoint)), escape(one.direction))
        table.add_row(
            *where,
            f"{one.cosine:+.4f}",
            f"{round(one.loss_change, 4) + 0.0:+.4f}",
            f"{round(one.loss_change_of_projection, 4) + 0.0:+.4f}",
            one.share_text,
        )
    return table


def flatness(found: dict[str, Any]) -> Table:
    """One line a capability: curvature and average sharpness, each with its standard error."""
    table = Table("", "loss", "λ", "λ min", "trace", "rise at α", "½α²·trace", "½α²·λ·d", "α·|g·δ|")
    table.title = (
        f"Hessian of the mean NLL over d = {found['parameters']:,} weights: top eigenvalue λ, smallest eigenvalue λ "
        f"min, trace ({found['probes']} probes), rise of the loss at α = {number(found['alpha'])} (mean of "
        f"{found['directions']} directions) and what curvature predicts of it; the same of the top eigenvector δ, with "
        "what the slope adds; ± one standard error"
    )
    alpha, d = found["alpha"], found["parameters"]
    for name, one in found["capabilities"].items():
        predicted = None if one["eigenvalue"] is None else alpha**2 * one["eigenvalue"] * d / 2
        table.add_row(
            escape(name),
            _known(one["loss"]),
            _known(one["eigenvalue"]),
            _smallest(one),
            _with_error(one, "trace"),
            _with_error(one, "sharpness"),
            _known(one["quadratic"]),
            _known(predicted),
            _known(alpha * one["slope"]) if one.get("slope") is not None else "",
        )
    return table


def spreads(found: dict[str, Any]) -> list[str]:
    """How much the curvature varies between random directions, a sentence a capability; none up to version 0.6."""
    return [spread_text(name, one, found) for name, one in found["capabilities"].items() if "curvature_spread" in one]


def spread_text(name: str, one: dict[str, Any], found: dict[str, Any]) -> str:
    """`math: between random directions the curvature varies by 0.12 ± 0.02 of its mean …; the rises … by 0.15`."""
    probes, directions = found["probes"], found["directions"]
    spread, error = one["curvature_spread"], one["curvature_spread_error"]
    rises = spread_of_rises(one["sharpness"], one["sharpness_error"], directions)
    place = f"{directions} directions at α = {number(found['alpha'])}"
    measured = f"the rises of {place} varied by {number(rises, 2)}" if rises else ""
    if spread is None:
        unknown = f"{name}: how much the curvature varies between random directions is not known"
        why = f"{probes} probes do not tell its trace from 0"
        return f"{unknown}: {why}" + (f"; {measured} of their mean." if measured else ".")
    few = "few, " if probes < FEW else ""
    varies = f"{number(spread, 2)} ± {number(error, 1)}"
    text = f"{name}: between random directions the curvature varies by {varies} of its mean"
    return f"{text} (√2·‖H‖_F / tr H, {few}{probes} probes)" + (f"; {measured} of theirs." if measured else ".")


def _with_error(one: dict[str, Any], name: str) -> str:
    """A mean with its standard error, if there is one: a single direction or probe has none."""
    error = one[f"{name}_error"]
    known = one[name] is not None and error is not None
    return _known(one[name]) + (f" ± {number(error, 1)}" if known else "")


def _known(value: float | None) -> str:
    """A number with three digits; in words where it was stored as null: it was not finite."""
    return "not finite" if value is None else number(value)


def _smallest(one: dict[str, Any]) -> str:
    """The smallest eigenvalue; version 0.6 did not measure it."""
    smallest = one.get("smallest_eigenvalue")
    return number(smallest) if smallest is not None else "not converged" if "smallest_eigenvalue" in one else ""
