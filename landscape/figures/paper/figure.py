"""The figures that the Python API gives out: they open offline, and are written as a paper prints them."""

from pathlib import Path
from typing import Any

from landscape.figures.export import OfflineFigure
from landscape.figures.paper.pictures import format_of, picture


class PaperFigure(OfflineFigure):
    """A figure with its caption."""

    def __init__(self, figure: Any = None, caption: str = "", **options: Any) -> None:
        """Make it of any figure; `caption` is plain text."""
        super().__init__(figure, **options)
        self._caption = caption

    @property
    def caption(self) -> str:
        """Checkpoints, directions, examples, n, τ, seeds, and the version of this program."""
        return self._caption

    def to_image(self, format: str = "png", size: str = "column") -> bytes:  # noqa: A002  as Plotly calls it
        """Return it as pdf, svg or png, for a paper: on white, `column` (3.3 in) or `page` (6.9 in) wide, captioned.

        Raises:
            ValueError: an unknown format or size, or kaleido or a Chromium is missing.
            RuntimeError: the browser did not draw it.
        """
        return picture(self, self.caption, format, size)

    def write_image(self, file: str | Path, format: str | None = None, size: str = "column") -> None:  # noqa: A002
        """Write it to a file, in the format that its name ends in; see `to_image`."""
        kind = format or format_of(str(file))
        Path(file).write_bytes(self.to_image(kind, size))
