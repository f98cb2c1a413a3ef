"""The comparison of two checkpoints for the terminal: how far apart they are, and which tensors moved most."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from landscape.schema.numbers import number


def moved_line(compared: dict[str, Any]) -> str:
    """The distance of two checkpoints, in one line."""
    return (
        f"‖Δθ‖ = {number(compared['radius'], 4)}   α = {number(compared['alpha'], 4)}   "
        f"α / {rms_words(compared)} = {compared['relative_alpha']:.2%}   "
        f"changed {compared['changed']:,} of {compared['parameters']:,} weights"
    )


def rms_words(compared: Mapping[str, Any]) -> str:
    """Which rms the relative α of a comparison is divided by; those of version 0.6 knew that of all weights alone."""
    return "rms of the matrices" if compared.get("matrices_rms") else "rms of all weights"


def moved_most(compared: dict[str, Any], count: int = 10) -> Table:
    """The table of the tensors that moved most, in descending order, with the effective rank of Δ."""
    table = Table("tensor", "α", "relative", "effective rank", title="Moved most")
    for tensor in sorted(compared["tensors"], key=lambda t: -t["alpha"])[:count]:
        rank = tensor.get("effective_rank")  # only matrices have one, and older comparisons none
        full = "" if rank is None else f"{number(rank)} of {min(tensor['shape'])}"
        from_zero = tensor["alpha"] > 0 and not tensor["relative"]  # of a tensor of zeros there is no share
        relative = "from zero" if from_zero else f"{tensor['relative']:.2%}"
        table.add_row(escape(tensor["name"]), number(tensor["alpha"], 4), relative, full)
    return table


def moved_otherwise(compared: Mapping[str, Any]) -> list[str]:
    """Caveats of a comparison, a line each: different number formats, and what the two do not share."""
    said = []
    if rounding := compared.get("rounding"):
        one, other = compared["dtype"]
        said.append(
            f"Stored in {one} and {other}: rounding the finer one to {rounding['dtype']} alone moves it by "
            f"α = {number(rounding['alpha'], 2)}. Changes of that size mean nothing."
        )
    return said + list(compared.get("remarks", []))


def delta_notes(compared: Mapping[str, Any] | None) -> list[str]:
    """How far the second is from the first: `The fine-tune is at α = 0.0003 (0.20% of rms θ₀).`; [] if not known."""
    if compared is None:
        return []
    share = compared.get("relative_alpha")
    return [
        f"The fine-tune is at α = {number(compared['alpha'])}"
        + ("." if share is None else f" ({share:.2%} of rms θ₀).")
    ]
