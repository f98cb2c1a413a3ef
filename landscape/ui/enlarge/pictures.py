"""The pictures of enlarged basins: rings and curves, claims, forgetting, growth, training."""

import math
from collections.abc import Mapping, Sequence

import orjson
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from landscape import assets
from landscape.basins.radii import Basin
from landscape.bundled import results as bundled_results
from landscape.bundled import specs as bundled_specs
from landscape.enlarge.claims import Claim, checkpoint_to_test, claims_of
from landscape.enlarge.radius_ratios import Enlargement, enlargements, ratio_finding
from landscape.enlarge.training_log import training_log
from landscape.enlarge.variants import Variants
from landscape.figures.enlarge.forgetting import forgetting_figure, forgetting_finding
from landscape.figures.enlarge.growth import Line, growth_figure, growth_finding
from landscape.figures.enlarge.training import training_figure, training_finding
from landscape.figures.enlarge.variants import Variant, variant_curves, variant_rings, variants_of
from landscape.figures.scale import scale_of
from landscape.outside.text import markdown
from landscape.reports.enlarge import comparison_csv, comparison_dict
from landscape.schema.directions import join_words, short_name
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from landscape.ui.basins.reading import basins_at
from landscape.ui.basins.view import resolution_note
from landscape.ui.components.chart import chart
from landscape.ui.components.measurement import download_file_button, page_of_figures
from landscape.ui.components.words import WORDS
from landscape.ui.enlarge.view import Choice, Known

OUTCOMES = {"holds": ":green-badge[:material/check: holds]", "open": ":gray-badge[:material/help: undecided]"}
OUTCOMES |= {"does not hold": ":red-badge[:material/close: does not hold]"}
METHODS = {"adamw": "AdamW", "go-0.05": "noise of σ = 0.05"}


def render(variants: Variants, known: Known, basins: Mapping[str, list[Basin]], choice: Choice) -> None:
    """Render the basins; then the claims about them, what was forgotten, the training curves, and the downloads."""
    found = _enlargements(variants, known, basins)
    own = [one for one in found if one.other.capability == choice.capability]
    shown = variants_of(known.searches, basins, choice.capability, relative=choice.relative)
    with st.container():
        pictures = _basins(shown, own, choice)
        drawn = [one.basin for one in shown if one.basin is not None and one.basin.radius is not None]
        resolution_note(drawn, choice.tolerance, variants.searched)
        for sentence in ratio_finding(own):
            st.markdown(f"- {markdown(sentence)}")
    with st.container():
        _claims(claims_of(own, known.changes))
    with st.container():
        kept = _forgetting(shown, known, choice)
    with st.container():
        _training(variants)
    if found:
        _downloads(known, [*pictures, *kept])


def _enlargements(variants: Variants, known: Known, basins: Mapping[str, list[Basin]]) -> list[Enlargement]:
    results = list(known.searches.values())
    ready = len(results) > 1 and results[0].spec.checkpoint == variants.names[0]
    return enlargements(results, basins) if ready else []


def _basins(shown: Sequence[Variant], own: Sequence[Enlargement], choice: Choice) -> list[go.Figure]:
    """The basins as rings and curves; a sentence where no checkpoint has the capability."""
    if all(variant.basin is not None and not variant.basin.bounded for variant in shown):
        st.info(f"No checkpoint here has **{markdown(choice.capability)}**: there is no basin of it to be wide or "
                "narrow.",                icon=":material/adjust:")  # fmt: skip
        return []
    title = headline_of(shown, own, choice)
    rings, curves = variant_rings(shown, title), variant_curves(shown, choice.capability, choice.view, _curves(choice))
    left, right = st.columns(2)
    with left:
        chart(rings, key="enlarge-rings", alt=f"Basins as rings. {title}")
        st.caption(
            f"Each ring is where **{markdown(choice.capability)}** of one checkpoint ends: the median over random "
            "directions, with its 95 % interval as a band (of six or more); each mark is one direction. Angles only "
            "tell directions apart."
        )
    with right:
        chart(curves, key="enlarge-curves", alt=_curves(choice))
        st.caption(
            "A line is the median over random directions, its band lowest to highest; the marker stands at the radius. "
            + ("α is divided by rms(θ₀): what growing all weights alone would bring is taken out."
               if choice.relative else "A wider basin in α can be bought by growing all weights: see relative α.")
        )  # fmt: skip
    return [rings, curves]


