"""How the basins of the bundled bases grow with pre-training and with size."""

from collections.abc import Mapping

import streamlit as st

from landscape import assets
from landscape.basins.radii import Basin
from landscape.bundled import results as bundled_results
from landscape.bundled import specs as bundled_specs
from landscape.enlarge.radius_ratios import enlargements, ratio_finding
from landscape.figures.enlarge.growth import Line, comparisons, growth_figure, growth_finding
from landscape.figures.enlarge.training import training_figure, training_finding
from landscape.figures.scale import scale_of
from landscape.outside.text import markdown
from landscape.schema.frames import PointSpec
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from landscape.ui.components.chart import chart
from landscape.ui.components.words import WORDS
from landscape.ui.enlarge.pictures import read_logs
from landscape.ui.enlarge.view import Choice

METHODS = {"adamw": "AdamW", "go-0.05": "noise of σ = 0.05"}


def render_growth(choice: Choice) -> None:
    """Render how the radius of the bundled bases grows with pre-training, and with size.

    Relative to the weights, in both ways: by their rms, and along directions that change every tensor alike.
    """
    ways: list[Mapping[str, PointSpec]] = [bundled_specs.enlarged_specs()]
    ways += [bundled_specs.per_tensor_specs()] if choice.relative else []
    drawn_of = lambda specs: {a: lines for a in bundled_specs.GROWTH if (lines := _lines(a, specs, choice))}  # noqa: E731
    rows = [drawn for drawn in map(drawn_of, ways) if drawn]
    if not rows:
        return
    st.subheader("How basins grow", anchor="growth", help=WORDS["growth"])
    for place, drawn in enumerate(rows):
        for column, (axis, lines) in zip(st.columns(len(drawn)), drawn.items(), strict=True):
            with column:
                key = f"enlarge-{axis}{'-tensor' * place}"
                chart(growth_figure(lines, axis), key=key, alt=growth_finding(lines, axis))
    looked_at = max(comparisons(lines) for drawn in rows for lines in drawn.values())
    st.caption(
        "The bundled bases, whatever is compared above: the same text in the same order, plain AdamW and training "
        "under noise. A bar is the 95 % interval of a radius. What a headline says of a line is corrected for the "
        f"number of comparisons in it, {looked_at} at most. Each was trained once.{choice.of_scores}"
    )
    if "parameters" in rows[0]:
        for sentence in _ratios_by_size(choice):
            st.markdown(f"- {markdown(sentence)}")
        _training_by_size()


def _training_by_size() -> None:
    """The training curves of the bundled bases of several sizes, where they have a log."""
    names = [name for line in bundled_specs.GROWTH["parameters"].values() for name in line.values()]
    if logs := read_logs(assets.installed(names)):
        places = {name: place for place, name in enumerate(logs)}
        chart(training_figure(logs, places), key="enlarge-training-sizes", alt=training_finding(logs))
        st.caption("How those of the sizes with a log were trained. Under noise, the loss is that of the noised model.")


def _ratios_by_size(choice: Choice) -> list[str]:
    """Sentences: how much wider noise made the basin, for each size that ships."""
    specs, layers, sentences = bundled_specs.enlarged_specs(), bundled_specs.per_tensor_specs(), []
    for pair in zip(*(names.values() for names in bundled_specs.GROWTH["parameters"].values()), strict=True):
        results = [
            result for name in pair if name in specs and (result := bundled_results.shipped(specs[name])) is not None
        ]
        if len(results) == len(pair):
            basins = {r.spec.checkpoint: choice.basins_of(r) for r in results}
            measured = {name: bundled_results.shipped(layers[name]) for name in pair}
            along = {name: choice.basins_of(r) for name, r in measured.items() if r is not None}
            found = enlargements(results, basins, along)
            sentences += ratio_finding([one for one in found if one.other.capability == choice.capability])
    return sentences


def _lines(axis: str, specs: Mapping[str, PointSpec], choice: Choice) -> dict[str, Line]:
    """By method of training, its line along an axis of `GROWTH`, as far as results of these specs ship."""
    lines: dict[str, Line] = {}
    for method, names in bundled_specs.GROWTH[axis].items():
        shipped = {x: bundled_results.shipped(specs[name]) for x, name in names.items() if name in specs}
        read_ = {x: (_basin(result, choice), result) for x, result in shipped.items() if result is not None}
        found = {x: (b, scale_of(r, choice.relative)) for x, (b, r) in read_.items() if b is not None and b.radius}
        if len(found) > 1:  # one alone shows no growth
            lines[METHODS[method]] = found
    return lines


def _basin(result: Result[BasinSpec], choice: Choice) -> Basin | None:
    return next((b for b in choice.basins_of(result) if b.capability == choice.capability), None)
