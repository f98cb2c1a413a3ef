"""Planes as tables for the terminal: how much is inside each basin, and where checkpoints lie."""

import numpy as np
from rich.markup import escape
from rich.table import Table

from landscape.basins.losses import tolerance_text
from landscape.basins.standings import NOTHING
from landscape.planes.regions import regions_of
from landscape.schema.directions import short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result, score_text
from landscape.schema.specs import PlaneSpec


def plane(result: Result[PlaneSpec]) -> Table:
    """One line a capability: the share of the plane inside its basin, and how many points were measured."""
    spec = result.spec
    regions = regions_of(result)
    grid = spec.grid**2
    n = int(result.rows["n"].max())
    measured = len(result.rows[["x", "y"]].drop_duplicates())
    title = f"{escape(short_name(spec.checkpoint))}: {measured:,} points measured of a {spec.grid} × {spec.grid} grid"
    title += f", {tolerance_text(spec.loss_tolerance, True)}" if spec.loss_tolerance else ""
    table = Table("capability", "score at θ₀", "inside, share of the plane", "points", "of the grid", title=title)
    for name, region in regions.items():
        broken = result.not_finite_at_origin(name)
        unscored = "no score" if result.has_loss_alone(name) else NOTHING
        lacking = "not measurable" if broken else "no loss" if region.by_loss else unscored
        inside = lacking if region.inside is None else f"{region.inside.mean():.1%}"
        count = int((~np.isnan(region.scores)).sum())
        table.add_row(
            escape(name),
            score_text(float(result.row_at_origin(name)["score"]), broken, n),
            inside,
            f"{count:,}",
            f"{count / grid:.1%}",
        )
    return table


def places(result: Result[PlaneSpec]) -> Table:
    """One line a checkpoint: its place, and its distance to the plane."""
    facts = result.facts
    cosine = f", cosine of the directions {facts.cosine:.4f}" if facts and facts.cosine is not None else ""
    share = f", {sum(facts.variance):.1%} of the variance" if facts and facts.variance else ""
    table = Table("checkpoint", "x", "y", "distance to the plane", title=f"Places, in α{cosine}{share}")
    for name, (x, y, distance) in (facts.places if facts else {}).items():
        table.add_row(escape(short_name(name)), number(x, 4), number(y, 4), number(distance, 2))
    return table