def _curves(choice: Choice) -> str:
    return f"{choice.view.capitalize()} of {choice.capability} as the weights move away from each checkpoint"


def headline_of(shown: Sequence[Variant], own: Sequence[Enlargement], choice: Choice) -> str:
    """The headline: how far the widest basin at equal score reaches beside the reference's, in the scale shown."""
    best = checkpoint_to_test(own)
    if best is None or best.ratio is None:
        return f"Basins of {choice.capability} in {len(shown)} checkpoint{'s' * (len(shown) > 1)}"
    grown, scale = (best.rms_ratio, "relative to the weights") if choice.relative else (1.0, "in α")
    low, high = (limit / grown for limit in best.interval)
    spread = "" if math.isnan(low) else f" ({low:.2g}–{high:.2g})"
    names = short_name(best.other.checkpoint), short_name(best.reference.checkpoint)
    score = "at equal score" if best.equal else f"at a score {best.other.score:.2f} against {best.reference.score:.2f}"
    return (
        f"{names[0]} holds {choice.capability} {best.ratio / grown:.2g} ×{spread} as far as {names[1]} {scale}, {score}"
    )


def _claims(claims: Sequence[Claim]) -> None:
    if not claims:
        return
    st.subheader("What is claimed, and what was measured here", anchor="claims", help=WORDS["claims"])
    for claim in claims:
        with st.container(border=True):
            st.markdown(f"{OUTCOMES[claim.outcome]} **{markdown(claim.claim)}**")
            st.caption(markdown(claim.measured))


def _forgetting(shown: Sequence[Variant], known: Known, choice: Choice) -> list[go.Figure]:
    changes = known.changes
    st.subheader("What the same fine-tune forgets and learns", anchor="forgetting", help=WORDS["forgetting"])
    if not changes:
        st.caption("Name a fine-tune of each checkpoint in the sidebar to see what it forgot and what it learned.")
        return []
    title = forgetting_finding(shown, changes)
    ordered = any(variant.basin and variant.basin.radius for variant in shown)
    on_top = f", the widest basin of {markdown(choice.capability)} on top" if ordered else ""
    figure = forgetting_figure(shown, changes, choice.view, title)
    chart(figure, key="enlarge-forgetting", alt=title)
    st.caption(
        f"A row is a checkpoint{on_top}. Hollow: the {choice.view} before the "
        "fine-tune; filled: after it. A long line to the left is forgetting, one to the right is learning (for losses, "
        "the other way round)."
    )
    return [figure]


@st.cache_data(max_entries=64, show_spinner=False, ttl=30)
def _read_log(name: str) -> pd.DataFrame | str | None:
    """The training log of a checkpoint; None without one; the reason as text where it cannot be read."""
    try:
        return training_log(name)
    except (ValueError, OSError) as error:
        return str(error)


