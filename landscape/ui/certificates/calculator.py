"""The floor as a calculator: sliders for σ, p_A and r, and the formulas with the current numbers in them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import streamlit as st

from landscape.certificates.bounds import certified_radius, strong_floor, total_drop, weak_floor
from landscape.certificates.guarantees import distances
from landscape.certificates.rounding import score_down
from landscape.figures.certificates.floor import NEUTRAL, floor_figure, floor_finding
from landscape.figures.numbers import format_length, proven_length
from landscape.figures.palette import colors
from landscape.outside.text import markdown
from landscape.schema.numbers import number
from landscape.store.store import Store
from landscape.ui.certificates.token_swap import input_bound_panel
from landscape.ui.certificates.view import Measured
from landscape.ui.components.chart import chart
from landscape.ui.components.page_setup import literal_name
from landscape.ui.components.words import WORDS

_NORMAL = NormalDist()
_SIGMAS = [round(m * 10.0**e, 8) for e in (-4, -3, -2) for m in (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)] + [0.1]
_RADII = [0.0] + [round(m * 10.0**e, 8) for e in range(-4, 2) for m in (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)] + [100.0]


@dataclass(frozen=True)
class Numbers:
    """The values of the sliders."""

    sigma: float
    p: float
    r: float
    tau: float


EXAMPLE = Numbers(sigma=0.006, p=0.95, r=0.006, tau=0.05)


@st.fragment
def calculator(store: Store, measured: Measured | None, threshold: float, checkpoint: str, key: str) -> None:
    """Sliders, figure and formulas, in a fragment: moving a slider does not run the rest of the page."""
    st.subheader("The promise as a calculator")
    capability = _sources(measured)
    left, right = st.columns([3, 2], gap="large")
    with right:
        now = _sliders()
    color = colors([capability])[capability] if capability else NEUTRAL
    far = distances(measured.result) if measured else {}
    parameters = measured.parameters if measured else None
    with left:
        figure = floor_figure(now.p, now.sigma, now.r, threshold, far, parameters=parameters, color=color)
        alt = f"Floor against distance. {floor_finding(now.p, now.sigma, now.r, threshold)}"
        chart(figure, key=f"{key}-floor", alt=alt)
        st.caption(
            "Read upwards from a distance r: in no direction does the **noised** model score below the line, if p_A "
            "is at least what its slider says. Dotted: the weaker bound. Ring: the certified radius, where the floor "
            "meets q."
        )
    _formulas(now, threshold, parameters)
    input_bound_panel(store, checkpoint, now.sigma, now.p, threshold)


def _sources(measured: Measured | None) -> str | None:
    """Choose the capability and the fine-tune whose numbers fill the sliders; return the capability."""
    known = [g.capability for g in measured.guarantees if measured.certificate(g.capability)] if measured else []
    if not measured or not known:
        _fill("example", EXAMPLE)
        st.caption("Nothing is measured here yet: the numbers are an example. Try others.")
        return None
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    proven = {name: radius for name, radius in measured.radii.items() if radius and name in known}
    first = max(proven, key=lambda name: proven[name]) if proven else known[0]
    capability = row.segmented_control(
        "From the measurement", known, default=first, key="calculator-capability", width="content",
        format_func=markdown,
        help="Fills in the σ that certifies most for this capability, and its lower bound of p_A.",
    )  # fmt: skip
    far = distances(measured.result)
    at = _place(row, list(far))
    capability = capability if capability in known else first
    certificate = measured.certificate(capability)
    assert certificate is not None
    score = next(g.score for g in measured.guarantees if g.capability == capability)
    p = math.floor(certificate.low * 1e4) / 1e4
    r = far[at] if at else certificate.radius(measured.threshold) or certificate.sigma
    _fill(f"{capability}-{at}", Numbers(certificate.sigma, p, r, max(0.0, round(score - p, 4))))
    if certificate.radius(measured.threshold) is None:
        st.caption(
            f"{markdown(capability)} abstains at every σ: its highest lower bound of p_A, {score_down(p, 3)}, lies "
            f"below q = {measured.threshold:g}. The sliders begin there."
        )
    return capability


def _place(row: "st.delta_generator.DeltaGenerator", names: Sequence[str]) -> str | None:
    if not names:
        return None
    chosen = row.segmented_control(
        "At the distance of", list(names), default=names[0], key="calculator-finetune",
        format_func=literal_name,
        width="content", help="Fills in r, how far this fine-tune stands from θ₀.",
    )  # fmt: skip
    return chosen if chosen in names else None


def _fill(source: str, numbers: Numbers) -> None:
    """Set the sliders to these numbers, if the numbers or their source changed since the last time."""
    state = (source, numbers)
    if st.session_state.get("calculator-from") == state:
        return
    st.session_state["calculator-from"] = state
    st.session_state["calculator-filled"] = numbers
    st.session_state["calculator-sigma"] = numbers.sigma
    st.session_state["calculator-p"] = numbers.p
    st.session_state["calculator-r"] = numbers.r
    st.session_state["calculator-tau"] = min(numbers.tau, 1.0)


def _sliders() -> Numbers:
    filled: Numbers = st.session_state["calculator-filled"]
    for name, value in zip(("sigma", "p", "r", "tau"), (filled.sigma, filled.p, filled.r, filled.tau), strict=True):
        st.session_state.setdefault(f"calculator-{name}", value)  # another page drops it
    sigmas = sorted({*_SIGMAS, filled.sigma})
    sigma = st.select_slider("σ, the noise", sigmas, key="calculator-sigma", format_func=format_length, help=WORDS["σ"])
    p = st.slider("p_A, at least", 0.0, 1.0, key="calculator-p", step=0.0001, format="%.4f", help=WORDS["p_A"])
    radii = sorted({*_RADII, filled.r})
    r = st.select_slider("r, the distance", radii, key="calculator-r", format_func=_length, help=WORDS["r"])
    tau = st.slider(
        "τ, lost to the noise itself", 0.0, 1.0, key="calculator-tau", step=0.0001, format="%.4f",
        help=WORDS["τ under noise"],
    )  # fmt: skip
    return Numbers(float(sigma), float(p), float(r), float(tau))


def _length(value: float) -> str:
    return "0" if value == 0 else format_length(value)


def _formulas(now: Numbers, threshold: float, parameters: int | None) -> None:
    """Every formula with the current numbers in it."""
    p, sigma, r = now.p, now.sigma, now.r
    floor = strong_floor(p, r, sigma)
    left, right = st.columns(2)
    left.markdown(
        f"**Floor**: the least score at r{'; **vacuous**, below q' if floor < threshold else ''}",
        help=WORDS["floor"],
    )
    left.latex(strong_formula(p, sigma, r))
    right.markdown("**Weak floor**, from the steepest slope alone", help=WORDS["weak floor"])
    right.latex(weak_formula(p, sigma, r))
    left, right = st.columns(2)
    left.markdown("**Certified radius**: as far as the floor stays at q", help=WORDS["certified radius"])
    left.latex(radius_formula(p, sigma, threshold))
    radius = certified_radius(p, threshold, sigma)
    if radius is None:
        left.caption("Below 0: abstain. Not even θ₀ itself is sure to score q under this noise.")
    elif parameters and math.isfinite(radius):
        alpha = radius / math.sqrt(parameters)
        left.caption(f"As an α, the RMS change per weight: r / √d = {proven_length(alpha) if alpha else '0'}.")
    right.markdown("**Total drop**: from the clean θ₀ to the noised θ′, at most")
    right.latex(drop_formula(now.tau, p, floor))


def strong_formula(p: float, sigma: float, r: float) -> str:
    """The strong floor, step by step."""
    symbols = r"\Phi\!\left(\Phi^{-1}(p_A) - \tfrac{r}{\sigma}\right)"
    numbers = rf"\Phi\!\left(\Phi^{{-1}}({p:.4f}) - \tfrac{{{_latex_number(r)}}}{{{_latex_number(sigma)}}}\right)"
    last = rf"= {score_down(strong_floor(p, r, sigma), 3)}"
    if 0 < p < 1:
        last = rf"= \Phi({_NORMAL.inv_cdf(p):.2f} - {_latex_number(r / sigma)}) {last}"
    return _lines(symbols, f"= {numbers}", last)


def weak_formula(p: float, sigma: float, r: float) -> str:
    """The weak floor, step by step."""
    found, slope = weak_floor(p, r, sigma), r / (math.sqrt(2 * math.pi) * sigma)
    numbers = rf"= {p:.4f} - \tfrac{{{_latex_number(r)}}}{{\sqrt{{2\pi}}\cdot {_latex_number(sigma)}}}"
    below = r"\ \Rightarrow\ 0" if p < slope else ""
    value = f"{p - slope:.3f}" if abs(p - slope) < 1 else _latex_number(p - slope)
    return _lines(
        r"p_A - \tfrac{r}{\sqrt{2\pi}\,\sigma}", numbers, f"= {value}{below}" if below else f"= {score_down(found, 3)}"
    )


def radius_formula(p: float, sigma: float, threshold: float) -> str:
    """The certified radius, step by step."""
    symbols = r"\sigma\left(\Phi^{-1}(p_A) - \Phi^{-1}(q)\right)"
    numbers = rf"= {_latex_number(sigma)}\left(\Phi^{{-1}}({p:.4f}) - \Phi^{{-1}}({threshold:g})\right)"
    if p in (0.0, 1.0):
        return _lines(symbols, numbers, r"= \infty" if p else r"= -\infty")
    low, high = _NORMAL.inv_cdf(p), _NORMAL.inv_cdf(threshold)
    found = sigma * (low - high)
    value = proven_length(found) if found > 0 else _latex_number(found)
    minus = rf"({high:.2f})" if high < 0 else f"{abs(high):.2f}"
    return _lines(symbols, numbers, rf"= {_latex_number(sigma)}\,({low:.2f} - {minus}) = {value}")


def drop_formula(tau: float, p: float, floor: float) -> str:
    """How far the score of the noised θ′ may lie below that of the clean θ₀."""
    found = min(1.0, total_drop(tau, p, floor))
    return _lines(
        r"\tau + p_A - \text{floor}",
        f"= {tau:.4f} + {p:.4f} - {score_down(floor, 4)}",
        f"= {math.ceil(found * 1e3) / 1e3:.3f}",
    )


def _lines(*parts: str) -> str:
    """Aligned LaTeX, one line a part: a phone shows it whole."""
    first, *rest = parts
    return rf"\begin{{aligned}} & {first} \\ " + r" \\ ".join(f"& {part}" for part in rest) + r"\end{aligned}"


def _latex_number(value: float) -> str:
    """Format a number as LaTeX with three digits, and an exponent only where the number would be long."""
    if value and not 1e-4 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.2e}".split("e")
        return rf"{mantissa}\cdot 10^{{{int(exponent)}}}"
    return f"{value:.0f}" if abs(value) >= 1000 else number(value)
