"""A certificate on a page: what is guaranteed for each fine-tune, how far it reaches, and what it does not say."""

from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from landscape.certificates.bounds import Certificate, trials_needed
from landscape.certificates.guarantees import Guarantee, confined, covered, distances, guarantees_of, why_not_sampled
from landscape.certificates.rounding import score_down
from landscape.certificates.sigma_elimination import BATCH, planned
from landscape.figures.certificates.findings import certified, guarantees_by_fine_tune, sweep_finding, verdicts
from landscape.figures.certificates.radii_axis import distances_finding, radii_figure
from landscape.figures.certificates.sweep import sweep_figure
from landscape.figures.numbers import format_length, proven_length
from landscape.outside.text import markdown
from landscape.reports.certificates import guarantee_dict
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec
from landscape.store.store import Store
from landscape.ui.certificates.nearby_searches import NearbySearches, nearby_searches_of, worst_search_link
from landscape.ui.components import measurement
from landscape.ui.components.chart import chart
from landscape.ui.components.scales import spread
from landscape.ui.components.words import WORDS

TERMS = {
    "σ": "σ",
    "p_A": "p_A",
    "r": "r",
    "threshold": "q, the threshold",
    "floor": "floor",
    "certified radius": "certified radius",
    "noised": "noised model",
    "vacuous": "vacuous",
    "abstain": "abstain",
    "failure probability": "failure probability",
    "trials": "trials",
    "worst found": "worst direction found",
    "most directions": "most directions",
}
READING_HINT = "What was read from the trials: lower bounds, certified radii and floors, at the run's own q."


@dataclass(frozen=True)
class Measured:
    """A result with what is read from it at a threshold, and the earlier searches beside it."""

    result: Result[CertificateSpec]
    threshold: float
    guarantees: list[Guarantee]
    nearby: NearbySearches

    @property
    def radii(self) -> dict[str, float | None]:
        """The certified radius by capability."""
        return certified(self.guarantees, self.threshold)

    @property
    def parameters(self) -> int | None:
        """How many weights the noise is added to, where it is known."""
        return self.result.facts.parameters if self.result.facts else None

    def certificate(self, capability: str) -> Certificate | None:
        """The certificate with the largest radius; where all abstain, the one with the highest lower bound."""
        own = next((g for g in self.guarantees if g.capability == capability), None)
        if own is None:
            return None
        return own.best(self.threshold) or max(own.complete, key=lambda c: c.low, default=None)


def threshold_slider(spec: CertificateSpec) -> float:
    """The threshold q. The URL holds it."""
    value = st.slider(
        "Score to be guaranteed, q", *spread(0.01, 0.99, spec.threshold), 0.01, key="q", bind="query-params",
        help=WORDS["threshold"], width=320,
    )  # fmt: skip
    return round(value, 6)


def measured_at(store: Store, result: Result[CertificateSpec], threshold: float) -> Measured:
    """Read a result at a threshold, beside what earlier searches found around the same checkpoint."""
    found = guarantees_of(result)
    nearby = nearby_searches_of(store, result.spec, tuple(g.capability for g in found), threshold)
    return Measured(result, threshold, found, nearby)


def render(measured: Measured, *, key: str) -> None:
    """Render the answer in words, how far it reaches, the trials behind it, and the table."""
    result, q = measured.result, measured.threshold
    for text in verdicts(result, measured.guarantees, q):
        st.markdown(text)
    _caveat(measured)
    left, right = st.columns(2)
    with left:
        nearby = measured.nearby
        found = distances_finding(measured.radii, nearby.worst, nearby.most)
        chart(_radii(measured), key=f"{key}-radii", alt=f"Certified and found distances. {found}")
        st.caption(_how_to_read_radii(measured))
        if not any(nearby.worst.values()):
            worst_search_link(result.spec)
    with right:
        figure = sweep_figure(result, measured.guarantees, q)
        chart(figure, key=f"{key}-sweep", alt=f"Score under noise. {sweep_finding(measured.guarantees, q)}")
        st.caption(_how_to_read_sweep(result.spec))
        _remarks(measured)
    _table(measured)
    terms_list()


def downloads(measured: Measured, name: str, *, live: bool) -> None:
    """The trials, what was read from them at the run's own q, and a page of the figures."""
    result = measured.result
    reading = lambda: guarantee_dict(result)  # noqa: E731
    measurement.downloads(result, name, lambda: figures(measured), reading, READING_HINT, live=live)


def figures(measured: Measured) -> dict[str, go.Figure]:
    """The figures of the downloads."""
    sweep = sweep_figure(measured.result, measured.guarantees, measured.threshold)
    return {"radii": _radii(measured), "noise": sweep}


def _radii(measured: Measured) -> go.Figure:
    nearby = measured.nearby
    return radii_figure(
        measured.radii, nearby.worst, nearby.most, distances(measured.result), measured.threshold,
        parameters=measured.parameters,
    )  # fmt: skip


