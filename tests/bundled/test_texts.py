"""What the model writes along the walk: what ships is what one measures, and small."""

from pathlib import Path

import numpy as np
import pytest

from landscape import assets
from landscape.bundled import specs, texts
from landscape.bundled.texts import SliceTexts, shipped_texts
from landscape.capabilities import examples as capability_examples
from landscape.demo.record_texts import ASKED, TOKENS, record_texts
from landscape.engine.session import Session
from landscape.schema.directions import Gaussian
from landscape.schema.points import Point
from landscape.schema.specs import SliceSpec


def test_the_shipped_walk_is_of_the_slice_that_ships_and_small() -> None:
    kept = shipped_texts()
    assert kept is not None
    assert kept.spec == specs.DEMO_WALK
    assert texts.SHIPPED.stat().st_size < 1e6
    assert set(kept.asked) == set(kept.losses) == set(assets.CAPABILITIES)
    for name, asked in kept.asked.items():
        assert len(asked) == ASKED
        assert kept.losses[name].shape == (len(kept.spec.alphas), 240)
        examples = capability_examples.load(name).examples
        for one in asked:
            assert (one.prompt, one.answer) == (examples[one.index].prompt, examples[one.index].reference)
            assert len(one.texts) == len(one.right) == len(kept.spec.alphas)
            assert one.right[0]


def test_the_texts_and_losses_that_ship_are_what_one_measures() -> None:
    kept = shipped_texts()
    assert kept is not None
    session = Session(kept.spec.frame)
    suites = [capability_examples.load(name) for name in ("basic", "safety")]
    for place in (0, 30, 60):
        point = Point(0, kept.spec.alphas[place])
        measured = session.measure(point, suites)
        for suite in suites:
            found = measured[suite.name]
            assert np.nanmean(found.losses) == pytest.approx(
                kept.losses[suite.name][place].astype(float).mean(), rel=5e-3
            )
            for one in kept.asked[suite.name][:2]:
                assert session.answer(point, one.prompt, TOKENS) == one.texts[place]
                assert bool(found.outcomes[one.index]) == one.right[place]


def test_a_right_text_begins_with_the_answer() -> None:
    """Of an exact example the outcome, taken from one pass, says the same as the text that was really written."""
    kept = shipped_texts()
    assert kept is not None
    for name in ("basic", "math", "code"):
        for one in kept.asked[name]:
            for text, right in zip(one.texts, one.right, strict=True):
                assert (text or "").startswith(one.answer) == right


def test_a_walk_of_any_checkpoint_is_measured_and_read_back(
    checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    spec = SliceSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=1),), alphas=(0.0, 0.05, 3.0), device="cpu",
        capabilities=(str(own_answers),), limit=8,
    )  # fmt: skip
    measured = record_texts(spec)
    measured.save(tmp_path / "walk.json")
    again = SliceTexts.load(tmp_path / "walk.json")
    assert again.asked == measured.asked
    assert again.spec == spec
    assert np.array_equal(again.losses["own"], measured.losses["own"])
    assert again.asked["own"][0].right[0]
    assert again.at(0.06) == 1


def test_a_walk_goes_along_one_direction() -> None:
    with pytest.raises(ValueError, match="expected one direction to walk along, got 8"):
        record_texts(specs.DEMO_WALK.model_copy(update={"directions": tuple(Gaussian(seed=s) for s in range(8))}))
