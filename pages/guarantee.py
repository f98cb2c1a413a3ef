"""Guarantee: what is proven of every move of the weights, and how little that is beside what was found."""

from landscape.ui.components.page_setup import require_app

require_app("guarantee")

import streamlit as st

from landscape.bundled import results
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec
from landscape.ui.certificates.calculator import calculator
from landscape.ui.certificates.form import certificate_form
from landscape.ui.certificates.view import downloads, introduction, measured_at, render, terms_list, threshold_slider
from landscape.ui.components import measurement
from landscape.ui.components.page_setup import get_store, literal_name, show_errors
from landscape.ui.pair.current import current_pair
from landscape.ui.pair.last_result import shown_of
from landscape.ui.pair.page import read_form, title_and_button


def picture(result: Result[CertificateSpec], key: str, live: bool) -> dict[str, str]:
    """The answer, figures, downloads, numbers."""
    if not known:
        st.rerun()  # the first trials are here: the answer moves above the calculator
    measured = measured_at(store, result, q)
    render(measured, key=key)
    downloads(measured, key, live=live)
    measurement.numbers_table(result)
    return {}


store = get_store()
pair = current_pair()
shown, run = shown_of(store, "certificate", pair)
shipped = results.shipped(shown)
wanted = read_form("What to measure", certificate_form, shown, pair)
title = f"What is guaranteed around {literal_name(shown.checkpoint)}"
title_and_button(store, title, "Measure", wanted, shown, run, shipped)
result = measurement.result_of(store, run, shipped)
known = result is not None and len(result.rows) > 0
if not known:
    introduction()
q = threshold_slider(shown)
also = {} if q == shown.threshold else {"q": f"{q:g}"}
name = f"certificate-{run.id if run else 'demo'}"
if known:
    measurement.show(store, shown, run, shipped, picture, also)
with show_errors():
    measured = measured_at(store, result, q) if known and result is not None else None
    calculator(store, measured, q, shown.checkpoint, f"{name}-{known}")
if not known:
    measurement.show(store, shown, run, shipped, picture, also)
    terms_list()
