"""The command about surfaces that other programs measured: what is in a file, as a table, as JSON, as a figure."""

import os
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape

from landscape.cli.options import FigureOptions, FigureWidth, JsonFile
from landscape.cli.output import check_writable, err, out, write
from landscape.figures.planes.imported import imported_caption, imported_figure
from landscape.reports.exports import surfaces
from landscape.surfaces.reading import read

FILES = ".npy, .npz, HDF5, CSV, text or JSON of loss-landscapes, Landscaper, tomgoldstein/loss-landscape or your own."
Figure = Annotated[
    str,
    typer.Option(metavar="FILE", help="Draw it: a page that opens offline (.html), or .pdf, .svg, .png for a paper."),
]

app = typer.Typer()


@app.command(epilog="Example: python -m landscape surface landscape.npz --figure surface.html")
def surface(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=FILES)],
    values: Annotated[str, typer.Option(metavar="NAME", help="Which of its values, such as test_loss.")] = "",
    json: JsonFile = "",
    figure: Figure = "",
    figure_width: FigureWidth = "column",
) -> None:
    """Read a loss surface that another program measured: its grid, its range, its lowest point. Read only."""
    is_page = Path(figure).suffix.lower() in (".html", ".htm")
    paper = FigureOptions("" if is_page else figure, figure_width)
    check_writable(json, figure)
    paper.check()
    found = read(Path(os.path.expanduser(file)), values or None)
    if json != "-":
        out.print(surfaces.table(found))
        for note in found.notes:
            out.print(escape(note))
    write(json, lambda: orjson.dumps(surfaces.to_dict(found)).decode())
    if is_page:
        write(figure, lambda: surfaces.as_html(found))
        err.print(f"Drawn: {figure}", highlight=False, markup=False, soft_wrap=True)
    paper.write(lambda: {found.quantity: imported_figure(found)}, lambda: imported_caption(found))
