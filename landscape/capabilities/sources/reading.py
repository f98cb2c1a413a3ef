"""A file of anybody's as examples: plain fields for `Example`, and one sentence that says how they were found."""

import json
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landscape.capabilities.sources import conversations, records
from landscape.capabilities.sources.building import WINDOW, built, of_text, windows
from landscape.capabilities.sources.choices import listed, plain
from landscape.capabilities.sources.encodings import decoded
from landscape.capabilities.sources.fields import BESIDE, OWN, SETTINGS, Roles, normalised, refuse_part, roles
from landscape.capabilities.sources.records import Records, Row

MAX_BYTES = 64 * 2**20  # a capability is a few hundred examples; a larger file is usually a corpus by mistake
A_SENTENCE = 12  # words: a field of more is no mere label
OUR_FORM = "fields named as ours, and judged as they say"


@dataclass(frozen=True)
class Found:
    """The examples of a file, as fields with their places, and how they were found."""

    examples: tuple[Row, ...]
    how: str  # one sentence, without its full stop
    encoding: str  # in words; "" of Parquet and of data sets
    format: str  # in words

    @property
    def source(self) -> str:
        """The format and the encoding, in words."""
        return ", ".join(filter(None, (self.format, self.encoding)))

    @property
    def ours(self) -> bool:
        """Whether the file is written for this program."""
        return self.how == OUR_FORM


def read(path: Path, *, chat: bool = False) -> Found:
    """Read the examples of a file. `chat`: they will be asked through a chat template.

    Raises:
        ValueError: it is too large, no examples can be read, or fields may be meant in two ways; in one sentence.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(
            f"{path.name} has {size / 2**20:.0f} MB: expected at most {MAX_BYTES / 2**20:.0f} MB; "
            "keep a few hundred examples, for instance with: shuf -n 500"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path.name}: {error.strerror}") from None
    if lines := _own_lines(path, content):
        return Found(lines, OUR_FORM, decoded(path.name, content)[1], "JSONL")
    found = records.read(path, content)
    if found.text is not None:
        return _of_text(path.name, found)
    return _mapped(path.name, found, chat=chat)


def of_rows(name: str, rows: Sequence[Mapping[str, Any]], source: str, *, chat: bool = False) -> Found:
    """As `read`, for rows that are in memory already. `source`: what they are of, in words."""
    placed = tuple(Row(f"{name}, row {n}", dict(fields)) for n, fields in enumerate(rows, 1))
    return _mapped(name, Records(source, "", placed), chat=chat)


def _own_lines(path: Path, content: bytes) -> tuple[Row, ...]:
    """Return the lines of a JSONL file of our own form; none of any other file.

    They are read one by one, and each field of theirs has to be one of ours: a misspelt setting would go unnoticed.
    """
    if path.suffix.lower() in (records.COMMA, *records.TAB, *records.PARQUET):
        return ()
    try:
        text = decoded(path.name, content)[0]
        first = json.loads(next((line for line in text.split("\n") if line.strip()), ""))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(first, dict):
        return ()
    named = isinstance(first.get("prompt"), str | int | float | None) and bool(
        {"answer", "choices", "oracle"} & set(first)
    )
    ours = set(first) <= OWN or ("prompt" in first and named)
    if not ours or records.answers_by_text(first) or conversations.is_conversation(first.get("prompt")):
        return ()
    lines = enumerate(text.split("\n"), 1)
    return tuple(Row(f"{path.name}, line {n}", {}, line) for n, line in lines if line.strip())


def _of_text(file: str, found: Records) -> Found:
    cut = windows(found.text or "")
    if not cut:
        raise ValueError(f"{file} holds no examples, and no text")
    said = f"text → {len(cut)} windows of about {WINDOW:,} characters, judged by next-token loss alone: no score"
    rows = tuple(Row(f"{file}, window {n}", of_text(text)) for n, text in enumerate(cut, 1))
    return Found(rows, said, found.encoding, found.format)


def _mapped(file: str, found: Records, *, chat: bool) -> Found:
    rows = tuple(Row(row.place, _there(row.fields)) for row in found.rows)
    names = list(dict.fromkeys(name for row in rows for name in row.fields))
    if not found.table and _is_own(rows, names):
        return Found(rows, OUR_FORM, found.encoding, found.format)
    turns = [name for name in names if all(conversations.is_conversation(row.fields.get(name)) for row in rows)]
    chosen = roles(file, names, turns, table=found.table)
    for row in rows:
        _require(row, chosen)
    _refuse_long(file, rows, chosen)
    fields, said = built(file, rows, chosen, chat=chat)
    labelled = tuple(Row(row.place, own | _labels(row, own, chosen)) for row, own in zip(rows, fields, strict=True))
    return Found(labelled, said + _rest(chosen), found.encoding, found.format)


def _there(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that hold anything; ARC's question, which holds its stem and its choices, as two of them."""
    question = fields.get("question")
    if isinstance(question, dict) and {"stem", "choices"} <= set(question):
        fields = {**fields, "question": question["stem"], "choices": question["choices"]}
    return {n: v for n, v in fields.items() if v is not None and not (isinstance(v, str) and not v.strip())}


