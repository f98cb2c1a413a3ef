"""Type in colours that can be read on what lies behind it."""

import re
from typing import Any

READABLE = 4.5  # : 1, of small type (WCAG 2.2, level AA)
_FILLED = ("heatmap", "contour", "surface")  # whose own text lies on their colours
Rgb = tuple[float, float, float]


def contrast(color: str, background: str) -> float:
    """The contrast of two `#rrggbb` or `#rgb` colours, 1 to 21."""
    bright, dark = sorted((_luminance(_rgb(color)), _luminance(_rgb(background))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def legible(color: str, background: str, ink: str) -> str:
    """The colour, as near to the ink as it takes to be read on the background; what is no hex colour stays."""
    if not (_is_hex(color) and _is_hex(background)):
        return color
    for share in range(0, 101, 5):
        mixed = [own + (other - own) * share / 100 for own, other in zip(_rgb(color), _rgb(ink), strict=True)]
        text = "#" + "".join(f"{round(part):02x}" for part in mixed)
        if contrast(text, background) >= READABLE:
            return color if share == 0 else text
    return ink


def with_legible_type(drawn: dict[str, Any], background: str, ink: str) -> dict[str, Any]:
    """The plain values of a figure with every font in a colour that can be read on the background."""
    traces = [_typed(trace, background, ink) if trace.get("type") not in _FILLED else trace for trace in drawn["data"]]
    return drawn | {"data": traces, "layout": _typed(drawn["layout"], background, ink)}


def _typed(value: Any, background: str, ink: str, name: str = "") -> Any:
    if isinstance(value, dict):
        behind = value.get("bgcolor", background)
        behind = behind if isinstance(behind, str) and _is_hex(behind) else background
        kept = {inner: _typed(part, behind, ink, inner) for inner, part in value.items()}
        if name.endswith("font") and isinstance(kept.get("color"), str):
            kept["color"] = legible(kept["color"], background, ink)
        return kept
    return [_typed(part, background, ink, name) for part in value] if isinstance(value, list | tuple) else value


def _is_hex(color: str) -> bool:
    return re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", color) is not None


def _rgb(color: str) -> Rgb:
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    red, green, blue = (int(digits[place : place + 2], 16) for place in (0, 2, 4))
    return red, green, blue


def _luminance(color: Rgb) -> float:
    shares = [part / 255 for part in color]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
