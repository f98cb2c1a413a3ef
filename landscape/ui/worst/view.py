"""Worst directions on a page: the needle, the boundaries of each capability, all at the distance of a fine-tune."""

from dataclasses import dataclass
from typing import cast

import plotly.graph_objects as go
import streamlit as st

from landscape.basins.losses import steering_tolerance, tolerance_text
from landscape.basins.radii import Basin
from landscape.basins.standings import NOTHING, standing_notes
from landscape.figures.scale import Scale, scale_of
from landscape.figures.worst.boundary_matrix import matrix_figure
from landscape.figures.worst.curves import CurveOptions, View, needle_figure
from landscape.figures.worst.equal_norm import equal_norm_figure
from landscape.figures.worst.findings import (
    direction_named,
    likeness_finding,
    matrix_finding,
    matrix_remarks,
    needle_finding,
)
from landscape.outside.text import markdown
from landscape.reports.worst import worst_dict
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Towards, join_words, short_name
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.ui.basins.reading import basins_at
from landscape.ui.components import measurement
from landscape.ui.components.chart import chart, remembered
from landscape.ui.components.page_setup import literal_name
from landscape.ui.components.scales import Lost, lost_controls, relative_toggle
from landscape.ui.components.words import WORDS
from landscape.ui.examples.panel import clicked, hint
from landscape.ui.worst.search_details import overlap_table, search_figures, search_panel
from landscape.worst.boundaries import WorstBoundary, computed_of, roles_of, worst_boundaries, worst_of
from landscape.worst.equal_norm import EqualNormScores, equal_norm_scores


@dataclass(frozen=True)
class Choice:
    """What the reader chose to see of a result."""

    capability: str
    lost: Lost
    options: CurveOptions

    @property
    def query(self) -> dict[str, str]:
        """The parameters of a permalink."""
        switches = {"relative": self.options.relative, "others": self.options.others}
        on = {name: "true" for name, value in switches.items() if value}
        log = {} if self.options.log else {"log": "false"}
        return {"capability": self.capability, "view": self.options.view} | self.lost.in_full | log | on


@dataclass(frozen=True)
class Reading:
    """A result with what is read from its points at a tolerance, by score or by loss."""

    result: Result[WorstSpec]
    read: Result[WorstSpec]  # the same, read as the reader chose
    basins: list[Basin]
    endings: list[WorstBoundary]
    tolerance: float

    @property
    def standings(self) -> dict[str, list[EqualNormScores]]:
        """By fine-tune, the scores at its distance along every direction; always by score."""
        tau = self.result.spec.tolerance if self.read.by_loss else self.tolerance
        by_score = worst_boundaries(self.result, tau) if self.read.by_loss else self.endings
        found: dict[str, list[EqualNormScores]] = {}
        for one in equal_norm_scores(self.result, by_score, tau):
            found.setdefault(one.checkpoint, []).append(one)
        return found


def controls(result: Result[WorstSpec]) -> Choice:
    """Capability, score or loss, what counts as lost, and the axis. The URL holds all of them."""
    names = list(map(name_of, result.spec.capabilities))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    capability = row.segmented_control(
        "Capability", names, default=_first(result), key="capability", bind="query-params", help=WORDS["capability"],
        width="content", format_func=markdown,
    )  # fmt: skip
    help_ = f"Score: {WORDS['score']}\n\nLoss: {WORDS['loss']}"
    view = row.segmented_control(
        "View", ["score", "loss"], default="score", key="view", bind="query-params", help=help_, width="content"
    )
    lost = lost_controls(row, result.spec, 140)
    log = row.toggle("log α", True, key="log", bind="query-params", help=WORDS["log α"], width="content")
    relative = relative_toggle(row, known=result.facts is not None)
    others = row.toggle("others", key="others", bind="query-params", help=WORDS["others"], width="content")
    options = CurveOptions(cast(View, view or "score"), log, relative, others)
    return Choice(capability or _first(result), lost, options)


