"""Scores as evaluation results of the Hugging Face hub: a file for the folder `.eval_results` of a model's repository.

Each entry names a data set of the hub, the score in per cent, and when it was measured. Only what is a data set of the
hub can be told so: a capability `hf:ORG/DATASET`, or one of which the reader says which data set it is.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from landscape import __version__
from landscape.basins.standings import counted_of
from landscape.intervals import wilson
from landscape.schema.capability_names import HF, name_of, without_chat
from landscape.schema.results import Result

_ID = re.compile(r"[\w.-]+/[\w.-]+")


class Benchmark(NamedTuple):
    """A data set of the hub, and a task of it."""

    dataset: str
    task: str


def benchmarks_of(texts: Iterable[str]) -> dict[str, Benchmark]:
    """Read `NAME=ORG/DATASET#TASK` by name; the task is `default` if none is named. Raises ValueError."""
    found = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        dataset, _, task = rest.partition("#")
        if not (name and equals and _ID.fullmatch(dataset)):
            raise ValueError(f"expected --benchmark NAME=ORG/DATASET or NAME=ORG/DATASET#TASK, got {text!r}")
        found[name.strip()] = Benchmark(dataset, task or "default")
    return found


def yaml_of(result: Result[Any], benchmarks: Mapping[str, Benchmark], finished: float | None) -> str:
    """The scores at θ₀ as YAML, one entry for each capability that is a data set of the hub.

    Raises:
        ValueError: no capability is one, a name of `benchmarks` is none of the run, or a score is not measured.
    """
    known = {name_of(name): _of_hub(name) for name in result.spec.capabilities}
    if strange := [name for name in benchmarks if name not in known]:
        raise ValueError(f"expected --benchmark of one of {', '.join(known)}, got {strange[0]!r}")
    chosen = {name: benchmarks.get(name) or own for name, own in known.items()}
    entries = [_entry(result, name, benchmark, finished) for name, benchmark in chosen.items() if benchmark is not None]
    if not entries:
        raise ValueError(
            "expected a capability that is a data set of the hub (hf:ORG/DATASET): say which one it is, as in "
            f"--benchmark {next(iter(known))}=ORG/DATASET"
        )
    return "\n".join(entries) + "\n"


def _of_hub(capability: str) -> Benchmark | None:
    plain = without_chat(capability)
    dataset = plain.removeprefix(HF).partition(":")[0].partition("@")[0]
    return Benchmark(dataset, "default") if plain.startswith(HF) and _ID.fullmatch(dataset) else None


def _entry(result: Result[Any], name: str, benchmark: Benchmark, finished: float | None) -> str:
    try:
        row = result.row_at_origin(name)
    except IndexError:
        raise ValueError(f"{name} is not measured at θ₀ yet") from None
    if row["not_finite"] or row["score"] != row["score"]:
        raise ValueError(f"{name} has no score at θ₀: its logits are not finite, or it has a loss alone")
    low, high = wilson(float(row["score"]), counted_of(result, name))
    n = int(row["n"])
    limit = " (the first of the data set)" if result.spec.limit else ""
    notes = (
        f"Measured with Landscape {__version__} on {n:,} examples{limit} in {result.dtype}; 95 % interval "
        f"{100 * low:.1f} to {100 * high:.1f}."
    )
    lines = [
        "- dataset:",
        f"    id: {benchmark.dataset}",
        f"    task_id: {json.dumps(benchmark.task)}",
        f"  value: {100 * float(row['score']):.2f}",
        *([] if finished is None else [f'  date: "{datetime.fromtimestamp(finished, UTC):%Y-%m-%dT%H:%M:%SZ}"']),
        f"  notes: {json.dumps(notes, ensure_ascii=False)}",
    ]
    return "\n".join(lines)