def _is_own(rows: Sequence[Row], names: Sequence[str]) -> bool:
    """Whether rows are examples as we write them."""
    if not {"prompt"} < set(names) <= OWN or any(records.answers_by_text(row.fields) for row in rows):
        return False
    return all(isinstance(row.fields.get("prompt"), str) for row in rows)


def _require(row: Row, chosen: Roles) -> None:
    """Raises ValueError where an example lacks what makes it one."""
    needed = [chosen.prompt, chosen.answer, chosen.choices, *chosen.columns[:2]]
    if empty := [name for name in needed if name and name not in row.fields]:
        raise ValueError(f"{row.place}: {empty[0]} is empty: expected a value; leave such examples out")


def _refuse_long(file: str, rows: Sequence[Row], chosen: Roles) -> None:
    """Raises ValueError where whole sentences would be left out: they may be what the question is about."""
    for name in chosen.left_out:
        written = [value for row in rows if isinstance(value := row.fields.get(name), str)]
        long = written and statistics.median(len(value.split()) for value in written) > A_SENTENCE
        if long and normalised(name) not in BESIDE and not chosen.conversation:
            refuse_part(file, name, chosen)


def _labels(row: Row, own: Mapping[str, Any], chosen: Roles) -> dict[str, Any]:
    """Return the id, the tags and the settings that an example brings."""
    found: dict[str, Any] = {}
    if chosen.id and (named := plain(row.fields.get(chosen.id))):
        found["id"] = named
    if tags := [tag for name in chosen.tags for tag in _tags(row.fields.get(name))]:
        found["tags"] = tags
    for name, value in row.fields.items():
        if normalised(name) in SETTINGS and not (normalised(name) == "oracle" and "choices" in own):
            found[normalised(name)] = _setting(normalised(name), value)
    return found


def _tags(value: Any) -> list[str]:
    found = listed(value)
    several = found if isinstance(found, list) else re.split(r"[,;]", found) if isinstance(found, str) else [found]
    return [text.strip() for one in several if (text := plain(one))]


def _setting(name: str, value: Any) -> Any:
    """Return a setting of our own form, as a table writes it, in its type."""
    if name == "max_new_tokens" and isinstance(value, str) and value.strip().isdecimal() and len(value) < 9:
        return int(value)
    if name == "eos" and str(value).strip().lower() in ("true", "false", "1", "0"):
        return str(value).strip().lower() in ("true", "1")
    return value


def _rest(chosen: Roles) -> str:
    """What became of the other columns, to end the sentence."""
    parts = [f"{chosen.id} → id"] if chosen.id else []
    parts += [f"{', '.join(chosen.tags)} → tags"] if chosen.tags else []
    left = [name if len(name) <= 30 else f"{name[:29]}…" for name in chosen.left_out[:8]]
    parts += [f"left out: {', '.join(left)}{' …' if len(chosen.left_out) > 8 else ''}"] if left else []
    return "".join(f"; {part}" for part in parts)
