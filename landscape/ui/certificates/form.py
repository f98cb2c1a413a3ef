"""The form of a certificate. Its widgets start at the spec that the page shows."""

import streamlit as st

from landscape.bundled.pair_specs import SIGMAS_TO_CHOOSE
from landscape.bundled.pairs import Pair
from landscape.certificates.sigma_elimination import check
from landscape.runs.earlier_results import with_sigmas
from landscape.schema.directions import Direction, Gaussian, Towards, seed_of
from landscape.schema.parsing import format_alphas, parse_alphas
from landscape.schema.specs import CertificateSpec, digest
from landscape.ui.components.form import (
    advanced_fields,
    asked_in_form,
    centre_picker,
    require_chosen,
)
from landscape.ui.components.page_setup import get_store
from landscape.ui.components.scales import spread
from landscape.ui.components.words import WORDS
from landscape.ui.pair.pickers import checkpoints_picker


def certificate_form(shown: CertificateSpec, pair: Pair) -> CertificateSpec:
    """The spec that the widgets describe.

    Raises:
        ValueError: a spec, a range or a checkpoint that is not valid; too few trials to prove anything.
    """
    key = digest(shown)[:8]
    checkpoint, capabilities = centre_picker(shown, pair, key), asked_in_form(shown, pair)
    aims = [d.checkpoint for d in shown.directions if isinstance(d, Towards)]
    aims = checkpoints_picker("Towards", aims, f"{key}-towards", WORDS["towards certificate"])
    chosen = checkpoint == shown.checkpoint and shown.sigmas != SIGMAS_TO_CHOOSE
    known = format_alphas(shown.sigmas) if chosen else ""
    sigmas = st.text_input(
        "σ of the noise", known, key=f"{key}-{known}-sigmas", help=WORDS["σ range"], placeholder="as suits the model"
    )
    left, right = st.columns(2)
    trials = left.number_input(
        "Trials at each σ", 1, 10_000_000, shown.trials, key=f"{key}-trials", help=WORDS["trials"]
    )
    seed = right.number_input(
        "Seed", 0, value=seed_of(shown.directions[0]) or 0, key=f"{key}-seed", help=WORDS["noise seed"]
    )
    threshold = left.number_input(
        "Threshold q", *spread(0.01, 0.99, shown.threshold), 0.01, key=f"{key}-threshold", help=WORDS["threshold"]
    )
    beta = right.number_input(
        "Failure prob.", *spread(1e-6, 0.5, shown.failure_probability), 0.001, format="%.3g", key=f"{key}-beta",
        help=WORDS["failure probability"],
    )  # fmt: skip
    directions: list[Direction] = [Gaussian(seed=int(seed)), *(Towards(checkpoint=name) for name in aims)]
    require_chosen(directions, capabilities)
    fields = {
        "sigmas": parse_alphas(sigmas) if sigmas.strip() else SIGMAS_TO_CHOOSE,
        "trials": int(trials),
        "threshold": threshold,
        "failure_probability": beta,
    }
    rest = advanced_fields(shown, key, checkpoint, directions)
    named = {"checkpoint": checkpoint, "directions": directions, "capabilities": capabilities}
    spec = CertificateSpec.model_validate(rest | fields | named)
    if not sigmas.strip():
        with st.spinner("Looking how large its weights are …"):
            spec, how = with_sigmas(get_store(), spec)
        st.caption(how)
    check(spec)
    return spec
