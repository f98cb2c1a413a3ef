"""What a worst-case run measures after its search of boundaries."""

from landscape.schema.directions import Direction, Gaussian, Towards, Worst
from landscape.schema.points import Known, Point
from landscape.schema.results import Facts
from landscape.schema.specs import WorstSpec
from landscape.worst.points import at_equal_norm, next_step, projection_alpha

DIRECTIONS: tuple[Direction, ...] = (Gaussian(seed=0), Towards(checkpoint="b"), Worst(capabilities=("math",)))
SPEC = WorstSpec(checkpoint="a", directions=DIRECTIONS, capabilities=("math",), reach=0.1)
FACTS = Facts(
    100, 1.0, {"b": 0.02}, chance={"math": 0.0}, cosines={"towards b": {"worst math": -0.25}, "worst math": {"towards b": -0.25}}
)  # fmt: skip
EDGES = {0: 0.05, 1: 0.03, 2: 0.001}


def score(point: Point) -> float:
    return float(abs(point.alpha) <= EDGES[point.direction])


def test_every_direction_is_measured_at_the_fine_tunes_distance_and_each_worst_one_at_its_shadow() -> None:
    assert at_equal_norm(SPEC, FACTS) == [Point(0, 0.02), Point(1, 0.02), Point(2, 0.02), Point(2, -0.005)]
    assert projection_alpha(FACTS, "towards b", "worst math", 0.02) == -0.005


def test_a_fine_tune_beyond_the_reach_is_not_compared() -> None:
    assert at_equal_norm(SPEC.model_copy(update={"reach": 0.01}), FACTS) == []


def test_the_run_searches_boundaries_first_compares_then_and_ends() -> None:
    known: dict[Point, dict[str, float]] = {}
    order: list[Point] = []
    facts: Known = known
    while (step := next_step(SPEC, FACTS, facts)).points:
        for point, names in step.points:
            assert not set(names) & known.get(point, {}).keys(), "asked twice"
            known.setdefault(point, {})["math"] = score(point)
            order.append(point)
    compared = set(at_equal_norm(SPEC, FACTS))
    assert compared <= set(order)
    assert set(order[-3:]) <= compared
    inside = max(p.alpha for p in order if p.direction == 2 and known[p]["math"] == 1)
    outside = min(p.alpha for p in order if p.direction == 2 and known[p]["math"] == 0 and p.alpha > 0)
    assert inside <= EDGES[2] <= outside
    assert outside - inside <= 0.02 * (inside + outside) / 2
