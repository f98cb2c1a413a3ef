"""Checkpoints: two of them side by side, and how far apart they lie."""

from landscape.ui.frame import guard

guard("checkpoints")

import streamlit as st  # noqa: E402

from landscape import bundled, checkpoints  # noqa: E402
from landscape.figures.comparison import comparison_figure  # noqa: E402
from landscape.specs import (  # noqa: E402
    ComparisonSpec,
    Direction,
    Gaussian,
    SliceSpec,
    Towards,
    default_alphas,
    short_name,
)
from landscape.store import Run  # noqa: E402
from landscape.ui.chart import chart, load_library  # noqa: E402
from landscape.ui.form import checkpoint_picker  # noqa: E402
from landscape.ui.frame import explained, start_worker, the_store  # noqa: E402
from landscape.ui.links import pack, permalink  # noqa: E402
from landscape.ui.slices import progress  # noqa: E402
from landscape.ui.words import WORDS  # noqa: E402


def describe(name: str) -> None:
    """Size, format and shape of one checkpoint."""
    with explained():
        one = checkpoints.describe(name)
        size = f"{one.parameters / 1e6:.3g} M" if one.parameters < 1e9 else f"{one.parameters / 1e9:.3g} B"
        parameters, memory, dtype = st.columns(3)
        parameters.metric("Parameters", size, help=WORDS["d"])
        memory.metric("Size", f"{one.bytes / 1e6:.3g} MB")
        dtype.metric("Format", one.dtype)
        shape = [f"{one.layers} layers" if one.layers else "", f"{one.hidden} wide" if one.hidden else ""]
        shape += [f"vocabulary {one.vocabulary:,}" if one.vocabulary else ""]
        shape += [f"context {one.context:,}" if one.context else "", "adapter, merged" if one.adapter else ""]
        st.caption(" · ".join([one.architecture, *filter(None, shape)]))


def comparison(spec: ComparisonSpec) -> Run:
    """The run that knows Δθ: an earlier one, or a new one for the worker."""
    run = next((run for run in store.runs() if run.spec == spec), None)
    if run is None:
        run = store.run(store.submit(spec))
    if not run.ended:
        start_worker(store)
    return run


store = the_store()
st.header("Two checkpoints, side by side")
left, right = st.columns(2)
with left:
    a = checkpoint_picker("First, θ₀ (the base)", st.query_params.get("a", "demo:base"), "picked-a")
    describe(a)
with right:
    b = checkpoint_picker("Second (the fine-tune)", st.query_params.get("b", "demo:assistant"), "picked-b")
    describe(b)
st.query_params.from_dict({"a": a, "b": b})
load_library()


@st.fragment(run_every=1.0)
def waiting(run_id: str) -> None:
    """Poll until Δθ is known."""
    now = store.run(run_id)
    progress(now)
    if now.ended:
        st.rerun()


def show(compared: dict) -> None:
    """The numbers of Δθ and its heat map."""
    radius, alpha, relative, changed = st.columns(4)
    radius.metric("‖Δθ‖", f"{compared['radius']:.3g}", help=WORDS["‖Δθ‖"])
    alpha.metric("α of the fine-tune", f"{compared['alpha']:.3g}", help=WORDS["α"])
    relative.metric("relative α", f"{compared['relative_alpha']:.2%}", help=WORDS["relative α"])
    share = compared["changed"] / compared["parameters"]
    changed.metric("Weights that changed", f"{share:.1%}", help="Weights whose stored value differs at all.")
    scale = st.toggle("relative to each tensor's own size", key="heat-relative", help=WORDS["relative α"])
    figure = comparison_figure(compared, relative=scale)
    chart(figure, key="heat", alt="Change of every module in every layer")
    st.caption(
        "One cell is one weight matrix: bright cells moved most. Embeddings and the last norm are in the top row."
    )


with explained():
    found = checkpoints.mismatches(a, b)
    if found:
        listed = "".join(f"\n- {line}" for line in found)
        st.error(f"These two do not share a weight space, so no line joins them:{listed}", icon=":material/difference:")
    elif checkpoints.resolve(a) == checkpoints.resolve(b):
        st.info("Choose two different checkpoints to see what lies between them.", icon=":material/info:")
    else:
        st.success("Compatible: same architecture, names, shapes and tokenizer.", icon=":material/check_circle:")
        run = comparison(ComparisonSpec(checkpoint=a, other=b))
        compared = store.artifact(run.id) if run.status == "done" else None
        if compared is not None:
            show(compared)
            alphas = default_alphas(compared["parameters"])
            draws: list[Direction] = [*(Gaussian(seed=seed) for seed in range(5)), Towards(checkpoint=b)]
            names = tuple(bundled.CAPABILITIES)
            spec = SliceSpec(checkpoint=a, directions=tuple(draws), alphas=alphas, capabilities=names)
            label = f"Measure what was lost and won on the way to {short_name(b)}"
            st.page_link("pages/slice.py", label=label, icon=":material/show_chart:", query_params={"spec": pack(spec)})
        elif run.ended:
            progress(run)
            if st.button("Try again", icon=":material/resume:"):
                store.resume(run.id)
                st.rerun()
        else:
            waiting(run.id)
with st.expander("Permalink", icon=":material/link:"):
    st.code(permalink("checkpoints", a=a, b=b), language=None, wrap_lines=True)