def _first(result: Result[WorstSpec]) -> str:
    """The first capability that was searched for alone, else the first of all."""
    names = list(map(name_of, result.spec.capabilities))
    single = [list(roles) for roles in map(roles_of, computed_of(result)) if len(roles) == 1]
    return next((name for (name,) in single if name in names), names[0])


def reading_at(result: Result[WorstSpec], lost: Lost) -> Reading:
    """Read everything that the figures need; the bootstrap of the radii is cached."""
    read, tau = lost.read(result), lost.tolerance
    basins = basins_at(read, tau)
    return Reading(result, read, basins, remembered(worst_boundaries, read, tau, basins), tau)


def render(found: Reading, choice: Choice, key: str) -> None:
    """Render the needle; then boundaries, scores at equal norm, overlap with fine-tunes, and each search."""
    result, scale = found.result, scale_of(found.result, choice.options.relative)
    shown = (choice.capability, found.endings, found.basins, found.tolerance, choice.options)
    figure = remembered(needle_figure, result, *shown)
    said = needle_finding(result, choice.capability, found.endings, found.basins, scale)
    alt = f"{choice.options.view} of {choice.capability} against α. {said}"
    click = lambda x, y, along: clicked(result, Point(along or 0, x * scale.unit))  # noqa: E731
    chart(figure, key=f"{key}-needle", alt=alt, on_click=click)
    st.caption(_how_to_read(found, choice))
    hint()
    for note in notes(found):
        st.caption(note)
    left, right = st.columns(2)
    with left:
        st.subheader("Searched for one, what else ends?", anchor="matrix", help=f"{WORDS['nearer']} {WORDS['unseen']}")
        relative = choice.options.relative
        figure = remembered(matrix_figure, found.read, found.endings, found.basins, found.tolerance, relative=relative)
        chart(figure, key=f"{key}-matrix", alt=f"Boundaries. {matrix_finding(result, found.endings)}")
        st.caption(
            "A row is a direction, a column a capability; a cell says at which α it ends there and how many times "
            "nearer that is than in random directions. Bold: what was searched to end; italic: what was to be spared; "
            "both on unseen examples. Dark: near θ₀."
        )
        for remark in matrix_remarks(result, found.endings, scale):
            st.markdown(f"- {markdown(remark)}")
    with right:
        _equal_norm(found, scale, key)
    overlap_table(result)
    search_panel(result, key)


def _how_to_read(found: Reading, choice: Choice) -> str:
    worst = worst_of(found.endings, choice.capability)
    n = f" ({worst.n} of them)" if worst is not None and worst.held_out else ""
    name = direction_named(found.result, worst.direction) if worst is not None else "the worst direction found"
    apart = choice.options.view == "score" or found.read.by_loss
    on = (
        f"Violet: {markdown(name)}, solid on the examples that its search never saw{n}, dotted on those it used."
        if apart and worst is not None and worst.held_out
        else f"Violet: {markdown(name)}. Losses are over all examples."
    )
    left = " θ₀ lies infinitely far to the left." if choice.options.log else ""
    return (
        f"All weights move by α; each line is one way to move them.{left} {on} It is the worst *found*: a worse "
        "one may exist, so its boundary bounds robustness from above."
    )


