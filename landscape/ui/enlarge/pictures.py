"""The pictures of enlarged basins: rings and curves, claims, forgetting, training."""

from collections.abc import Mapping, Sequence

import orjson
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from landscape.basins.radii import Basin
from landscape.enlarge.claims import BY_RMS, BY_TENSOR, IN_ALPHA, Claim, Measure, claims_of
from landscape.enlarge.kept import kept_of
from landscape.enlarge.radius_ratios import Enlargement, checkpoint_radii, enlargements, ratio_finding
from landscape.enlarge.training_log import training_log
from landscape.enlarge.variants import Variants
from landscape.figures.enlarge.forgetting import forgetting_figure, forgetting_finding
from landscape.figures.enlarge.kept import kept_figure, kept_finding
from landscape.figures.enlarge.titles import comparison_title
from landscape.figures.enlarge.training import training_figure, training_finding
from landscape.figures.enlarge.variants import Variant, variant_curves, variant_rings, variants_of
from landscape.figures.paper.captions import caption_of_several
from landscape.figures.paper.pictures import file_name, plain_title
from landscape.outside.text import markdown
from landscape.reports.enlarge import comparison_csv, comparison_dict
from landscape.schema.directions import join_words, short_name
from landscape.ui.basins.view import resolution_note
from landscape.ui.components.chart import chart
from landscape.ui.components.measurement import download_file_button, page_of_figures
from landscape.ui.components.words import WORDS
from landscape.ui.enlarge.view import Choice, Known, statable_basins
from landscape.ui.figure_downloads import figure_popover

KEYS = {IN_ALPHA: "", BY_RMS: "", BY_TENSOR: "-tensor"}
SCALES = {
    IN_ALPHA: "A wider basin in α can be bought by growing all weights: see relative α.",
    BY_RMS: "α is divided by the rms of the weights: what growing all weights alike would bring is taken out.",
    BY_TENSOR: "These directions change every tensor by the same share, which is α: also tensors that grew less than "
    "the largest ones, which make most of the rms.",
}
OUTCOMES = {"holds": ":green-badge[:material/check: holds]", "open": ":gray-badge[:material/help: undecided]"}
OUTCOMES |= {"does not hold": ":red-badge[:material/close: does not hold]"}


def render(variants: Variants, known: Known, choice: Choice) -> None:
    """Render the basins; then the claims about them, what was forgotten, the training curves, and the downloads."""
    basins, layers = (statable_basins(found, choice) for found in (known.searches, known.layers))
    found = _enlargements(variants, known, basins, layers)
    own = [one for one in found if one.other.capability == choice.capability]
    shown = variants_of(known.searches, basins, choice.capability, relative=choice.relative)
    with st.container():
        pictures = _basins(shown, own, choice, BY_RMS if choice.relative else IN_ALPHA)
        if choice.relative and pictures and known.layers:
            along = variants_of(known.layers, layers, choice.capability, relative=False)
            pictures += _basins(along, own, choice, BY_TENSOR)
        drawn = [one.basin for one in shown if one.basin is not None and one.basin.radius is not None]
        _resolution(drawn, choice, variants)
        for sentence in ratio_finding(own):
            st.markdown(f"- {markdown(sentence)}")
    with st.container():
        _claims(claims_of(own, known.changes))
    with st.container():
        kept = _forgetting(shown, known, choice)
        kept += _kept(basins, known, choice, variants)
    with st.container():
        _training(variants)
    if found:
        _downloads(known, [*pictures, *kept], choice)


def _enlargements(
    variants: Variants, known: Known, basins: Mapping[str, list[Basin]], layers: Mapping[str, list[Basin]]
) -> list[Enlargement]:
    results = list(known.searches.values())
    ready = len(results) > 1 and results[0].spec.checkpoint == variants.names[0]
    return enlargements(results, basins, layers) if ready else []


