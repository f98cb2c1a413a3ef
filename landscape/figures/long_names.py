"""Long names in figures: cut in the middle, since checkpoints differ at their ends; whole on hover."""

import re
from typing import Any

LONGEST = 28  # characters
_WORD = re.compile(rf"[^\s<>&;]{{{LONGEST + 1},}}")  # no markup, and nothing that may break into lines


def cut(text: str) -> str:
    """The text with every longer word cut in the middle: `SmolLM2-135M-…-tuned-v3`."""
    return _WORD.sub(lambda word: f"{word[0][: LONGEST // 2]}…{word[0][-(LONGEST // 2 - 1) :]}", text)


def with_short_names(drawn: dict[str, Any]) -> dict[str, Any]:
    """The plain values of a figure with long names cut in legends, ticks, labels and the title; hover texts are whole.

    Equal labels of an axis would be one place, so ticks are cut only where they are texts for given places.
    """
    layout: dict[str, Any] = {
        name: _axis(part) if name.startswith(("xaxis", "yaxis")) else part for name, part in drawn["layout"].items()
    }
    if isinstance(text := (layout.get("title") or {}).get("text"), str):
        layout["title"] = layout["title"] | {"text": cut(text)}
    if layout.get("annotations"):
        layout["annotations"] = [_note(note) for note in layout["annotations"]]
    return drawn | {"data": [_trace(trace) for trace in drawn["data"]], "layout": layout}


def _axis(axis: dict[str, Any]) -> dict[str, Any]:
    return (
        axis | {"ticktext": [cut(str(text)) for text in axis["ticktext"]]} if axis.get("ticktext") is not None else axis
    )


def _note(note: dict[str, Any]) -> dict[str, Any]:
    whole = str(note.get("text", ""))
    return note if cut(whole) == whole else note | {"text": cut(whole), "hovertext": note.get("hovertext", whole)}


def _trace(trace: dict[str, Any]) -> dict[str, Any]:
    return trace | {"name": cut(trace["name"])} if isinstance(trace.get("name"), str) else trace
