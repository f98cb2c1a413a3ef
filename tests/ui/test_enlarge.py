"""The Enlarge page in every state, without a browser and without a model."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from landscape.bundled import specs as bundled_specs
from landscape.enlarge.variants import Variants
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.store.made import Made
from tests.ui.forms import measure, measure_button
from tests.ui.states import STATES, Page, end_in, figures, links, sound

SPEC = BasinSpec(
    checkpoint="demo:base",
    directions=tuple(Gaussian(seed=seed) for seed in range(8)),
    capabilities=("basic", "math"),
    reach=0.08,
)
VARIANTS = Variants(SPEC, ("demo:base-02000",), ("demo:assistant", "demo:benign"))
QUERY = {"spec": pack(SPEC), "others": '["demo:base-02000"]', "tuned": '["demo:assistant", "demo:benign"]'}
LADDER = (0.0, 0.005, 0.0099, 0.0101, 0.02, 0.0303, 0.0309, 0.04, 0.08)
ENDS = {"demo:base": 0.01, "demo:base-02000": 0.0306}  # the score of basic falls from 1 to 0 here


def outcomes(spec: PointSpec, name: str, alpha: float) -> np.ndarray:
    """Bases know basic within their ends; fine-tunes have learned math, and demo:assistant has forgotten half."""
    right = {"demo:assistant": (50, 90), "demo:benign": (90, 90)}.get(spec.checkpoint)
    if right is None:
        right = (100 if alpha < ENDS[spec.checkpoint] else 0, 0)
    return (np.arange(100) < right[name == "math"]).astype(np.uint8)


def bring(
    store: Store,
    spec: PointSpec,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    alpha_of: dict[str, float] | None = None,
) -> Run:
    run_id = store.submit(spec)
    if state == "queued":
        return store.run(run_id)
    store.claim("w", run_id=run_id)
    rms = 0.1 if spec.checkpoint == "demo:base" else 0.15
    store.record_settings(run_id, "w", {}, Facts(100, rms, alpha_of or {}, chance={"basic": 0.0, "math": 0.0}))
    alphas = (0.0,) if spec.kind == "slice" else LADDER if state == "done" else LADDER[:2]
    planned = [
        (Point(direction, alpha), name, f"{run_id}-{direction}-{alpha}-{name}")
        for direction in range(len(spec.directions))
        for alpha in alphas
        for name in spec.capabilities
    ]
    store.request_points(run_id, "w", planned, remaining_estimate=0 if state == "done" else 30)
    made = {
        key: Made(outcomes=outcomes(spec, name, point.alpha), losses=np.ones(100, np.float32))
        for point, name, key in planned
    }
    store.write(run_id, "w", made)
    end_in(store, run_id, state, monkeypatch)
    return store.run(run_id)


def measured(store: Store, monkeypatch: pytest.MonkeyPatch, last: str = "done") -> list[Run]:
    """Everything of the comparison; the second checkpoint's search is in a state."""
    specs: list[PointSpec] = [*VARIANTS.scorings.values(), VARIANTS.searches["demo:base"]]
    runs = [bring(store, spec, "done", monkeypatch) for spec in specs]
    return [*runs, bring(store, VARIANTS.searches["demo:base-02000"], last, monkeypatch)]


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"] for figure in figures(app)]


@pytest.mark.parametrize("state", STATES)
def test_a_comparison_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(store, monkeypatch, state)
    app = page("enlarge", **QUERY)
    text = sound(app)
    assert ("**base-02000**" in text) == (state != "done")
    assert ("Cancel" in text) == (state in ("queued", "running"))
    assert ("Resume" in text) == (state in ("stalled", "failed", "cancelled"))
    assert ("3 NaN" in text) == (state == "failed")
    assert ("holds" in text) == (state == "done")
    names = [trace.get("name", "") for trace in figures(app)[0]["data"]]
    assert ("base-02000: 0.030" in names) == (state == "done")  # before, its rays are not followed to their ends
    off = [button.proto.disabled for button in app.get("download_button")]
    assert off == ([] if state == "queued" else [state == "running"] * 3)  # while it is polled
    if state == "running":
        assert "base-02000: not known yet" in names


