"""Several runs beside each other: what they were asked for where it differs, then one picture for each kind."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from landscape.basins.losses import as_searched, default_tolerance, steering_tolerance
from landscape.figures.basins.radii import radii_figure, radii_finding
from landscape.figures.certificates import compared as certificates
from landscape.figures.planes.map import plane_figure
from landscape.figures.slices.compared import compared_figure
from landscape.figures.worst import compared as worst
from landscape.outside.text import markdown
from landscape.planes.regions import regions_of
from landscape.runs.listing.differences import differences
from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.basins.reading import basins_at
from landscape.ui.components.chart import chart


def compare(store: Store, chosen: Sequence[Run], pinned: Sequence[Run] = ()) -> None:
    """Render one comparison for each kind of run chosen; a single one stands beside the pinned ones of its kind."""
    if len(chosen) == 1:
        beside = [run for run in pinned if run.kind == chosen[0].kind and run.id != chosen[0].id]
        chosen = [*beside, *chosen]
    if len(chosen) > 1:
        show_differences(chosen)
    for kind, render in _RENDERERS.items():
        alike = [run for run in chosen if type(run.spec) is kind]
        results = {name_in_figure(run): store.result(run.id) for run in alike}
        results = {name: result for name, result in results.items() if len(result.rows)}
        if len({result.spec.relative for result in results.values()}) > 1:
            st.warning(
                "Layer and filter runs count α relative to each tensor, the others in RMS per weight: no common axis. "
                "Tick runs of one kind."
            )
        elif results:
            render(results)


def name_in_figure(run: Run) -> str:
    """A run's own name, else its checkpoint; the id keeps two of them apart."""
    return f"{run.labels.name or short_name(run.checkpoint)} ({run.id})"


def show_differences(runs: Sequence[Run]) -> None:
    """A table of the fields in which the specs differ, and only of those."""
    found = differences([run.spec for run in runs])
    if not found:
        st.caption("These runs were asked for the very same; what they were measured on, or when, may differ.")
        return
    columns = {name_in_figure(run): [values[index] for _, values in found] for index, run in enumerate(runs)}
    st.markdown(f"**Where they differ**: {len(found)} of what was asked for")
    st.dataframe(pd.DataFrame({"": [name for name, _ in found]} | columns), hide_index=True, width="stretch")


def _capability(results: Mapping[str, Result[Any]], kind: str) -> str:
    names = list(dict.fromkeys(name for result in results.values() for name in result.rows["capability"].unique()))
    return (
        st.segmented_control("Capability", names, default=names[0], key=f"compared-{kind}", format_func=markdown)
        or names[0]
    )


def _slices(results: Mapping[str, Result[SliceSpec]]) -> None:
    capability = _capability(results, "slice")
    figure = compared_figure(results, capability)
    chart(figure, key="compared-slices", alt=f"{capability} of {len(results)} runs against α")


def _basins(results: Mapping[str, Result[BasinSpec]]) -> None:
    results = {name: as_searched(result) for name, result in results.items()}
    basins = {name: basins_at(result, default_tolerance(result)) for name, result in results.items()}
    found = radii_finding(results, basins, relative=False)
    chart(radii_figure(results, basins=basins), key="compared-basins", alt=f"Basin radii. {found}")


def _worst(results: Mapping[str, Result[WorstSpec]]) -> None:
    found = worst.compared_finding(results)
    chart(worst.compared_figure(results), key="compared-worst", alt=f"Ends in worst directions. {found}")
    st.caption("Filled: the worst direction found, on examples that its search never saw. Hollow: random directions.")


def _certificates(results: Mapping[str, Result[CertificateSpec]]) -> None:
    thresholds = {result.spec.threshold for result in results.values()}
    q = max(thresholds)
    found = certificates.compared_finding(results, q)
    chart(certificates.compared_figure(results, q), key="compared-certificates", alt=f"Certified radii. {found}")
    if len(thresholds) > 1:
        st.caption(f"The runs ask for different scores; all are read here at the highest, q = {q:g}.")


def _planes(results: Mapping[str, Result[PlaneSpec]]) -> None:
    """Maps on one colour scale, two in a row."""
    capability = _capability(results, "plane")
    shown = {name: result for name, result in results.items() if capability in set(result.rows["capability"])}
    names = list(shown)
    for start in range(0, len(names), 2):
        for column, name in zip(st.columns(2), names[start : start + 2], strict=False):
            result = shown[name]
            with column:
                st.caption(markdown(name))
                figure = plane_figure(result, regions_of(result), capability, steering_tolerance(result.spec))
                chart(figure, key=f"compared-{name}", alt=f"{capability} over the plane of {name}")


_RENDERERS: dict[type[PointSpec], Any] = {
    SliceSpec: _slices,
    BasinSpec: _basins,
    WorstSpec: _worst,
    CertificateSpec: _certificates,
    PlaneSpec: _planes,
}
