"""Whose landscape the lessons tell: the pair's where it is measured, else the demo's, and one press measures the rest."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import results, specs
from landscape.bundled.lesson_specs import FINE_TUNED, LOOKS, is_of_lessons, lesson_specs
from landscape.bundled.pair_specs import DEMO_PAIR, REAL_PAIR
from landscape.bundled.pairs import Pair, closeness
from landscape.bundled.real_specs import REAL_PLANE
from landscape.lessons.course import LESSONS
from landscape.outside.text import markdown
from landscape.runs.estimates import seconds_of
from landscape.runs.measured_content import content_of
from landscape.schema.directions import Gaussian
from landscape.schema.frames import PointSpec
from landscape.schema.parsing import format_duration
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec, SliceSpec
from landscape.store.store import Store
from landscape.ui.components.links import unpack
from landscape.ui.learn.measuring import missing_of
from tests.conftest import make_model, save
from tests.generated import LATE, line_result
from tests.ui.lesson_runs import measured, press
from tests.ui.states import Page, sound

BENIGN = {"base": "demo:base", "finetune": "demo:benign", "ask": "math"}
PAIR = Pair("demo:base", "demo:benign", ("math",))
SENTENCE = "cannot be told of base → benign yet: it shows the demo models instead"


def of_benign(alphas: Iterable[float] = (0.0, 0.01, 0.02, 0.03, 0.04)) -> SliceSpec:
    directions = (Gaussian(seed=5), Gaussian(seed=6))
    return SliceSpec(checkpoint="demo:benign", directions=directions, alphas=tuple(alphas), capabilities=("math",))


def buttons(app: AppTest) -> list[str]:
    return [str(button.label) for button in app.button if button.key == "measure"]


def test_every_lesson_has_a_spec_about_the_pair_and_those_that_can_share_one() -> None:
    for look in LOOKS:
        found = lesson_specs(PAIR, look)
        assert list(found) == ["out", "flat", "alike", "nested", "needle", "paths", "promise"]
        assert {spec.kind for spec in found.values()} == {"slice", "basin", "worst", "plane", "certificate"}
        assert len(set(found.values())) == 5
        for lesson in LESSONS:
            spec = found[lesson.name]
            assert spec.kind == lesson.kinds[0]
            assert closeness(spec, PAIR) >= 2
            assert spec.limit == look.limit
            assert is_of_lessons(spec, PAIR)
    alone = lesson_specs(Pair("demo:benign", "", ("math",)))
    assert {lesson.name for lesson in LESSONS} - alone.keys() == set(FINE_TUNED)


def test_a_worst_direction_is_searched_for_what_the_model_has() -> None:
    pair = Pair("demo:base", "demo:benign", ("code", "math", "basic"))
    for held, aimed in (((), "code"), (("math", "basic"), "math"), (("nothing",), "code")):
        assert lesson_specs(pair, held=held)["needle"].capabilities == (aimed,)


def test_what_other_pages_measure_is_not_of_the_lessons() -> None:
    assert not is_of_lessons(of_benign(), PAIR)
    certificate = lesson_specs(PAIR)["promise"]
    assert is_of_lessons(certificate.model_copy(update={"sigmas": (0.1, 0.2)}), PAIR)
    assert not is_of_lessons(certificate.model_copy(update={"trials": 77}), PAIR)


def test_lessons_are_told_of_the_pair_where_it_is_measured_and_of_the_demo_elsewhere(page: Page, store: Store) -> None:
    run = measured(store, of_benign(), [1.0, 1.0, 0.9, 0.5, 0.0])
    own = {"out": True, "flat": True, "needle": False, "paths": False, "promise": False}
    for number, lesson in enumerate(LESSONS, 1):
        if lesson.name not in own:
            continue  # every skill has its own basin: of what ships, which holds more than one
        app = page("learn", **BENIGN, lesson=str(number), answers=f"{number}a")
        text = sound(app)
        assert (SENTENCE in text) == (not own[lesson.name]), lesson.name
        (door,) = [link for link in app.get("page_link") if "Explore this" in link.proto.label]
        assert (f"run={run}" in door.proto.query_string) == own[lesson.name], lesson.name


def test_the_latest_run_tells_and_one_of_other_files_does_not(page: Page, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    save(folder, make_model(seed=1))
    spec = of_benign().model_copy(update={"checkpoint": str(folder)})
    measured(store, spec, [1.0, 1.0, 0.9, 0.5, 0.0])  # as version 0.6 wrote them: of what files nobody knows
    query = {"base": str(folder), "ask": "math"}
    assert "cannot be told of mine yet" in sound(page("learn", **query))
    first = measured(store, of_benign(), [1.0, 1.0, 0.9, 0.5, 0.0])
    last = measured(store, of_benign((0.0, 0.01, 0.02, 0.03, 0.05)), [1.0, 1.0, 0.9, 0.5, 0.0])
    app = page("learn", **BENIGN)
    (door,) = [link for link in app.get("page_link") if "Explore this" in link.proto.label]
    assert f"run={last}" in door.proto.query_string
    assert first not in door.proto.query_string


def test_a_walk_is_told_of_the_kind_of_run_that_shows_it_best(page: Page, store: Store) -> None:
    """A search that ships, rather than a later look for a worst direction; and a slice rather than both."""
    app = page("learn", **BENIGN)
    (door,) = [link for link in app.get("page_link") if "Explore this" in link.proto.label]
    packed = dict(part.split("=", 1) for part in door.proto.query_string.split("&"))["spec"]
    assert unpack(packed).kind == "basin"
    run = measured(store, of_benign(), [1.0, 1.0, 0.9, 0.5, 0.0])
    app = page("learn", **BENIGN)
    (door,) = [link for link in app.get("page_link") if "Explore this" in link.proto.label]
    assert f"run={run}" in door.proto.query_string


def test_one_press_queues_what_all_lessons_lack_and_shows_how_far_it_is(page: Page, store: Store) -> None:
    app = page("learn", **BENIGN)
    told = dict.fromkeys(lesson.name for lesson in LESSONS)
    shipped = {"out", "alike", "nested", "flat"}  # of benign a search ships
    wanted = {name: spec for name, spec in lesson_specs(PAIR).items() if name not in shipped}
    missing = missing_of(store, PAIR, {**told, **dict.fromkeys(shipped, _told())})
    assert {spec.kind for spec in missing.specs} == {spec.kind for spec in wanted.values()}
    assert missing.seconds == pytest.approx(sum(seconds_of(spec, store)[0] for spec in missing.specs))
    assert buttons(app) == [f"Measure what the lessons need · {format_duration(missing.seconds)}"]
    press(app, "measure")
    assert sorted(run.kind for run in store.runs()) == ["certificate", "plane", "worst"]
    text = sound(app)
    assert "Measuring for the lessons" in text
    assert "2 more to go" in text
    assert not buttons(app)
    assert all(run.spec.sigmas != (1.0,) for run in store.runs() if isinstance(run.spec, CertificateSpec))
    press(app, "cancel-lessons")
    assert {run.status for run in store.runs()} == {"cancelled"}
    assert buttons(app), "they can be resumed"


def _told() -> object:
    from landscape.ui.learn.telling import Told

    return Told(line_result({"math": [LATE]}), "k", ["math"])


def test_of_the_demo_pair_nothing_is_to_be_measured(page: Page) -> None:
    app = page("learn", base="demo:base", finetune="demo:assistant")
    assert not buttons(app)
    assert "cannot be told" not in sound(app)


def test_a_pair_without_a_fine_tune_says_which_lessons_need_one(page: Page, store: Store) -> None:
    app = page("learn", base="demo:benign", ask="math")
    press(app, "measure")
    assert {run.kind for run in store.runs()} == {"worst"}
    for run in store.runs():
        store.claim("w")
        store.finish(run.id, "w", "failed", error="there are too few examples")
    app = page("learn", base="demo:benign", ask="math", lesson="6")
    assert "there are too few examples" in "".join(each.value for each in app.error)
    assert "cannot be told of benign yet" in sound(app)
    assert buttons(app)


def test_whose_landscape_is_told_is_chosen_at_the_top(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_real = results.shipped(specs.DEMO_PLANE)
    assert measured_real is not None
    real = Result(REAL_PLANE, measured_real.rows, measured_real.facts)
    known = results.shipped
    monkeypatch.setattr(results, "shipped", lambda spec: real if spec == REAL_PLANE else known(spec))
    app = page("learn", **BENIGN, lesson="5")
    (control,) = [each for each in app.segmented_control if each.label == "Landscape of"]
    assert control.value == ""
    assert [option.content for option in control.proto.options] == [
        "base → benign", "base → assistant", markdown(REAL_PAIR.text),
    ]  # fmt: skip
    assert SENTENCE in sound(app)
    control.set_value("demo").run()
    assert app.query_params["of"] == "demo"
    assert SENTENCE not in sound(app)
    assert not buttons(app), "nothing of the reader's pair is measured while the demo is looked at"
    assert "base → benign" in sound(page("learn", **BENIGN, lesson="5", of="nothing"))


def test_a_demo_pair_has_nothing_to_choose_until_the_showcase_ships(page: Page) -> None:
    app = page("learn", base=DEMO_PAIR.base, finetune=DEMO_PAIR.tuned)
    ships = any(results.shipped(spec) is not None for spec in specs.showcase_specs().values())
    assert bool([each for each in app.segmented_control if each.label == "Landscape of"]) == ships


def test_a_spec_that_was_measured_and_tells_nothing_is_not_measured_again(store: Store) -> None:
    told = dict.fromkeys(lesson.name for lesson in LESSONS)
    walk = lesson_specs(PAIR)["out"]
    assert walk in missing_of(store, PAIR, told).specs
    _done(store, walk)
    assert walk not in missing_of(store, PAIR, told).specs


def _done(store: Store, spec: PointSpec) -> None:
    run_id = store.submit(spec)
    store.claim("w")
    store.record_content(run_id, "w", content_of(spec))
    store.finish(run_id, "w", "done")
