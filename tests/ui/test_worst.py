"""The Worst-case page in every state, without a browser and without a model."""

import io
import json
from typing import Any

import pytest
from rich.console import Console
from streamlit.testing.v1 import AppTest

from landscape.bundled import results, specs
from landscape.reports import worst_tables
from landscape.runs.estimates import seconds_of
from landscape.schema.directions import Eigenvector, Towards, Worst
from landscape.schema.specs import BasinSpec, FlatnessSpec, PlaneSpec, SliceSpec, SwapSpec, WorstSpec
from landscape.store.records import Phase
from landscape.store.store import Store
from landscape.ui.components.links import pack
from landscape.ui.worst.flatness import flatness_spec
from tests.ui.forms import measure, measure_button
from tests.ui.states import STATES, Page, figures, sound
from tests.ui.worst_runs import SPEC, bring
from tests.worst.known_rays import DIRECTIONS, MATH, NAMES

MEASURED = {
    "parameters": 10_000,
    "alpha": 0.0005,
    "probes": 16,
    "directions": 8,
    "capabilities": {
        name: {"loss": 0.02, "examples": 100, "eigenvalue": 12.5, "trace": 340.0, "trace_error": 12.0,
               "sharpness": 4e-5, "sharpness_error": None, "quadratic": 4.2e-5, "smallest_eigenvalue": -0.75, "slope": 6.0}
        for name in NAMES
    },
}  # fmt: skip


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"] for figure in figures(app)]


@pytest.mark.parametrize("state", STATES)
def test_a_worst_run_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("worst", run=bring(store, state, monkeypatch).id)
    text = sound(app)
    assert state in text
    assert ("Cancel" in text) == (state in ("queued", "running"))
    assert ("Resume" in text) == (state in ("stalled", "failed", "cancelled"))
    assert ("3 NaN" in text) == (state == "failed")
    assert ("Measure flatness" in text) == (state != "queued")
    assert len(figures(app)) >= {"queued": 0, "done": 5}.get(state, 2)
    assert not any("None" in title or "nan" in title for title in titles(app))


def test_while_a_direction_is_searched_for_the_page_says_how_far_it_is(
    page: Page,
    store: Store,
) -> None:
    run_id = store.submit(SPEC)
    store.claim("w")
    store.note(run_id, "w", Phase("searching worst math from random 1, loss math 0.02 → 7.5", 45, 180))
    app = page("worst", run=run_id)
    assert "running" in sound(app)
    (bar,) = app.get("progress")
    assert bar.proto.text.startswith("Searching worst math from random 1, loss math 0.02 → 7.5")
    assert bar.proto.value == 25


