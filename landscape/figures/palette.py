"""The colours and markers of all figures: one colour a capability (Okabe–Ito, for all types of colour vision)."""

from collections.abc import Sequence

CAPABILITY = {"basic": "#0072B2", "math": "#E69F00", "code": "#009E73", "safety": "#CC79A7"}
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C00")
_OTHERS = ("#56B4E9", "#8C8C00", "#882255", "#7A7A7A")  # never the accent
FINETUNE = "#D55E00"  # one accent: where a fine-tune stands
OUTCOME = {  # white text on each
    "pass": "#1a7f37", "gained": "#0b6fa4", "nothing to lose here": "#70757d", "warn": "#9a5b00",
    "insufficient": "#6e40c9", "not measurable": "#5b5f66", "fail": "#c62828",
}  # fmt: skip
NOTHING_TO_LOSE = "#8a8f98"  # the line of a capability with nothing to lose: no colour of a basin
WORST = "#8A5CF6"  # the other: the worst direction found
MOVE = "#7F5539"  # a third: where a deployment move stands (rounding, quantising, pruning)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")  # repeat what colour says, on lines
MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross", "hexagon")  # repeat what colour says


def colors(names: Sequence[str]) -> dict[str, str]:
    """A colour for each capability; those that are not bundled take the other colours in order."""
    others = [name for name in names if name not in CAPABILITY]
    return {name: CAPABILITY.get(name) or _OTHERS[others.index(name) % len(_OTHERS)] for name in names}


def translucent(color: str, opacity: float) -> str:
    """`#rrggbb` with an opacity, as rgba(…)."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
