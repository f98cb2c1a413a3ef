"""Record texts along one direction: at every α all examples are scored and a few are answered in text."""

import numpy as np

from landscape.bundled.texts import PromptTexts, SliceTexts
from landscape.checkpoints import compatibility
from landscape.engine.session import Session, load_capabilities
from landscape.schema.points import Point
from landscape.schema.specs import SliceSpec

ASKED = 6  # prompts of each capability
TOKENS = 16  # of a text: no answer of the demo models is longer


def record_texts(spec: SliceSpec) -> SliceTexts:
    """Measure a slice of one direction, example by example, with texts for the first examples that θ₀ gets right.

    Raises:
        ValueError: several directions, or whatever is wrong with the checkpoint or the capabilities.
    """
    if len(spec.directions) != 1:
        raise ValueError(f"expected one direction to walk along, got {len(spec.directions)}")
    compatibility.require_movable(spec)
    session, suites = Session(spec.frame), load_capabilities(spec)
    measured = [session.measure(Point(0, alpha), suites) for alpha in spec.alphas]
    asked: dict[str, list[PromptTexts]] = {}
    for suite in suites:
        outcomes = np.stack([point[suite.name].outcomes for point in measured])
        for index in np.flatnonzero(outcomes[0] == 1)[:ASKED]:
            example, right = suite.examples[index], tuple(bool(one) for one in outcomes[:, index])
            texts = tuple(session.answer(Point(0, alpha), example.prompt, TOKENS) for alpha in spec.alphas)
            one = PromptTexts(int(index), example.prompt, example.reference or "", texts, right)
            asked.setdefault(suite.name, []).append(one)
    losses = {s.name: np.stack([point[s.name].losses for point in measured]).astype(np.float16) for s in suites}
    return SliceTexts(spec, asked, losses)