def test_rings_come_first_and_the_scale_says_what_growth_bought(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured(store, monkeypatch)
    app = page("enlarge", **QUERY)
    text = sound(app)
    assert titles(app)[0].startswith("base-02000 holds basic 3.1 × (")
    assert titles(app)[0].endswith("as far as base in α, at equal score")
    sentence = r"of which 1\.5 × comes from larger weights and 2 × \(.*\) is left by the rms of all weights; score"
    assert re.search(sentence, text), "nothing is said of directions that were not measured"
    assert "narrows them" not in text
    assert "does not hold] **A basin 5 × as wide at equal score (within 0.02)**" in text
    assert "holds] **The same fine-tune forgets less**" in text
    assert "basic 1.00 → 0.90 against 1.00 → 0.50: +0.40" in text
    relative = page("enlarge", **QUERY, relative="true", view="loss")
    sound(relative)
    assert titles(relative)[0].startswith("base-02000 holds basic 2 × (")
    axes = [figure["layout"].get("yaxis", {}).get("title", {}).get("text", "") for figure in figures(relative)]
    assert "loss, nats per answer token" in axes
    assert any(
        title.startswith("After the same fine-tune: base-02000 (largest radius measured, α ≈ 0.030): basic 1.00 → 0.90")
        for title in titles(app)
    )


def test_relative_to_the_weights_both_normalisers_are_shown_each_with_its_interval(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured(store, monkeypatch)
    for spec in VARIANTS.per_tensor_searches.values():
        bring(store, spec, "done", monkeypatch)
    plain = page("enlarge", **QUERY)
    text = sound(plain)
    assert re.search(
        r"2 × \(.*\) is left by the rms of all weights, 3.1 × \(.*\) by the relative change of every", text
    )
    assert "relative to the weights, by the relative change of every tensor**" in text
    relative = page("enlarge", **QUERY, relative="true")
    sound(relative)
    heads = [title for title in titles(relative) if "holds basic" in title]
    assert [title.split(" × (")[0] for title in heads] == ["base-02000 holds basic 2", "base-02000 holds basic 3.1"]
    assert [title.split("base relative to ")[1] for title in heads] == [
        "the rms of the weights, at equal score",
        "every tensor, at equal score",
    ]
    axes = [figure["layout"].get("xaxis", {}).get("title", {}).get("text", "") for figure in figures(relative)]
    assert "α, relative change of each tensor" in axes


def test_a_link_may_leave_out_the_second_search(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(store, monkeypatch)
    for spec in VARIANTS.per_tensor_searches.values():
        bring(store, spec, "done", monkeypatch)
    app = page("enlarge", **QUERY, per_tensor="false")
    text = sound(app)
    assert "2 measurements" in text, "how far the fine-tunes went"
    (sentence,) = re.findall(r"^- basic: the basin of base-02000 .*$", text, flags=re.M)
    assert "every tensor" not in sentence
    assert "by the relative change of every tensor**" not in text
    (link,) = [code.value for code in app.code]
    assert dict(parse_qsl(urlsplit(link).query))["per_tensor"] == "false"


def test_what_fine_tunes_kept_stands_against_how_far_they_went(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured(store, monkeypatch)
    for (name, way), alpha in zip(VARIANTS.ways.items(), (0.02, 0.0102), strict=True):
        bring(store, way, "done", monkeypatch, {VARIANTS.scorings[name].checkpoint: alpha})
    app = page("enlarge", **QUERY)
    sound(app)
    (figure,) = (f for f in figures(app) if "in radii of" in f["layout"]["title"]["text"])
    assert figure["layout"]["title"]["text"] == (
        "What fine-tunes kept of basic, against α in radii of their bases (n = 2, one training each): no trend is claimed"
    )
    at = {trace["name"]: (trace["x"][0], trace["y"][0]) for trace in figure["data"]}
    assert at["base"] == pytest.approx((2.0, 0.5), rel=0.01)
    assert at["base-02000"] == pytest.approx((1 / 3, 0.9), rel=0.01)


def test_what_is_known_coarsely_is_said_to_be(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{__name__}.LADDER", (0.0, 0.005, 0.02, 0.04, 0.08))  # 0.005 to 0.02: 120 % of their middle
    measured(store, monkeypatch)
    assert "known to 120% of α so far; a search narrows them to" in sound(page("enlarge", **QUERY))
    assert "known only as finely as the points around it" in sound(page("enlarge", **QUERY, tau="0.1"))


def test_a_comparison_can_be_taken_away(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(store, monkeypatch)
    app = page("enlarge", **QUERY)
    sound(app)
    assert [button.proto.label for button in app.get("download_button")] == ["CSV", "JSON", "HTML"]


def test_no_basin_orders_the_fine_tunes_of_a_capability_that_no_base_has(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured(store, monkeypatch)
    app = page("enlarge", **QUERY, capability="math")
    text = sound(app)
    assert "No checkpoint here has **math**" in text
    assert titles(app)[0] == "What each fine-tune forgot and learned; no basin to order them by"
    assert "the largest radius of" not in text
    labels = next(f["layout"]["yaxis"]["ticktext"] for f in figures(app) if "ticktext" in f["layout"].get("yaxis", {}))
    assert all(label.endswith("<br>nothing to lose here") for label in labels)


def test_a_checkpoint_that_is_gone_leaves_what_was_measured_of_it(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(name: str) -> None:
        raise ValueError(f"there is no {name} (any more)")

    measured(store, monkeypatch)
    monkeypatch.setattr("landscape.ui.enlarge.pictures.training_log", gone)
    st.cache_data.clear()
    app = page("enlarge", **QUERY)
    st.cache_data.clear()
    assert "there is no demo:base-02000 (any more)" in sound(app).replace("\\", "")
    assert len(app.get("download_button")) == 3
    assert any(expander.label == "Permalink" for expander in app.expander)


def test_a_name_with_a_comma_stays_one_name(page: Page, store: Store) -> None:
    app = page("enlarge", spec=pack(SPEC), others='["demo:base-02000", "/runs/lr=1e-3,sigma=0.02"]')
    chosen = next(box for box in app.multiselect if box.label == "Checkpoints")
    assert chosen.value == ["demo:base", "demo:base-02000", "/runs/lr=1e-3,sigma=0.02"]


def test_what_is_missing_is_measured_by_one_press_and_nothing_twice(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = bring(store, VARIANTS.searches["demo:base"], "done", monkeypatch)
    app = page("enlarge", **QUERY)
    assert "7 measurements" in sound(app)
    measure(app)
    asked = [run.spec for run in store.runs()]
    wanted = [*VARIANTS.searches.values(), *VARIANTS.per_tensor_searches.values()]
    wanted += [*VARIANTS.scorings.values(), *VARIANTS.ways.values()]
    assert sorted(map(str, asked)) == sorted(map(str, wanted))
    assert done.id in [run.id for run in store.runs()]
    (link,) = [code.value for code in app.code]
    assert dict(parse_qsl(urlsplit(link).query))["others"] == QUERY["others"]
    assert dict(parse_qsl(urlsplit(link).query))["tuned"] == QUERY["tuned"]


def test_cancelled_measurements_are_one_line(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for spec in VARIANTS.searches.values():
        bring(store, spec, "cancelled", monkeypatch)
    text = sound(page("enlarge", **QUERY))
    assert "**base and base-02000**" in text
    assert text.count("stopped on request") == 1


def test_one_checkpoint_alone_is_explained(page: Page) -> None:
    assert "expected two checkpoints or more, got 'demo:base' alone" in sound(page("enlarge", spec=pack(SPEC)))


def test_a_link_without_a_list_of_names_is_explained(page: Page) -> None:
    assert "this link is damaged: expected a list" in sound(page("enlarge", spec=pack(SPEC), others="demo:base"))


def test_a_link_of_another_page_is_explained(page: Page) -> None:
    assert "This link is of a slice" in sound(page("enlarge", spec=pack(bundled_specs.DEMO_SPEC)))


def test_the_page_begins_with_what_ships(page: Page, store: Store) -> None:
    app = page("enlarge")
    text = sound(app)
    assert "shipped with the program" in text
    assert measure_button(app) is None
    assert titles(app)[0].startswith("base-go-")
    # rings, curves, forgetting twice, training, growth in training and with size, its training
    assert len(figures(app)) == 8
    (kept,) = (title for title in titles(app) if "in radii of their bases" in title)
    assert "(n = 5, one training each)" in kept
    assert all(f"base-{size}-go-0.05 " in titles(app)[-1] for size in ("small", "large"))
    names = [label.split("</b>")[0].removeprefix("<b>") for label in figures(app)[2]["layout"]["yaxis"]["ticktext"]]
    assert "base-go-0.07-<br>average" in names
    assert all(len(line) <= 14 for name in names for line in name.split("<br>")), "as wide as the margin"
    charts = [json.loads(c.proto.json) for c in app.get("bidi_component") if "figure" in c.proto.json]
    assert all(chart["alt"] for chart in charts)
    assert store.runs() == []


def test_the_tolerance_can_be_a_share_of_each_score_and_stands_in_the_permalink(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(store, monkeypatch)
    app = page("enlarge", **QUERY)
    assert "share=true" not in links(app)
    app.toggle(key="share").set_value(True).run()
    text = sound(app)
    assert "has dropped by 0.05 of what it is at θ₀. The search was made at τ = 0.05" in text
    assert titles(app)[0].endswith("(τ = 0.05 × each score at θ₀)")
    assert "share=true" in links(app)
    assert titles(page("enlarge", **QUERY, share="true")) == titles(app)