def _basins(shown: Sequence[Variant], own: Sequence[Enlargement], choice: Choice, measure: Measure) -> list[go.Figure]:
    """The basins as rings and curves by one measure; a sentence where no checkpoint has the capability."""
    if all(variant.basin is not None and not variant.basin.bounded for variant in shown):
        reasons = (variant.basin.why for variant in shown if variant.basin is not None)
        said = "; ".join(dict.fromkeys(map(markdown, reasons)))
        st.info(f"No checkpoint here has **{markdown(choice.capability)}**: {said}.", icon=":material/adjust:")
        return []
    title = comparison_title(own, choice.capability, len(shown), measure) + choice.of_scores
    key = KEYS[measure]
    about = f"{choice.view.capitalize()} of {choice.capability} as the weights move away from each checkpoint"
    rings, curves = variant_rings(shown, title), variant_curves(shown, choice.capability, choice.view, about)
    left, right = st.columns(2)
    with left:
        chart(rings, key=f"enlarge-rings{key}", alt=f"Basins as rings. {title}")
        st.caption(
            f"Each ring is where **{markdown(choice.capability)}** of one checkpoint ends: the median over random "
            "directions, with its 95 % interval as a band (of six or more); each mark is one direction. Angles only "
            "tell directions apart."
        )
    with right:
        chart(curves, key=f"enlarge-curves{key}", alt=about)
        st.caption(
            "A line is the median over random directions, its band lowest to highest; the marker stands at the radius. "
            + SCALES[measure]
        )
    return [rings, curves]


def _resolution(drawn: Sequence[Basin], choice: Choice, variants: Variants) -> None:
    """Say how finely the boundaries are known."""
    if not choice.share:
        resolution_note(drawn, choice.tolerance, variants.searched)
    elif drawn:
        st.caption(
            f":material/straighten: A capability is lost where its score has dropped by {choice.tolerance:g} of what "
            f"it is at θ₀. The search was made at τ = {variants.searched.tolerance:g}; elsewhere a boundary is known "
            "only as finely as the points around it."
        )


def _kept(basins: Mapping[str, list[Basin]], known: Known, choice: Choice, variants: Variants) -> list[go.Figure]:
    """What each fine-tune kept of the capability, against how far it went in radii of its base."""
    radii = [checkpoint_radii(result, basins[name]) for name, result in known.searches.items()]
    own = [each[choice.capability] for each in radii if choice.capability in each]
    found = kept_of(own, known.changes, known.alphas)
    if not found:
        return []
    places = {name: place for place, name in enumerate(variants.names)}
    figure = kept_figure(found, places)
    chart(figure, key="enlarge-kept", alt=kept_finding(found))
    st.caption(
        "Across: α of each fine-tune divided by the radius of its base’s basin in random directions, with the radius’s "
        "95 % interval. Up: of the examples that the base gets right, those that the fine-tune still gets right, with "
        "the 95 % interval of a share. What differs between trainings of the same kind is in neither interval."
    )
    return [figure]


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
    on_top = f", the largest radius of {markdown(choice.capability)} on top" if ordered else ""
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


def read_logs(names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """By checkpoint, the logs that exist; a caption says why others cannot be read."""
    read_ = {name: _read_log(name) for name in names}
    for trouble in (said for said in read_.values() if isinstance(said, str)):
        st.caption(f":material/info: {markdown(trouble)}")
    return {name: log for name, log in read_.items() if isinstance(log, pd.DataFrame)}


def _training(variants: Variants) -> None:
    st.subheader("How training went", anchor="training", help=WORDS["training curves"])
    logs = read_logs(variants.names)
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


def _downloads(known: Known, figures: Sequence[go.Figure], choice: Choice) -> None:
    """The comparison at the τ of the search (or that share of each score) as JSON, its points as CSV, and the figures.

    The figures are one page.
    """
    results, layers = list(known.searches.values()), list(known.layers.values())
    row = st.container(horizontal=True)
    share, alphas = choice.share, known.alphas
    found = lambda: comparison_dict(results, known.changes, layers, alphas, share_of_score=share)  # noqa: E731
    live = bool(known.active)
    download_file_button(row, "CSV", lambda: comparison_csv(results, layers), "enlarge.csv", live=live)
    download_file_button(row, "JSON", lambda: orjson.dumps(found()).decode(), "enlarge.json", live=live)
    download_file_button(row, "HTML", lambda: page_of_figures(figures, "enlarge"), "enlarge.html", live=live)
    name = file_name("enlarge", choice.capability, f"tau-{choice.tolerance:g}")
    caption = lambda: caption_of_several(results, choice.tolerance, share=share)  # noqa: E731
    figure_popover(row, lambda: {plain_title(figure): figure for figure in figures}, caption, name, live=live)
