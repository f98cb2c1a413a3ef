"""The lessons and the glossary on their pages, without a browser: predictions, progress, one's own run, the words."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import results
from landscape.lessons.course import LESSONS
from landscape.schema.directions import Gaussian
from landscape.schema.specs import AnswerSpec, SliceSpec
from landscape.store.store import Store
from landscape.ui.components.links import unpack
from landscape.ui.components.words import WORDS
from landscape.ui.glossary import TOPICS, anchor, matching_words
from tests.ui.lesson_runs import measured, press
from tests.ui.states import PAIR, Page, bring, figures, sound

NUMBERS = range(1, len(LESSONS) + 1)
OWN = SliceSpec(
    checkpoint="demo:benign",
    directions=(Gaussian(seed=5), Gaussian(seed=6)),
    alphas=(0.0, 0.01, 0.02, 0.03, 0.04),
    capabilities=("math",),
)


def answers(app: AppTest) -> list[str]:
    return [button.label for button in app.button if str(button.key).startswith("option-")]


def alts(app: AppTest) -> list[str]:
    held = [json.loads(c.proto.json) for c in app.get("bidi_component") if "figure" in c.proto.json]
    return [data["alt"] for data in held]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_hides_its_answer_until_something_is_predicted(page: Page, number: int) -> None:
    app = page("learn", lesson=str(number))
    lesson = LESSONS[number - 1]
    result = results.shipped(lesson.shows)
    assert result is not None
    telling = lesson.narrate(result, lesson.choices(result)[0])
    text = sound(app)
    assert f"{number} · {lesson.title}" in text
    assert "Predict first" in text
    assert answers(app) == list(telling.question.options)
    assert telling.question.reveal not in text
    assert alts(app) == [telling.before]
    press(app, f"option-{number}-{telling.question.right}")
    text = sound(app) + "".join(element.value for element in app.success)
    assert "So it is." in text
    assert telling.question.reveal in text
    assert alts(app)[0] == telling.finding
    assert app.query_params["answers"] == f"{number}{'abcd'[telling.question.right]}"
    press(app, f"again-{number}")
    assert answers(app)


def test_a_wrong_prediction_is_told_what_was_measured(page: Page) -> None:
    app = page("learn", lesson="3", answers="3a")
    assert "Measured: math" in sound(app)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_has_a_door_to_explore_the_same_spec(page: Page, number: int) -> None:
    app = page("learn", lesson=str(number))
    (door,) = [link for link in app.get("page_link") if "Explore this" in link.proto.label]
    packed = dict(part.split("=", 1) for part in door.proto.query_string.split("&"))["spec"]
    assert unpack(packed) == LESSONS[number - 1].shows


def test_no_lesson_asks_a_model_for_its_pictures(page: Page, store: Store) -> None:
    for number in NUMBERS:
        sound(page("learn", lesson=str(number), answers="".join(f"{n}a" for n in NUMBERS)))
    assert not store.runs()


def test_progress_is_kept_in_the_address(page: Page) -> None:
    app = page("learn", lesson="2", answers="1b")
    assert "Lesson 2 of 7, 1 predicted" in sound(app)
    press(app, "option-2-0")
    press(app, "next")
    assert app.query_params["lesson"] == "3"
    assert app.query_params["answers"] == "1b2a"
    press(app, "lesson-1")
    assert "Walk out of the basin" in sound(app)
    assert not answers(app)


@pytest.mark.parametrize("query", [{"lesson": "99"}, {"lesson": "x"}, {"answers": "9z1x??"}, {"run": "nothing"}])
def test_a_damaged_address_opens_a_lesson_all_the_same(page: Page, query: dict[str, str]) -> None:
    app = page("learn", **query)
    assert "Predict first" in sound(app)


def test_the_walk_shows_scores_loss_and_texts_at_the_same_alpha(page: Page) -> None:
    app = page("learn", answers="1b")
    slider = app.select_slider[0]
    begun = "".join(element.proto.body for element in app.get("html"))
    assert begun.count("✓ right") == 6
    slider.set_value(0.03).run()
    text = "".join(element.proto.body for element in app.get("html"))
    assert text.count("✗ wrong") > text.count("✓ right")
    assert "At α = 0.030: 27 % of basic right" in figures(app)[0]["layout"]["title"]["text"]
    places = [trace["x"] for trace in figures(app)[0]["data"] if trace["name"] == "you"]
    assert places == [[0.03], [0.03]]


def test_the_threshold_is_the_readers_own(page: Page) -> None:
    app = page("learn", lesson="4", answers="4a")
    before = figures(app)[0]["layout"]["title"]["text"]
    app.select_slider[0].set_value(0.1).run()
    after = figures(app)[0]["layout"]["title"]["text"]
    assert "1 nat " in before
    assert "0.1 nats" in after
    assert before != after


def test_dimensions_are_a_slider(page: Page) -> None:
    app = page("learn", lesson="2", answers="2a")
    assert len(figures(app)) == 2
    app.select_slider[0].set_value(1_000_000_000).run()
    assert "In 1,000,000,000 dimensions" in alts(app)[1]


def test_a_wider_basin_is_a_slider_and_no_measurement(page: Page) -> None:
    app = page("learn", lesson="7", answers="7c")
    app.select_slider[0].set_value(50).run()
    title = figures(app)[0]["layout"]["title"]["text"]
    assert "reaches adversarial" in title
    assert "This is the formula" in title


def test_a_finished_run_is_told_and_what_it_lacks_is_said(page: Page, store: Store) -> None:
    run = measured(store, OWN, [1.0, 1.0, 0.9, 0.5, 0.0])
    told = {1: True, 2: True, 3: False, 4: True, 5: False, 6: False, 7: False}
    for number, own in told.items():
        text = sound(page("learn", lesson=str(number), run=run, answers=f"{number}a"))
        assert (f"This lesson shows run {run}, around benign" in text) == own, number
        assert ("does not have what this lesson needs" in text) == (not own), number
    text = sound(page("learn", run=run, answers="1a"))
    assert "math begins with 100 % of 20 answers right" in text
    app = page("learn", lesson="4", run=run, answers="4a")
    app.select_slider[0].set_value(0.1).run()
    assert "100 % of the answers of math lie below 0.1 nats" in figures(app)[0]["layout"]["title"]["text"]


def test_a_run_that_is_not_finished_or_has_no_points_is_not_told(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for run in (bring(store, OWN, "queued", monkeypatch), bring(store, PAIR, "queued", monkeypatch)):
        assert f"no finished run {run.id}" in sound(page("learn", run=run.id))


def test_finished_runs_are_offered_and_the_runs_page_leads_here(page: Page, store: Store) -> None:
    run = measured(store, OWN, [1.0, 1.0, 0.9, 0.5, 0.0])
    app = page("learn", lesson="2")
    (box,) = [box for box in app.selectbox if box.label == "Run"]
    assert box.options[1] == f"slice around benign, run {run}"
    box.select_index(1).run()
    assert app.query_params["run"] == run
    assert app.query_params["lesson"] == "2"


def test_ones_own_prompt_is_answered_where_one_stands(page: Page, store: Store) -> None:
    app = page("learn", answers="1b")
    app.select_slider[0].set_value(0.02).run()
    app.text_area("learn-prompt").set_value("The capital of").run()
    (ask,) = [button for button in app.button if button.label == "Ask here"]
    ask.click().run()
    (run,) = store.runs()
    assert isinstance(run.spec, AnswerSpec)
    assert (run.spec.checkpoint, run.spec.at, run.spec.prompt) == ("demo:assistant", (0.02,), "The capital of")
    assert run.spec.directions == (Gaussian(seed=0),)
    assert "Asking the model" in sound(app)
    store.claim("w")
    store.finish(run.id, "w", "done", artifact={"here": " of of of", "origin": " Kenya is Nairobi.\n"})
    app.run()
    assert [code.value for code in app.code][:2] == [" of of of", " Kenya is Nairobi."]
    app.selectbox("learn-checkpoint").set_value("demo:base").run()
    (ask,) = [button for button in app.button if button.label == "Ask here"]
    ask.click().run()
    assert {run.spec.checkpoint for run in store.runs()} == {"demo:assistant", "demo:base"}  # type: ignore[union-attr]


def test_a_model_s_text_is_shown_as_text(page: Page) -> None:
    from landscape.bundled.texts import PromptTexts
    from landscape.ui.learn.texts import _table

    shown = _table([PromptTexts(0, "<b>User</b>", "x", ("<script>alert(1)</script>",), (False,))], 0)
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "&lt;b&gt;" in shown


def test_the_lecturers_view_is_one_slide_and_nothing_else(page: Page) -> None:
    app = page("learn", lecture="1", lesson="3")
    sound(app)
    shortcuts = {button.key: button.proto.shortcut for button in app.button}
    assert (shortcuts["back"].lower(), shortcuts["next"].lower()) == ("left", "right")
    assert not app.expander
    assert not [button for button in app.button if str(button.key).startswith("lesson-")]
    press(app, "next")
    assert (app.query_params["lesson"], app.query_params["lecture"]) == ("4", "1")
    press(app, "leave-lecture")
    assert "lecture" not in app.query_params
    assert all(not button.proto.shortcut for button in app.button)
    press(app, "lecture")
    assert app.query_params["lecture"] == "1"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_slide_asks_the_same_and_answers_in_short(page: Page, number: int) -> None:
    app = page("learn", lecture="1", lesson=str(number))
    lesson = LESSONS[number - 1]
    result = results.shipped(lesson.shows)
    assert result is not None
    telling = lesson.narrate(result, lesson.choices(result)[0])
    assert telling.gist in sound(app)
    assert answers(app) == list(telling.question.options)
    wrong = next(option for option in range(4) if option != telling.question.right)
    press(app, f"option-{number}-{wrong}")
    text = sound(app)
    assert telling.question.options[telling.question.right] in text
    assert telling.question.short in text
    assert telling.question.reveal not in text or telling.question.reveal == telling.question.short
    assert len(telling.question.short) < 260
    assert len(telling.gist) < 200


def test_a_lecture_ends_with_what_one_can_say_now(page: Page) -> None:
    app = page("learn", lecture="1", lesson="7", answers="7c")
    press(app, "next")
    assert "A **basin** is" in sound(app)
    assert app.query_params["lesson"] == "8"
    press(app, "leave-lecture")
    assert app.query_params["lesson"] == "7"


def test_the_method_card_is_on_both_pages(page: Page) -> None:
    for name in ("learn", "glossary"):
        text = sound(page(name))
        assert "Two of a billion dimensions" in text
        assert "Demo models are small" in text


# --- glossary -----------------------------------------------------------------------------------------------------


def test_every_help_text_has_its_place_in_the_glossary() -> None:
    placed = [key for entries in TOPICS.values() for key in entries.values()]
    assert sorted(placed) == sorted(WORDS), sorted(set(placed) ^ set(WORDS))
    names = [name for entries in TOPICS.values() for name in entries]
    assert len({anchor(name) for name in names}) == len(names)


def test_the_glossary_shows_the_texts_of_the_help_marks(page: Page) -> None:
    app = page("glossary")
    sound(app)
    text = "".join(element.proto.body for element in app.get("html"))
    assert WORDS["score"] in text
    assert 'id="word-certified-radius"' in text
    assert text.count("<dt ") == len(WORDS)


def test_the_glossary_finds_a_word_and_says_when_there_is_none(page: Page) -> None:
    app = page("glossary", q="needle")
    text = "".join(element.proto.body for element in app.get("html"))
    assert 0 < text.count("<dt ") < 5
    assert "hundreds of times nearer" in text
    assert "No word here holds “qqq”" in sound(page("glossary", q="qqq"))
    assert matching_words("α")["The idea"]["α"] == "α"


def test_words_of_the_pages_are_written_without_exclamation() -> None:
    files = [
        *Path("landscape/lessons").glob("*.py"),
        Path("landscape/ui/components/words.py"),
        *Path("pages").glob("learn.py"),
    ]
    for file in files:
        assert not re.search(r"[a-z]!", file.read_text().replace("!r}", "")), file


def test_the_last_lesson_ends_with_what_one_can_say_now(page: Page) -> None:
    text = sound(page("learn", lesson="7", answers="7c"))
    for word in (
        "A **basin** is",
        "**several**",
        "**nested**",
        "**Random damage**",
        "**Chosen damage**",
        "**Guaranteed**",
    ):
        assert word in text
    assert "A **basin** is" not in sound(page("learn", lesson="7"))
