"""Ask the model at a point of a slice, of basins, of a plane or of worst directions: its answer there, that of θ₀, and
that of the fine-tune. The worker computes all of them.
"""

from typing import Any

import streamlit as st

from landscape.capabilities import examples as capability_examples
from landscape.outside.text import markdown
from landscape.runs.submit import current_run_of
from landscape.schema import capability_names
from landscape.schema.directions import short_name
from landscape.schema.frames import Frame, PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import AnswerSpec, PlaneSpec, digest
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.page_setup import submit_and_start
from landscape.ui.components.polling import poll
from landscape.ui.components.words import WORDS
from landscape.ui.examples import place

POLL = 0.2  # s between polls of a question that is being answered
TOKENS = 24  # of an answer: the demo models answer in fewer
_ASKED = "just-asked"
HERE, ORIGIN, TUNED = "here", "origin", "tuned"


def question(spec: PointSpec, at: Point, prompt: str) -> AnswerSpec:
    """The spec of a prompt at a point. Raises ValueError for an empty prompt and for one that is too long."""
    frame = {name: getattr(spec, name) for name in Frame.model_fields}
    if isinstance(spec, PlaneSpec):
        return AnswerSpec(**frame, at=(at.alpha, at.beta), prompt=prompt, max_new_tokens=TOKENS)
    frame |= {"directions": (spec.directions[at.direction],)}
    return AnswerSpec(**frame, at=(at.alpha,), prompt=prompt, max_new_tokens=TOKENS)


def questions(result: Result[Any], at: Point, prompt: str, beside: str | None) -> dict[str, AnswerSpec]:
    """The questions at a point: the one there, which θ₀ answers too, and that at the fine-tune `beside`, if any."""
    found = {HERE: question(result.spec, at, prompt)}
    if beside is not None and (tuned := place.fine_tunes(result).get(beside)) is not None:
        found[TUNED] = question(result.spec, tuned, prompt)
    return found


def ask_at(store: Store, result: Result[Any], point: Point) -> None:
    """Put a point into the address and ask the page's prompt there. For the callback of a click."""
    at, prompt = place.put(result, point), prompt_from_url(result.spec)
    st.session_state[_ASKED] = True
    if prompt:
        _submit(store, questions(result, at, prompt, beside_from_url(result, at)))


def _submit(store: Store, asked: dict[str, AnswerSpec]) -> None:
    for spec in dict.fromkeys(asked.values()):
        submit_and_start(store, spec)


def pop_just_asked() -> bool:
    """Whether a click asked something since the page was last drawn; the next call returns False."""
    return bool(st.session_state.pop(_ASKED, False))


def prompt_from_url(spec: PointSpec) -> str:
    """The prompt in the address, or the default one; empty if it is blank."""
    prompt = st.query_params.get("prompt", _default_prompt(spec))
    return prompt if prompt.strip() else ""


def beside_from_url(result: Result[Any], at: Point) -> str | None:
    """The fine-tune whose answer is shown too: that of the address, else the one that the direction leads to."""
    known = list(place.fine_tunes(result))
    if (named := st.query_params.get("beside")) in known:
        return named
    lines = not isinstance(result.spec, PlaneSpec)
    aimed = getattr(result.spec.directions[at.direction], "checkpoint", None) if lines else None
    return aimed if aimed in known else next(iter(known), None)


def permalink_query(result: Result[Any]) -> dict[str, str]:
    """The parameters of a permalink: the point, the prompt, and the fine-tune beside."""
    if not place.chosen():
        return {}
    query = {"at": place.text_of(result, place.from_url(result)), "prompt": prompt_from_url(result.spec)}
    beside = st.query_params.get("beside")
    return query | ({"beside": beside} if beside else {})


def example_prompts(spec: PointSpec) -> dict[str, str]:
    """By capability, the prompt of its first example. Files that cannot be read are left out."""
    found = {}
    for name in spec.capabilities:
        try:
            found[capability_names.name_of(name)] = capability_examples.load(name, 1).examples[0].prompt
        except (ValueError, OSError):
            continue
    return {name: prompt for name, prompt in found.items() if prompt.strip()}


