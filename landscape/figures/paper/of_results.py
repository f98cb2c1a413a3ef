"""The figures of a result, by name, as it was searched: what the command line writes."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import plotly.graph_objects as go

from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import Basin, basins_of
from landscape.certificates.guarantees import distances, guarantees_of
from landscape.enlarge.claims import IN_ALPHA
from landscape.enlarge.radius_ratios import Enlargement
from landscape.figures.basins.forest import forest_figure
from landscape.figures.basins.nesting import nesting_figure
from landscape.figures.basins.rings import rings_figure
from landscape.figures.certificates.findings import certified
from landscape.figures.certificates.radii_axis import radii_figure
from landscape.figures.certificates.sweep import sweep_figure
from landscape.figures.enlarge.titles import comparison_title
from landscape.figures.enlarge.variants import variant_curves, variant_rings, variants_of
from landscape.figures.planes.map import plane_figure
from landscape.figures.scale import scale_of
from landscape.figures.slices.slice import View, panels, slice_figure
from landscape.figures.worst.boundary_matrix import matrix_figure
from landscape.figures.worst.curves import CurveOptions, needle_figure
from landscape.figures.worst.equal_norm import equal_norm_figure
from landscape.planes.regions import regions_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import short_name
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.worst.boundaries import worst_boundaries
from landscape.worst.equal_norm import equal_norm_scores


def figures_of(result: Result[Any], tolerance: float | None = None) -> dict[str, go.Figure]:
    """Return the figures of a result of any kind, the main one first, by what each shows.

    `tolerance`: the τ of a slice, by score or by loss as it is read; others go by that of their search.
    """
    spec = result.spec
    if isinstance(spec, WorstSpec):
        return _worst(result)
    if isinstance(spec, BasinSpec):
        read = as_searched(cast(Result[BasinSpec], result))
        basins, tau = basins_of(read), default_tolerance(read)
        found = {"rings": rings_figure(read, basins, tau), "radii": forest_figure(read, basins, tau)}
        nested = nesting_figure(read, basins, tau)
        return found if nested is None else found | {"nesting": nested}
    if isinstance(spec, PlaneSpec):
        by_loss = spec.loss_tolerance is not None
        tau = spec.loss_tolerance if spec.loss_tolerance is not None else spec.tolerance
        regions = regions_of(result, tau, by_loss=by_loss)
        return {name: plane_figure(result, regions, name, tau, view="loss" if by_loss else "score") for name in regions}
    if isinstance(spec, CertificateSpec):
        guarantees = guarantees_of(result)
        none: Mapping[str, None] = {one.capability: None for one in guarantees}
        radii = certified(guarantees, spec.threshold)
        return {
            "radii": radii_figure(radii, none, none, distances(result), spec.threshold),
            "noise": sweep_figure(result, guarantees, spec.threshold),
        }
    return _slice(result, tolerance)


def _slice(result: Result[SliceSpec], tolerance: float | None) -> dict[str, go.Figure]:
    tau, shown = TOLERANCE if tolerance is None else tolerance, result.by_score or result
    view: View = "loss" if result.by_loss else "score"
    drawn = {panel: slice_figure(shown, panel, view=view, tolerance=tau, read=result) for panel in panels(shown)}
    return {panel.replace("demo:", ""): figure for panel, figure in drawn.items()}


def _worst(result: Result[WorstSpec]) -> dict[str, go.Figure]:
    read = as_searched(result)
    basins, tau = basins_of(read), default_tolerance(read)
    endings, scale = worst_boundaries(read, tau, basins), scale_of(read)
    options = CurveOptions("loss" if read.by_loss else "score")
    found = {
        name: needle_figure(result, name, endings, basins, tau, options)
        for name in map(name_of, result.spec.capabilities)
    } | {"ends": matrix_figure(read, endings, basins, tau)}
    if read.by_loss:
        return found
    standings: dict[str, list[Any]] = {}
    for one in equal_norm_scores(result, endings, tau):
        standings.setdefault(one.checkpoint, []).append(one)
    return found | {f"as far as {short_name(name)}": equal_norm_figure(own, scale) for name, own in standings.items()}


def figures_of_comparison(
    searches: Sequence[Result[BasinSpec]],
    basins: Mapping[str, Sequence[Basin]],
    found: Sequence[Enlargement],
    *,
    share: bool,
) -> dict[str, go.Figure]:
    """Return, for each capability, the basins of all checkpoints as rings, and its score along the way out.

    Args:
        searches: one of each checkpoint, the reference first.
        basins: what they found, by checkpoint.
        found: how far each reaches beside the reference.
        share: whether τ is a share of each score at θ₀.
    """
    results, made = {result.spec.checkpoint: result for result in searches}, {}
    tau = searches[0].spec.tolerance
    of_scores = f" (τ = {tau:g} × each score at θ₀)" if share else f" (τ = {tau:g})"
    for name in map(name_of, searches[0].spec.capabilities):
        shown = variants_of(results, basins, name, relative=False)
        own = [one for one in found if one.other.capability == name]
        made[f"{name} rings"] = variant_rings(shown, comparison_title(own, name, len(shown), IN_ALPHA) + of_scores)
        about = f"Score of {name} as the weights move away from each checkpoint"
        made[f"{name} curves"] = variant_curves(shown, name, "score", about)
    return made
