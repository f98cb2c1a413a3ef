"""A figure as a file for a paper: SVG, PDF or PNG."""

import html
import re
from pathlib import Path
from typing import Literal, get_args

import plotly.graph_objects as go

from landscape.figures.paper.browser import drawn
from landscape.figures.paper.metadata import noted
from landscape.figures.paper.template import DOTS, SIZES, Size, paper_layout

Format = Literal["pdf", "svg", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)
PIXELS = 2  # of a PNG to one px of the layout
_MARKUP = re.compile(r"<[^>]*>")
_UNFIT = re.compile(r"(?:(?!(?<=\d)\.(?=\d))[^A-Za-z0-9_-])+")  # a full stop stays between digits: tau-0.05


def picture(figure: go.Figure, caption: str, kind: str, size: str = "column") -> bytes:
    """Return a figure as the content of a file: on white, with readable type, its caption below it and in the file.

    Args:
        figure: any figure of this package.
        caption: plain text (`captions.caption_of`).
        kind: pdf, svg or png (twice as many pixels as it needs on a screen).
        size: column (3.3 inches wide) or page (6.9).

    Raises:
        ValueError: an unknown kind or size, or what draws it is missing, in one sentence.
        RuntimeError: the browser did not draw it.
    """
    known, wide = require_format(kind), require_size(size)
    laid = paper_layout(figure, caption, wide)
    made = drawn(laid, known, PIXELS if known == "png" else 96 / DOTS)  # an inch is 96 px in SVG and in print
    return noted(made, known, plain_title(figure), caption, DOTS * PIXELS)


def format_of(file: str) -> Format:
    """Return the format that a file's name ends in. Raises ValueError."""
    return require_format(Path(file).suffix.removeprefix("."), file)


def require_format(kind: str, file: str = "") -> Format:
    """Return a known format. Raises ValueError."""
    if (found := next((one for one in FORMATS if one == kind.lower()), None)) is None:
        raise ValueError(f"expected a figure's file that ends in .pdf, .svg or .png, got {file or kind!r}")
    return found


def require_size(size: str) -> Size:
    """Return a known width. Raises ValueError."""
    if (found := next((one for one in SIZES if one == size), None)) is None:
        raise ValueError(f"expected a figure as wide as a column or page, got {size!r}")
    return found


def plain_title(figure: go.Figure) -> str:
    """Return a figure's title without markup."""
    title = str(figure.layout.title.text or "").replace("<br>", " ")
    return html.unescape(_MARKUP.sub("", title)).replace("\u00a0", " ")


def file_name(*parts: str) -> str:
    """Return a file's name without its ending, made of words: `slice-towards-assistant-tau-0.05`."""
    return "-".join(filter(None, (_UNFIT.sub("-", part).strip("-") for part in parts)))
