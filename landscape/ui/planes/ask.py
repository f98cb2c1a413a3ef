"""Stand on a point of a plane and ask: the model's answer there beside the one at θ₀, computed by the worker."""

import math
from typing import Any

import numpy as np
import streamlit as st

from landscape import assets
from landscape.capabilities import examples as capabilitie_examples
from landscape.figures.planes.landmarks import landmarks
from landscape.planes.grid import axis
from landscape.planes.regions import regions_of, scores_at_place
from landscape.schema import capability_names
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import AnswerSpec, Frame, PlaneSpec, digest
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.frame import show_errors, start_worker
from landscape.ui.components.scales import chosen_tolerance
from landscape.ui.components.words import WORDS
from landscape.ui.planes.view import Place

POLL = 0.2  # s between looks at a question that is being answered
TOKENS = 24  # of an answer: the demo models answer in fewer
ORIGIN = (0.0, 0.0)


def place_asked(spec: PlaneSpec) -> Place:
    """The point that the address names, θ₀ where it names none."""
    try:
        x, y = map(float, st.query_params.get("at", "0,0").split(","))
    except ValueError:
        return ORIGIN
    return (x, y) if math.isfinite(x) and math.isfinite(y) else ORIGIN


def snapped(result: Result[PlaneSpec], x: float, y: float) -> Place:
    """The checkpoint in the plane that was hit exactly, else the nearest point of the grid."""
    for cx, cy, distance in landmarks(result).values():
        if not distance and math.isclose(cx, x, abs_tol=1e-9) and math.isclose(cy, y, abs_tol=1e-9):
            return cx, cy
    spec = result.spec
    return _nearest(axis(spec.x, spec.grid), x), _nearest(axis(spec.y, spec.grid), y)


def _nearest(line: list[float], value: float) -> float:
    inside = min(max(value, line[0]), line[-1])
    return min(line, key=lambda a: abs(a - inside))


def question(spec: PlaneSpec, at: Place, prompt: str) -> AnswerSpec:
    """What to ask at a place. Raises ValueError: no prompt, or one that is too long."""
    frame = {name: getattr(spec, name) for name in Frame.model_fields}
    return AnswerSpec(**frame, at=at, prompt=prompt, max_new_tokens=TOKENS)


def ask(store: Store, result: Result[PlaneSpec], x: float, y: float) -> None:
    """Stand there and put the prompt of the page, unless that was asked before. For the callback of a click."""
    at, prompt = snapped(result, x, y), prompt_asked(result.spec)
    st.query_params["at"] = "{:.10g},{:.10g}".format(*at)
    st.session_state["just-asked"] = True
    if prompt:
        put(store, question(result.spec, at, prompt))


def just_asked() -> bool:
    """Whether a question was put since the page was drawn; once."""
    return bool(st.session_state.pop("just-asked", False))


def put(store: Store, asked: AnswerSpec) -> None:
    """Queue a question, unless it is queued or answered already."""
    known = store.latest_run_of(asked)
    if known is None:
        store.submit(asked)
    elif known.status in ("failed", "cancelled", "stalled"):
        store.resume(known.id)
    start_worker(store)


def prompt_asked(spec: PlaneSpec) -> str:
    """The prompt of the address, or the default one; empty if blank."""
    prompt = st.query_params.get("prompt", _default(spec))
    return prompt if prompt.strip() else ""


def query(spec: PlaneSpec) -> dict[str, str]:
    """What a permalink carries of the question."""
    at = st.query_params.get("at")
    return {"at": at, "prompt": prompt_asked(spec)} if at else {}


def examples(spec: PlaneSpec) -> dict[str, str]:
    """By capability of the plane the prompt of its first example; unreadable files are left out."""
    found = {}
    for name in spec.capabilities:
        try:
            found[capability_names.name_of(name)] = capabilitie_examples.load(name, 1).examples[0].prompt
        except (ValueError, OSError):
            continue
    return found


def _default(spec: PlaneSpec) -> str:
    offered = examples(spec)
    return offered.get("math") or next(iter(offered.values()), "")


def wake(store: Store, result: Result[PlaneSpec]) -> None:
    """Start the worker, and have it load a demo model before somebody clicks; a large one waits until it is asked.

    So what a link to the demo asks is answered without a press.
    """
    spec = result.spec
    start_worker(store)
    key = f"woken-{digest(spec.frame)}"
    if key in st.session_state or not all(name in assets.CHECKPOINTS for name in (spec.checkpoint, *spec.others)):
        return
    st.session_state[key] = True
    asked = question(spec, snapped(result, *place_asked(spec)), prompt_asked(spec) or "Hello")
    if store.latest_run_of(asked) is not None:  # its answer is known; another question makes the model load
        asked = question(spec, ORIGIN, "Hello").model_copy(update={"max_new_tokens": 1})
        if (before := store.latest_run_of(asked)) is not None and before.ended:
            store.delete(before.id)
    if store.latest_run_of(asked) is None:
        store.submit(asked)


