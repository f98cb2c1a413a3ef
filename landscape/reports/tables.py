"""Results as tables for the terminal."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from landscape.basins.losses import as_searched, steering_tolerance
from landscape.basins.radii import alpha_of_others, basins_of, nestings
from landscape.basins.standings import standing_notes
from landscape.figures.basins.orders import order_text
from landscape.reports import certificates, deployment, worst_tables
from landscape.reports.basins import basins, ends, levels, nested, warnings
from landscape.reports.planes import places, plane
from landscape.schema.directions import MatchedNoise, Move, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result, score_text
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec


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
        for alpha, at in rows.groupby("alpha"):
            alone, broken, n = at["score"].isna().all(), int(at["not_finite"].sum()), int(at["n"].sum())
            if alone and not broken:
                cells.setdefault(float(alpha), {})[column] = _losses(at["loss"])
                continue
            spread = f" ({at['score'].min():.2f}–{at['score'].max():.2f})" if len(at) > 1 else ""
            mean, comma, rest = score_text(at["score"].mean(), broken, n).partition(",")
            cells.setdefault(float(alpha), {})[column] = mean + (spread if broken < n else "") + comma + rest
    for alpha, row in sorted(cells.items()):
        table.add_row(number(alpha, 4), *(row.get(str(column.header), "") for column in table.columns[1:]))
    return table


def _losses(losses: Any) -> str:
    """The mean loss of a capability that has no score, and its range: `loss 2.31 (2.30–2.33)`."""
    spread = f" ({losses.min():.2f}–{losses.max():.2f})" if len(losses) > 1 else ""
    return f"loss {losses.mean():.3f}{spread}"


def of(result: Result[Any], standing: Sequence[str] | None = None) -> list[Table | str]:
    """What says in a terminal what a result of any kind found.

    `standing`: what limits the scores of a slice, where it is read otherwise than by the usual τ (`standing_notes`).
    """
    if isinstance(result.spec, WorstSpec):
        return [basins(result), *worst_tables.worst(result), *filter(None, [warnings(result)])]
    if isinstance(result.spec, BasinSpec):
        pairs = nestings(basins_of(result))
        aimed = [ends(result)] if alpha_of_others(result) else []
        return [
            basins(result),
            *aimed,
            *([nested(result)] if pairs else []),
            *filter(None, [escape(order_text(result))]),
            *([levels(result)] if pairs and result.spec.loss_tolerance is None else []),
            *filter(None, [warnings(result)]),
        ]
    if isinstance(result.spec, PlaneSpec):
        read = as_searched(result)
        return [plane(result), places(result), *map(escape, standing_notes(read, steering_tolerance(result.spec)))]
    if isinstance(result.spec, CertificateSpec):
        return certificates.certificate_tables(result)
    if all(isinstance(direction, Move | MatchedNoise) for direction in result.spec.directions):
        return [deployment.moves(result), *map(escape, standing_notes(result))]
    return [scores(result), *map(escape, standing_notes(result) if standing is None else standing)]
