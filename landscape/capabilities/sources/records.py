"""Rows of fields from a file, whatever its format: which one it is, and what stands in it."""

import csv
import io
import json
import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from landscape.capabilities.sources import parquet
from landscape.capabilities.sources.encodings import decoded

COMMA, TAB, PARQUET, TEXT = ".csv", (".tsv", ".tab"), (".parquet", ".pq"), (".txt", ".text", ".md", ".markdown")
KNOWN = (COMMA, *TAB, ".json", ".jsonl", ".ndjson", *PARQUET, *TEXT)  # endings that a page takes
_SPREADSHEETS = (".xls", ".xlsx", ".ods", ".numbers")
_PICKLES = (".pkl", ".pickle", ".pt", ".bin")
MMLU = ("question", "A", "B", "C", "D", "answer")  # the columns of its files, which do not name them
M = TypeVar("M", bound=BaseModel)
csv.field_size_limit(2**27)  # more than a whole file: its size is limited elsewhere


@dataclass(frozen=True)
class Row:
    """The fields of one example, and where it stands: `mine.csv, line 3`."""

    place: str
    fields: dict[str, Any]
    line: str | None = None  # of our own form, as it stands in the file


@dataclass(frozen=True)
class Records:
    """The rows of a file; or its text, where it has none."""

    format: str  # in words: CSV, a JSON list
    encoding: str  # in words; "" of Parquet
    rows: tuple[Row, ...] = ()
    text: str | None = None
    table: bool = False  # whether its values are texts in cells