def _default_prompt(spec: PointSpec) -> str:
    offered = example_prompts(spec)
    return offered.get("math") or next(iter(offered.values()), "")


def ask_panel(store: Store, result: Result[Any], at: Point) -> None:
    """The prompt, the button, and the answers: at the point, at θ₀, and of the fine-tune."""
    prompt, beside = _prompt_input(result.spec), _beside_input(result, at)
    asked = questions(result, at, prompt, beside) if prompt.strip() else None
    if st.button("Ask here", type="primary", icon=":material/chat:", disabled=asked is None, help=WORDS["ask"]):
        assert asked is not None
        _submit(store, asked)
    if asked is not None:
        _poll_answers(store, result, asked, at, beside)


def _prompt_input(spec: PointSpec) -> str:
    """The input for the prompt, and an example of each capability to fill it with. The address holds the prompt."""
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


def _beside_input(result: Result[Any], at: Point) -> str | None:
    """Which fine-tune answers too, where there are several. The address holds it."""
    known, now = list(place.fine_tunes(result)), beside_from_url(result, at)
    if len(known) < 2:
        return now
    key = f"beside-{now}"

    def chosen() -> None:
        if st.session_state[key]:
            st.query_params["beside"] = st.session_state[key]

    label = lambda name: markdown(short_name(name))  # noqa: E731
    st.segmented_control(
        "And the fine-tune", known, default=now, format_func=label, key=key, on_change=chosen, width="content"
    )
    return now


def _poll_answers(
    store: Store, result: Result[Any], asked: dict[str, AnswerSpec], at: Point, beside: str | None
) -> None:
    """The answers once they are there; until then, what the questions are waiting for."""

    def read() -> dict[str, Run | None]:
        return {name: current_run_of(store, spec) for name, spec in asked.items()}

    def pending(runs: dict[str, Run | None]) -> list[Run]:
        return [run for run in runs.values() if run is not None and not run.ended]

    poll(store, read(), read, pending, lambda runs: _show_runs(store, result, runs, at, beside), seconds=POLL)


def _show_runs(store: Store, result: Result[Any], runs: dict[str, Run | None], at: Point, beside: str | None) -> None:
    here, tuned = runs[HERE], runs.get(TUNED)
    answers = _answers_of(store, here)
    if answers is not None:
        _show_answers(answers, result, at)
    if beside is None or (at == place.fine_tunes(result).get(beside)) or here is None:
        return
    st.markdown(f"**The fine-tune, {markdown(short_name(beside))}**")
    if tuned is None:
        st.caption("Not asked yet: press Ask here.")
    elif (found := _answers_of(store, tuned)) is not None:
        _show_answer(found.get("here"))


def _answers_of(store: Store, now: Run | None) -> dict[str, Any] | None:
    """What a question found; before that None, and what it waits for is said."""
    if now is None:
        st.caption("Not asked here yet: click the picture, or press Ask here.")
    elif now.status == "failed":
        st.error(markdown(now.error), icon=":material/error:")
    elif now.status in ("cancelled", "stalled"):
        st.warning(f"The question is {now.status}. Ask again.", icon=":material/replay:")
    elif now.status != "done":
        waited = now.read - now.created
        slow = ": the worker loads the model first, or ends a point of a run" if waited > 2 else ""
        st.caption(f":material/hourglass_empty: Asking the model{slow} …")
    else:
        return store.artifact(now.id) or {}
    return None


def _show_answers(answers: dict[str, Any], result: Result[Any], at: Point) -> None:
    """What the model writes at the point and at θ₀, as plain text."""
    origin = f"**At θ₀, {markdown(short_name(result.spec.checkpoint))}**"
    if not at.at_origin:
        st.markdown(f"**At {markdown(place.words(result, at))}**")
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