def _caveat(measured: Measured) -> None:
    """Say, beside the numbers, that they are about the noised model and about which weights."""
    q = measured.threshold
    text = (
        ":material/warning: The promise is about the **noised** model: weights plus fresh noise of size σ, averaged "
        "over the noise. It says nothing of θ′ without noise. A certified radius is of the order of σ; the noise "
        "itself is σ√d long"
    )
    tops = [c for g in measured.guarantees if (c := g.best(q)) is not None]
    if tops and measured.parameters:
        top = max(tops, key=lambda c: c.radius(q) or 0.0)
        text += f" (here {format_length(top.sigma * measured.parameters**0.5)})"
    where = confined(measured.result.spec) or "The noise is on all weights."
    st.caption(f"{text}. For a full fine-tune it is therefore usually vacuous. {markdown(where)}")


def _how_to_read_radii(measured: Measured) -> str:
    parts = [
        "From left to right, distance from θ₀ grows tenfold a line. Bar: guaranteed in every direction, for the model "
        "with noise. The marks are about the model without noise, so neither bounds the other."
    ]
    if any(measured.nearby.worst.values()):
        parts.append("Triangle: where it ends in the worst direction found; a worse one may end it nearer.")
    if any(measured.nearby.most.values()):
        parts.append(
            "Diamond: where it ends in random directions (median; band: its 95 % interval). All are read at the same q."
        )
    if distances(measured.result):
        parts.append("Star: where a fine-tune stands; the guarantee covers it where the bar reaches it.")
    return " ".join(parts)


def _how_to_read_sweep(spec: CertificateSpec) -> str:
    return (
        "Above: the score under noise falls as σ grows. Shaded: its 95 % interval; dotted: the lower bound that the "
        "proof uses. Below: what each σ certifies; the star is the most. A cross abstains: its bound lies below q. "
        f"Failure probability {spec.failure_probability:g}: {covered(spec)}."
    )


def _remarks(measured: Measured) -> None:
    """Show what limits the picture."""
    spec, q = measured.result.spec, measured.threshold
    needed, trials = trials_needed(q, spec.failure_probability / len(spec.sigmas)), planned(spec) * BATCH
    if trials < needed:
        st.caption(
            f":material/info: Too few trials: {trials:,} at each σ cannot certify q = {q:g} even if all are right; "
            f"{needed:,} are needed."
        )
    states = {g.state(c) for g in measured.guarantees for c in g.certificates if not c.complete}
    if "unfinished" in states:
        st.caption(":material/hourglass_empty: Hollow: not all trials are made yet, so nothing is proven there.")
    elif states:
        st.caption(
            f":material/content_cut: Hollow: given up early, as this σ could not win for q = {spec.threshold:g}. It "
            "proves nothing, at another q neither; the thin line is what was seen of it."
        )
    for guarantee in measured.guarantees:
        if not guarantee.sampled:
            st.caption(
                f":material/info: **{markdown(guarantee.capability)}**: {why_not_sampled(guarantee, spec.threshold)}."
            )


def _table(measured: Measured) -> None:
    """A table of every number of the proof, one row a capability."""
    if not measured.guarantees:
        return
    rows = [_row(measured, guarantee) for guarantee in measured.guarantees]
    text = st.column_config.TextColumn
    help_ = {
        "clean score": WORDS["score"],
        "best σ": WORDS["σ"],
        "p_A at least": WORDS["p_A"],
        "certified radius": WORDS["certified radius"],
        "as α": WORDS["α"],
    }
    help_ |= {name: f"{WORDS['floor']} {WORDS['vacuous']}" for name in rows[0] if name.startswith("floor at ")}
    config = {name: text(help=hint) for name, hint in help_.items()}
    st.dataframe(rows, hide_index=True, width="stretch", column_config=config)


def _row(measured: Measured, guarantee: Guarantee) -> dict[str, str]:
    q, top, tried = measured.threshold, guarantee.best(measured.threshold), measured.certificate(guarantee.capability)
    radius = top.radius(q) if top else None
    alpha = radius / measured.parameters**0.5 if radius is not None and measured.parameters else None
    least = "" if tried is None else score_down(tried.low, 3) + ("" if top else ", below q")
    none = "abstains" if tried else "not yet" if guarantee.sampled else "not tried"
    row = {
        "capability": guarantee.capability,
        "clean score": f"{guarantee.score:.2f}",
        "best σ": format_length(top.sigma) if top else none,
        "p_A at least": least,
        "certified radius": "none" if radius is None and tried else "" if radius is None else proven_length(radius),
        "as α": "" if alpha is None else proven_length(alpha),
    }
    for name, promise in guarantees_by_fine_tune(measured.result, guarantee, q).items():
        floor = "" if promise.certificate is None else score_down(promise.floor)
        vacuous = promise.vacuous.partition(":")[0]
        row[f"floor at {short_name(name)}"] = f"{vacuous} ({floor})" if vacuous and floor else vacuous or floor
    return row


def terms_list(terms: Mapping[str, str] = TERMS) -> None:
    """Explain the terms of the page."""
    with st.expander("What the words mean", icon=":material/menu_book:"):
        st.markdown("\n".join(f"- **{name}**: {WORDS[word]}" for word, name in terms.items()))


def introduction() -> None:
    """Say what the page is about, before anything is measured."""
    st.write(
        "How far may the weights move, in **any** direction, before a capability is lost? Searching can only find bad "
        "directions; *randomised smoothing* proves that there are none. It adds noise to every weight, counts how "
        "often the noised model is still right, and from that count alone promises a score at every distance r: the "
        "calculator shows how. The promise is about the **noised** model, and r is of the order of σ."
    )
