"""The pictures of an inspection: where the scores went, the way between the two, what each part allows."""

import plotly.graph_objects as go

from landscape.figures.comparison import comparison_figure
from landscape.figures.forest import forest_figure
from landscape.figures.slice import panels, slice_figure
from landscape.readings import basins_of
from landscape.specs import InspectionSpec
from landscape.verdicts import Evidence, Verdict


def figures_of(spec: InspectionSpec, verdict: Verdict, evidence: Evidence) -> list[go.Figure]:
    """Those that the evidence has something for, in reading order."""
    found: list[go.Figure] = []
    if evidence.way is not None:
        found += [slice_figure(evidence.way, panel) for panel in panels(evidence.way)]
    for basin in (evidence.base_basin, evidence.headroom):
        if basin is not None:
            found.append(forest_figure(basin, basins_of(basin), basin.spec.tolerance))
    if evidence.delta is not None and evidence.delta["radius"] > 0:
        found.append(comparison_figure(dict(evidence.delta)))
    return found
