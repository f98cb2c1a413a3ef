"""A point of a slice, of basins and of worst directions: what is lost there, and what the model says there."""

import pytest

from landscape.bundled import results, specs
from landscape.inspection.examples.at_point import flips_at, rows_along
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.specs import AnswerSpec, BasinSpec
from landscape.store.store import Store
from landscape.ui.examples import place
from landscape.ui.examples.ask import question
from tests.ui.states import Page, links, sound

SHIPPED = {"slice": specs.DEMO_SPEC, "basin": specs.DEMO_BASIN, "worst": specs.DEMO_WORST}
PROMPT = "User: What is 1 + 1?\nAssistant:"


def farthest(name: str, direction: int) -> float:
    shipped = results.shipped(SHIPPED[name])
    assert shipped is not None
    return float(rows_along(shipped, direction)["alpha"].max())


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_lost_at_a_point_is_listed_and_the_address_keeps_it(page: Page, name: str) -> None:
    shipped, far = results.shipped(SHIPPED[name]), farthest(name, 0)
    app = page(name, at=f"0:{far:.10g}", prompt=PROMPT)
    text = sound(app)
    assert f"Lost at α = {far:.4g}, random, seed 0" in text
    found = flips_at(shipped, Point(0, far))
    (table,) = [one.value for one in app.dataframe if "prompt" in one.value]
    assert len(table) == sum(len(one.flips) for one in found or ())
    assert all(one.text in text for one in found or () if one.flips)
    for part in (f"at=0%3A{far:.10g}", "prompt=User"):
        assert part in links(app)


@pytest.mark.parametrize("name", SHIPPED)
def test_at_theta_0_nothing_is_lost_and_nothing_is_asked_on_arrival(page: Page, store: Store, name: str) -> None:
    text = sound(page(name))
    assert "This is θ₀ itself" in text
    assert "Not asked here yet" in text
    assert "at=" not in text
    assert store.runs() == []


@pytest.mark.parametrize("at", ["rubbish", "99:0.01", "0:nan", "0,0.01", "1e99:3", "-1:0.01", "0:1e99"])
def test_a_damaged_place_is_a_measured_one(page: Page, at: str) -> None:
    sound(page("slice", at=at))


def test_one_press_asks_there_and_the_fine_tune_and_the_answers_stay(page: Page, store: Store) -> None:
    spec, far = specs.DEMO_SPEC, farthest("slice", 0)
    shipped = results.shipped(spec)
    assert shipped is not None
    app = page("slice", at=f"0:{far:.10g}", prompt=PROMPT)
    (button,) = [one for one in app.button if one.label == "Ask here"]
    button.click().run()
    asked = [run.spec for run in store.runs() if isinstance(run.spec, AnswerSpec)]
    tuned = place.fine_tunes(shipped)["demo:assistant"]
    assert set(asked) == {question(spec, Point(0, far), PROMPT), question(spec, tuned, PROMPT)}
    assert [(one.directions, one.at) for one in asked if isinstance(one.directions[0], Gaussian)] == [
        ((Gaussian(seed=0),), (far,))
    ]
    aimed = next(one for one in asked if isinstance(one.directions[0], Towards))
    assert aimed.at == (shipped.facts.alpha_of["demo:assistant"],)  # type: ignore[union-attr]
    for run in store.runs():
        store.claim("w", run_id=run.id)
        said = {"here": "the fine-tune's" if run.spec == aimed else "<b>here</b>", "origin": "of θ₀"}
        store.finish(run.id, "w", "done", artifact=said)
    app = page("slice", at=f"0:{far:.10g}", prompt=PROMPT)
    text = sound(app)
    assert "The fine-tune, assistant" in text
    written = [code.value for code in app.code if "http" not in code.value]
    assert written == ["<b>here</b>", "of θ₀", "the fine-tune's"]


def test_several_fine_tunes_are_chosen_from(page: Page) -> None:
    app = page("basin", at="0:0.01", beside="demo:adversarial")
    sound(app)
    (chosen,) = [one for one in app.button_group if one.label == "And the fine-tune"]
    assert chosen.value == "demo:adversarial"
    assert "beside=demo%3Aadversarial" in links(app)


def test_a_click_on_a_ring_means_the_direction_of_its_angle() -> None:
    one_sided = specs.DEMO_BASIN
    names = place.angles_of(one_sided)
    for index, direction in enumerate(one_sided.directions):
        angle = names[place.label_of(direction), place.seed_of(direction)]
        assert place.of_angle(one_sided, 0.01, angle + 2) == Point(index, 0.01)
    both = BasinSpec(
        checkpoint="base",
        directions=(Gaussian(seed=0), Gaussian(seed=1)),
        capabilities=("basic",),
        reach=1,
        both_signs=True,
    )
    angles = place.angles_of(both)
    assert place.of_angle(both, 0.01, angles["gaussian", 1]) == Point(1, 0.01)
    assert place.of_angle(both, 0.01, angles["gaussian", 1] + 180) == Point(1, -0.01)


def test_lines_of_the_needle_say_which_direction_they_are() -> None:
    from landscape.figures.worst.curves import CurveOptions, needle_figure
    from landscape.worst.boundaries import worst_boundaries

    shipped = results.shipped(specs.DEMO_WORST)
    assert shipped is not None
    figure = needle_figure(shipped, "safety", worst_boundaries(shipped, 0.05), [], 0.05, CurveOptions(others=True))
    directions = shipped.spec.directions
    for trace in figure.data:
        if trace.meta is not None and trace.name:
            label = place.direction_text(directions[trace.meta])
            assert ("random" in trace.name) == ("random" in label)
            assert ("towards" in trace.name) == ("towards" in label)
    assert {trace.meta for trace in figure.data} > set(range(len(directions) - 2))
