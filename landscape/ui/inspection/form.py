"""The form of inspections, one for each fine-tune. Its widgets start at the spec that the page shows."""

from typing import Any

import streamlit as st

from landscape.bundled.pairs import Pair
from landscape.inspection.thresholds import MEANING
from landscape.schema.parsing import format_budget, parse_budget
from landscape.schema.specs import InspectionSpec, Thresholds, digest
from landscape.ui.components.form import asked_in_form
from landscape.ui.components.trust_boxes import trust_boxes
from landscape.ui.components.words import WORDS
from landscape.ui.pair.pickers import checkpoints_picker

LABELS = {  # threshold → (label, least, most, step)
    "max_drop": ("Largest drop of a score", 0.001, 0.99, 0.01),
    "confidence": ("Confidence of intervals", 0.51, 0.9999, 0.01),
    "min_headroom": ("Least headroom, × the base's", 0.0, None, 0.1),
    "max_barrier": ("Largest barrier on the line between", 0.001, 0.99, 0.01),
    "outlying_layer": ("Outlying layer, × the median", 1.01, None, 1.0),
}


def inspect_form(shown: InspectionSpec, pair: Pair) -> list[InspectionSpec]:
    """The specs that the widgets describe. Raises ValueError for a spec or a budget that is not valid."""
    key = digest(shown)[:8]
    more = checkpoints_picker("Other fine-tunes of the same base", [], f"{key}-tuned", WORDS["fine-tunes"])
    base, tuned = shown.checkpoint, list(dict.fromkeys([shown.other, *more]))
    capabilities = asked_in_form(shown, pair)
    left, right = st.columns(2)
    budget = left.text_input(
        "Budget", format_budget(shown.budget) if shown.budget else "", key=f"{key}-budget", help=WORDS["budget"],
        placeholder="all it takes",
    )  # fmt: skip
    draws = right.number_input("Random directions", 1, 100, shown.draws, key=f"{key}-draws", help=WORDS["draws"])
    worst = st.toggle("Search worst directions", shown.worst, key=f"{key}-worst", help=WORDS["search worst"])
    certify = st.toggle("Certify", shown.certify, key=f"{key}-certify", help=WORDS["certify"])
    fields = {
        "checkpoint": base,
        "capabilities": capabilities,
        "budget": parse_budget(budget) if budget.strip() else None,
        "draws": int(draws),
        "worst": worst,
        "certify": certify,
        "thresholds": _thresholds(shown.thresholds, key),
    }
    fields |= _advanced(shown, key, [base, *tuned])
    return [InspectionSpec.model_validate(fields | {"other": name}) for name in tuned]


def _thresholds(shown: Thresholds, key: str) -> Thresholds:
    """Inputs for the thresholds, each with its meaning as help."""
    found: dict[str, float] = {}
    with st.expander("Thresholds", icon=":material/tune:"):
        for name, (label, least, most, step) in LABELS.items():
            value = getattr(shown, name)
            low, high = min(least, value), most and max(most, value)  # a link may hold one beyond the usual ends
            found[name] = st.number_input(
                label, low, high, value, step, format="%.4g", key=f"{key}-{name}", help=MEANING[name]
            )
        nats = st.number_input(
            "Largest rise of the loss, nats", min(0.001, shown.max_loss_rise or 1), None, shown.max_loss_rise,
            format="%.4g", key=f"{key}-max_loss_rise", help=MEANING["max_loss_rise"], placeholder="none: by score",
        )  # fmt: skip
    return Thresholds.model_validate({name: round(value, 9) for name, value in found.items()} | {"max_loss_rise": nats})


def _advanced(shown: InspectionSpec, key: str, names: list[str]) -> dict[str, Any]:
    """The fields that most people leave as they are."""
    with st.expander("Advanced"):
        device = st.text_input("Device", shown.device, key=f"{key}-device", help=WORDS["device"])
        dtypes = ["auto", "float32", "bfloat16", "float16"]
        dtype = st.selectbox(
            "Number format", dtypes, dtypes.index(shown.dtype), key=f"{key}-dtype", help=WORDS["dtype"]
        )
        limit = st.number_input(
            "Examples of each, at most", 0, value=shown.limit or 0, key=f"{key}-limit", help=WORDS["limit"] + " 0: all."
        )
    trust_boxes(names, key)
    return {"device": device.strip() or "auto", "dtype": dtype, "limit": int(limit) or None}
