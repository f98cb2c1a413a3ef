"""The input bound: a heuristic that treats the distance of two prompts as if the weights had moved that far."""

from typing import Any

import streamlit as st

from landscape.certificates.bounds import input_floor
from landscape.certificates.rounding import score_down
from landscape.figures.numbers import format_length
from landscape.outside.text import markdown
from landscape.runs.submit import current_run_of
from landscape.schema.specs import SwapSpec
from landscape.store.store import Store
from landscape.ui.components.page_setup import show_errors, submit_and_start
from landscape.ui.components.polling import poll_run
from landscape.ui.components.run_status import progress

COUNTEREXAMPLE = """
**The counterexample.** Take a model that compares the embedding at two positions of the prompt and answers right
exactly if both hold the same token. Noise on W changes the row of that token, but the same row stands at both
positions: under *every* noise the model stays right, p_A = 1, and the bound promises a score of 1 at *every* r.
Exchange one of the two tokens, and it is wrong. A move of W takes a token along wherever it stands; an exchange changes
one place only, and no noise on W ever tried that.
"""


def input_bound_panel(store: Store, checkpoint: str, sigma: float, p: float, threshold: float) -> None:
    """Inputs for two prompts, the distance of their embeddings, the floor by the formula, and why it proves nothing."""
    with st.expander(
        "Another prompt instead of other weights: a heuristic, not a guarantee", icon=":material/swap_horiz:"
    ):
        st.markdown(
            "Some read the distance of two prompts in the embedding W as r: exchanging tokens i by i′ counts as a move "
            "of the weights by r, and the floor above is then text to hold for the other prompt."
        )
        st.latex(r"r = \sqrt{\textstyle\sum_i \lVert W(e_i - e_i') \rVert^2}")
        st.warning(
            "**Heuristic, not a guarantee**: it can be wrong. The counterexample is below.", icon=":material/gpp_bad:"
        )
        left, right = st.columns(2)
        prompt = left.text_input("Prompt", "The capital city of Kenya is called", key="swap-prompt")
        other = right.text_input("The other prompt", "The capital city of Egypt is called", key="swap-other")
        with show_errors():
            _calculate(store, checkpoint, prompt, other, sigma, p, threshold)
        st.markdown(COUNTEREXAMPLE)


def _calculate(
    store: Store, checkpoint: str, prompt: str, other: str, sigma: float, p: float, threshold: float
) -> None:
    """The button that measures the distance, the progress of its run, and the floor."""
    if not prompt or not other or prompt == other:
        st.caption("Write two different prompts of equally many tokens.")
        return
    spec = SwapSpec(checkpoint=checkpoint, prompt=prompt, other=other)
    run = current_run_of(store, spec)
    if run is None or run.status in ("failed", "cancelled"):
        if run is not None:
            progress(run)
        if st.button("Measure their distance", key="swap-measure", icon=":material/straighten:"):
            submit_and_start(store, spec)
            st.rerun()
        return
    artifact = store.artifact(run.id) if run.status == "done" else None
    if artifact is None:
        poll_run(store, run, progress)
    else:
        _show(artifact, sigma, p, threshold)


def _show(artifact: dict[str, Any], sigma: float, p: float, threshold: float) -> None:
    """The distance, and the floor that the formula gives for it."""
    r = float(artifact["radius"])
    floor = input_floor(p, r, sigma)
    swapped = ", ".join(markdown(f"{one!r} → {another!r}") for one, another in artifact["swapped"])
    st.markdown(
        f"Exchanged {len(artifact['swapped'])} of {artifact['tokens']} tokens: {swapped}. "
        f"Distance: r = {format_length(r)}."
    )
    numbers = rf"\Phi\!\left(\Phi^{{-1}}({p:.4f}) - \tfrac{{{r:.3g}}}{{{sigma:.3g}}}\right)"
    st.latex(rf"\Phi\!\left(\Phi^{{-1}}(p_A) - \tfrac{{r}}{{\sigma}}\right) = {numbers} = {score_down(floor, 3)}")
    text = f"It would have the other prompt score at least {score_down(floor)}. Nothing proves that it does."
    if floor < threshold:
        text = f"Even this heuristic is vacuous here: {score_down(floor)} lies below q."
    st.caption(f"{text} With σ and p_A of the sliders above.")
