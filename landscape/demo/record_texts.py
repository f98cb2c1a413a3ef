"""Record texts along one direction (at every α all examples are scored and a few are answered), and over a plane."""

import numpy as np

from landscape.bundled.texts import MapAnswers, MapTexts, PromptTexts, SliceTexts
from landscape.checkpoints import compatibility
from landscape.engine.session import Session, load_capabilities
from landscape.planes.grid import axis
from landscape.schema.points import Point
from landscape.schema.specs import PlaneSpec, SliceSpec

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


def record_map(spec: PlaneSpec, lines: int = 33) -> MapTexts:
    """Ask the first example of each capability that θ₀ gets right at `lines` × `lines` points of a plane.

    Raises:
        ValueError: whatever is wrong with the checkpoints or the capabilities.
    """
    compatibility.require_movable(spec)
    session, xs, ys = Session(spec.frame), axis(spec.x, lines), axis(spec.y, lines)
    asked: dict[str, MapAnswers] = {}
    for suite in load_capabilities(spec):
        right = session.measure(Point(0, 0.0), [suite])[suite.name].outcomes
        example = suite.examples[int(np.flatnonzero(right == 1)[0])]
        rows = [[session.answer(Point(0, x, y), example.prompt, TOKENS) or "" for x in xs] for y in ys]
        first = [[text.strip().split("\n")[0] for text in row] for row in rows]
        texts = tuple(dict.fromkeys(text for row in first for text in row))
        at = tuple(tuple(texts.index(text) for text in row) for row in first)
        asked[suite.name] = MapAnswers(example.prompt, (example.reference or "").strip(), texts, at)
    return MapTexts(spec, tuple(xs), tuple(ys), asked)