def notes(found: Reading) -> list[str]:
    """Notes on what is missing, or what limits the numbers."""
    found_notes = []
    for basin in found.basins:
        if not basin.bounded and basin.lacking != NOTHING:
            found_notes.append(f":material/info: **{markdown(basin.capability)}**: {markdown(basin.warnings[0])}.")
    found_notes += [f":material/info: {markdown(note)}" for note in standing_notes(found.read, found.tolerance)]
    held = [
        basin.capability
        for basin in found.basins
        if (worst := worst_of(found.endings, basin.capability)) is not None
        and worst.boundary is not None
        and worst.boundary.alpha is None
        and worst.boundary.inside >= found.result.spec.reach * (1 - 1e-9)
    ]
    if held:
        found_notes.append(
            f":material/info: No boundary of {markdown(join_words(held))} within the reach α = "
            f"{found.result.spec.reach:g}, in no computed direction: this search found nothing "
            "worse, which does not show that there is nothing."
        )
    few = [e for e in found.endings if e.held_out and e.n < 50]
    if few:
        names = join_words(list(dict.fromkeys(e.capability for e in few)))
        found_notes.append(
            f":material/info: Fewer than 50 unseen examples of {markdown(names)}: boundaries there are rough."
        )
    spec, by_loss = found.result.spec, found.read.by_loss
    other, searched = by_loss != (spec.loss_tolerance is not None), steering_tolerance(spec)
    if other or abs(found.tolerance - searched) > 1e-9:
        now = tolerance_text(found.tolerance, by_loss) if other else f"{found.tolerance:g}"
        found_notes.append(
            f":material/straighten: The search was made at {tolerance_text(searched, other != by_loss)}. At {now} a "
            "boundary is known only as finely as the points around it."
        )
    if by_loss and found.result.rows["losses"].isna().any():
        found_notes.append(
            ":material/info: Only the mean loss over all examples is known here, so boundaries by loss are not read on "
            "unseen examples alone. Measure again to have the loss of each."
        )
    return found_notes


def _equal_norm(found: Reading, scale: Scale, key: str) -> None:
    st.subheader("At equal norm", anchor="equal-norm")
    standings = found.standings
    if not standings:
        aimed = any(isinstance(direction, Towards) for direction in found.result.spec.directions)
        later = "Measured after the boundaries, unless the fine-tune lies beyond the reach."
        none = "Aim at a fine-tune (Towards, in the sidebar) to compare it with random and worst moves of its length."
        st.caption(later if aimed else none)
        return
    names = list(standings)
    chosen = st.segmented_control(
        "As far as",
        names,
        default=names[-1],
        key="tune",
        bind="query-params",
        format_func=literal_name,
    )
    own = standings[chosen or names[-1]]
    chart(equal_norm_figure(own, scale), key=f"{key}-norm", alt=f"At equal norm. {likeness_finding(own, scale)}")
    unseen = join_words(list(dict.fromkeys(f"{one.n} of {one.capability}" for one in own)))
    st.caption(
        "Every mark is a model equally far from θ₀. A star at the disc: the fine-tune did no more than a random move "
        f"of its length; at the cross: as much as the worst direction found. All on the same examples "
        f"({markdown(unseen)})."
    )
    if found.read.by_loss:
        st.caption(f"Compared by score, at {tolerance_text(own[0].tolerance)}, whatever is chosen above.")
    others = [f"- {markdown(likeness_finding(rows, scale))}" for name, rows in standings.items() if rows is not own]
    if others:
        st.markdown("\n".join(others))


def downloads(found: Reading, choice: Choice, name: str, *, live: bool) -> None:
    """The points, what was read from them at the τ of the search, and a page of the figures."""
    reading = lambda: worst_dict(found.result)  # noqa: E731
    read = found.read, found.tolerance
    measurement.downloads(found.result, name, lambda: figures(found, choice), reading, live=live, read=read)


def figures(found: Reading, choice: Choice) -> dict[str, go.Figure]:
    """The figures of the downloads: the needle of every capability, then the rest."""
    result, scale = found.result, scale_of(found.result, choice.options.relative)
    made: dict[str, go.Figure] = {
        name: needle_figure(result, name, found.endings, found.basins, found.tolerance, choice.options)
        for name in map(name_of, result.spec.capabilities)
    }
    relative = choice.options.relative
    made["ends"] = matrix_figure(found.read, found.endings, found.basins, found.tolerance, relative=relative)
    made |= {
        f"as far as {short_name(name)}": equal_norm_figure(standings, scale)
        for name, standings in found.standings.items()
    }
    return made | search_figures(result)
