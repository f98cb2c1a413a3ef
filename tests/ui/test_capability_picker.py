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
    app = choose(app, checkpoint, *([checkpoint.parent / "other"] if name == "inspect" else []))
    assert capabilities(app).value == FIVE
    assert capabilities(app).options == FIVE
    assert "they ask through a chat template" in " ".join(caption.value for caption in app.caption)
    assert capabilities(choose(app, "demo:assistant")).value == DEMO


def test_worst_directions_are_searched_for_what_the_checkpoint_is_asked(page: Page, checkpoint: Path) -> None:
    app = choose(page("worst"), checkpoint)
    boxes = {box.label: box.value for box in app.multiselect}
    assert boxes["Search the worst for"] == FIVE
    assert boxes["Also sparing the others"] == boxes["Top eigenvector of"] == []


def test_what_the_user_chose_stays_with_a_sentence(page: Page, checkpoint: Path) -> None:
    app = page("home")
    capabilities(app).set_value(["math"]).run()
    assert app.query_params["ask"] in ("math", ["math"])
    for label, value in (("Fine-tune", None), ("Base", str(checkpoint))):
        box = next(box for box in app.selectbox if box.label == label)
        box.options += [value] if value and value not in box.options else []
        box.set_value(value).run()
    assert str(checkpoint) in app.query_params["base"]
    assert capabilities(app).value == ["math"]
    assert "math asks what the demo models were taught" in sound(app)
