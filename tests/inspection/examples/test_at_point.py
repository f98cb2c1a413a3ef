"""Which examples are lost at a point of a result: those of the stored outcomes, in every kind of result."""

import json
from pathlib import Path

import numpy as np
import pytest

from landscape.bundled import results, specs
from landscape.inspection.examples.at_point import flips_at, rows_along
from landscape.inspection.examples.flips import UNREADABLE
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec, SliceSpec

N = 6


def row(alpha: float, outcomes: list[int], **where: object) -> dict[str, object]:
    losses = (1 - np.array(outcomes)).astype(np.float32) * np.arange(1, N + 1, dtype=np.float32)
    return {"alpha": alpha, "realised_alpha": alpha, "capability": "own", "score": float(np.mean(outcomes)), "loss": 0.1,
            "n": N, "seconds": 0.1, "outcomes": np.array(outcomes, np.uint8), "losses": losses, **where}  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.jsonl"
    file.write_text("\n".join(json.dumps({"prompt": f"{i} =", "answer": f" {i}"}) for i in range(N)))
    return file


@pytest.fixture
def line(own: Path) -> Result[SliceSpec]:
    """Two draws and a way to a fine-tune; the second draw loses examples 1 and 4, the way loses 0 and wins 5."""
    spec = SliceSpec(
        checkpoint="base", directions=(Gaussian(seed=0), Gaussian(seed=1), Towards(checkpoint="tuned")), alphas=(0.0, 0.1),
        capabilities=(str(own),),
    )  # fmt: skip
    rows = [
        row(0.0, [1, 1, 1, 1, 1, 0], direction="gaussian", seed=0),
        row(0.1, [1, 1, 1, 1, 1, 0], direction="gaussian", seed=0),
        row(0.1, [1, 0, 1, 1, 0, 0], direction="gaussian", seed=1),
        row(0.1, [0, 1, 1, 1, 1, 1], direction="towards tuned", seed=None),
    ]
    return Result(spec, tidy(spec, rows), Facts(10, 1.0, {"tuned": 0.1}))


@pytest.mark.parametrize(("direction", "expected"), [
    (0, []), (1, [(4, "lost"), (1, "lost")]), (2, [(0, "lost"), (5, "won")]),
])  # fmt: skip
def test_a_point_of_a_line_has_the_flips_of_its_own_direction(
    line: Result[SliceSpec], direction: int, expected: list[tuple[int, str]]
) -> None:
    found = flips_at(line, Point(direction, 0.1))
    assert found is not None
    (own,) = found
    assert [(flip.index, flip.change) for flip in own.flips] == expected
    assert own.n == N
    assert [flip.example.prompt for flip in own.flips if flip.example] == [f"{index} =" for index, _ in expected]
    assert sorted(set(rows_along(line, direction)["alpha"])) == [0, 0.1]
    origin = line.row_at_origin("own")["score"]
    assert (own.lost - own.won) / own.n == pytest.approx(origin - rows_along(line, direction).iloc[-1]["score"])


def test_where_nothing_was_measured_nobody_can_tell(line: Result[SliceSpec]) -> None:
    assert flips_at(line, Point(0, 0.05)) is None
    line.rows["outcomes"] = None
    assert flips_at(line, Point(0, 0.1)) is None


def test_examples_that_changed_since_are_counted_and_not_shown(line: Result[SliceSpec], own: Path) -> None:
    found = flips_at(line, Point(1, 0.1), {str(own): "another digest"})
    assert found is not None
    assert (found[0].lost, found[0].lacking, found[0].flips[0].example) == (2, UNREADABLE, None)


def test_a_point_of_a_plane_is_found_by_both_coordinates(own: Path) -> None:
    spec = PlaneSpec(
        checkpoint="base", directions=(Gaussian(seed=0), Gaussian(seed=1)), x=(-1, 1), y=(-1, 1), grid=3, capabilities=(str(own),)
    )  # fmt: skip
    rows = [
        row(0, [1] * N, x=0.0, y=0.0), row(0, [1] * 5 + [0], x=1.0, y=-1.0), row(0, [0] * N, x=1.0, y=1.0),
    ]  # fmt: skip
    result = Result(spec, tidy(spec, rows), Facts(10, 1.0))
    lost = {y: flips_at(result, Point(0, 1.0, y)) for y in (-1.0, 1.0)}
    assert {y: found[0].lost for y, found in lost.items() if found} == {-1.0: 1, 1.0: N}


def test_of_the_shipped_results_of_lines_every_point_says_which_examples_are_lost() -> None:
    shipped = results.shipped(specs.DEMO_BASIN)
    assert shipped is not None
    for direction in (0, len(shipped.spec.directions) - 1):
        along = rows_along(shipped, direction)
        far = float(along["alpha"].max())
        found = {one.capability: one for one in flips_at(shipped, Point(direction, far)) or ()}
        for name, one in found.items():
            here = along[(along["alpha"] == far) & (along["capability"] == name)].iloc[0]
            before = shipped.row_at_origin(name)
            scored = (here["outcomes"] != 255) & (before["outcomes"] != 255)
            change = before["outcomes"][scored].mean() - here["outcomes"][scored].mean()
            assert (one.lost - one.won) / one.n == pytest.approx(change)
