"""A table of lost and won examples: filtered, a row to click, and the whole of the example that was clicked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from landscape.inspection.examples.flips import ORDER, Flip, asked
from landscape.outside.text import markdown

ROW, MOST = 35, 10  # px of a row; rows that are seen at once, whatever their number
CELL = 240  # characters of a text in a cell: the whole is shown below the table
EVERY = "all"


@dataclass(frozen=True)
class Sides:
    """What the two sides of a comparison are called."""

    one: str = "base"
    other: str = "fine-tune"
    texts: bool = True  # whether it may be known what both said


def examples_table(flips: Sequence[Flip], key: str, sides: Sides = Sides()) -> Flip | None:
    """Show flips with their filters; return the one whose row was clicked, which is shown whole below."""
    chosen, by = _filtered(flips, key)
    if not chosen:
        st.caption("Nothing fits these filters.")
        return None
    rows = pd.DataFrame([_row(flip, sides) for flip in chosen])
    same = rows["capability"].nunique() == 1
    shown = rows.drop(columns=[*["capability"] * same, *["tags"] * (not rows["tags"].any())])
    columns = _columns(sides)
    event = st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=ROW * (min(len(rows), MOST) + 1) + 3,
        column_config={name: config for name, config in columns.items() if name in shown},
        on_select="rerun",
        selection_mode="single-cell",  # a click anywhere in a row
        key=f"{key}-{by}",  # a row of one choice is another example of the next
    )
    at = [row for row, _ in event.selection.cells]
    if not at or at[0] >= len(chosen):
        st.caption(f"In this order: {ORDER}. Click a row to read the whole example.")
        return None
    whole_example(chosen[at[0]], sides)
    return chosen[at[0]]


def _filtered(flips: Sequence[Flip], key: str) -> tuple[list[Flip], str]:
    """The flips of the capability, the change and the tag that are chosen, and which these are.

    A filter of one value is left out.
    """
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    names = list(dict.fromkeys(flip.capability for flip in flips))
    name = EVERY
    if len(names) > 1:
        counts = {each: sum(flip.capability == each for flip in flips) for each in names}
        said = lambda each: "All capabilities" if each == EVERY else f"{each} ({counts[each]:,})"  # noqa: E731
        name = row.selectbox("Capability", [EVERY, *names], format_func=said, key=f"{key}-capability", width=220)
    left = [flip for flip in flips if name in (EVERY, flip.capability)]
    tags = sorted({tag for flip in left if flip.example is not None for tag in flip.example.tags})
    change = row.segmented_control(
        "Change",
        [EVERY, "lost", "won"],
        default=EVERY,
        format_func=lambda each: f"{each} {sum(each in (EVERY, flip.change) for flip in left):,}",
        key=f"{key}-change",
        width="content",
    )
    left = [flip for flip in left if (change or EVERY) in (EVERY, flip.change)]
    if not tags:
        return left, f"{name}-{change}"
    wanted = row.selectbox("Tag", [EVERY, *tags], format_func=_tag_label, key=f"{key}-tag", width=220)
    tagged = [flip for flip in left if wanted == EVERY or (flip.example is not None and wanted in flip.example.tags)]
    return tagged, f"{name}-{change}-{wanted}"


def _tag_label(tag: str) -> str:
    return "All tags" if tag == EVERY else tag


def _row(flip: Flip, sides: Sides) -> dict[str, object]:
    one = flip.example
    values: dict[str, object] = {
        "example": flip.number,
        "capability": flip.capability,
        "change": flip.change,
        "prompt": _cell(asked(one)) if one is not None else "",
    }
    if sides.texts:
        values |= {f"{sides.one} said": _cell(flip.base_said), f"{sides.other} said": _cell(flip.tuned_said)}
    values |= {"loss rise": flip.rise, f"{sides.one} loss": flip.base_loss, f"{sides.other} loss": flip.tuned_loss}
    values |= {"reference": _cell(one.reference) if one is not None else ""}
    return values | {"tags": ", ".join(one.tags) if one is not None else ""}


def _cell(text: str | None) -> str | None:
    """A text on one line. None, which a table shows as such, only where nothing is known."""
    if text is None:
        return None
    line = " ".join(text.split())
    return line if len(line) <= CELL else f"{line[: CELL - 1]}…"


def _columns(sides: Sides) -> dict[str, Any]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    nats = "Mean negative log-likelihood of the reference answer, nats a token."
    return {
        "example": text(width=75, help="The id that the example brings, else its number in the file."),
        "capability": text(width=80),
        "change": text(width=60, help=f"lost: only the {sides.one} is right; won: only the {sides.other} is."),
        "prompt": text(width=200),
        "reference": text(width=140),
        f"{sides.one} said": text(width=150),
        f"{sides.other} said": text(width=150),
        f"{sides.one} loss": number(format="%.3f", help=nats, width=75),
        f"{sides.other} loss": number(format="%.3f", help=nats, width=100),
        "loss rise": number(format="%+.3f", help=f"{nats} How much it rose: the highest come first.", width=75),
        "tags": text(width="small"),
    }


def whole_example(flip: Flip, sides: Sides) -> None:
    """Show all of one example: what was asked, what is right, what both said, and both losses."""
    one = flip.example
    with st.container(border=True):
        color = "red" if flip.change == "lost" else "green"
        tags = "".join(f" :gray-badge[{markdown(tag)}]" for tag in (one.tags if one is not None else ()))
        st.markdown(f"**{markdown(flip.capability)} {markdown(flip.number)}** :{color}-badge[{flip.change}]{tags}")
        if one is None:
            st.caption("The file of its examples cannot be read any more, or was changed since.")
        else:
            _literal("Prompt", asked(one))
            if one.choices:
                _literal(
                    "Choices", "\n".join(f"{'✓' if i == one.answer else ' '} {c}" for i, c in enumerate(one.choices))
                )
            elif one.reference is not None:
                others = f", or one of {len(one.answers) - 1} others" if len(one.answers) > 1 else ""
                judged = f" (judged by {one.oracle})" if one.oracle else ""
                _literal(f"Reference{others}{judged}", one.reference)
        if sides.texts:
            word = "prefers" if one is not None and one.choices else "said"
            left, right = st.columns(2)
            for column, who, text in ((left, sides.one, flip.base_said), (right, sides.other, flip.tuned_said)):
                with column:
                    _literal(f"The {who} {word}", text)
        losses = [(sides.one, flip.base_loss), (sides.other, flip.tuned_loss)]
        said = ", ".join(f"{who} {'–' if loss is None else f'{loss:.3f}'}" for who, loss in losses)
        st.caption(f"Loss of the reference, nats a token: {said}.")


def _literal(label: str, text: str | None) -> None:
    """A text from outside as it is, with what it is above it."""
    st.caption(markdown(label))
    if text is None:
        st.caption("Not generated (yet).")
    elif not text.strip():
        st.caption("Nothing: it ends at once.")
    else:
        st.code(text.strip("\n"), language=None, wrap_lines=True)
