"""Ask the model at a point of a plane: its answer there beside the one at θ₀. The worker computes both."""

import math
from typing import Any

import numpy as np
import streamlit as st

from landscape.basins.losses import tolerance_text
from landscape.basins.standings import NOTHING
from landscape.capabilities import examples as capability_examples
from landscape.figures.planes.landmarks import landmarks
from landscape.outside.text import markdown
from landscape.planes.grid import axis
from landscape.planes.regions import regions_of, scores_at_place
from landscape.runs.submit import current_run_of
from landscape.schema import capability_names
from landscape.schema.directions import short_name
from landscape.schema.frames import Frame
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import AnswerSpec, PlaneSpec, digest
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.page_setup import submit_and_start
from landscape.ui.components.polling import poll_run
from landscape.ui.components.scales import chosen_lost
from landscape.ui.components.words import WORDS
from landscape.ui.planes.view import Place

POLL = 0.2  # s between polls of a question that is being answered
TOKENS = 24  # of an answer: the demo models answer in fewer
ORIGIN = (0.0, 0.0)


def place_from_url(spec: PlaneSpec) -> Place:
    """The point in the URL; θ₀ where there is none."""
    try:
        x, y = map(float, st.query_params.get("at", "0,0").split(","))
    except ValueError:
        return ORIGIN
    return (x, y) if math.isfinite(x) and math.isfinite(y) else ORIGIN


def snap(result: Result[PlaneSpec], x: float, y: float) -> Place:
    """The point to ask at: a checkpoint in the plane if it was hit exactly, else the nearest point of the grid."""
    for cx, cy, distance in landmarks(result).values():
        if not distance and math.isclose(cx, x, abs_tol=1e-9) and math.isclose(cy, y, abs_tol=1e-9):
            return cx, cy
    spec = result.spec
    return _nearest(axis(spec.x, spec.grid), x), _nearest(axis(spec.y, spec.grid), y)


def _nearest(line: list[float], value: float) -> float:
    inside = min(max(value, line[0]), line[-1])
    return min(line, key=lambda a: abs(a - inside))


def question(spec: PlaneSpec, at: Place, prompt: str) -> AnswerSpec:
    """The spec of a prompt at a point. Raises ValueError for an empty prompt and for one that is too long."""
    frame = {name: getattr(spec, name) for name in Frame.model_fields}
    return AnswerSpec(**frame, at=at, prompt=prompt, max_new_tokens=TOKENS)


def ask_at_click(store: Store, result: Result[PlaneSpec], x: float, y: float) -> None:
    """Put the clicked point into the URL and submit the page's prompt there. For the callback of a click."""
    at, prompt = snap(result, x, y), prompt_from_url(result.spec)
    st.query_params["at"] = "{:.10g},{:.10g}".format(*at)
    st.session_state["just-asked"] = True
    if prompt:
        submit_and_start(store, question(result.spec, at, prompt))


def pop_just_asked() -> bool:
    """Whether a click asked something since the page was last drawn; the next call returns False."""
    return bool(st.session_state.pop("just-asked", False))


def prompt_from_url(spec: PlaneSpec) -> str:
    """The prompt in the URL, or the default one; empty if it is blank."""
    prompt = st.query_params.get("prompt", _default_prompt(spec))
    return prompt if prompt.strip() else ""


def permalink_query(spec: PlaneSpec) -> dict[str, str]:
    """The parameters of a permalink: the point and the prompt."""
    at = st.query_params.get("at")
    return {"at": at, "prompt": prompt_from_url(spec)} if at else {}


def example_prompts(spec: PlaneSpec) -> dict[str, str]:
    """By capability of the plane, the prompt of its first example. Files that cannot be read are left out."""
    found = {}
    for name in spec.capabilities:
        try:
            found[capability_names.name_of(name)] = capability_examples.load(name, 1).examples[0].prompt
        except (ValueError, OSError):
            continue
    return found


def _default_prompt(spec: PlaneSpec) -> str:
    offered = example_prompts(spec)
    return offered.get("math") or next(iter(offered.values()), "")


def question_panel(store: Store, result: Result[PlaneSpec]) -> None:
    """The inputs for point and prompt, both answers, and the score of every capability there."""
    spec = result.spec
    at = snap(result, *place_from_url(spec))
    pop_just_asked()  # the panel shows it now
    st.subheader("Ask the model at a point", anchor="ask")
    _place_inputs(result, at)
    prompt = _prompt_input(spec)
    asked = question(spec, at, prompt) if prompt.strip() else None
    if st.button("Ask here", type="primary", icon=":material/chat:", disabled=asked is None, help=WORDS["ask"]):
        assert asked is not None
        submit_and_start(store, asked)
    if asked is not None:
        _poll_answers(store, spec, asked, at)
    _scores_table(result, at)


