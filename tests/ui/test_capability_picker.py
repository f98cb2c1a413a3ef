"""The picker of capabilities: what it offers and chooses as the checkpoint of a form changes."""

from pathlib import Path

import pytest

from tests.ui.forms import capabilities, choose
from tests.ui.states import Page, sound

DEMO = ["basic", "math", "code", "safety"]
FIVE = [f"starter:{name}" for name in ("knowledge", "completion", "arithmetic", "language", "code")]


@pytest.mark.parametrize("name", ["slice", "basin", "plane", "guarantee", "worst", "inspect"])
def test_another_checkpoint_than_a_demo_is_offered_and_asked_the_starter_sets(
    page: Page, checkpoint: Path, name: str
) -> None:
    app = page(name)
    assert capabilities(app).options == DEMO
    app = choose(app, checkpoint)
    assert capabilities(app).value == FIVE
    assert capabilities(app).options == [*FIVE, *DEMO], "what the page shows stays among the options"
    assert "they ask through a chat template" in sound(app)
    assert capabilities(choose(app, "demo:assistant")).value == DEMO


def test_worst_directions_are_searched_for_what_the_checkpoint_is_asked(page: Page, checkpoint: Path) -> None:
    app = choose(page("worst"), checkpoint)
    boxes = {box.label: box.value for box in app.multiselect}
    assert boxes["Search the worst for"] == FIVE
    assert boxes["Also sparing the others"] == boxes["Top eigenvector of"] == []


def test_what_the_user_chose_stays_with_a_sentence(page: Page, checkpoint: Path) -> None:
    app = page("slice")
    capabilities(app).set_value(["math"]).run()
    app = choose(app, checkpoint)
    assert capabilities(app).value == ["math"]
    assert "math asks what the demo models were taught" in sound(app)
