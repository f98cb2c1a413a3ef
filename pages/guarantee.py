"""Guarantee: what is proven of every move of the weights, and how little that is beside what was found."""

from landscape.ui.frame import guard

guard("guarantee")

import streamlit as st  # noqa: E402

from landscape import bundled  # noqa: E402
from landscape.guarantees import guarantee_dict  # noqa: E402
from landscape.recipes import short_name  # noqa: E402
from landscape.results import Result  # noqa: E402
from landscape.specs import CertificateSpec  # noqa: E402
from landscape.ui import survey  # noqa: E402
from landscape.ui.calculator import calculator  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.form import certificate_form  # noqa: E402
from landscape.ui.frame import explained, the_store  # noqa: E402
from landscape.ui.guarantee import (  # noqa: E402
    READING_HINT,
    draw,
    figures,
    introduction,
    read,
    threshold_slider,
    words,
)


def picture(result: Result[CertificateSpec], key: str, live: bool) -> dict[str, str]:
    """The answer, figures, downloads, numbers."""
    if not known:
        st.rerun()  # the first trials are here: the answer moves above the calculator
    measured = read(store, result, q)
    draw(measured, key=key)
    survey.downloads(result, key, lambda: figures(measured), lambda: guarantee_dict(result), READING_HINT, live=live)
    survey.numbers(result)
    return {}


store = the_store()
shown, run = survey.asked_for(store, bundled.DEMO_CERTIFICATE)
with st.sidebar:
    st.header("Measure a guarantee")
    with explained():
        survey.offer(store, certificate_form(shown))

st.header(f"What is guaranteed around {short_name(shown.checkpoint)}")
load_library()
shipped = bundled.shipped(shown)
result = store.result(run.id) if run is not None else shipped
known = result is not None and len(result.rows) > 0
if not known:
    introduction()
q = threshold_slider(shown)
also = {} if q == shown.threshold else {"q": f"{q:g}"}
name = f"certificate-{run.id if run else 'demo'}"
if known:
    survey.show(store, shown, run, shipped, picture, also)
with explained():
    measured = read(store, result, q) if known and result is not None else None
    calculator(store, measured, q, shown.checkpoint, f"{name}-{known}")
if not known:
    survey.show(store, shown, run, shipped, picture, also)
    words()
