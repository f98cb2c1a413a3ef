"""All lost and won examples of an inspection as a file: JSONL, CSV or Parquet, by its ending."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.flips import flips_of
from landscape.reports.examples.flips import flat
from landscape.schema.results import csv_of
from landscape.schema.specs import InspectionSpec

ENDINGS = (".jsonl", ".csv", ".parquet")
_COLUMNS = {  # column → its type in a table
    "capability": "str", "index": "Int64", "id": "str", "tags": "list", "change": "str", "prompt": "str",
    "reference": "str", "accepted": "list", "choices": "list", "judged_by": "str", "base_said": "str",
    "tuned_said": "str", "base_loss": "float64", "tuned_loss": "float64", "loss_rise": "float64",
    "asks_the_same_as": "Int64",
}  # fmt: skip


def check_ending(file: str) -> None:
    """Raise ValueError for a file whose ending names no format, before anything is measured."""
    if file and Path(file).suffix.lower() not in ENDINGS:
        raise ValueError(f"expected --examples to end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, got {file!r}")


def write_examples(file: str, spec: InspectionSpec, evidence: Evidence) -> None:
    """Write every lost and won example to a file; nothing where its name is empty."""
    if file:
        Path(file).expanduser().write_bytes(as_bytes(Path(file).suffix.lower(), flat(flips_of(spec, evidence))))


def as_bytes(ending: str, rows: Sequence[dict[str, Any]]) -> bytes:
    """The rows in the format of an ending. In CSV, which has no lists, a list is its JSON."""
    if ending == ".jsonl":
        return b"".join(orjson.dumps(row) + b"\n" for row in rows)
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    types = {name: kind for name, kind in _COLUMNS.items() if kind in ("Int64", "float64")}
    if ending == ".csv":
        lists = [name for name, kind in _COLUMNS.items() if kind == "list"]
        texts = {name: table[name].map(lambda each: orjson.dumps(each).decode()) for name in lists}
        return csv_of(table.assign(**texts).astype(types)).encode()
    written: bytes = table.astype(types).to_parquet(index=False)
    return written