def validated(row: Row, model: type[M]) -> M:
    """Return one example of the model's type. Raises ValueError for fields that make none."""
    try:
        if row.line is None:
            return model.model_validate(row.fields)
        example = model.model_validate_json(row.line)
        json.loads(row.line, object_pairs_hook=distinct)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(reprlib.repr(str(part))[1:-1] for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "no field of an example has this name: leave it out, or rename it"
        raise ValueError(f"{row.place}: {where + ': ' if where else ''}{message}") from None
    except ValueError as error:
        raise ValueError(f"{row.place}: {error}") from None
    return example


def read(path: Path, content: bytes) -> Records:
    """Read the rows of a file. Raises ValueError, in one sentence, for what no rows can be read from."""
    file, ending = path.name, path.suffix.lower()
    if ending in _SPREADSHEETS:
        raise ValueError(f"{file} is a spreadsheet: save it as CSV")
    if ending in _PICKLES:
        raise ValueError(f"{file} may hold code, and is not read: save it as JSONL, CSV or Parquet")
    if ending in PARQUET or content[:4] == parquet.MAGIC:
        rows = tuple(Row(f"{file}, row {n}", fields) for n, fields in enumerate(parquet.rows(file, content), 1))
        return Records("Parquet", "", _some(file, rows))
    text, encoding = decoded(file, content)
    if ending == COMMA or ending in TAB:
        return _table(file, text, encoding, tab=ending in TAB)
    begins = text.lstrip()[:1]
    if ending in TEXT and begins not in ("{", "["):
        return Records("text", encoding, text=text)
    if ending in TEXT and not _is_json(text):
        return Records("text", encoding, text=text)
    if begins == "[":
        return Records("a JSON list", encoding, _some(file, _listed(file, _parsed(file, text))))
    whole = _whole(file, text)
    if whole is not None:
        return Records("a JSON object with a list", encoding, _some(file, _listed(file, whole)))
    return Records("JSONL", encoding, _some(file, tuple(_lines(file, text))))


def _some(file: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    if not rows:
        raise ValueError(f'{file} holds no examples: expected lines such as {{"prompt": "2+2=", "answer": "4."}}')
    return rows


def _is_json(text: str) -> bool:
    """Whether a text, or its first line, is JSON."""
    for part in (text.lstrip().partition("\n")[0], text):
        try:
            json.loads(part)
        except (ValueError, RecursionError):
            continue
        return True
    return False


def _whole(file: str, text: str) -> list[Any] | None:
    """Return the list in a file that is one object of several lines; None of a file of lines.

    Raises ValueError for an object without a list of examples, or with several.
    """
    if text.strip().partition("\n")[0].strip() != "{" and not _is_wrapper(text):
        return None
    found = _parsed(file, text)
    lists = {name: v for name, v in found.items() if isinstance(v, list) and v and all(isinstance(x, dict) for x in v)}
    if len(lists) > 1:
        raise ValueError(f"{file} holds several lists ({', '.join(sorted(lists))}): keep the one of examples")
    if not lists:
        raise ValueError(f"{file} has an object of several lines: expected one object a line, as jq -c . writes them")
    return next(iter(lists.values()))


def _is_wrapper(text: str) -> bool:
    """Whether a file of a single line holds a list of examples under one name, as {"data": [...]} does."""
    line = text.strip()
    if "\n" in line:
        return False
    found = re.match(r'\{\s*"(data|examples|rows|instances|questions|items)"\s*:\s*\[\s*\{', line)
    return found is not None


def _parsed(file: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=distinct)
    except RecursionError:
        raise ValueError(f"{file} is nested too deeply: expected a list of objects with texts") from None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text.lstrip().startswith("{"):
            said = "has an object of several lines: expected one object a line, as jq -c . writes them"
            raise ValueError(f"{file} {said}") from None
        raise ValueError(f"{file}, line {error.lineno}: {error.msg.lower()} in what should be JSON") from None
    except ValueError as error:  # a field that stands twice; a number of too many digits
        raise ValueError(f"{file}: {str(error).partition(';')[0]}") from None


def _listed(file: str, found: list[Any]) -> tuple[Row, ...]:
    return tuple(
        Row(place, _object(place, one)) for n, one in enumerate(found, 1) for place in [f"{file}, example {n}"]
    )


def _object(place: str, found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"{place}: expected an object with fields, got {reprlib.repr(found)}")
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{place}: it holds half a character (a lone surrogate): write the whole one") from None
    return found


def _lines(file: str, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            place = f"{file}, line {number}"
            try:
                yield Row(place, _object(place, json.loads(line, object_pairs_hook=distinct)))
            except json.JSONDecodeError as error:
                raise ValueError(f"{place}: Invalid JSON: {error.msg.lower()} at column {error.colno}") from None
            except RecursionError:
                raise ValueError(f"{place}: nested too deeply: expected an object with texts") from None
            except ValueError as error:
                said = str(error).partition(";")[0]
                raise ValueError(said if said.startswith(place) else f"{place}: {said}") from None


def answers_by_text(fields: dict[str, Any]) -> bool:
    """Whether an example names its right choice by a letter or its text, and not by its number as our own form does."""
    return isinstance(fields.get("choices"), list | dict) and isinstance(fields.get("answer"), str)


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of its pairs. Raises ValueError where a field stands twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"expected each field once, got several {twice[0]}")
    return dict(pairs)


def _table(file: str, text: str, encoding: str, *, tab: bool) -> Records:
    """The rows of a CSV or TSV file; empty cells are left out, and so are columns without a name."""
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = "\t" if tab or ("\t" in first and "," not in first) else ","
    if separator == "," and ";" in first and "," not in first:  # as spreadsheets of many countries write it
        separator = ";"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        begins = 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{file}, line {reader.line_num}: {error}: put cells with quotes or line breaks in quotes"
        ) from None
    words = "TSV" if separator == "\t" else "CSV"
    if len(lines) < 1:
        raise ValueError(f"{file} holds no examples: expected a line that names columns, such as question,answer")
    header = [cell.strip() for cell in lines[0][1]]
    if _is_mmlu([cells for _, cells in lines]):
        rows = tuple(Row(f"{file}, line {n}", dict(zip(MMLU, cells, strict=True))) for n, cells in lines)
        return Records(f"{words} without names of columns", encoding, rows, table=True)
    while header and not header[-1]:
        header.pop()
    given = [name for name in header if name]
    if twice := sorted({name for name in given if given.count(name) > 1}):
        raise ValueError(f"{file}: two columns are named {reprlib.repr(twice[0])}: expected each name once")
    rows = tuple(Row(f"{file}, line {n}", _cells(f"{file}, line {n}", header, cells)) for n, cells in lines[1:])
    return Records(words, encoding, _some(file, rows), table=True)


def _cells(place: str, header: list[str], cells: list[str]) -> dict[str, Any]:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise ValueError(
            f"{place}: {len(cells)} cells under {len(header)} names of columns: quote each cell that holds a separator"
        )
    named = zip(header, cells, strict=False)
    return {name: cell.replace("\r\n", "\n") for name, cell in named if name and cell.strip()}


def _is_mmlu(lines: list[list[str]]) -> bool:
    """Whether each line is a question, four choices and a letter: MMLU's files do not name their columns."""
    return all(len(cells) == len(MMLU) and cells[-1].strip() in tuple("ABCD") for cells in lines)
