"""The glossary: every help text of the pages, under the name that a reader would look for."""

import html
import re

import streamlit as st

from landscape.outside.text import markdown
from landscape.ui.components.words import WORDS

# Topic → name that is shown → key of its text in WORDS. A test checks that every text has a place.
TOPICS: dict[str, dict[str, str]] = {
    "The idea": {
        "weights": "weights",
        "θ₀": "θ₀",
        "checkpoint": "checkpoint",
        "fine-tune": "fine-tune",
        "direction": "direction",
        "α": "α",
        "relative α": "relative α",
        "relative to every tensor": "per tensor",
        "capability": "capability",
        "score": "score",
        "loss": "loss",
        "basin": "basin",
        "edge": "edge",
        "boundary": "boundary",
        "tolerance τ": "tolerance",
        "τ as a share of the score": "tolerance share",
        "τ of the loss": "loss tolerance",
        "lost": "lost means",
        "order by score and by loss": "orders",
        "radius of a basin": "radius",
        "nested": "nested",
        "run": "run",
    },
    "Distances and directions": {
        "d": "d",
        "‖Δθ‖": "‖Δθ‖",
        "r": "r",
        "effective rank": "effective rank",
        "seed": "seed",
        "kinds of random directions": "scale",
        "band": "band",
        "cosine": "cosine",
        "most directions": "most directions",
        "deployment move": "move",
    },
    "The worst case": {
        "needle": "needle",
        "worst direction": "worst",
        "worst found": "worst found",
        "unseen examples": "unseen",
        "× nearer": "nearer",
        "axis of powers of ten": "log α",
        "explained share": "explained",
        "mass": "mass",
        "density of mass": "density",
        "top eigenvalue": "top eigenvalue",
        "smallest eigenvalue": "smallest eigenvalue",
        "slope at θ₀": "slope",
        "trace": "trace",
        "spread of curvature": "curvature spread",
        "spread of rises": "rise spread",
        "spread of radii": "radius spread",
        "sharpness": "sharpness",
        "quadratic": "quadratic",
    },
    "What is guaranteed": {
        "certificate": "certificate",
        "noised model": "noised",
        "σ": "σ",
        "p_A": "p_A",
        "floor": "floor",
        "weak floor": "weak floor",
        "certified radius": "certified radius",
        "threshold q": "threshold",
        "failure probability": "failure probability",
        "trials": "trials",
        "vacuous": "vacuous",
        "abstain": "abstain",
        "τ under noise": "τ under noise",
    },
    "Enlarged basins": {
        "enlarging a basin": "enlarging",
        "compared checkpoints": "variants",
        "compared fine-tunes": "variants tuned",
        "claims": "claims",
        "forgetting and learning": "forgetting",
        "training curves": "training curves",
        "growth": "growth",
    },
    "Maps": {
        "plane": "plane",
        "map": "map",
        "x": "x",
        "y": "y",
        "checkpoints on a map": "places",
        "off the plane": "off the plane",
        "measured points": "dots",
        "relief": "relief",
        "topology, persistence": "topology",
        "asking at a point": "ask",
        "lost at a point": "lost here",
        "prompt": "prompt",
    },
    "Inspections": {
        "base": "base",
        "fine-tunes to inspect": "fine-tunes",
        "verdict": "outcome",
        "lost and won examples": "flips",
        "brittle parts": "brittle",
        "other inspections": "beside",
        "time budget": "budget",
        "random directions of an inspection": "draws",
        "searching the worst": "search worst",
        "certifying": "certify",
    },
    "Choices when measuring": {
        "range of α": "range",
        "own range": "own range",
        "reach": "reach",
        "both signs": "both signs",
        "searching the cliff": "search cliff",
        "sequential": "sequential",
        "axis of a plane": "axis",
        "ends of an axis": "ends",
        "grid": "grid",
        "full grid": "full",
        "directions that are searched for": "computed",
        "searched capabilities": "searched",
        "sparing": "sparing",
        "all at once": "at once",
        "towards": "towards",
        "start of a search": "start",
        "α of a search": "search α",
        "steps": "steps",
        "restarts": "restarts",
        "other searched directions": "others",
        "range of σ": "σ range",
        "noise of a trial": "sigma",
        "batch": "batch",
        "fine-tunes of a certificate": "towards certificate",
        "adapter alone": "adapter",
        "seed of the noise": "noise seed",
        "only": "only",
        "exclude": "exclude",
        "limit": "limit",
        "device": "device",
        "number format": "dtype",
        "code of a checkpoint": "trust",
    },
}
_STYLE = """<style>
.words dt {font-weight: 650; margin-top: .9rem} .words dd {margin: .1rem 0 0; max-width: 46rem}
.words dt a {color: inherit; text-decoration: none} .words dt a:hover {text-decoration: underline}
</style>"""


def anchor(name: str) -> str:
    """The anchor of a word in the page, such as `word-certified-radius`."""
    return "word-" + re.sub(r"[^\w]+", "-", name).strip("-").lower()


def matching_words(asked: str) -> dict[str, dict[str, str]]:
    """By topic, the words whose name or text contains what was asked for (in any case); an empty text finds all."""
    wanted = asked.strip().casefold()
    holding = {
        topic: {name: key for name, key in entries.items() if wanted in f"{name} {WORDS[key]}".casefold()}
        for topic, entries in TOPICS.items()
    }
    return {topic: entries for topic, entries in holding.items() if entries}


def no_word(asked: str) -> None:
    """Say that nothing holds what was asked for."""
    st.info(f"No word here holds “{markdown(asked)}”.", icon=":material/search_off:")


def word_list(entries: dict[str, str]) -> None:
    """Show words with their meanings; each has an anchor that it links to."""
    each = (
        f'<dt id="{anchor(name)}"><a href="#{anchor(name)}">{html.escape(name)}</a></dt>'
        f"<dd>{html.escape(WORDS[key])}</dd>"
        for name, key in entries.items()
    )
    st.html(f'{_STYLE}<dl class="words">{"".join(each)}</dl>')
