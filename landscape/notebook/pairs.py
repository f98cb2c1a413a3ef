"""What the API returns of two checkpoints: the verdict on a fine-tune, and where its weights moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import pandas as pd

from landscape.figures.inspection.evidence import named_figures_of
from landscape.figures.module_heatmap import VIEWS, comparison_figure
from landscape.figures.paper.captions import caption_of_inspection, caption_of_pair
from landscape.figures.paper.figure import PaperFigure
from landscape.inspection.evidence import Evidence
from landscape.inspection.headline import headline
from landscape.inspection.rules import Outcome
from landscape.inspection.verdict import Verdict, verdict_of
from landscape.notebook import tables
from landscape.notebook.results import chosen
from landscape.reports import inspection
from landscape.schema.specs import ComparisonSpec, InspectionSpec


@dataclass(frozen=True)
class Inspection:
    """A fine-tune as judged before it ships."""

    spec: InspectionSpec
    evidence: Evidence

    @cached_property
    def verdict(self) -> Verdict:
        """All capabilities as judged, and the findings on the whole fine-tune."""
        return verdict_of(self.spec, self.evidence)

    @property
    def outcome(self) -> Outcome:
        """pass, warn, fail, insufficient, …: what the exit code of the command goes by."""
        return self.verdict.outcome

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        return headline(self.verdict)

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each capability: both scores, the drop and the radii, with 95 % intervals, and the verdict."""
        return tables.verdict_rows(self.verdict)

    def figure(self, name: str = "") -> PaperFigure:
        """The Plotly figure of the way from base to fine-tune, or of another part: `headroom`, `brittle`, `delta`."""
        caption = caption_of_inspection(self.spec, self.verdict)
        return chosen(named_figures_of(self.spec, self.evidence), name, caption)

    def to_dict(self) -> dict[str, Any]:
        """What the command `inspect` writes as JSON."""
        found: dict[str, Any] = orjson.loads(inspection.as_json(self.spec, self.verdict, self.evidence))
        return found

    def to_markdown(self) -> str:
        """The verdict for a pull request."""
        return inspection.as_markdown(self.spec, self.verdict, self.evidence)

    def to_html(self) -> str:
        """The whole report: one page that opens offline."""
        return inspection.as_html(self.spec, self.verdict, self.evidence)


@dataclass(frozen=True)
class Comparison:
    """How far the second checkpoint lies from the first, and where it moved."""

    spec: ComparisonSpec
    compared: Mapping[str, Any]

    @property
    def alpha(self) -> float:
        """The RMS change per weight."""
        return float(self.compared["alpha"])

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each tensor: how far it moved. The numbers are exact, and have no intervals."""
        return tables.tensor_rows(self.compared)

    def figure(self, view: str = "alpha") -> PaperFigure:
        """The Plotly heat map by layer and module: of `alpha`, `relative` or `effective_rank`."""
        if view not in VIEWS:
            raise ValueError(f"there is no figure {view!r}; there are: {', '.join(VIEWS)}")
        return PaperFigure(comparison_figure(dict(self.compared), view), caption_of_pair(*self.spec.named_checkpoints))

    def to_dict(self) -> dict[str, Any]:
        """The spec, and all that the page Compare shows, as plain values."""
        return {"spec": self.spec.model_dump(mode="json"), **self.compared}
