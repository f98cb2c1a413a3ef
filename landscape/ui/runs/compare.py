"""Several runs in one picture: curves of slices, radii of basins, maps of planes."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from landscape.basins.losses import as_searched, default_tolerance, steering_tolerance
from landscape.figures.basins.radii import radii_figure, radii_finding
from landscape.figures.planes.map import plane_figure
from landscape.figures.slices.compared import compared_figure
from landscape.outside.text import markdown
from landscape.planes.regions import regions_of
from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.basins.reading import basins_at
from landscape.ui.components.chart import chart


def compare(store: Store, chosen: list[Run]) -> None:
    """Render one comparison for each kind of run among those chosen."""
    for kind, render in _RENDERERS.items():
        alike = [run for run in chosen if isinstance(run.spec, kind)]
        results = {f"{short_name(run.checkpoint)} ({run.id})": store.result(run.id) for run in alike}
        results = {name: result for name, result in results.items() if len(result.rows)}
        if len({result.spec.relative for result in results.values()}) > 1:
            st.warning(
                "Layer and filter runs count α relative to each tensor, the others in RMS per weight: no common axis. "
                "Tick runs of one kind."
            )
        elif results:
            render(results)


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


_RENDERERS: dict[type[PointSpec], Any] = {SliceSpec: _slices, BasinSpec: _basins, PlaneSpec: _planes}
