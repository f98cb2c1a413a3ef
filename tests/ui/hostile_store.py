"""A store whose names were written by somebody with bad intentions."""

import dataclasses
import json
import lzma
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from landscape.schema.frames import Spec
from landscape.schema.results import Facts, Result
from landscape.schema.specs import canonical_json, parse_spec
from landscape.store.records import Run
from landscape.store.store import Store

RUNS_OF_EVERY_KIND = Path(__file__).parents[1] / "store/version-0.6/store.sqlite.xz"
PAGES = ("slice", "basin", "worst", "plane", "certificate", "inspection", "comparison")

# Markdown, HTML, a template of Plotly, a formula, an address and a shell's command, without "/" and ".", which name
# a folder's last part and a file's stem.
EVIL = "=![i](evil:a)<img src=evil:b><a href='evil:c'>k**b**$y$:red[r]`c`%{evil}$(touch evil)|~~s~~_"
NAMES = {f"demo:{name}": f"{EVIL}{name}" for name in ("assistant", "base-02000", "base", "benign", "adversarial")} | {
    name: f"{EVIL}{name}" for name in ("basic", "math", "code", "safety")
}


def renamed(value: Any, names: dict[str, str] = NAMES) -> Any:
    """Plain values in which every name is replaced, also within labels such as `towards demo:base`."""
    if isinstance(value, dict):
        return {renamed(key, names): renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(inner, names) for inner in value]
    if isinstance(value, str):
        words = value.split(" ")
        return " ".join(names.get(word.rstrip(","), word) + "," * word.endswith(",") for word in words)
    return value


def spec_of(spec: Any, names: dict[str, str] = NAMES) -> Any:
    return parse_spec(renamed(json.loads(canonical_json(spec)), names))


def make_hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, every store reads as if all names in it were hostile, and asks for runs as if they were not."""
    back = {evil: name for name, evil in NAMES.items()}

    def patch(name: str, after: Any, before: Any = lambda value: value) -> None:
        plain = getattr(Store, name)
        monkeypatch.setattr(Store, name, lambda self, *args: after(plain(self, *map(before, args))))

    def run(found: Any) -> Any:
        if found is None:
            return None
        facts = Facts(**renamed(dataclasses.asdict(found.facts))) if found.facts else None
        error = found.error and f"{found.error} {EVIL}"
        return dataclasses.replace(found, spec=spec_of(found.spec), facts=facts, error=error)

    def result(found: Result[Any]) -> Result[Any]:
        rows = found.rows.copy()
        for column in ("capability", "direction"):
            if column in rows:
                rows[column] = pd.Series([renamed(value) for value in rows[column]], rows.index, "object")
        facts = Facts(**renamed(dataclasses.asdict(found.facts))) if found.facts else None
        if facts is not None:
            facts = dataclasses.replace(facts, remarks=[*facts.remarks, f"about {EVIL}"])
        return Result(spec_of(found.spec), rows, facts)

    def asked(value: Any) -> Any:
        """What a store is asked for, in the names that it knows."""
        if isinstance(value, Spec):
            plain = canonical_json(value)
            for evil, name in sorted(back.items(), key=lambda pair: -len(pair[0])):
                plain = plain.replace(json.dumps(evil)[1:-1], name)
            return parse_spec(plain)
        return back.get(value, value) if isinstance(value, str) else value

    for name in ("run", "get_run_or_none"):
        patch(name, run, asked)
    patch("runs", lambda found: list(map(run, found)))
    patch("runs_of", lambda found: list(map(run, found)), asked)
    patch("result", result)
    patch("artifact", renamed)
    patch("outcomes", lambda found: found, asked)


def with_every_kind(store: Store) -> Store:
    """The store, with a run of every kind in place of what it held."""
    file = store.file
    assert file is not None
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    file.write_bytes(lzma.decompress(RUNS_OF_EVERY_KIND.read_bytes()))
    st.cache_resource.clear()
    st.cache_data.clear()
    return Store(str(file))


def first(store: Store, kind: str) -> Run:
    """The latest run of a kind; of slices, one along random directions too."""
    runs = [run for run in store.runs() if run.kind == kind and run.status == "done"]
    return next(run for run in runs if kind != "slice" or run.spec.directions[0].kind == "gaussian")  # type: ignore[attr-defined]