def _read_logs(names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """By checkpoint, the logs that exist; a caption says why others cannot be read."""
    read_ = {name: _read_log(name) for name in names}
    for trouble in (said for said in read_.values() if isinstance(said, str)):
        st.caption(f":material/info: {markdown(trouble)}")
    return {name: log for name, log in read_.items() if isinstance(log, pd.DataFrame)}


def _training(variants: Variants) -> None:
    st.subheader("How training went", anchor="training", help=WORDS["training curves"])
    logs = _read_logs(variants.names)
    if not logs:
        st.caption(
            "No training log here: transformers.Trainer writes one (trainer_state.json) into a checkpoint’s folder."
        )
        return
    places = {name: place for place, name in enumerate(variants.names)}
    chart(training_figure(logs, places), key="enlarge-training", alt=training_finding(logs))
    without = [short_name(name) for name in variants.names if name not in logs]
    st.caption(
        "The loss on the batches of training: under weight noise it is that of the noised model, and so higher than "
        "that of the model that is saved." + (f" No log of {markdown(join_words(without))}." if without else "")
    )


def _downloads(known: Known, figures: Sequence[go.Figure]) -> None:
    """The comparison at the τ of the search as JSON, its points as CSV, and a page of the figures."""
    results, row = list(known.searches.values()), st.container(horizontal=True)
    everything = lambda: orjson.dumps(comparison_dict(results, known.changes)).decode()  # noqa: E731
    live = bool(known.active)
    download_file_button(row, "CSV", lambda: comparison_csv(results), "enlarge.csv", live=live)
    download_file_button(row, "JSON", everything, "enlarge.json", live=live)
    download_file_button(row, "HTML", lambda: page_of_figures(figures, "enlarge"), "enlarge.html", live=live)


def render_growth(choice: Choice) -> None:
    """Render how the radius of the bundled bases grows with pre-training, and with size."""
    drawn = {axis: lines for axis in bundled_specs.GROWTH if (lines := _lines(axis, choice))}
    if not drawn:
        return
    st.subheader("How basins grow", anchor="growth", help=WORDS["growth"])
    for column, (axis, lines) in zip(st.columns(len(drawn)), drawn.items(), strict=True):
        with column:
            chart(growth_figure(lines, axis), key=f"enlarge-{axis}", alt=growth_finding(lines, axis))
    st.caption(
        "The bundled bases, whatever is compared above: the same text in the same order, plain AdamW and training "
        "under noise. A bar is the 95 % interval of a radius."
    )
    if "parameters" in drawn:
        for sentence in _ratios_by_size(choice):
            st.markdown(f"- {markdown(sentence)}")
        _training_by_size()


def _training_by_size() -> None:
    """The training curves of the bundled bases of several sizes, where they have a log."""
    names = [name for line in bundled_specs.GROWTH["parameters"].values() for name in line.values()]
    if logs := _read_logs([name for name in names if name in assets.ENLARGED]):
        places = {name: place for place, name in enumerate(logs)}
        chart(training_figure(logs, places), key="enlarge-training-sizes", alt=training_finding(logs))
        st.caption("How those of the sizes with a log were trained. Under noise, the loss is that of the noised model.")


def _ratios_by_size(choice: Choice) -> list[str]:
    """Sentences: how much wider noise made the basin, for each size that ships."""
    specs, sentences = bundled_specs.enlarged_specs(), []
    for pair in zip(*(names.values() for names in bundled_specs.GROWTH["parameters"].values()), strict=True):
        results = [
            result for name in pair if name in specs and (result := bundled_results.shipped(specs[name])) is not None
        ]
        if len(results) == len(pair):
            basins = {r.spec.checkpoint: basins_at(r, choice.tolerance) for r in results}
            found = [one for one in enlargements(results, basins) if one.other.capability == choice.capability]
            sentences += ratio_finding(found)
    return sentences


def _lines(axis: str, choice: Choice) -> dict[str, Line]:
    """By method of training, its line along an axis of `GROWTH`, as far as results ship."""
    specs = bundled_specs.enlarged_specs()
    lines: dict[str, Line] = {}
    for method, names in bundled_specs.GROWTH[axis].items():
        shipped = {x: bundled_results.shipped(specs[name]) for x, name in names.items() if name in specs}
        read_ = {x: (_basin(result, choice), result) for x, result in shipped.items() if result is not None}
        found = {x: (b, scale_of(r, choice.relative)) for x, (b, r) in read_.items() if b is not None and b.radius}
        if len(found) > 1:  # one alone shows no growth
            lines[METHODS[method]] = found
    return lines


def _basin(result: Result[BasinSpec], choice: Choice) -> Basin | None:
    return next((b for b in basins_at(result, choice.tolerance) if b.capability == choice.capability), None)
