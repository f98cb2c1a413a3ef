"""Rows whose fields are known as the fields of examples, and the sentence that says how."""

import re
from collections.abc import Sequence
from typing import Any

from landscape.capabilities.sources import answers, choices, conversations
from landscape.capabilities.sources.choices import listed, plain
from landscape.capabilities.sources.fields import WRONG, Roles, normalised
from landscape.capabilities.sources.prompts import prompts_of, spaced, text_of
from landscape.capabilities.sources.records import Row

_BLANK = re.compile(r"_+")
WINDOW = 1000  # characters, some 250 tokens of English: several fit into any context
Built = tuple[list[dict[str, Any]], str]  # the fields of each example, and the sentence


def built(file: str, rows: Sequence[Row], chosen: Roles, *, chat: bool) -> Built:
    """Return the fields of every example, in order. Raises ValueError for what is missing, or may be meant two ways."""
    if chosen.documents:
        said = f"{chosen.prompt} → text, judged by next-token loss alone: no score"
        return [of_text(text_of(row, chosen.prompt)) for row in rows], said
    if chosen.conversation:
        return _conversations(rows, chosen)
    if chosen.choices or chosen.columns or chosen.wrong:
        return _choices(file, rows, chosen, chat=chat)
    return _free(rows, chosen, chat=chat)


def of_text(text: str) -> dict[str, Any]:
    """Return the fields of a text by itself, of which only the loss is measured."""
    return {"prompt": "", "answer": text, "oracle": "loss"}