def _place_inputs(result: Result[PlaneSpec], at: Place) -> None:
    """Inputs for x and y, which also show where a click went. The URL holds their values."""
    spec, keys = result.spec, [f"at-{name}-{value}" for name, value in zip("xy", at, strict=True)]

    def moved() -> None:
        there = snap(result, *(st.session_state[key] for key in keys))
        st.query_params["at"] = "{:.10g},{:.10g}".format(*there)

    for column, key, value, ends in zip(st.columns(2), keys, at, (spec.x, spec.y), strict=True):
        name, step = key[3], (ends[1] - ends[0]) / (spec.grid - 1)
        inside = min(max(value, ends[0]), ends[1])
        column.number_input(name, *ends, inside, step, format="%.5g", key=key, on_change=moved, help=WORDS[name])


def _prompt_input(spec: PlaneSpec) -> str:
    """The input for the prompt, and an example of each capability to fill it with. The URL holds the prompt."""
    offered, prompt = example_prompts(spec), prompt_from_url(spec)
    key = f"prompt-{digest(prompt)[:8]}"

    def written() -> None:
        st.query_params["prompt"] = st.session_state[key]

    def fill() -> None:
        if chosen := st.session_state["example"]:
            st.query_params["prompt"] = offered[chosen]
            st.session_state["example"] = None

    st.text_area("Prompt", prompt, max_chars=4000, key=key, on_change=written, help=WORDS["prompt"])
    if offered:
        st.pills("Or one of", list(offered), key="example", on_change=fill, width="content", format_func=markdown)
    return prompt


def _poll_answers(store: Store, spec: PlaneSpec, asked: AnswerSpec, at: Place) -> None:
    """Both answers once they are there; until then, what the question is waiting for."""
    poll_run(store, current_run_of(store, asked), lambda now: _show_run(store, spec, now, at), seconds=POLL)


def _show_run(store: Store, spec: PlaneSpec, now: Run | None, at: Place) -> None:
    if now is None:
        st.caption("Not asked here yet: click the map, or press Ask here.")
    elif now.status == "failed":
        st.error(markdown(now.error), icon=":material/error:")
    elif now.status in ("cancelled", "stalled"):
        st.warning(f"The question is {now.status}. Ask again.", icon=":material/replay:")
    elif now.status != "done":
        waited = now.read - now.created
        slow = ": the worker loads the model first, or ends a point of a run" if waited > 2 else ""
        st.caption(f":material/hourglass_empty: Asking the model{slow} …")
    else:
        _show_answers(store.artifact(now.id) or {}, spec, at)


def _show_answers(answers: dict[str, Any], spec: PlaneSpec, at: Place) -> None:
    """What the model writes at the point and at θ₀, as plain text."""
    origin = f"**At θ₀, {markdown(short_name(spec.checkpoint))}**"
    if at != ORIGIN:
        st.markdown(f"**At x = {number(at[0], 4)}, y = {number(at[1], 4)}**")
        _show_answer(answers.get("here"))
        origin += ": word for word the same" if answers.get("here") == answers.get("origin") else ""
    st.markdown(origin)
    _show_answer(answers.get("origin"))


def _show_answer(answer: str | None) -> None:
    if answer is None:
        st.warning("No answer: the logits are not finite here, so no token is the likeliest.", icon=":material/block:")
    elif not answer.strip():
        st.caption("Nothing: it ends at once.")
    else:
        st.code(answer.strip("\n"), language=None, wrap_lines=True)


def _scores_table(result: Result[PlaneSpec], at: Place) -> None:
    """A table by capability: the score at the point and at θ₀, and whether the point lies inside its basin."""
    lost = chosen_lost(result.spec)
    regions = regions_of(result, lost.tolerance, by_loss=lost.by_loss)
    found = scores_at_place(result, regions, at, lost.tolerance)
    side = {True: "inside", False: "outside", None: NOTHING}
    rows = [
        {
            "capability": s.capability,
            "here": None if np.isnan(s.score) else s.score,
            "θ₀": None if np.isnan(s.origin) else s.origin,
            f"basin, {tolerance_text(lost.tolerance, lost.by_loss)}": "no score"
            if result.has_loss_alone(s.capability) and not lost.by_loss
            else "not measurable"
            if np.isnan(regions[s.capability].origin) and not result.has_loss_alone(s.capability)
            else "no loss"
            if np.isnan(s.origin)
            else "not known yet"
            if np.isnan(s.score) and not s.measured
            else side[s.inside],
            "how": "interpolated" if not s.measured else "logits not finite" if np.isnan(s.score) else "measured",
        }
        for s in found
    ]
    word = "loss" if lost.by_loss else "score"
    number = st.column_config.NumberColumn(format="%.3f", help=WORDS[word])
    st.dataframe(rows, hide_index=True, width="stretch", column_config={"here": number, "θ₀": number})
