"""The pictures of the lessons: one function each, which draws a scene before or after the answer is revealed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from landscape.basins.losses import steering_tolerance
from landscape.figures.basins.rings import rings_figure
from landscape.figures.certificates.floor import floor_figure
from landscape.figures.palette import colors
from landscape.figures.planes.paths import paths_figure
from landscape.figures.slices.track import Line, Threshold, draws_figure, track_figure
from landscape.figures.worst.concentration import concentration_figure, concentration_finding
from landscape.figures.worst.curves import CurveOptions, needle_figure
from landscape.lessons import flat, nested, out, promise
from landscape.lessons.fine_tune_places import FineTunePlace, fine_tunes_in_plane
from landscape.lessons.narration import Narration, format_alpha, power_of_ten
from landscape.lessons.tracks import Track, basins, random_only, random_tracks
from landscape.outside.text import markdown, plotly
from landscape.planes.regions import regions_of
from landscape.schema.directions import describe_direction, short_name
from landscape.schema.results import Result
from landscape.ui.components.chart import chart
from landscape.ui.components.words import WORDS
from landscape.ui.learn.texts import example_losses, texts_at
from landscape.worst.boundaries import worst_boundaries

FILLS = 0.65  # of the window's height, in the lecturer's view
DIMENSIONS = (2, 3, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 1_000_000_000)


@dataclass(frozen=True)
class Scene:
    """What a picture is drawn from, and where."""

    result: Result[Any]
    capability: str
    narration: Narration
    revealed: bool
    key: str
    run: str  # the id of the run that measured it; empty for a result that ships
    large: bool  # for a projector: the picture fills its part of the window
    controls: Any  # the container of the widgets that change the picture
    beside: Any  # the column beside the picture

    def render(self, figure: go.Figure, alt: str = "", key: str = "") -> None:
        """Show a figure; without an `alt` of its own, the text of the lesson states its finding."""
        alt = alt or (self.narration.finding if self.revealed else self.narration.before)
        chart(figure, key=f"{self.key}{key}", alt=alt, fill=FILLS if self.large else None)
        if not key and not self.large:
            st.caption(markdown(self.narration.reading))


def _line(track: Track) -> Line:
    return Line(track.alphas, track.scores, track.losses)


def _out(scene: Scene) -> None:
    track = out.track_of(scene.result, scene.capability)
    shown, at = _line(track), 0.0
    if scene.revealed:
        at = float(
            scene.controls.select_slider(
                "Walk: α",
                list(map(float, track.alphas)),
                format_func=format_alpha,
                key=f"{scene.key}-alpha",
                help=WORDS["α"],
            )
        )
        title = out.place_text(track, scene.capability, at)
    else:
        shown, title = Line(*(values[:1] for values in shown)), "Here the walk begins: α = 0"
        shown = shown._replace(alphas=np.array([0.0]))
    figure = track_figure(scene.capability, shown, track.edge(), title, at=at)
    figure.update_xaxes(range=[-0.02 * track.alphas[-1], 1.02 * track.alphas[-1]])
    scene.render(figure)
    with scene.beside:
        texts_at(scene.result, scene.capability, track, at, scene.revealed, large=scene.large)


def _alike(scene: Scene) -> None:
    found = random_tracks(scene.result, scene.capability)
    lines = [(describe_direction(track.direction), _line(track), track.edge()) for track in found]
    text = scene.narration.finding.split(". ", 1)[1] if scene.revealed else scene.narration.before
    why = scene.large and scene.revealed and scene.controls.toggle("Why", key=f"{scene.key}-why", help=WORDS["d"])
    if not why:
        scene.render(draws_figure(scene.capability, lines, text, all_of=None if scene.revealed else 1))
    if scene.revealed and (why or not scene.large):
        _dimensions_figure(scene)


def _dimensions_figure(scene: Scene) -> None:
    """Lengths and angles of random directions in as many dimensions as the reader likes."""
    own = scene.result.facts.parameters if scene.result.facts else 0
    sizes = sorted({*DIMENSIONS, *([own] if own else [])})
    d = (scene.controls if scene.large else st).select_slider(
        "How many weights, d", sizes, value=3, key=f"{scene.key}-d", help=WORDS["d"],
        format_func=lambda size: f"{size:,} (this model)" if size == own else _dimensions(size),
    )  # fmt: skip
    scene.render(concentration_figure(d), f"{concentration_finding(d)}.", "-why")
    if not scene.large:
        st.caption(
            "Drag d: dice for a few weights give all sorts of directions; for many weights, always the same length, "
            "and every two at a right angle. So one random direction can stand for the others."
        )


def _dimensions(d: int) -> str:
    return power_of_ten(np.log10(d)) if d >= 1e6 else f"{d:,}"


def _nested(scene: Scene) -> None:
    search = random_only(scene.result)
    found = basins(search)
    widest = nested.stated(scene.result)[-1].capability
    shown = found if scene.revealed else [basin for basin in found if basin.capability == widest]
    figure = rings_figure(search, shown, search.spec.tolerance)
    if not scene.revealed:
        figure.layout.title.text = plotly(scene.narration.before)
    scene.render(figure)


def _flat(scene: Scene) -> None:
    track = out.track_of(scene.result, scene.capability)
    line, parts = _line(track), ("score", "loss") if scene.revealed else ("score",)
    examples = example_losses(scene.result, scene.run, scene.capability, track) if scene.revealed else None
    threshold = None
    title = scene.narration.before
    if examples is not None:
        value = float(
            scene.controls.select_slider(
                "Your threshold, nats",
                list(flat.THRESHOLDS),
                value=1.0,
                key=f"{scene.key}-threshold",
                help=WORDS["loss"],
            )
        )
        line = Line(
            examples.alphas, *(np.interp(examples.alphas, track.alphas, v) for v in (track.scores, track.losses))
        )
        threshold = Threshold(value, examples.losses, examples.passing(value))
        title = flat.threshold_text(examples, value, scene.capability, track.edge())
    elif scene.revealed:
        title = scene.narration.finding.split(". ", 1)[1]
    scene.render(track_figure(scene.capability, line, track.edge(), title, threshold=threshold, parts=parts))
    if examples is not None and (swing := flat.edge_range_text(examples)):
        with scene.beside:
            st.markdown(markdown(swing))


def _needle(scene: Scene) -> None:
    result, tolerance = scene.result, steering_tolerance(scene.result.spec)
    found = basins(result)
    if scene.revealed:
        log = scene.controls.toggle("Axis of powers of ten", True, key=f"{scene.key}-log", help=WORDS["log α"])
        figure = needle_figure(
            result, scene.capability, worst_boundaries(result, None, found), found, tolerance, CurveOptions(log=log)
        )
    else:
        alone: Result[Any] = random_only(result)  # as if nobody had chosen a direction
        figure = needle_figure(alone, scene.capability, [], found, tolerance)
        figure.layout.title.text = plotly(scene.narration.before)
    scene.render(figure)


def _paths(scene: Scene) -> None:
    known = regions_of(scene.result) if scene.revealed else {}
    ends = fine_tunes_in_plane(scene.result, scene.capability)[:2]
    title = _map_title(ends, scene.capability) if scene.revealed else scene.narration.before
    own = {scene.capability: known[scene.capability]} if scene.revealed else {}
    scene.render(paths_figure(scene.result, own, scene.capability, title))


def _map_title(ends: Sequence[FineTunePlace], capability: str) -> str:
    said = " and ".join(f"{short_name(one.checkpoint)} is {'inside' if one.inside else 'outside'}" for one in ends)
    return f"{said} the basin of {capability}"


def _promise(scene: Scene) -> None:
    known = promise.best_certificates(scene.result)[scene.capability]
    factor = 1.0
    if scene.revealed:
        factor = float(
            scene.controls.select_slider(
                "If it survived k times the noise: k",
                list(promise.WIDENINGS),
                key=f"{scene.key}-k",
                help=WORDS["σ"],
            )
        )
    nearest = known.distances[known.nearest]
    figure = floor_figure(
        known.certificate.low, factor * known.certificate.sigma, nearest if scene.revealed else known.widened(1),
        known.threshold, known.distances if scene.revealed else {}, parameters=known.parameters,
        color=colors([scene.capability])[scene.capability],
    )  # fmt: skip
    figure.layout.title.text = plotly(
        promise.enlarged(known, factor, scene.capability) if scene.revealed else scene.narration.before
    )
    scene.render(figure)


PICTURES: dict[str, Callable[[Scene], None]] = {
    "out": _out,
    "alike": _alike,
    "nested": _nested,
    "flat": _flat,
    "needle": _needle,
    "paths": _paths,
    "promise": _promise,
}
