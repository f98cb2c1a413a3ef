"""The pictures of an inspection: where the scores went, the way between the two, what each part allows."""

import plotly.graph_objects as go

from landscape.evidence import Evidence
from landscape.figures.brittle import brittle_figure
from landscape.figures.comparison import comparison_figure
from landscape.figures.forest import forest_figure
from landscape.figures.slice import panels, slice_figure
from landscape.readings import basins_of
from landscape.recipes import short_name
from landscape.specs import InspectionSpec
from landscape.verdicts import Verdict


def figures_of(spec: InspectionSpec, verdict: Verdict, evidence: Evidence) -> list[go.Figure]:
    """Those that the evidence has something for, in reading order."""
    return list(named_figures_of(spec, evidence).values())


def named_figures_of(spec: InspectionSpec, evidence: Evidence) -> dict[str, go.Figure]:
    """The same by what they show: way, base basin, headroom, brittle, delta."""
    found: dict[str, go.Figure] = {}
    if evidence.way is not None:
        (panel,) = panels(evidence.way)
        found["way"] = slice_figure(evidence.way, panel)
    for name, basin in (("base basin", evidence.base_basin), ("headroom", evidence.headroom)):
        if basin is not None:
            figure = forest_figure(basin, basins_of(basin), basin.spec.tolerance)
            found[name] = figure.update_layout(title_text=f"{short_name(basin.spec.checkpoint)}: {_title(figure)}")
    if evidence.brittle:
        found["brittle"] = brittle_figure(evidence.brittle, short_name(spec.other))
    if evidence.delta is not None and evidence.delta["radius"] > 0:
        found["delta"] = comparison_figure(dict(evidence.delta))
    return found


def _title(figure: go.Figure) -> str:
    return str(figure.layout.title.text)
