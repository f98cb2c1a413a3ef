"""The form of a certificate. Its widgets start at the spec that the page shows."""

import streamlit as st

from landscape.certificates.sigma_elimination import check
from landscape.runs.earlier_results import with_sigmas
from landscape.schema.directions import Direction, Gaussian, Towards, seed_of
from landscape.schema.parsing import format_alphas, parse_alphas
from landscape.schema.specs import CertificateSpec, digest
from landscape.ui.capabilities.picker import capabilities_picker
from landscape.ui.components.form import (
    advanced_fields,
    checkpoint_picker,
    checkpoints_picker,
    require_chosen,
)
from landscape.ui.components.page_setup import get_store
from landscape.ui.components.scales import spread
from landscape.ui.components.words import WORDS


def certificate_form(shown: CertificateSpec) -> CertificateSpec:
    """The spec that the widgets describe.

    Raises:
        ValueError: a spec, a range or a checkpoint that is not valid; too few trials to prove anything.
    """
    key = digest(shown)[:8]
    checkpoint = checkpoint_picker("Checkpoint θ₀", shown.checkpoint, f"{key}-checkpoint")
    aims = [d.checkpoint for d in shown.directions if isinstance(d, Towards)]
    aims = checkpoints_picker("Towards", aims, f"{key}-towards", WORDS["towards certificate"])
    capabilities = capabilities_picker(shown.capabilities, key, [checkpoint])
    known = format_alphas(shown.sigmas) if checkpoint == shown.checkpoint else ""
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
        "sigmas": parse_alphas(sigmas) if sigmas.strip() else (1.0,),
        "trials": int(trials),
        "threshold": threshold,
        "failure_probability": beta,
    }
    rest = advanced_fields(shown, key, checkpoint, directions)
    named = {"checkpoint": checkpoint, "directions": directions, "capabilities": capabilities}
    spec = CertificateSpec.model_validate(rest | fields | named)
    if not sigmas.strip():
        with st.spinner("Looking how large its weights are …"):
            spec, chosen = with_sigmas(get_store(), spec)
        st.caption(chosen)
    check(spec)
    return spec
