"""Runs that another process deletes while a page shows them, and runs that this version cannot read."""

import json
import logging
import sys

import pytest
from sqlalchemy import create_engine, text

from landscape.cli import output
from landscape.cli.app import main
from landscape.store.store import Store
from landscape.ui.components.links import address_of, page_of
from tests.store.made import SPEC
from tests.ui.hostile_store import PAGES, first, with_every_kind
from tests.ui.states import Page, sound

GONE = ("was deleted meanwhile", "here (any more)", "There is no finished run", "expected the id of a run")


@pytest.fixture
def every_kind(store: Store) -> Store:
    """A store with a run of every kind."""
    return with_every_kind(store)


# a link by the run alone, and whole ones; the comparison has no run in its link
@pytest.mark.parametrize(
    ("kind", "whole"), [("slice", False), *((kind, True) for kind in PAGES if kind != "comparison")]
)
def test_a_page_says_that_its_run_was_deleted(page: Page, every_kind: Store, kind: str, whole: bool) -> None:
    run = first(every_kind, kind)
    address = address_of(run.spec, run.id) if whole else {"run": run.id}
    app = page(page_of(run.spec), **address)
    before = sound(app)
    assert not any(words in before for words in GONE)
    Store(str(every_kind.file)).delete(run.id)
    after = sound(app.run())
    assert any(words in after for words in GONE), after


@pytest.mark.parametrize("kind", [kind for kind in PAGES if kind not in ("comparison", "inspection")])
def test_a_run_that_is_deleted_between_two_readings_is_told(
    page: Page, every_kind: Store, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = first(every_kind, kind)
    read, left = Store.get_run_or_none, [1]

    def deleted_after(store: Store, run_id: str) -> object:
        found = read(store, run_id)
        if run_id == run.id and left:
            left.pop()
            Store(str(every_kind.file)).delete(run_id)
        return found

    monkeypatch.setattr(Store, "get_run_or_none", deleted_after)
    app = page(page_of(run.spec), run=run.id)
    assert any(words in sound(app) for words in GONE)


def test_the_lessons_and_the_list_of_runs_go_on_without_it(page: Page, every_kind: Store) -> None:
    run = first(every_kind, "slice")
    lesson, listed = page("learn", run=run.id), page("runs", parts="true")  # it is a part of an inspection
    assert run.id in str(listed.dataframe[0].value)
    Store(str(every_kind.file)).delete(run.id)
    assert "There is no finished run" in sound(lesson.run())
    sound(listed.run())
    assert run.id not in str(listed.dataframe[0].value)


def newer(store: Store, change: str) -> str:
    """A run as a later version might have written it. Returns its id."""
    run_id = store.submit(SPEC)
    spec = json.loads(SPEC.model_dump_json())
    values = {
        "field": {"spec": json.dumps(spec | {"field_of_a_later_version": 1})},
        "kind": {"spec": json.dumps(spec | {"kind": "torus"}), "kind": "torus"},
        "facts": {"facts": json.dumps({"parameters": 1, "rms": 0.1, "fact_of_a_later_version": 2})},
        "damaged": {"spec": "{"},
    }[change]
    with create_engine(f"sqlite:///{store.file}").begin() as connection:
        for name, value in values.items():
            connection.execute(text(f"UPDATE runs SET {name} = :value WHERE id = :id"), {"value": value, "id": run_id})
    return run_id


@pytest.mark.parametrize("change", ["field", "kind", "facts", "damaged"])
def test_a_run_of_a_later_version_is_named_and_the_others_are_shown(
    page: Page, store: Store, change: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for console in (output.out, output.err):
        monkeypatch.setattr(console, "_width", 300)  # no table breaks a sentence
    monkeypatch.setattr(logging, "raiseExceptions", False)  # Streamlit's logger may hold an earlier test's output
    strange, good = newer(store, change), store.submit(SPEC)
    said = sound(page("runs"))
    assert "Cannot be read by this version" in said
    assert strange in said
    assert good not in said  # but in the table
    assert [run.id for run in store.runs()] == [good]
    with pytest.raises(ValueError, match=f"run {strange} cannot be read by this version"):
        store.run(strange)
    assert "cannot be read by this version" in sound(page("slice", run=strange))
    for words, code in ((["run", "list"], 0), (["run", "show", strange], 2)):
        monkeypatch.setattr(sys, "argv", ["landscape", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert (ended.value.code or 0) == code
        both = capsys.readouterr()
        assert strange in both.out + both.err
        assert "cannot be read by this version" in " ".join((both.out + both.err).split())
        assert "Traceback" not in both.err
    claimed = store.claim("w")
    assert claimed is not None
    assert claimed.id == good  # the queue goes on
    assert store.claim("w2") is None
