"""All figures of an inspection, chosen by what its evidence holds."""

import plotly.graph_objects as go

from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import basins_of
from landscape.certificates.guarantees import distances, guarantees_of
from landscape.figures.basins.forest import forest_figure
from landscape.figures.certificates.findings import certified
from landscape.figures.certificates.radii_axis import found_in, radii_figure
from landscape.figures.inspection.brittle import brittle_figure
from landscape.figures.module_heatmap import comparison_figure
from landscape.figures.slices.slice import panels, slice_figure
from landscape.figures.worst.boundary_matrix import matrix_figure
from landscape.inspection.evidence import Evidence
from landscape.inspection.verdict import Verdict
from landscape.outside.text import plotly
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, WorstSpec
from landscape.worst.boundaries import worst_boundaries


def figures_of(spec: InspectionSpec, verdict: Verdict, evidence: Evidence) -> list[go.Figure]:
    """The figures that the evidence has something for, in reading order."""
    return list(named_figures_of(spec, evidence).values())


def named_figures_of(spec: InspectionSpec, evidence: Evidence) -> dict[str, go.Figure]:
    """The same by name: way, base basin, headroom, brittle, worst, certificate, delta."""
    found: dict[str, go.Figure] = {}
    if evidence.way is not None:
        (panel,) = panels(evidence.way)
        found["way"] = slice_figure(evidence.way, panel, tolerance=spec.thresholds.max_drop)
    for name, basin in (("base basin", evidence.base_basin), ("headroom", evidence.headroom)):
        if basin is not None:
            read = as_searched(basin)
            figure = forest_figure(read, basins_of(read), default_tolerance(read))
            found[name] = figure.update_layout(
                title_text=f"{plotly(short_name(basin.spec.checkpoint))}: {_title(figure)}"
            )
    if evidence.brittle:
        found["brittle"] = brittle_figure(evidence.brittle, short_name(spec.other))
    if evidence.worst is not None:
        found["worst"] = _worst(evidence.worst)
    if evidence.certificate is not None:
        found["certificate"] = _certificate(evidence.certificate, evidence.worst or evidence.base_basin)
    if evidence.delta is not None and evidence.delta["radius"] > 0:
        found["delta"] = comparison_figure(dict(evidence.delta))
    return found


def _worst(result: Result[WorstSpec]) -> go.Figure:
    """The matrix of boundaries along the worst directions."""
    read, tau = as_searched(result), default_tolerance(as_searched(result))
    basins = basins_of(read, tau)
    return matrix_figure(read, worst_boundaries(read, tau, basins), basins, tau)


def _certificate(result: Result[CertificateSpec], around: Result[BasinSpec] | None) -> go.Figure:
    """Certified radii beside those that were found, and the distance of the fine-tune."""
    threshold = result.spec.threshold
    radii = certified(guarantees_of(result), threshold)
    found = {name: found_in(around, name, threshold) if around is not None else (None, None) for name in radii}
    worst, most = ({name: pair[i] for name, pair in found.items()} for i in (0, 1))
    return radii_figure(radii, worst, most, distances(result), threshold)


def _title(figure: go.Figure) -> str:
    return str(figure.layout.title.text)
