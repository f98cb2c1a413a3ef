"""The Runs page: labels, filters, folded parts, comparison, deletion and undo."""

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from landscape.runs.listing.deletion import deletion_of
from landscape.schema.specs import InspectionSpec, SliceSpec
from landscape.store.curation.parts import Part
from landscape.store.store import Store
from landscape.ui.runs import history, link_labels
from landscape.ui.runs.history import TICKED
from tests.figures.certificates.known_sweep import SPEC as CERTIFICATE
from tests.store.made import SPEC
from tests.ui.certificate_runs import bring as bring_certificate
from tests.ui.certificate_runs import bring_worst
from tests.ui.states import Page, bring, figures, links, sound

INSPECTION = InspectionSpec(checkpoint="demo:base", other="demo:benign", capabilities=("basic",))


def table(app: AppTest) -> pd.DataFrame:
    frame: pd.DataFrame = app.dataframe[0].value
    return frame.set_index("run")


def ticked(app: AppTest, *ids: str) -> AppTest:
    app.session_state[TICKED] = set(ids)
    return app.run()


@pytest.fixture
def runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two slices; the second asks for fewer examples and is labelled."""
    one, other = SPEC, SliceSpec(**SPEC.model_dump() | {"limit": 60})
    ids = [bring(store, spec, "done", monkeypatch).id for spec in (one, other)]
    store.labels.edit(ids[1], name="nightly", tags=["sft"], note="second seed")
    return ids


def test_numbers_are_numbers_and_durations_sort(page: Page, store: Store, runs: list[str]) -> None:
    rows = table(page("runs"))
    assert pd.api.types.is_timedelta64_dtype(rows["took"])
    assert pd.api.types.is_numeric_dtype(rows["points"])
    assert pd.api.types.is_datetime64_any_dtype(rows["age"])
    assert rows.loc[runs[1], ["name", "note", "kind"]].tolist() == ["nightly", "second seed", "slice"]
    assert list(rows.loc[runs[1], "tags"]) == ["sft"]


def test_filters_stand_in_the_address_and_pinned_runs_on_top(page: Page, store: Store, runs: list[str]) -> None:
    assert list(table(page("runs")).index) == [runs[1], runs[0]]
    assert list(table(page("runs", find="SECOND night")).index) == [runs[1]]
    assert list(table(page("runs", tags="sft", kinds="slice")).index) == [runs[1]]
    assert "No run passes these filters" in sound(page("runs", find="nothing like it"))
    store.labels.edit(runs[0], pinned=True)
    app = page("runs")
    assert list(table(app).index) == [runs[0], runs[1]]
    app.text_input(key="find").set_value("nightly").run()
    assert list(table(app).index) == [runs[1]]


def test_what_is_written_in_the_table_goes_to_the_store_once(
    store: Store, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, object] = {TICKED: set(), "key": {"edited_rows": {0: {"name": " a  b ", "tags": ["x"]}}}}
    monkeypatch.setattr(st, "session_state", state)
    history._write(store, runs, "key")
    assert store.run(runs[0]).labels.name == "a b"
    store.labels.edit(runs[0], name="by another")  # in another window
    state["key"] = {"edited_rows": {0: {"name": " a  b ", "tags": ["x"], "tick": True}, 1: {"note": None}}}
    history._write(store, runs, "key")
    assert store.run(runs[0]).labels.name == "by another", "what was typed before is not typed again"
    assert state[TICKED] == {runs[0]}
    assert store.run(runs[1]).labels.note == ""
    state["key"] = {"edited_rows": {1: {"name": "x" * 200}}}
    history._write(store, runs, "key")
    assert "at most 120" in str(state[history._REFUSED])
    assert store.run(runs[1]).labels.name == "nightly"


def test_the_table_starts_anew_where_rows_shift_or_the_store_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", state := {})
    rows = [{"name": "a"}, {"name": ""}]
    first = history._key(["1", "2"], rows)
    state[history._HANDLED] = {1: {"name": "typed"}}
    assert history._key(["1", "2"], [{"name": "a"}, {"name": "typed"}]) == first
    assert history._key(["1", "2"], rows) != first  # refused, or overwritten in another window
    second = history._key(["1", "2"], rows)
    assert history._key(["3", "1", "2"], [{"name": ""}, *rows]) != second


def test_two_ticked_runs_show_where_they_differ_and_nothing_else(page: Page, store: Store, runs: list[str]) -> None:
    app = ticked(page("runs"), *runs)
    assert "Where they differ" in sound(app)
    shown = app.dataframe[1].value
    assert shown.values.tolist() == [["Examples a capability", "60", "all"]]
    assert list(shown.columns)[1:] == [f"nightly ({runs[1]})", f"base ({runs[0]})"]
    assert len(figures(app)) == 1


def test_one_ticked_run_stands_beside_the_pinned_one(page: Page, store: Store, runs: list[str]) -> None:
    store.labels.edit(runs[0], pinned=True)
    app = ticked(page("runs"), runs[1])
    assert app.dataframe[1].value.shape == (1, 3)
    names = {trace.get("name", "") for trace in figures(app)[0]["data"]}
    assert any(runs[0] in name for name in names)
    assert any(runs[1] in name for name in names)


def test_worst_and_certificate_runs_compare_in_a_figure_each(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    worst = bring_worst(store)
    proven = bring_certificate(store, "done", monkeypatch)
    more = bring_certificate(store, "done", monkeypatch, CERTIFICATE.model_copy(update={"limit": 500}))
    app = ticked(page("runs"), worst.id, proven.id, more.id)
    sound(app)
    titles = [figure["layout"]["title"]["text"] for figure in figures(app)]
    assert titles[0].startswith("In the worst directions found, ")
    assert titles[1].startswith("Proven of ")
    assert len(titles) == 2


def test_parts_are_folded_and_shown_on_request(page: Page, store: Store, runs: list[str]) -> None:
    whole, part = store.submit(INSPECTION), store.submit(SPEC)
    store.parts.record(Part(whole, part, "scores", made=True))
    app = page("runs")
    assert list(table(app).index) == [whole, runs[1], runs[0]]
    app.toggle(key="parts").set_value(True).run()
    assert list(table(app).index) == [whole, part, runs[1], runs[0]]
    assert table(app).loc[part, "part of"] == f"scores of {whole}"


def test_deleting_names_what_goes_and_can_be_undone(page: Page, store: Store, runs: list[str]) -> None:
    whole, part = store.submit(INSPECTION), store.submit(SPEC)
    store.parts.record(Part(whole, part, "scores", made=True))
    app = ticked(page("runs"), whole, runs[1])
    next(button for button in app.button if button.label == "Delete").click().run()
    said = sound(app)
    assert f"slice {runs[1]} of base, “nightly”: 2 points" in said
    assert f"inspection {whole} of base and benign" in said
    assert "with 1 part that no other inspection uses (0 points)" in said
    assert "What is being measured stops" in said
    assert "undone for 10 min" in said
    store.bin.discard(deletion_of(store, [store.run(whole), store.run(runs[1])]).ids)  # an AppTest closes the dialog
    assert {run.id for run in store.runs()} == {runs[0]}
    said = sound(app := page("runs"))
    assert "Deleted: 3 runs (2 slice, 1 inspection)" in said
    next(button for button in app.button if button.label == "Undo").click().run()
    assert {run.id for run in store.runs()} == {*runs, whole, part}
    assert "Deleted:" not in sound(app)


def test_a_link_carries_the_labels_and_a_name_stands_for_the_id(page: Page, store: Store, runs: list[str]) -> None:
    app = page("slice", run="nightly")
    assert "nightly" in sound(app)
    assert "second seed" in sound(app)
    link = links(app)
    assert f"run={runs[1]}" in link
    assert "name=nightly&tagged=sft&about=second+seed" in link
    assert "name=" not in links(page("slice", run=runs[0]))


def test_whoever_measures_by_a_link_keeps_its_labels(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"name": "nightly", "tagged": "sft,may", "about": "n"}
    monkeypatch.setattr(st, "query_params", query)
    first, second = store.submit(SPEC), store.submit(SPEC)
    store.labels.edit(second, tags=["mine"])
    for run_id in (first, second):
        link_labels.keep_linked_labels(store, store.run(run_id))
    assert store.run(first).labels.as_dict() == {
        "name": "nightly",
        "tags": ["sft", "may"],
        "note": "n",
        "pinned": False,
    }
    assert store.run(second).labels.tags == ("mine",)
    query["name"] = "x" * 500
    assert not link_labels.linked_labels()


def test_markup_in_labels_shows_as_it_is(page: Page, store: Store, runs: list[str]) -> None:
    store.labels.edit(runs[1], name="<b>bold</b> [x](javascript:1)", note="# loud", tags=["a]b"])
    app = page("slice", run=runs[1])
    raw = "\n".join(element.value for element in app.markdown)
    assert r"\<b\>bold\</b\>" in raw
    assert r"\[x\]" in raw
    ticked(app := page("runs"), runs[1])
    next(button for button in app.button if button.label == "Delete").click().run()
    assert r"\<b\>bold" in "\n".join(element.value for element in app.markdown)
