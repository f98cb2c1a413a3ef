"""The Guarantee page in every state, without a browser and without a model."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import results, specs
from landscape.checkpoints.files import resolve
from landscape.schema.specs import SwapSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.figures.certificates.known_search import SEARCH
from tests.figures.certificates.known_sweep import SPEC
from tests.ui.certificate_runs import NOWHERE, bring, bring_worst
from tests.ui.forms import measure, measure_button
from tests.ui.states import STATES, Page, figures, said, sound


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"].replace("\u00a0", " ") for figure in figures(app)]


def clean(app: AppTest) -> str:
    """All that is said; nothing that a program would say instead of a person."""
    text = sound(app)
    tables = "".join(frame.value.to_csv() for frame in app.dataframe)
    words = " ".join([text, tables, *titles(app), *(latex.value for latex in app.latex)]).lower()
    assert "none," not in words.replace(",none,", "")
    assert "nan" not in words.replace("3 nan", "").split()
    return text


def test_before_anything_is_measured_there_is_a_calculator(page: Page) -> None:
    app = page("guarantee", spec=pack(SPEC))
    text = clean(app)
    assert "Not measured yet" in text
    assert "the numbers are an example" in text
    assert len(figures(app)) == 1
    assert titles(app)[0].startswith("At r = 0.0060 the noised model still scores at least 0.74 (σ = 0.0060")
    assert len(app.latex) == 5


def test_the_page_alone_offers_the_demo(page: Page) -> None:
    app = page("guarantee")
    text = clean(app)
    assert "What is guaranteed around assistant" in text
    shipped = results.shipped(specs.DEMO_CERTIFICATE) is not None
    assert ("shipped with the program" if shipped else "Not measured yet") in text


@pytest.mark.parametrize("state", STATES)
def test_guarantee_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("guarantee", run=bring(store, state, monkeypatch).id)
    text = clean(app)
    assert state in text
    assert ("Cancel" in text) == (state in ("queued", "running"))
    assert ("Resume" in text) == (state in ("stalled", "failed", "cancelled"))
    assert ("3 NaN" in text) == (state == "failed")
    assert len(figures(app)) == (1 if state == "queued" else 3)
    assert ("Hollow" in text) == (state not in ("queued", "done"))


def test_the_answer_comes_first_and_says_vacuous_and_of_which_model(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = page("guarantee", run=bring(store, "done", monkeypatch).id)
    text = clean(app)
    assert "**benign** (r = 1.2): **vacuous** for every capability" in text
    assert "The promise is about the **noised** model: weights plus fresh noise of size σ, averaged" in text
    assert "The noise is on all weights." in text
    assert "usually vacuous" in text
    radii, sweep, floor = titles(app)
    assert radii.startswith("basic: certified with noise to 0.0")
    assert sweep.startswith("basic is certified farthest, to r = 0.0")
    assert floor.startswith("Vacuous at r = 1.2")
    table = app.dataframe[0].value.set_index("capability")
    assert table.loc["basic", "floor at benign"] == "vacuous (0.00)"
    assert float(table.loc["basic", "floor at adversarial"]) > 0.5


def test_it_abstains_in_words(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("guarantee", run=bring(store, "done", monkeypatch, holds=NOWHERE).id)
    text = clean(app)
    assert titles(app)[0].startswith("No radius is certified")
    assert titles(app)[1].startswith("Nothing is certified")
    assert "abstains at every σ" in text
    assert app.dataframe[0].value["best σ"].tolist() == ["abstains", "abstains"]


def test_too_few_trials_are_said_before_anybody_wonders(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = SPEC.model_copy(update={"trials": 50})
    text = clean(page("guarantee", run=bring(store, "done", monkeypatch, few).id, q="0.9"))
    assert "Too few trials: 50 at each σ cannot certify q = 0.9 even if all are right; 83 are needed." in text


def test_what_was_found_around_the_checkpoint_stands_beside_what_is_certified(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("landscape.bundled.specs.shipped_specs", dict)
    run = bring(store, "done", monkeypatch)
    assert "no worst direction was searched here yet" in clean(page("guarantee", run=run.id))
    bring_worst(store)
    app = page("guarantee", run=run.id)
    assert "no worst direction was searched" not in clean(app)
    assert "without noise it ends at 2.0 in the worst direction found, 20 in random ones" in titles(app)[0]


def test_only_searches_of_the_same_weights_are_compared(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("landscape.bundled.specs.shipped_specs", dict)
    bring_worst(store, SEARCH.model_copy(update={"only": ("*mlp*",)}))
    bring_worst(store, SEARCH.model_copy(update={"checkpoint": "demo:base"}))
    app = page("guarantee", run=bring(store, "done", monkeypatch).id)
    assert "worst direction found" not in titles(app)[0]


def test_a_search_of_weights_that_were_overwritten_since_is_not_compared(
    page: Page,  # noqa: F811
    store: Store,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("landscape.bundled.specs.shipped_specs", dict)
    folder = shutil.copytree(resolve("demo:base").folder, tmp_path / "mine")
    mine = {"checkpoint": str(folder)}
    bring_worst(store, SEARCH.model_copy(update=mine))
    run = bring(store, "done", monkeypatch, SPEC.model_copy(update=mine))
    assert "2.0 in the worst direction found" in titles(page("guarantee", run=run.id))[0]
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    app = page("guarantee", run=run.id)
    assert "worst direction found" not in titles(app)[0]
    assert "no worst direction was searched here yet" in clean(app)


def test_another_threshold_redraws_without_measuring_and_stands_in_the_permalink(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bring(store, "done", monkeypatch)
    app = page("guarantee", run=run.id)
    before, (link,) = titles(app), [code.value for code in app.code]
    assert "/guarantee?" in link
    assert "&q=" not in link
    app.slider(key="q").set_value(0.8).run()
    assert all(new != old for new, old in zip(titles(app), before, strict=True))
    assert [r.id for r in store.runs()] == [run.id]
    (link,) = [code.value for code in app.code]
    assert "q=0.8" in link
    again = page("guarantee", run=run.id, q="0.8")
    assert titles(again) == titles(app)


def test_the_calculator_begins_at_the_measurement_and_is_filled_again(
    page: Page,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = page("guarantee", run=bring(store, "done", monkeypatch).id)
    assert app.select_slider(key="calculator-sigma").value == 0.004
    assert app.select_slider(key="calculator-r").value == pytest.approx(1.2)
    basic = app.slider(key="calculator-p").value
    app.select_slider(key="calculator-r").set_value(0.002).run()
    assert titles(app)[2].startswith("At r = 0.0020")
    assert any("0.002" in latex.value for latex in app.latex)
    app.segmented_control(key="calculator-capability").set_value("math").run()
    assert app.slider(key="calculator-p").value != basic
    assert app.select_slider(key="calculator-r").value == pytest.approx(1.2)
    app.segmented_control(key="calculator-finetune").set_value("demo:adversarial").run()
    assert app.select_slider(key="calculator-r").value == pytest.approx(0.002)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_the_formulas_hold_at_the_ends(page: Page, p: float) -> None:
    app = page("guarantee", spec=pack(SPEC))
    app.slider(key="calculator-p").set_value(p).run()
    app.select_slider(key="calculator-r").set_value(0.0).run()
    clean(app)
    radius = app.latex[2].value
    assert {0.0: r"-\infty", 0.3: "-0.00315", 1.0: r"\infty"}[p] in radius


def test_measure_queues_what_the_form_says(page: Page, store: Store) -> None:
    app = page("guarantee", spec=pack(SPEC))
    next(box for box in app.number_input if box.label == "Trials at each σ").set_value(500).run()
    next(box for box in app.text_input if box.label == "σ of the noise").set_value("0.001:0.003:3").run()
    measure(app)
    (run,) = store.runs()
    assert run.spec == SPEC.model_copy(update={"trials": 500, "sigmas": (0.001, 0.002, 0.003)})
    assert "being measured" in said(app) or "waiting" in said(app)


def test_too_few_trials_are_refused_before_anything_is_queued(page: Page, store: Store) -> None:
    app = page("guarantee", spec=pack(SPEC.model_copy(update={"trials": 50, "threshold": 0.9})))
    assert any("expected at least 83 trials, got 50" in error.value for error in app.error)
    assert measure_button(app).disabled


def test_sigma_zero_is_a_sentence(page: Page, store: Store) -> None:
    app = page("guarantee", spec=pack(SPEC))
    next(box for box in app.text_input if box.label == "σ of the noise").set_value("0:0.003:3").run()
    assert any("without noise" in error.value for error in app.error)


def test_the_input_bound_is_a_heuristic_with_its_counterexample(page: Page, store: Store) -> None:
    app = page("guarantee", spec=pack(SPEC))
    text = clean(app)
    assert "Heuristic, not a guarantee" in text
    assert "The counterexample" in text
    app.button(key="swap-measure").click().run()
    (run,) = store.runs()
    assert isinstance(run.spec, SwapSpec)
    assert run.checkpoint == "demo:assistant"
    assert "waiting for the worker" in clean(app)
    store.claim("w")
    found = {"radius": 0.004, "swapped": [["Kenya", "Egypt"]], "tokens": 7}
    store.finish(run.id, "w", "done", artifact=found)
    app.run()
    assert "Exchanged 1 of 7 tokens: 'Kenya' → 'Egypt'. Distance: r = 0.0040." in clean(app)
    assert "Nothing proves that it does" in clean(app)


def test_prompts_that_cannot_be_compared_say_why(page: Page, store: Store) -> None:
    app = page("guarantee", spec=pack(SPEC))
    app.text_input(key="swap-other").set_value("Egypt").run()
    app.button(key="swap-measure").click().run()
    store.claim("w")
    store.finish(store.runs()[0].id, "w", "failed", error="expected prompts of equally many tokens, got 9 and 2")
    app.run()
    assert any("9 and 2" in error.value for error in app.error)
    app.text_input(key="swap-other").set_value("").run()
    assert "Write two different prompts" in clean(app)


def test_runs_opens_a_certificate_on_its_page(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(store, "done", monkeypatch)
    store.submit(SwapSpec(checkpoint="demo:base", prompt="a", other="b"))
    app = page("runs")
    sound(app)
    assert app.dataframe[0].value["kind"].tolist() == ["certificate"]


def test_a_run_of_another_kind_is_no_certificate(page: Page) -> None:
    assert "no certificate deadbeef" in sound(page("guarantee", run="deadbeef"))
