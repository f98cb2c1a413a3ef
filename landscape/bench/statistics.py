"""How often the statistical statements of Landscape are right, measured by simulation where the truth is known."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from landscape.bench import simulated_inspections
from landscape.bench.simulated_rays import Rays, claimed, covered
from landscape.intervals import clopper_pearson, dropped_by_more_than, mean_change, rejected

EXAMPLES_DECIDE = Rays(0.05, 0.3, 0.1)  # rays agree, and examples are hard on all of them alike
DIRECTIONS_DECIDE = Rays(0.3, 0.2, 0.2)  # rays differ more than examples do
FEW_LOSE = Rays(0.05, 0.7, 0.1)  # of losses: a few examples rise far more than the rest, along all rays


@dataclass(frozen=True)
class Measured:
    """One statement in one setting: the share of runs that it promises, and the share that was measured.

    `formerly` is what version 0.6 did in the same runs; None where it did the same.
    """

    statement: str
    setting: str
    promised: str
    share: float
    runs: int
    formerly: float | None = None


def statistics(runs: int) -> Iterator[Measured]:
    """Every statement in every setting, as it is measured. `runs` is for those of rays; cheaper ones take more."""
    yield from _drops(20 * runs)
    yield from _shares(20 * runs)
    yield from _looks(2 * runs)
    yield from _changes(2 * runs)
    yield from _radii(runs)
    yield from _radii_by_loss(runs)
    yield from _orders(runs)
    yield from _verdicts(runs)


def _drops(runs: int) -> Iterator[Measured]:
    """A true drop of exactly the tolerance: how often a test at 5 % says that it is more."""
    said = "a drop beyond τ = 0.05, where it is exactly τ (Tango)"
    for n, regained in ((60, 0.02), (240, 0.0), (240, 0.02), (240, 0.1)):
        cells = [0.05 + regained, regained, 0.95 - 2 * regained]
        pairs, often = np.unique(np.random.default_rng(3).multinomial(n, cells, size=runs), axis=0, return_counts=True)
        p_values = [_drop(lost, gained, n) for lost, gained, _ in pairs.tolist()]
        false = float(often[np.array(p_values) < 0.05].sum()) / runs
        yield Measured(said, f"{n} examples, {regained:.0%} regained", "≤ 5 %", false, runs)


def _drop(lost: int, gained: int, n: int) -> float:
    before, after = np.ones(n), np.ones(n)
    after[:lost], before[lost : lost + gained] = 0, 0
    return dropped_by_more_than(before, after, 0.05).p_value


def _shares(runs: int) -> Iterator[Measured]:
    said = "the 95 % interval of a share of directions holds it (Clopper–Pearson)"
    for n in (8, 20, 240):
        held = []
        for share in (0.05, 0.3, 0.5, 0.9):
            found = np.random.default_rng(4).binomial(n, share, size=runs).tolist()
            ends = np.array([clopper_pearson(k, n) for k in found])
            held.append(float(((ends[:, 0] <= share) & (share <= ends[:, 1])).mean()))
        yield Measured(said, f"{n} directions, the least of four shares", "≥ 95 %", min(held), runs)


def _looks(runs: int) -> Iterator[Measured]:
    """Eight directions that all lose exactly τ: how often any is said to have lost more (Holm)."""
    rng, n = np.random.default_rng(5), 240
    p_values = [
        [_drop(lost, gained, n) for lost, gained, _ in rng.multinomial(n, [0.07, 0.02, 0.91], size=8).tolist()]
        for _ in range(runs)
    ]
    any_false = [float(np.mean([count > 0 for count in counts])) for counts in (
        [rejected(each, 0.05) for each in p_values], [sum(p < 0.05 for p in each) for each in p_values])]  # fmt: skip
    said = "any of 8 directions lost beyond chance, where all lose exactly τ"
    yield Measured(said, f"{n} examples", "≤ 5 %", any_false[0], runs, any_false[1])


Draw = Callable[[np.random.Generator, int], np.ndarray]
CHANGES: dict[str, tuple[Draw, float]] = {
    "one in ten loses exp(N(1, 1))": (lambda rng, n: _mixed(rng, n, 0.1), 0.1 * math.exp(1.5)),
    "three in ten lose exp(N(1, 1))": (lambda rng, n: _mixed(rng, n, 0.3), 0.3 * math.exp(1.5)),
    "all lose an exponential": (lambda rng, n: rng.exponential(0.3, n), 0.3),
    "all lose exp(N(0, 1.5))": (lambda rng, n: np.exp(rng.normal(0, 1.5, n)), math.exp(1.125)),
    "normal changes": (lambda rng, n: rng.normal(0.1, 0.5, n), 0.1),
}


def _mixed(rng: np.random.Generator, n: int, share: float) -> np.ndarray:
    return np.where(rng.random(n) < share, np.exp(rng.normal(1, 1, n)), rng.normal(0, 0.01, n))


def _changes(runs: int) -> Iterator[Measured]:
    """Coverage of the interval of a mean change where there is one, and that of percentiles in the same runs."""
    for name, (draw, truth) in CHANGES.items():
        for n in (30, 100, 240):
            rng, held, before = np.random.default_rng(6), [], []
            for _ in range(runs):
                changes = draw(rng, n)
                found = mean_change(np.zeros(n), changes)
                means = changes[rng.integers(0, n, (400, n))].mean(axis=1)
                low, high = np.quantile(means, [0.025, 0.975])
                before.append(low <= truth <= high)
                if found is not None and not math.isnan(found.low):
                    held.append(found.low <= truth <= found.high)
            share = len(held) / runs
            if share >= 0.2:
                some = "" if share > 0.995 else f"; an interval is given in {share:.0%}"
                yield Measured("the 95 % interval of a mean change of loss holds it", f"{n} examples, {name}{some}",
                               "95 %", float(np.mean(held)), len(held), float(np.mean(before)))  # fmt: skip
            else:
                yield Measured("too few changed for an interval of a mean change of loss", f"{n} examples, {name}",
                               "", 1 - share, runs, float(np.mean(before)))  # fmt: skip


def _radii(runs: int) -> Iterator[Measured]:
    for rays, name in ((EXAMPLES_DECIDE, "examples decide"), (DIRECTIONS_DECIDE, "directions decide")):
        for n in (10, 20, 60, 100, 240):
            for count in (6, 8, 16):
                share = covered(rays, count, n, runs)
                yield Measured("the 95 % interval of a radius holds it", f"{n} examples, {count} directions, {name}",
                               "95 %", share, runs)  # fmt: skip


def _radii_by_loss(runs: int) -> Iterator[Measured]:
    kinds = (EXAMPLES_DECIDE, "examples decide"), (DIRECTIONS_DECIDE, "directions decide"), (FEW_LOSE, "few lose most")
    for rays, name in kinds:
        for n in (20, 60, 100, 240):
            for count in (8, 16):
                share = covered(rays, count, n, runs, by_loss=True)
                yield Measured("the 95 % interval of a radius by loss holds it",
                               f"{n} examples, {count} directions, {name}", "95 %", share, runs)  # fmt: skip


def _orders(runs: int) -> Iterator[Measured]:
    for ratio, said, promised in (
        (1.0, "one of two equal basins is said to end first", "≤ 5 %"),
        (1.2, "the narrower basin is said to end first, the other is 1.2 × as wide", ""),
        (1.5, "the narrower basin is said to end first, the other is 1.5 × as wide", ""),
    ):
        for rays, name in ((EXAMPLES_DECIDE, "examples decide"), (DIRECTIONS_DECIDE, "directions decide")):
            for n in (20, 60, 240):
                for count in (8, 20):
                    share, before = claimed(rays, count, n, runs, ratio)
                    yield Measured(said, f"{n} examples, {count} directions, {name}", promised, share, runs, before)


def _verdicts(runs: int) -> Iterator[Measured]:
    """The rules of an inspection: false claims where there is nothing, and how often they see what there is."""
    for n in (60, 240):
        for kind, rays in (("examples decide", EXAMPLES_DECIDE), ("directions decide", DIRECTIONS_DECIDE)):
            for times, promised in ((1.1, "≤ 5 %"), (0.6, "")):
                share, before = simulated_inspections.passes_as_inside(rays, n, times, runs)
                said = f"inspect: a fine-tune at {times:g} × the true radius passes as inside"
                yield Measured(said, f"{n} examples, {kind}", promised, share, runs, before)
            share, before = simulated_inspections.warns_of_headroom(rays, n, 0.5, runs)
            said = "inspect: a fine-tune whose headroom is exactly the limit warns"
            yield Measured(said, f"{n} examples, {kind}", "≤ 5 %", share, runs, before)
    for n in (50, 240):
        for fall, promised in ((0.0, "≤ 5 %"), (0.3, "")):
            share, before = simulated_inspections.warns_of_a_barrier(n, fall, runs)
            said = f"inspect: a way on which the score falls by {fall:g} warns of a barrier"
            yield Measured(said, f"{n} examples, 3 points between", promised, share, runs, before)
    for n in (60, 240):
        failed, passed = simulated_inspections.fails_or_passes(n, 4 * runs)
        for verdict, share in (("fails", failed), ("passes", passed)):
            said = f"inspect: a score that fell by exactly the limit {verdict}"
            yield Measured(said, f"{n} examples", "≤ 2.5 %", share, 4 * runs)


def as_markdown(found: Sequence[Measured]) -> str:
    """The table of the guide: a heading a statement, a line a setting."""
    parts = []
    for statement in dict.fromkeys(one.statement for one in found):
        own = [one for one in found if one.statement == statement]
        former = any(one.formerly is not None for one in own)
        heads = ["setting", "promised", "measured", *(["as in 0.6"] if former else []), "runs"]
        lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
        for one in own:
            before = [""] if one.formerly is None else [f"{one.formerly:.1%}"]
            cells = [one.setting, one.promised, f"{one.share:.1%}", *(before if former else []), f"{one.runs:,}"]
            lines.append(f"| {' | '.join(cells)} |")
        parts.append(f"**{statement[0].upper()}{statement[1:]}**\n\n" + "\n".join(lines))
    return "\n\n".join(parts)