def test_the_needle_comes_first_and_its_title_is_the_finding(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = page("worst", run=bring(store, "done", monkeypatch).id)
    assert titles(app)[0].startswith("math ends at α = 0.00020 in the worst direction found, 80\u00a0× nearer")
    text = sound(app)
    assert "100 of them" in text  # the unseen examples that confirm it
    assert "bounds robustness from above" in text
    assert "Safety can be ended at α = " in text
    alts = [json.loads(c.proto.json).get("alt", "") for c in app.get("bidi_component")]
    assert any("worst direction found" in alt for alt in alts)


def test_views_stand_in_the_address_and_in_the_permalink(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, "done", monkeypatch)
    app = page("worst", run=run.id, capability="safety", view="loss", log="false", relative="true", others="true")
    needle = figures(app)[0]["layout"]
    assert needle["title"]["text"].startswith("safety ends")
    assert "nats" in needle["yaxis"]["title"]["text"]
    assert "rms" in needle["xaxis"]["title"]["text"]
    assert "type" not in needle["xaxis"]
    (link,) = [code.value for code in app.code]
    for part in ("capability=safety", "view=loss", "log=false", "relative=true", "others=true"):
        assert part in link
    plain = page("worst", run=run.id)
    assert figures(plain)[0]["layout"]["xaxis"]["type"] == "log"


def test_another_tolerance_is_read_from_the_same_points(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = page("worst", run=bring(store, "done", monkeypatch).id)
    app.slider(key="tau").set_value(0.2).run()
    assert "The search was made at τ = 0.05" in sound(app)
    assert "τ\u00a0=\u00a00.2" in titles(app)[0]


def test_what_fine_tunes_share_is_a_table(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("worst", run=bring(store, "done", monkeypatch).id)
    (shared,) = [table.value for table in app.dataframe if "cosine" in table.value]
    row = shared.set_index(["fine-tune", "direction"]).loc[("adversarial", "worst safety sparing math")]
    assert row["cosine"] == pytest.approx(0.5)
    assert row["× 1/√d"] == "50"
    assert row["share explained"].endswith("%")
    assert "None" not in shared.to_csv()


def test_a_search_can_be_chosen_and_its_mass_set_against_the_weights(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = page("worst", run=bring(store, "done", monkeypatch).id)
    assert "60% of the mass of the worst direction found for math" in titles(app)[-1]
    app.toggle(key="dense").set_value(True).run()
    assert "is densest in" in titles(app)[-1]
    app.selectbox(key="direction").set_value("eigenvector math").run()
    assert "top eigenvector of math" in titles(app)[-1]
    assert "12.5" in [metric.value for metric in app.metric]


def test_the_page_alone_shows_the_demo_or_offers_it(page: Page) -> None:
    app = page("worst")
    text = sound(app)
    assert "Worst directions found around assistant" in text
    shipped = results.shipped(specs.DEMO_WORST) is not None
    assert ("shipped with the program" if shipped else "Not measured yet") in text


@pytest.mark.parametrize("spec", [SPEC, specs.DEMO_WORST], ids=["made", "demo"])
def test_the_form_begins_at_what_is_shown(page: Page, store: Store, spec: WorstSpec) -> None:
    app = page("worst", spec=pack(spec))
    if results.shipped(spec) is not None:
        assert measure_button(app) is None, "what the form says is what is shown"
        return
    measure(app)
    (run,) = store.runs()
    assert run.spec == spec


def test_the_form_says_what_to_search_and_how(page: Page, store: Store) -> None:
    app = page("worst", spec=pack(SPEC))
    box = {
        widget.label: widget
        for kind in ("multiselect", "number_input", "toggle", "selectbox")
        for widget in getattr(app, kind)
    }
    box["Search the worst for"].set_value(["safety"])
    box["Also sparing the others"].set_value([])
    box["Also all at once"].set_value(False)
    box["Top eigenvector of"].set_value([])
    box["Random directions"].set_value(2)
    box["Steps"].set_value(7)
    box["Start also from"].set_value("demo:adversarial")
    box["α of the search"].set_value(0.001).run()
    measure(app)
    (run,) = store.runs()
    assert isinstance(run.spec, WorstSpec)
    assert [d for d in run.spec.directions if isinstance(d, Worst | Eigenvector)] == [
        Worst(capabilities=("safety",), steps=7, start="demo:adversarial", alpha=0.001)
    ]
    assert len(run.spec.directions) == 5


def test_nothing_to_search_is_a_sentence(page: Page) -> None:
    app = page("worst", spec=pack(SPEC.model_copy(update={"directions": (*DIRECTIONS[:9], MATH)})))
    next(box for box in app.multiselect if box.label == "Search the worst for").set_value([]).run()
    assert any("at least one capability to search" in error.value for error in app.error)


def test_flatness_is_queued_by_one_press_shown_live_and_then_as_a_table(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, "done", monkeypatch)
    app = page("worst", run=run.id)
    next(button for button in app.button if button.label == "Measure flatness").click().run()
    (flat,) = [r for r in store.runs() if r.kind == "flatness"]
    assert flat.spec == flatness_spec(SPEC, 0.0005)
    assert isinstance(flat.spec, FlatnessSpec)
    assert len(flat.spec.directions) == 8
    assert "queued" in sound(app)
    store.claim("w")
    store.finish(flat.id, "w", "done", artifact=MEASURED)
    app = page("worst", run=run.id)
    text = sound(app)
    (table,) = [t.value for t in app.dataframe if "trace" in t.value]
    row: Any = table.set_index("capability").loc["math"]
    assert row["trace"] == "340 ± 12"
    assert row["random: measured"] == "4×10⁻⁵"  # one draw: no error to state
    assert row["½α²·λ·d"] == "0.016"
    assert row["α·|g·δ|"] == "0.003"  # 0.0005 × 6
    assert row["smallest eigenvalue"] == "-0.75"
    assert row["worst found"] == "9"
    assert row["spread of curvature"] == "not measured"  # by a run of before it was
    assert row["spread of rises"] == "not known"  # of one draw
    assert "eigenvector:math" in text
    assert "Measure flatness" not in text


@pytest.mark.parametrize(
    ("noted", "shown", "spreads"),
    [
        ({"smallest_eigenvalue": None, "slope": 0.0, "curvature_spread": 0.31, "curvature_spread_error": 0.02,
          "sharpness_error": 5e-6}, "not converged", ["0.31 ± 0.02", "0.35"]),  # 5e-6 · √8 / 4e-5
        ({"smallest_eigenvalue": None, "curvature_spread": None, "curvature_spread_error": None}, "not converged",
         ["trace not told from 0", "not known"]),
        ({}, "not measured", ["not measured", "not known"]),
    ],
)  # fmt: skip
def test_a_smallest_eigenvalue_that_nobody_knows_is_not_invented(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch, noted: dict[str, Any], shown: str, spreads: list[str]
) -> None:
    """It did not converge, or version 0.6 did not ask for it; nor is a spread, beside those that were measured."""
    run = bring(store, "done", monkeypatch)
    flat = store.submit(flatness_spec(SPEC, 0.0005))
    former = {k: v for k, v in MEASURED["capabilities"]["math"].items() if k not in ("smallest_eigenvalue", "slope")}
    capabilities = dict.fromkeys(NAMES, former | noted)
    store.claim("w")
    store.finish(flat, "w", "done", artifact=MEASURED | {"capabilities": capabilities})
    app = page("worst", run=run.id)
    (table,) = [t.value for t in app.dataframe if "trace" in t.value]
    assert table["smallest eigenvalue"].unique().tolist() == [shown]
    (row,) = table[table["capability"] == "math"].to_dict("records")
    assert [row["spread of curvature"], row["spread of rises"]] == spreads
    assert table.set_index("capability")["spread of radii"]["safety"] == "not known", "it never ends in a random one"
    assert 0 <= float(row["spread of radii"]) < 0.5
    found = io.StringIO()
    Console(file=found, width=200).print(worst_tables.flatness(MEASURED | {"capabilities": capabilities}))
    assert ("not converged" in found.getvalue()) == (shown == "not converged")


def test_flatness_that_failed_can_be_tried_again(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, "done", monkeypatch)
    flat = store.submit(flatness_spec(SPEC, 0.0005))
    store.claim("w")
    store.finish(flat, "w", "failed", error="the top eigenvector did not converge")
    app = page("worst", run=run.id)
    assert "did not converge" in sound(app)
    next(button for button in app.button if button.label == "Try again").click().run()
    assert store.run(flat).status == "queued"


def test_runs_of_these_kinds_have_their_line(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, "done", monkeypatch)
    store.submit(flatness_spec(SPEC, 0.0005))
    store.submit(SwapSpec(checkpoint="demo:base", prompt="ab", other="cd"))
    app = page("runs")
    sound(app)
    history = app.dataframe[0].value.set_index("run")
    assert "worst math" in history.loc[run.id, "what"]
    assert set(history["kind"]) == {"worst", "flatness"}, "a swap belongs to its certificate"


def test_slices_basins_and_planes_keep_and_offer_computed_directions(page: Page, store: Store) -> None:
    own = Worst(capabilities=("math",), steps=7)
    slice_ = SliceSpec(checkpoint="demo:assistant", directions=(own,), alphas=(0.0, 0.001), capabilities=("math",))
    basin = BasinSpec(checkpoint="demo:assistant", directions=(own,), reach=0.06, capabilities=("math",))
    towards = Towards(checkpoint="demo:base")
    plane = PlaneSpec(
        checkpoint="demo:assistant", directions=(own, towards), x=(-0.01, 0.01), y=(-0.01, 0.01), capabilities=("math",)
    )
    for name, spec in (("slice", slice_), ("basin", basin), ("plane", plane)):
        app = page(name, spec=pack(spec))
        sound(app)
        measure(app)
        assert store.runs()[0].spec == spec
    box = next(box for box in app.selectbox if box.label == "Direction y")
    assert "worst:safety" in box.options
    assert "eigenvector:math" in box.options


def test_the_estimate_counts_what_the_searches_take(store: Store) -> None:
    longer = SPEC.model_copy(update={"directions": (*DIRECTIONS[:10], Worst(capabilities=("math",), steps=3000))})
    shorter = SPEC.model_copy(update={"directions": (*DIRECTIONS[:10], Worst(capabilities=("math",), steps=30))})
    assert seconds_of(longer, store)[0] > 5 * seconds_of(shorter, store)[0]


def test_a_run_of_another_kind_is_no_search(page: Page) -> None:
    assert "no search for a worst direction deadbeef" in sound(page("worst", run="deadbeef"))
