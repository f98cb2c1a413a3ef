"""What the model writes along the walk: shipped texts, and answers of the worker to the reader's own prompt."""

import html
from typing import Any

import numpy as np
import streamlit as st

from landscape.bundled.texts import PromptTexts, SliceTexts, shipped_texts
from landscape.capabilities import examples
from landscape.lessons import out
from landscape.lessons.flat import Examples
from landscape.lessons.narration import format_alpha
from landscape.lessons.tracks import Track
from landscape.outside.text import markdown
from landscape.runs.submit import current_run_of
from landscape.schema import capability_names
from landscape.schema.directions import short_name
from landscape.schema.frames import Frame
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import AnswerSpec
from landscape.store.records import Run
from landscape.ui.components.page_setup import get_store, show_errors, submit_and_start
from landscape.ui.components.polling import poll_run
from landscape.ui.components.words import WORDS
from landscape.ui.examples.ask import POLL
from landscape.ui.pair.pickers import checkpoint_picker

IN_A_LECTURE = 3  # texts
TOKENS = 24  # of an answer to the reader's own prompt
_STYLE = """<style>
.texts {width: 100%; table-layout: fixed; border-collapse: collapse; font-size: .9rem; overflow-wrap: anywhere}
.texts th, .texts td {text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #8884}
.texts td:last-child {white-space: nowrap; font-weight: 600}
.texts .wrong {text-decoration: underline wavy #D55E00 1.5px; text-underline-offset: .2em}
</style>"""


def shipped_texts_of(result: Result[Any]) -> SliceTexts | None:
    """The texts and the losses by example that ship with a result, if there are any."""
    walk = shipped_texts()
    return walk if walk is not None and walk.spec == result.spec else None


def example_losses(result: Result[Any], run: str, capability: str, track: Track) -> Examples | None:
    """The losses of single examples along the walk: the shipped ones, or those of a run in the store."""
    if run:
        index = result.spec.directions.index(track.direction)
        losses: np.ndarray | None = _losses(run, capability, index, tuple(map(float, track.alphas)))
    else:
        walk = shipped_texts_of(result)
        losses = None if walk is None else walk.losses[capability]
    if losses is None or np.isnan(losses).any(axis=0).all():
        return None
    return Examples(track.alphas, losses)


@st.cache_data(max_entries=8, show_spinner=False)
def _losses(run: str, capability: str, direction: int, alphas: tuple[float, ...]) -> np.ndarray:
    """The losses of a run, of shape (alphas, examples)."""
    store = get_store()
    return np.stack([store.outcomes(run, Point(direction, alpha), capability)[1] for alpha in alphas])


def texts_at(
    result: Result[Any], capability: str, track: Track, alpha: float, revealed: bool, *, large: bool = False
) -> None:
    """What the model writes at this α where texts ship, and a form to ask it something else.

    `large`: in the lecturer's view a few of the texts, once the answer is revealed, and no form.
    """
    walk = shipped_texts_of(result)
    if large:
        if walk is not None and revealed:
            st.html(_STYLE + _table(walk.asked[capability][:IN_A_LECTURE], walk.at(alpha)))
        return
    if walk is not None:
        st.markdown(f"**What it writes at α = {format_alpha(alpha) if alpha else 0}**")
        st.html(_STYLE + _table(walk.asked[capability], walk.at(alpha)))
        if revealed:
            st.caption(markdown(out.texts_finding(walk, capability, track)))
    with st.expander("Ask it something else here", icon=":material/chat:", expanded=walk is None), show_errors():
        _own_prompt(result, capability, track, alpha)


def _table(asked: list[PromptTexts], place: int) -> str:
    rows = []
    for one in asked:
        text = (one.texts[place] or "nothing: its numbers are no longer finite").strip().split("\n")[0]
        mark = "✓ right" if one.right[place] else "✗ wrong"
        looks = "" if one.right[place] else ' class="wrong"'
        prompt = one.prompt.removeprefix("User: ").removesuffix("\nAssistant:")
        cells = f"<td>{html.escape(prompt)}</td><td><span{looks}>{html.escape(text)}</span></td><td>{mark}</td>"
        rows.append(f"<tr>{cells}</tr>")
    head = (
        '<tr><th scope="col" style="width: 42%">asked</th><th scope="col">it writes</th>'
        '<th scope="col" style="width: 5.4em">right?</th></tr>'
    )
    return f'<table class="texts"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _own_prompt(result: Result[Any], capability: str, track: Track, alpha: float) -> None:
    """Choose a checkpoint and a prompt; the worker answers at the α of the walk."""
    spec = result.spec
    name = checkpoint_picker("Checkpoint", spec.checkpoint, "learn-checkpoint")
    prompt = st.text_area(
        "Prompt", _first_prompt(spec, capability), max_chars=4000, key="learn-prompt", help=WORDS["prompt"]
    )
    if not prompt.strip():
        st.caption("Write a prompt first.")
        return
    frame = {field: getattr(spec, field) for field in Frame.model_fields}
    frame |= {"checkpoint": name, "directions": (track.direction,)}
    asked = AnswerSpec(**frame, at=(alpha,), prompt=prompt, max_new_tokens=TOKENS)
    if st.button("Ask here", icon=":material/chat:", help=WORDS["ask"]):
        submit_and_start(get_store(), asked)
    _poll_answer(asked, name, alpha)


def _first_prompt(spec: Any, capability: str) -> str:
    named = next(name for name in spec.capabilities if capability_names.name_of(name) == capability)
    return examples.load(named, 1).examples[0].prompt


def _poll_answer(asked: AnswerSpec, name: str, alpha: float) -> None:
    """What the model wrote, or that it is being asked."""
    store = get_store()

    def show(now: Run | None) -> None:
        if now is None:
            st.caption(f"Not asked at α = {format_alpha(alpha) if alpha else 0} yet.")
        elif now.status == "failed":
            st.error(markdown(now.error), icon=":material/error:")
        elif now.status in ("cancelled", "stalled"):
            st.warning(f"The question is {now.status}. Ask again.", icon=":material/replay:")
        elif not now.ended:
            st.caption(":material/hourglass_empty: Asking the model …")
        else:
            _show_answers(store.artifact(now.id) or {}, name, alpha)

    poll_run(store, current_run_of(store, asked), show, seconds=POLL)


def _show_answers(answers: dict[str, Any], name: str, alpha: float) -> None:
    for label, key in ((f"At α = {format_alpha(alpha)}", "here"), (f"At α = 0, {short_name(name)}", "origin")):
        if key == "here" and not alpha:
            continue
        st.markdown(f"**{markdown(label)}**")
        text = answers.get(key)
        st.code((text or "").strip("\n") or "It writes nothing that could be read.", language=None, wrap_lines=True)
