"""Which runs a list shows."""

from datetime import date, datetime
from pathlib import Path

import pytest

from landscape.runs.listing.filters import Filters, own_lines, pinned_first
from landscape.runs.listing.lines import in_order, listing_of
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import AnswerSpec, BasinSpec, InspectionSpec, SliceSpec
from landscape.store.curation.parts import Part
from landscape.store.store import Store

DRAW = (Gaussian(seed=0),)
SLICE = SliceSpec(
    checkpoint="demo:base", directions=(*DRAW, Towards(checkpoint="demo:benign")), capabilities=("basic",)
)
BASIN = BasinSpec(checkpoint="/models/llama-tuned", directions=DRAW, capabilities=("starter:knowledge", "math"))
ASKED = AnswerSpec(checkpoint="demo:base", directions=DRAW, at=(0.0,), prompt="2 + 2 =")
INSPECTION = InspectionSpec(checkpoint="demo:base", other="demo:benign", capabilities=("basic",))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "s.sqlite"))


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    found = {name: store.submit(spec) for name, spec in {"slice": SLICE, "basin": BASIN, "asked": ASKED}.items()}
    store.labels.edit(found["slice"], name="Nightly", tags=["sft", "may"], note="the Second seed")
    store.labels.edit(found["basin"], tags=["may"])
    store.cancel(found["basin"])
    return found


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), {"slice", "basin"}),
        (Filters(kinds=["slice"]), {"slice"}),
        (Filters(kinds=["plane"]), set()),
        (Filters(checkpoints=["benign"]), {"slice"}),  # aimed at
        (Filters(checkpoints=["llama-tuned", "other"]), {"basin"}),
        (Filters(checkpoints=["/models/llama-tuned"]), {"basin"}),
        (Filters(checkpoints=["llama"]), set()),
        (Filters(capabilities=["knowledge"]), {"basin"}),
        (Filters(capabilities=["basic", "math"]), {"slice", "basin"}),
        (Filters(statuses=["cancelled"]), {"basin"}),
        (Filters(tags=["may"]), {"slice", "basin"}),
        (Filters(tags=["sft"], statuses=["cancelled"]), set()),
        (Filters("nightly"), {"slice"}),
        (Filters("SECOND may"), {"slice"}),
        (Filters("may tuned knowledge"), {"basin"}),
        (Filters("seed third"), set()),
        (Filters(since=date(2000, 1, 1), until=date(2000, 1, 2)), set()),
    ],
)
def test_a_run_is_shown_that_has_what_is_asked(
    store: Store, ids: dict[str, str], filters: Filters, wanted: set[str]
) -> None:
    shown = {run.id for run in filters.shown(own_lines(store.runs()))}
    assert shown == {ids[name] for name in wanted}


def test_a_day_holds_from_its_midnight_to_the_next(store: Store, ids: dict[str, str]) -> None:
    created = store.run(ids["slice"]).created
    day = datetime.fromtimestamp(created).date()
    runs = [run for run in store.runs() if run.id == ids["slice"]]
    assert Filters(since=day, until=day).shown(runs) == runs
    assert Filters(until=date.fromordinal(day.toordinal() - 1)).shown(runs) == []
    assert Filters(since=date.fromordinal(day.toordinal() + 1)).shown(runs) == []


def test_parts_are_folded_unless_somebody_wrote_on_them_and_stand_below_their_inspection(store: Store) -> None:
    own, whole = store.submit(SLICE), store.submit(INSPECTION)
    scores, headroom = store.submit(SLICE), store.submit(BASIN)
    for part in (
        Part(whole, scores, "scores", True),
        Part(whole, headroom, "headroom", True),
        Part(whole, own, "x", False),
    ):
        store.parts.record(part)
    listing = listing_of(store)
    assert [run.id for run in listing.own] == [whole, own]
    assert [run.id for run in listing.parts] == [headroom, scores]
    ordered, names = in_order(listing, listing.all)
    assert [run.id for run in ordered] == [whole, scores, headroom, own]
    assert names == {scores: f"scores of {whole}", headroom: f"headroom of {whole}"}
    assert [run.id for run in Filters("headroom").shown(listing.all, listing.part_names)] == [headroom]
    alone, _ = in_order(listing, listing.parts)  # the filters hide their inspection
    assert [run.id for run in alone] == [scores, headroom]
    store.labels.edit(scores, tags=["mine"])
    assert {run.id for run in listing_of(store).own} == {whole, own, scores}


def test_pinned_runs_are_first_and_the_others_keep_their_order(store: Store) -> None:
    ids = [store.submit(SLICE) for _ in range(4)]
    store.labels.edit(ids[1], pinned=True)
    assert [run.id for run in pinned_first(store.runs())] == [ids[1], ids[3], ids[2], ids[0]]
