"""Numbers of axes, colour bars and hovers as `schema.numbers` writes them, wherever a figure leaves the program."""

import base64
from typing import Any

import numpy as np

from landscape.schema.numbers import number

# Powers of ten where a whole axis lies below 0.0001: `2×10⁻⁵`. Without it Plotly writes `20µ`.
PLAIN = {"exponentformat": "power", "minexponent": 4}
DECADES = range(-12, 13)
WIDE = 6  # decades of an axis on which every second one is labelled
_HOVERED = 4  # significant digits of what a hover text reads off the data


def in_one_style(drawn: dict[str, Any]) -> dict[str, Any]:
    """The plain values of a figure, with the numbers of its axes, colour bars and hovers in one style."""
    return drawn | {"data": [_hovered(_bar(trace)) for trace in drawn["data"]], "layout": _layout(drawn["layout"])}


def _layout(layout: dict[str, Any]) -> dict[str, Any]:
    made = dict(layout)
    for name, value in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            made[name] = _axis(value)
        elif name.startswith("polar"):
            made[name] = value | {"radialaxis": PLAIN | value.get("radialaxis", {})}
        elif name.startswith("scene"):
            made[name] = value | {axis: PLAIN | value.get(axis, {}) for axis in ("xaxis", "yaxis", "zaxis")}
    return {"xaxis": dict(PLAIN), "yaxis": dict(PLAIN)} | made


def _axis(axis: dict[str, Any]) -> dict[str, Any]:
    if axis.get("type") == "log" and "tickvals" not in axis:
        return PLAIN | {name: value for name, value in axis.items() if name not in ("dtick", "tickformat")} | _log(axis)
    return PLAIN | axis


def _log(axis: dict[str, Any]) -> dict[str, Any]:
    """The ticks of a logarithmic axis: powers of ten, and 2 and 5 times these where the range is short."""
    low, high = axis.get("range") or (-3, 3)
    step = 2 if high - low > WIDE else 1
    times = (1, 2, 5) if high - low < 1.5 else (1,)
    values = [by * 10.0**power for power in DECADES if power % step == 0 for by in times]
    return {"tickvals": values, "ticktext": [tick(value) for value in values]}


def tick(value: float) -> str:
    """A tick: `0.001`, `10⁻⁵`, `2×10⁻⁵`."""
    text = number(value, 1)
    return text.removeprefix("1×") if "×" in text else text


def _bar(trace: dict[str, Any]) -> dict[str, Any]:
    return trace | {"colorbar": PLAIN | trace["colorbar"]} if "colorbar" in trace else trace


def _hovered(trace: dict[str, Any]) -> dict[str, Any]:
    """The trace with coordinates of as many digits as a reader wants, where its hover text says them."""
    said = str(trace.get("hovertemplate", ""))
    return trace | {name: _rounded(trace[name]) for name in ("x", "y") if f"%{{{name}}}" in said and name in trace}


def _rounded(values: Any) -> Any:
    if isinstance(values, dict):  # as `to_dict` writes an array
        values = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    try:
        known = np.asarray(values, float)
    except (TypeError, ValueError):
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        places = 10.0 ** (_HOVERED - 1 - np.floor(np.log10(np.abs(known))))
        rounded = np.round(known * places) / places
    return np.where(np.isfinite(rounded), rounded, known)