def windows(text: str) -> list[str]:
    """Cut a text into windows of about WINDOW characters, each ending between words where there is a gap.

    Together they are the text, white space at its ends aside. The last one takes in what would be less than half.
    """
    text, found = text.replace("\r\n", "\n").strip(), []
    while len(text) > 1.5 * WINDOW:
        gaps = [gap.end() for gap in re.finditer(r"\s+", text[WINDOW // 2 : WINDOW])]
        end = WINDOW // 2 + gaps[-1] if gaps else WINDOW
        found.append(text[:end])
        text = text[end:]
    return [window for window in [*found, text] if window.strip()]


def _conversations(rows: Sequence[Row], chosen: Roles) -> Built:
    asked, replies = [], []
    for row in rows:
        turns = conversations.turns(row.place, row.fields[chosen.prompt])
        if chosen.answer is None:
            system = plain(row.fields.get("system"))
            turns = [("system", system), *turns] if system and turns[0][0] != "system" else turns
            before, reply = conversations.last_reply(row.place, turns)
            replies.append([reply])
        else:
            before, value = turns, row.fields[chosen.answer]
            if conversations.is_conversation(value):
                value = conversations.turns(row.place, value)[-1][1]
            replies.append(answers.accepted(row.place, chosen.answer, value))
        asked.append(before)
    judged = answers.judgement_of(replies, asked=True)
    made = [
        {"prompt": conversations.as_text(before), "turns": before, **judged.fields(judged.compared(reply))}
        for before, reply in zip(asked, replies, strict=True)
    ]
    answer = chosen.answer or "the last reply of the assistant"
    return made, f"{chosen.prompt} → turns in the checkpoint's chat template, {answer} → answer, {judged.words}"


def _choices(file: str, rows: Sequence[Row], chosen: Roles, *, chat: bool) -> Built:
    if chosen.wrong:
        right, offered = [0] * len(rows), [_right_and_wrong(row, chosen) for row in rows]
        said, named = f"{chosen.answer} and {', '.join(chosen.wrong)} → choices", f"{chosen.answer} is the right one"
    elif chosen.answer is None:
        offered, right = _one_hot(rows, str(chosen.choices))
        said, named = f"{chosen.choices} → choices", "its labels say which is right"
    else:
        offered = [_offered(row, chosen) for row in rows]
        right, way = choices.right_ones(file, offered, [row.fields[chosen.answer] for row in rows], chosen.known)
        said = f"{', '.join(chosen.columns) or chosen.choices} → choices"
        named = f"{chosen.answer} → answer ({way})"
    asked = prompts_of(rows, chosen, chat=chat)
    pairs = [(prompt, one.texts) for prompt, one in zip(asked.texts, offered, strict=True)]
    blank = ""
    if chosen.kind == "sentence" and all(_BLANK.search(prompt) for prompt, _ in pairs):
        pairs, blank = [_filled(prompt, texts) for prompt, texts in pairs], " up to its blank"
    made = [
        {
            "prompt": prompt,
            "choices": list(texts) if chat else [spaced(prompt, text) for text in texts],
            "answer": index,
        }
        for (prompt, texts), index in zip(pairs, right, strict=True)
    ]
    return made, f"{asked.words}{blank}, {said}, {named}, judged by the likeliest choice"


def _offered(row: Row, chosen: Roles) -> choices.Offered:
    if chosen.choices:
        return choices.offered(row.place, chosen.choices, row.fields[chosen.choices])
    cells = [plain(row.fields.get(name)) for name in chosen.columns]
    while cells and cells[-1] is None:  # fewer choices than columns
        cells.pop()
    if None in cells:
        raise ValueError(f"{row.place}: {chosen.columns[cells.index(None)]} is empty: expected a choice")
    return choices.Offered(row.place, tuple(filter(None, cells)))


def _right_and_wrong(row: Row, chosen: Roles) -> choices.Offered:
    right, wrong = text_of(row, str(chosen.answer)), []
    for name in chosen.wrong:
        value = listed(row.fields.get(name)) if normalised(name) in WRONG else row.fields.get(name)
        wrong += [plain(one) for one in (value if isinstance(value, list) else [value])]
    return choices.Offered(row.place, (right, *filter(None, wrong)))


def _one_hot(rows: Sequence[Row], name: str) -> tuple[list[choices.Offered], list[int]]:
    """TruthfulQA's choices: each has the label 1 where it is right, and 0 where it is not."""
    offered, right = [], []
    for row in rows:
        found = listed(row.fields[name])
        labels = found.get("labels") if isinstance(found, dict) else None
        if not isinstance(labels, list) or sorted(map(str, labels))[-1:] != ["1"] or labels.count(1) != 1:
            raise ValueError(f"{row.place}: {name}: expected choices and labels, of which one is 1")
        one = choices.offered(row.place, name, found.get("choices"))
        if len(one.texts) != len(labels):
            raise ValueError(f"{row.place}: {name}: expected as many labels as choices")
        offered.append(one)
        right.append(labels.index(1))
    return offered, right


def _filled(prompt: str, offers: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """WinoGrande's blank: the text before it is the prompt, and each choice goes on with what follows it."""
    before, after = _BLANK.split(prompt, maxsplit=1)
    return before.rstrip() or prompt, tuple(f"{offer.strip()}{after}" for offer in offers)


def _free(rows: Sequence[Row], chosen: Roles, *, chat: bool) -> Built:
    name, asked = str(chosen.answer), prompts_of(rows, chosen, chat=chat)
    given = [row.fields[name] for row in rows]
    if all(str(value).strip().lower() in ("true", "false") for value in given):
        return _true_or_false(
            asked.texts, given
        ), f"{asked.words}, {name} → yes (true) or no (false), judged by the likelier"
    accepted = [answers.accepted(row.place, name, value) for row, value in zip(rows, given, strict=True)]
    _refuse_bare_labels(rows, name, accepted, asked.texts)
    judged = answers.judgement_of(accepted, asked=asked.asked)
    made = [
        {"prompt": prompt, **judged.fields([one if chat else spaced(prompt, one) for one in each])}
        for prompt, each in zip(asked.texts, map(judged.compared, accepted), strict=True)
    ]
    return made, f"{asked.words}, {name} → answer, {judged.words}"


def _true_or_false(prompts: Sequence[str], given: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "prompt": prompt,
            "choices": [spaced(prompt, word) for word in ("no", "yes")],
            "answer": int(str(value).strip().lower() == "true"),
        }
        for prompt, value in zip(prompts, given, strict=True)
    ]


def _refuse_bare_labels(
    rows: Sequence[Row], name: str, accepted: Sequence[Sequence[str]], prompts: Sequence[str]
) -> None:
    """Raises ValueError for numbers of classes, or letters of choices, that neither a field nor the prompt holds."""
    every = [one.strip() for each in accepted for one in each]
    numbered = normalised(name) in ("label", "answer_idx", "answer_index") and all(one.isdecimal() for one in every)
    lettered = all(re.fullmatch("[A-E]", one) for one in every) and len(set(every)) > 1
    lettered = lettered and not all(re.search(r"\bB\W", prompt) for prompt in prompts)
    if numbered or lettered:
        file = rows[0].place.rpartition(",")[0]
        raise ValueError(
            f"{file}: its answers in {name} are numbers or letters of choices that no field holds: add the choices, or "
            "write each answer as text"
        )
