"""Results as tables for the terminal."""

from typing import Any

from rich.table import Table

from landscape.results import Result
from landscape.specs import SliceSpec, short_name


def scores(result: Result[SliceSpec]) -> Table:
    """One line an α: the mean score of each capability over random directions (its range), and towards."""
    table = Table("α", title=f"{short_name(result.spec.checkpoint)}: mean score (lowest–highest over directions)")
    groups = result.rows.groupby(["direction", "capability"], sort=False)
    cells: dict[float, dict[str, str]] = {}
    for (direction, capability), rows in groups:
        heading = (
            f"→ {short_name(direction.removeprefix('towards '))}" if direction.startswith("towards") else direction
        )
        column = f"{capability}\n{heading}"
        table.add_column(column, justify="right")
        for alpha, scores in rows.groupby("alpha")["score"]:
            spread = f" ({scores.min():.2f}–{scores.max():.2f})" if len(scores) > 1 else ""
            cells.setdefault(float(alpha), {})[column] = f"{scores.mean():.3f}{spread}"
    for alpha, row in sorted(cells.items()):
        table.add_row(f"{alpha:.4g}", *(row.get(str(column.header), "") for column in table.columns[1:]))
    return table


def moved_line(compared: dict[str, Any]) -> str:
    """How far a checkpoint lies from another, in one line."""
    return (
        f"‖Δθ‖ = {compared['radius']:.4g}   α = {compared['alpha']:.4g}   "
        f"α / rms(θ₀) = {compared['relative_alpha']:.2%}   "
        f"changed {compared['changed']:,} of {compared['parameters']:,} weights"
    )


def moved_most(compared: dict[str, Any], count: int = 10) -> Table:
    """The tensors that moved most between two checkpoints, the first one first."""
    table = Table("tensor", "α", "relative", title="Moved most")
    for tensor in sorted(compared["tensors"], key=lambda t: -t["alpha"])[:count]:
        table.add_row(tensor["name"], f"{tensor['alpha']:.4g}", f"{tensor['relative']:.2%}")
    return table