def panel(store: Store, result: Result[PlaneSpec]) -> None:
    """Where to stand, what to ask, both answers, and every capability's score there."""
    spec = result.spec
    at = snapped(result, *place_asked(spec))
    just_asked()  # this is what shows it
    st.subheader("Ask the model at a point", anchor="ask")
    _place_inputs(result, at)
    prompt = _prompt_input(spec)
    asked = question(spec, at, prompt) if prompt.strip() else None
    if st.button("Ask here", type="primary", icon=":material/chat:", disabled=asked is None, help=WORDS["ask"]):
        assert asked is not None
        put(store, asked)
    if asked is not None:
        _answers(store, spec, asked, at)
    _standings(result, at)


def _place_inputs(result: Result[PlaneSpec], at: Place) -> None:
    """x and y as numbers: for the keyboard, and to see where the click went. The address holds what they say."""
    spec, keys = result.spec, [f"at-{name}-{value}" for name, value in zip("xy", at, strict=True)]

    def moved() -> None:
        there = snapped(result, *(st.session_state[key] for key in keys))
        st.query_params["at"] = "{:.10g},{:.10g}".format(*there)

    for column, key, value, ends in zip(st.columns(2), keys, at, (spec.x, spec.y), strict=True):
        name, step = key[3], (ends[1] - ends[0]) / (spec.grid - 1)
        inside = min(max(value, ends[0]), ends[1])
        column.number_input(name, *ends, inside, step, format="%.5g", key=key, on_change=moved, help=WORDS[name])


def _prompt_input(spec: PlaneSpec) -> str:
    """The box for the prompt, and one example of each capability to fill it with. The address holds what it says."""
    offered, prompt = examples(spec), prompt_asked(spec)
    key = f"prompt-{digest(prompt)[:8]}"

    def written() -> None:
        st.query_params["prompt"] = st.session_state[key]

    def fill() -> None:
        if chosen := st.session_state["example"]:
            st.query_params["prompt"] = offered[chosen]
            st.session_state["example"] = None

    st.text_area("Prompt", prompt, max_chars=4000, key=key, on_change=written, help=WORDS["prompt"])
    if offered:
        st.pills("Or one of", list(offered), key="example", on_change=fill, width="content")
    return prompt


def _answers(store: Store, spec: PlaneSpec, asked: AnswerSpec, at: Place) -> None:
    """Both answers, or how far they are; looked at often, and only while they are awaited."""
    run = store.latest_run_of(asked)
    pending = run is not None and not run.ended

    @st.fragment(run_every=POLL if pending else None)
    def live() -> None:
        with show_errors():
            now = store.run(run.id) if run else None
            _show(store, spec, now, at)
            if pending and now and now.ended:
                st.rerun()

    live()


def _show(store: Store, spec: PlaneSpec, now: Run | None, at: Place) -> None:
    if now is None:
        st.caption("Not asked here yet: click the map, or press Ask here.")
    elif now.status == "failed":
        st.error(now.error, icon=":material/error:")
    elif now.status in ("cancelled", "stalled"):
        st.warning(f"The question is {now.status}. Ask again.", icon=":material/replay:")
    elif now.status != "done":
        waited = now.read - now.created
        slow = ": the worker loads the model first, or ends a point of a run" if waited > 2 else ""
        st.caption(f":material/hourglass_empty: Asking the model{slow} …")
    else:
        _both(store.artifact(now.id) or {}, spec, at)


def _both(answers: dict[str, Any], spec: PlaneSpec, at: Place) -> None:
    """What the model writes there and at θ₀, as plain text."""
    origin = f"**At θ₀, {short_name(spec.checkpoint)}**"
    if at != ORIGIN:
        st.markdown("**At x = {:.4g}, y = {:.4g}**".format(*at))
        _text(answers.get("here"))
        origin += ": word for word the same" if answers.get("here") == answers.get("origin") else ""
    st.markdown(origin)
    _text(answers.get("origin"))


def _text(answer: str | None) -> None:
    if answer is None:
        st.warning("No answer: the logits are not finite here, so no token is the likeliest.", icon=":material/block:")
    elif not answer.strip():
        st.caption("Nothing: it ends at once.")
    else:
        st.code(answer.strip("\n"), language=None, wrap_lines=True)


def _standings(result: Result[PlaneSpec], at: Place) -> None:
    """Every capability's score at the place, at θ₀, and on which side of its boundary that is."""
    tau = chosen_tolerance(result.spec.tolerance)
    found = scores_at_place(result, regions_of(result, tau), at, tau)
    side = {True: "inside", False: "outside", None: "no basin"}
    rows = [
        {
            "capability": s.capability,
            "here": None if np.isnan(s.score) else s.score,
            "θ₀": s.origin,
            f"basin, τ = {tau:g}": "not known yet" if np.isnan(s.score) else side[s.inside],
            "how": "measured" if s.measured else "interpolated",
        }
        for s in found
    ]
    number = st.column_config.NumberColumn(format="%.3f", help=WORDS["score"])
    st.dataframe(rows, hide_index=True, width="stretch", column_config={"here": number, "θ₀": number})
