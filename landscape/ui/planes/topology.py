"""The topology of a plane on its page: finding, merge tree, persistence diagram, and what they cannot say."""

import streamlit as st

from landscape.figures.planes.topology import DRAWN, merge_tree_figure, persistence_figure, topology_finding
from landscape.outside.text import markdown
from landscape.planes.topology import Topology, topology_of
from landscape.schema.results import Result
from landscape.schema.specs import PlaneSpec
from landscape.ui.components.chart import chart, remembered
from landscape.ui.components.words import WORDS


def render_topology(result: Result[PlaneSpec], capability: str, view: str, key: str) -> None:
    """Render how many basins the field of a capability has in the window, and how they merge."""
    st.subheader("Topology", anchor="topology", help=WORDS["topology"])
    found = remembered(topology_of, result, capability, view)
    if found is None or not found.minima:
        st.caption(f"No {markdown(view)} of {markdown(capability)} was measured that spans the plane yet.")
        return
    finding = topology_finding(found, capability, view)
    st.markdown(f"**{markdown(finding)}.**")
    if len(found.minima) > 1:
        left, right = st.columns(2, gap="large")
        with left:
            tree = remembered(merge_tree_figure, found, capability, view)
            chart(tree, key=f"{key}-tree", alt=f"Merge tree. {finding}")
        with right:
            diagram = remembered(persistence_figure, found, capability, view)
            chart(diagram, key=f"{key}-persistence", alt=f"Persistence diagram. {finding}")
    for note in topology_notes(found):
        st.caption(note)


def topology_notes(found: Topology) -> list[str]:
    """How it was made, and what it cannot show."""
    said = [
        f"Read off the {found.points:,} measured points, between which the field is taken as linear over triangles. "
        "A basin narrower than their spacing is not seen."
    ]
    if any(each.at_edge for each in found.minima[1:]):
        said.append("A minimum on the edge of the window may be the slope of something lower outside it.")
    if len(found.minima) > DRAWN:
        said.append(f"Drawn are the {DRAWN} most persistent of {len(found.minima)} minima.")
    said.append(
        "Two minima of a plane may belong to one basin: a way around the ridge outside the plane does not show in it."
    )
    return said
