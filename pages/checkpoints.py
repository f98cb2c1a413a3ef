"""Checkpoints: two of them side by side, and how far apart they lie."""

from landscape.ui.components.frame import require_app

require_app("checkpoints")

import streamlit as st

from landscape import assets
from landscape.checkpoints import (
    compatibility,
    files,
)
from landscape.runs.earlier_results import is_outdated
from landscape.schema.default_ranges import default_alphas
from landscape.schema.directions import (
    Direction,
    Gaussian,
    Towards,
    short_name,
)
from landscape.schema.specs import (
    ComparisonSpec,
    SliceSpec,
)
from landscape.store.records import Run
from landscape.ui.checkpoint_pair import (
    described,
    show_moved,
)
from landscape.ui.components.chart import load_library
from landscape.ui.components.form import checkpoint_picker
from landscape.ui.components.frame import (
    show_errors,
    start_worker,
    the_store,
)
from landscape.ui.components.links import (
    pack,
    share,
)
from landscape.ui.components.run_status import progress
from landscape.ui.components.words import WORDS


def comparison(spec: ComparisonSpec) -> Run:
    """The run that knows Δθ: an earlier one, or a new one for the worker."""
    run = store.latest_run_of(spec)
    if run is None or (run.status == "done" and is_outdated(spec, run.started or run.created)):
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
    if files.resolve(a) == files.resolve(b):
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
        alphas, names = default_alphas(compared["parameters"]), tuple(assets.CAPABILITIES)
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
    with show_errors():
        compare(a, b, tuple(trusted))
share("checkpoints", "Opens this pair.", a=a, b=b)
