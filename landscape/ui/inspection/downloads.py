"""The files of an inspection: its report as HTML, Markdown and JSON, and its thresholds."""

import streamlit as st

from landscape.figures.paper.captions import caption_of_inspection
from landscape.figures.paper.pictures import file_name
from landscape.inspection import thresholds
from landscape.reports import inspection
from landscape.reports.exports.labels import labelled_html, labelled_json, labelled_markdown
from landscape.schema.directions import short_name
from landscape.schema.labels import Labels
from landscape.schema.specs import InspectionSpec
from landscape.ui.components.measurement import download_file_button
from landscape.ui.figure_downloads import figure_popover
from landscape.ui.inspection.parts import InspectionView


def downloads(spec: InspectionSpec, found: InspectionView, labels: Labels, name: str, *, live: bool) -> None:
    """Buttons for the report as HTML, Markdown and JSON, and for the thresholds it was judged by."""
    judged = (spec, found.verdict, found.evidence)
    as_html = lambda: labelled_html(inspection.as_html(*judged), labels)  # noqa: E731
    as_markdown = lambda: labelled_markdown(inspection.as_markdown(*judged), labels)  # noqa: E731
    as_json = lambda: labelled_json(inspection.as_json(*judged), labels)  # noqa: E731
    row = st.container(horizontal=True)
    hint = "One page with the verdict, pictures, method and versions; opens offline."
    download_file_button(row, "Report", as_html, f"{name}.html", hint, live=live, primary=True)
    download_file_button(row, "Markdown", as_markdown, f"{name}.md", "Fits a comment on a pull request.", live=live)
    download_file_button(row, "JSON", as_json, f"{name}.json", live=live)
    hint = "These thresholds for the command: python -m landscape inspect … --thresholds inspect.toml"
    text = lambda: thresholds.text_of(spec.thresholds)  # noqa: E731
    download_file_button(row, "inspect.toml", text, "inspect.toml", hint, live=live)
    pair = file_name("inspection", short_name(spec.checkpoint), short_name(spec.other))
    figure_popover(row, lambda: found.figures, lambda: caption_of_inspection(spec, found.verdict), pair, live=live)
