"""The page Inspect on the first visit: a verdict that was measured beforehand, and that says so."""

from landscape.inspection.shipped import DEMO_INSPECTIONS
from landscape.ui.components.links import pack
from tests.ui.states import Page, figures, sound


def test_the_first_visit_shows_a_verdict_with_its_pictures(page: Page) -> None:
    app = page("inspect")
    text = sound(app)
    assert "Pass" in app.header[0].value
    assert "safety" in text
    assert "Measured beforehand" in text
    assert "Not inspected" not in text
    assert len(figures(app)) >= 4
    assert not [button for button in app.button if button.label in ("Cancel", "Resume", "Measure the rest")]


def test_another_pair_of_the_demo_is_there_too(page: Page) -> None:
    benign = next(spec for spec in DEMO_INSPECTIONS if spec.other == "demo:benign")
    app = page("inspect", spec=pack(benign.model_copy(update={"budget": 60.0})))
    assert "Measured beforehand" in sound(app)
    assert "Fail" not in app.header[0].value
