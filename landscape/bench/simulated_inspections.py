"""How often the rules of an inspection are wrong, measured on simulated pairs whose truth is known."""

import numpy as np

from landscape.basins.boundaries import Radius, radius_of, ray_ends
from landscape.basins.radii import Basin
from landscape.basins.standings import Standing
from landscape.bench.simulated_rays import RESAMPLES, Rays
from landscape.inspection.basin_rules import judge_barrier, judge_headroom, judge_inside
from landscape.inspection.evidence import Evidence
from landscape.inspection.rules import judge_score
from landscape.intervals import dropped_by_more_than
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.frames import TOLERANCE
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec, Thresholds

PAIR = InspectionSpec(checkpoint="base", other="tuned", capabilities=("math",))
DRAWS = 8  # random directions, as an inspection takes them
WAY = 5  # points of the straight way, both ends included


def passes_as_inside(rays: Rays, examples: int, times: float, runs: int) -> tuple[float, float]:
    """In which share of runs a fine-tune at so many times the true radius passes as inside, and did by the median."""
    found = [_radius(rays, examples, run) for run in range(runs)]
    alpha = times * rays.radius
    spec = BasinSpec(checkpoint="base", directions=(Gaussian(seed=0),), capabilities=("math",), reach=1.0)
    around = Evidence(parts={"base basin": Result(spec, tidy(spec, []), Facts(1, 1.0, {"tuned": alpha}))})
    judged = [next(judge_inside(PAIR, around, _basin(radius))).outcome == "pass" for radius in found]
    return float(np.mean(judged)), float(np.mean([alpha <= radius.median for radius in found]))


def warns_of_headroom(rays: Rays, examples: int, share: float, runs: int) -> tuple[float, float]:
    """In which share of runs a fine-tune whose radius is so large a share of the base's warns, and did by the ratio."""
    limits = Thresholds()
    pairs = [(_radius(rays, examples, run), _radius(rays, examples, run + runs, share)) for run in range(runs)]
    judged = [next(judge_headroom(limits, _basin(base), _basin(tuned))).outcome == "warn" for base, tuned in pairs]
    formerly = [tuned.median < limits.min_headroom * base.median for base, tuned in pairs]
    return float(np.mean(judged)), float(np.mean(formerly))


def warns_of_a_barrier(examples: int, fall: float, runs: int) -> tuple[float, float]:
    """In which share of runs a way on which the middle scores lower by `fall` warns, and did by the lowest score.

    Each point answers 80 % of the examples rightly, independently of the others.
    """
    limit, now, before = PAIR.thresholds.max_barrier, [], []
    for run in range(runs):
        shares = 0.8 - fall * (np.arange(WAY) == WAY // 2)
        right = np.random.default_rng([8, run]).random((WAY, examples)) < shares[:, None]
        (finding,) = judge_barrier(PAIR, Evidence(parts={"way": _way(right)}), "math")
        now.append(finding.outcome == "warn")
        scores = right.mean(axis=1)
        before.append(min(scores[0], scores[-1]) - scores[1:-1].min() > limit)
    return float(np.mean(now)), float(np.mean(before))


def fails_or_passes(examples: int, runs: int) -> tuple[float, float]:
    """In which shares of runs a score that truly fell by exactly the limit fails, and passes."""
    limits, outcomes = Thresholds(), []
    for lost, gained, _ in np.random.default_rng(9).multinomial(examples, [0.07, 0.02, 0.91], size=runs).tolist():
        before, after = np.ones(examples), np.ones(examples)
        after[:lost], before[lost : lost + gained] = 0, 0
        drop = dropped_by_more_than(before, after, limits.max_drop)
        stands = (Standing(float(one.mean()), examples, examples, 0.0) for one in (before, after))
        outcomes.append(judge_score(limits, drop, *stands).outcome)
    return float(np.mean([o == "fail" for o in outcomes])), float(np.mean([o in ("pass", "warn") for o in outcomes]))


def _radius(rays: Rays, examples: int, run: int, size: float = 1.0) -> Radius:
    rng = np.random.default_rng([7, run])
    curves = rays.drawn(rng, rng.standard_normal(DRAWS), examples, size)
    return radius_of(ray_ends(curves, TOLERANCE, rng, resamples=RESAMPLES), rng)


def _basin(radius: Radius) -> Basin:
    return Basin("math", 0.95, radius.examples, (), radius)


def _way(right: np.ndarray) -> Result[SliceSpec]:
    """Outcomes (points, n) at equal steps from the base to the fine-tune."""
    spec = SliceSpec(
        checkpoint="base", directions=(Towards(checkpoint="tuned"),), alphas=(0.0,), capabilities=("math",)
    )
    rows = [
        {"direction": "towards tuned", "seed": None, "alpha": place / (len(right) - 1), "realised_alpha": 0.0,
         "capability": "math", "score": each.mean(), "loss": 0.1, "n": len(each), "seconds": 0.0,
         "outcomes": each.astype(np.uint8)}
        for place, each in enumerate(right)
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(1, 1.0, {"tuned": 1.0}, chance={"math": 0.0}))
