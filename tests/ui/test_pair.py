"""One pair for all pages: in the address, kept over pages and sessions, and taken from what a link shows."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import specs
from landscape.bundled.pair_specs import DEMO_PAIR, REAL_PAIR
from landscape.bundled.pairs import Pair
from landscape.runs.measured_content import content_of
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import InspectionSpec, SliceSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from landscape.ui.pair import recent
from tests.conftest import make_model, save
from tests.ui import states
from tests.ui.forms import choose, measure, measure_button
from tests.ui.states import Page, sound

PAGES = ("checkpoints", "slice", "basin", "plane", "worst", "inspect", "guarantee", "runs", "glossary", "learn")


def pair_of(app: AppTest) -> Pair:
    return app.session_state["_pair"]


@pytest.fixture
def tuned(checkpoint: Path, tmp_path: Path) -> Path:
    """Another checkpoint of the same make."""
    (folder := tmp_path / "tuned").mkdir()
    save(folder, make_model(seed=1))
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_every_page_names_the_pair_of_the_address(page: Page, checkpoint: Path, tuned: Path, name: str) -> None:
    app = page(name, base=str(checkpoint), finetune=str(tuned))
    assert pair_of(app) == Pair(str(checkpoint), str(tuned))
    assert f"**{checkpoint.name} → {tuned.name}**" in [block.proto.popover.label for block in app.get("popover")]
    assert str(checkpoint) in app.query_params["base"]
    sound(app)
    if name != "learn":
        values = [box.value for box in (*app.selectbox, *app.multiselect)]
        assert "demo:" not in str(values), "the demo is a value of the pair, not of every form"


def test_a_pair_stays_over_a_switch_of_pages_and_a_new_session(page: Page, checkpoint: Path, tuned: Path) -> None:
    app = page("slice", base=str(checkpoint), finetune=str(tuned))
    app.query_params.clear()  # a press in the menu takes the parameters away
    app.switch_page("pages/basin.py").run()
    assert pair_of(app) == Pair(str(checkpoint), str(tuned))
    assert str(tuned) in app.query_params["finetune"]
    assert pair_of(page("plane")) == DEMO_PAIR, "who only opened a link has chosen nothing"


def test_the_first_visit_is_of_the_demo_pair(page: Page) -> None:
    assert pair_of(page("home")) == DEMO_PAIR
    assert recent.pairs() == []


def test_a_link_of_version_0_6_to_a_comparison_opens_its_pair(page: Page, checkpoint: Path, tuned: Path) -> None:
    app = page("checkpoints", a=str(checkpoint), b=str(tuned))
    assert pair_of(app) == Pair(str(checkpoint), str(tuned))
    assert "a" not in app.query_params


def test_what_a_permalink_shows_is_the_pair(page: Page) -> None:
    spec = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=("math",))
    app = page("inspect", spec=pack(spec))
    assert pair_of(app) == Pair("demo:assistant", "demo:benign", ("math",))
    assert pair_of(page("basin", spec=pack(specs.DEMO_BASIN), base="demo:base", finetune="demo:assistant")).names == (
        "demo:base",
        "demo:assistant",
    )


def test_a_page_shows_the_last_run_about_the_pair_and_not_one_about_another(
    page: Page, store: Store, checkpoint: Path, tuned: Path, own_answers: Path
) -> None:
    asked = (str(own_answers),)
    about = SliceSpec(
        checkpoint=str(checkpoint),
        directions=(Gaussian(seed=0), Towards(checkpoint=str(tuned))),
        alphas=(0.0, 0.1),
        capabilities=asked,
    )
    other = about.model_copy(update={"checkpoint": "demo:base", "directions": (Gaussian(seed=0),)})
    mine, _ = store.submit(about), store.submit(other)
    app = page("slice", base=str(checkpoint), finetune=str(tuned), ask=asked[0])
    assert "queued" in sound(app)
    assert store.run(mine).status == "queued"
    assert measure_button(app) is None, "it is being measured"
    assert measure_button(choose(app, tuned, "", asked[0])) is not None, "of another checkpoint nothing is known"


def test_the_button_measures_what_the_form_says_and_says_how_long(
    page: Page, store: Store, checkpoint: Path, tuned: Path, own_answers: Path
) -> None:
    app = page("slice", base=str(checkpoint), finetune=str(tuned), ask=str(own_answers))
    button = measure_button(app)
    assert button is not None
    assert button.label.startswith("Measure · ")
    next(box for box in app.number_input if box.label == "How many").set_value(2).run()
    assert recent.pairs() == []
    measure(app)
    assert [pair.names for pair in recent.pairs()] == [(str(checkpoint), str(tuned))]
    (run,) = store.runs()
    assert run.spec.named_checkpoints == (str(checkpoint), str(tuned))
    assert run.spec.directions[:2] == (Gaussian(seed=0), Gaussian(seed=1))  # type: ignore[attr-defined]


def test_files_that_changed_are_measured_again_by_the_same_button(
    page: Page, store: Store, tmp_path: Path, own_answers: Path
) -> None:
    (folder := tmp_path / "mine").mkdir()
    save(folder, make_model(seed=2))
    spec = SliceSpec(
        checkpoint=str(folder), directions=(Gaussian(seed=0),), alphas=(0.0, 0.1), capabilities=(str(own_answers),)
    )
    run_id = store.submit(spec)
    store.claim("w")
    store.record_content(run_id, "w", content_of(spec))
    states.measure(store, run_id, spec, complete=True)
    store.finish(run_id, "w", "done")
    assert measure_button(page("slice", base=str(folder), ask=str(own_answers))) is None
    save(folder, make_model(seed=3))
    assert measure_button(page("slice", base=str(folder), ask=str(own_answers))) is not None


def test_without_a_fine_tune_an_inspection_says_what_it_needs(page: Page, checkpoint: Path) -> None:
    app = page("inspect", base=str(checkpoint))
    assert "choose a fine-tune above" in sound(app)
    assert "Choose a fine-tune above" in sound(page("checkpoints", base=str(checkpoint)))


def test_pairs_used_before_are_one_press_away(page: Page, checkpoint: Path, tuned: Path) -> None:
    recent.remember(Pair(str(checkpoint), str(tuned)))
    assert pair_of(page("home")) == Pair(str(checkpoint), str(tuned)), "who comes back finds what they came with"
    app = page("home", base="demo:base", finetune="demo:assistant")
    button = next(button for button in app.button if button.label == f"{checkpoint.name} → {tuned.name}")
    app = button.click().run()
    assert pair_of(app) == Pair(str(checkpoint), str(tuned))
    assert "Show the landscape" in sound(app)


def test_a_list_of_pairs_that_is_damaged_is_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    recent.remember(Pair("a", "b"))
    recent.remember(Pair("c"))
    recent.remember(Pair("a", "b", ("x",)))
    assert recent.pairs() == [Pair("a", "b", ("x",)), Pair("c")]
    (tmp_path / "landscape" / "pairs.json").write_text('[{"base": 1}, 7]')
    assert recent.pairs() == []
    (tmp_path / "landscape" / "pairs.json").write_text("{")
    assert recent.pairs() == []
    for number in range(20):
        recent.remember(Pair(f"{number}"))
    assert [pair.base for pair in recent.pairs()] == [str(number) for number in range(19, 11, -1)]


@pytest.mark.parametrize("name", ["home", "slice", "basin", "plane", "learn", "inspect", "checkpoints"])
def test_the_results_of_the_real_model_are_shown_where_the_model_is_not_here(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LANDSCAPE_CACHE", str(tmp_path / "empty"))
    app = page(name, base=REAL_PAIR.base, finetune=REAL_PAIR.tuned)
    assert not app.exception
    assert pair_of(app).names == REAL_PAIR.names
    if name == "checkpoints":
        assert any("demo build" in error.value for error in app.error)
    else:
        assert states.figures(app), "what ships is drawn"


def test_home_shows_no_result_of_files_that_have_changed(
    page: Page, store: Store, tmp_path: Path, own_answers: Path
) -> None:
    (folder := tmp_path / "mine").mkdir()
    save(folder, make_model(seed=2))
    spec = SliceSpec(
        checkpoint=str(folder), directions=(Gaussian(seed=0),), alphas=(0.0, 0.1), capabilities=(str(own_answers),)
    )
    run_id = store.submit(spec)
    store.claim("w")
    store.record_content(run_id, "w", content_of(spec))
    states.measure(store, run_id, spec, complete=True)
    store.finish(run_id, "w", "done")
    assert len(states.figures(page("home", base=str(folder), ask=str(own_answers)))) == 1
    save(folder, make_model(seed=3))
    app = page("home", base=str(folder), ask=str(own_answers))
    assert states.figures(app) == []
    assert any(button.label.startswith("Show the landscape") for button in app.button)


def test_an_empty_list_of_capabilities_says_what_is_asked(page: Page) -> None:
    app = page("home")
    next(box for box in app.multiselect if box.label == "Capabilities").set_value([]).run()
    assert "Nothing is chosen, so the usual ones are asked: basic, math, code and safety" in sound(app)
    assert pair_of(app) == DEMO_PAIR


def test_a_comparison_of_trainings_claims_nothing_of_noise_where_nobody_knows_the_training(
    page: Page, checkpoint: Path, tuned: Path
) -> None:
    assert "weight noise" in page("enlarge", base="demo:base", finetune="demo:assistant").subheader[0].value
    assert page("enlarge", base=str(checkpoint), finetune=str(tuned)).subheader[0].value == "Whose basins are wider?"
