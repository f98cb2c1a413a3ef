"""Checkpoints: two of them side by side, and how far apart they lie."""

from landscape.ui.frame import guard

guard("checkpoints")

import streamlit as st  # noqa: E402

from landscape import bundled, checkpoints, compatibility  # noqa: E402
from landscape.arguments import default_alphas  # noqa: E402
from landscape.fingerprints import outdated  # noqa: E402
from landscape.recipes import Direction, Gaussian, Towards, short_name  # noqa: E402
from landscape.specs import ComparisonSpec, SliceSpec  # noqa: E402
from landscape.store import Run  # noqa: E402
from landscape.ui.chart import load_library  # noqa: E402
from landscape.ui.form import checkpoint_picker  # noqa: E402
from landscape.ui.frame import explained, start_worker, the_store  # noqa: E402
from landscape.ui.links import pack, share  # noqa: E402
from landscape.ui.pairs import described, show_moved  # noqa: E402
from landscape.ui.slices import progress  # noqa: E402
from landscape.ui.words import WORDS  # noqa: E402


def comparison(spec: ComparisonSpec) -> Run:
    """The run that knows Δθ: an earlier one, or a new one for the worker."""
    run = store.find(spec)
    if run is None or (run.status == "done" and outdated(spec, run.started or run.created)):
        run = store.run(store.submit(spec))
    if not run.ended:
        start_worker(store)
    return run


@st.fragment(run_every=1.0)
def waiting(run_id: str) -> None:
    """Poll until Δθ is known."""
    now = store.run(run_id)
    progress(now)
    if now.ended:
        st.rerun()


def compare(a: str, b: str, trusted: tuple[str, ...]) -> None:
    """Whether a line joins the two, and what lies on it."""
    found = compatibility.mismatches(a, b)
    listed = "".join(f"\n- {line}" for line in found)
    if compatibility.incomparable(a, b):
        st.error(f"These two do not share a weight space, so no line joins them:{listed}", icon=":material/difference:")
        return
    if checkpoints.resolve(a) == checkpoints.resolve(b):
        st.info("Choose two different checkpoints to see what lies between them.", icon=":material/info:")
        return
    if found:
        st.info(f"Compared, and joined by a way, over what both have:{listed}", icon=":material/difference:")
    else:
        st.success("Compatible: same architecture, names, shapes and tokenizer.", icon=":material/check_circle:")
    run = comparison(ComparisonSpec(checkpoint=a, other=b, trust_remote_code=trusted))
    compared = store.artifact(run.id) if run.status == "done" else None
    if compared is not None:
        show_moved(compared)
        draws: list[Direction] = [*(Gaussian(seed=seed) for seed in range(5)), Towards(checkpoint=b)]
        alphas, names = default_alphas(compared["parameters"]), tuple(bundled.CAPABILITIES)
        spec = SliceSpec(
            checkpoint=a, directions=tuple(draws), alphas=alphas, capabilities=names, trust_remote_code=trusted
        )
        label = f"Measure the way to {short_name(b)}"
        st.page_link("pages/slice.py", label=label, icon=":material/show_chart:", query_params={"spec": pack(spec)})
    elif not run.ended:
        waiting(run.id)
    else:
        progress(run)
        if st.button("Try again", icon=":material/resume:"):
            store.resume(run.id)
            st.rerun()


store = the_store()
st.header("Two checkpoints, side by side")
left, right = st.columns(2)
with left:
    a = checkpoint_picker("First, θ₀ (the base)", st.query_params.get("a", "demo:base"), "picked-a")
    first = described(a)
with right:
    b = checkpoint_picker("Second (the fine-tune)", st.query_params.get("b", "demo:assistant"), "picked-b")
    second = described(b)
st.query_params.from_dict({"a": a, "b": b})
load_library()
with st.expander("Advanced"):
    trusted = st.multiselect("Run the code of", list(dict.fromkeys([a, b])), key="trusted", help=WORDS["trust"])
if first and second:
    with explained():
        compare(a, b, tuple(trusted))
share("checkpoints", "Opens this pair.", a=a, b=b)
