"""The ranges that forms offer: those of what the page shows, and for another checkpoint what suits its weights."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from landscape.bundled import specs
from landscape.checkpoints.stored.typical_weights import typical_weight
from landscape.schema.default_ranges import is_probed
from landscape.schema.directions import Gaussian
from landscape.schema.specs import CertificateSpec, PlaneSpec, SliceSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.ui.forms import choose, measure
from tests.ui.states import Page, sound


def box(boxes: Any, label: str) -> Any:
    return next(one for one in boxes if one.label == label)


def asked(app: AppTest, store: Store) -> Any:
    """The spec that the form sends off."""
    sound(measure(app))
    return store.runs()[0].spec


@pytest.mark.parametrize(
    ("preset", "count"), [("Quick", 13), ("Standard", 31), ("Full", 101), ("Found by a probe", 33)]
)
def test_a_preset_of_a_slice_has_its_count_and_a_range_that_a_probe_finds(
    page: Page, store: Store, preset: str, count: int
) -> None:
    app = page("slice")
    box(app.selectbox, "Range of α").set_value(preset).run()
    assert f"{count} points from 0 to where everything asked is half lost" in sound(app)
    spec = asked(app, store)
    assert isinstance(spec, SliceSpec)
    assert is_probed(spec)
    assert spec.probed_count == count
    again = page("slice", spec=pack(spec))
    assert box(again.selectbox, "Range of α").value == preset


def test_a_plane_of_another_checkpoint_is_probed_unless_a_range_is_typed(
    page: Page, store: Store, checkpoint: Path, own_answers: Path
) -> None:
    app = page("plane")
    ends = [box(app.text_input, f"Range of {axis}").value for axis in "xy"]
    assert all(":" in text for text in ends), "of what the page shows"
    app = choose(app, checkpoint, "", own_answers)
    assert [box(app.text_input, f"Range of {axis}").value for axis in "xy"] == ["", ""]
    box(app.text_input, "Range of y").set_value("-0.1:0.2").run()
    spec = asked(app, store)
    assert isinstance(spec, PlaneSpec)
    assert (spec.x, spec.y) == ((0.0, 0.0), (-0.1, 0.2))
    assert is_probed(spec)


def test_the_sigmas_of_another_checkpoint_follow_its_weights_unless_they_are_typed(
    page: Page, store: Store, checkpoint: Path, own_answers: Path
) -> None:
    app = choose(page("guarantee"), checkpoint, "", own_answers)
    typical = typical_weight(str(checkpoint))
    assert typical is not None
    assert f"a typical weight ({typical:.3g}): no search of these weights is known" in sound(app)
    spec = asked(app, store)
    assert isinstance(spec, CertificateSpec)
    assert (spec.sigmas[0], spec.sigmas[-1]) == pytest.approx((typical / 1000, typical / 4), rel=0.01)


def test_the_sigmas_of_a_known_model_go_up_to_its_radius(page: Page, store: Store) -> None:
    app = page("guarantee", spec=pack(specs.DEMO_CERTIFICATE))
    box(app.text_input, "σ of the noise").set_value("").run()
    assert "that an earlier search of these weights found; seed 1 draws the noise" in sound(app)
    spec = asked(app, store)
    assert isinstance(spec, CertificateSpec)
    assert spec.directions[0] == Gaussian(seed=1)
    assert 0.01 < spec.sigmas[-1] < 0.06


@pytest.mark.parametrize("name", ["basin", "plane"])
def test_a_text_which_has_no_score_is_searched_by_its_loss(page: Page, tmp_path: Path, name: str) -> None:
    story = tmp_path / "story.txt"
    story.write_text("Once there was a hare and a tortoise, and the hare ran first. " * 30)
    app = page(name)
    app = choose(app, "demo:assistant", "", story)
    assert "Nothing that is asked has a score: a search goes by the loss." in sound(app)
    assert box(app.number_input, "Tolerance τ, nats").value == 0.1
