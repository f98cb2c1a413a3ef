"""Interim looks of an inspection under a budget: cheap ones at everything first, finer ones where it stays unclear.

As in a group-sequential test, the looks share the error that the thresholds allow: each interim look at the scores
spends ALPHA_PER_LOOK of it, and the last look has the rest.
"""

import math

from landscape.basins.radii import Basin, basins_of
from landscape.basins.standings import standing_of
from landscape.capabilities import examples as capability_examples
from landscape.checkpoints import files
from landscape.inspection import rules
from landscape.inspection.basin_rules import FACTOR
from landscape.schema.capability_names import name_of
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec

FIRST_EXAMPLES = 50  # of the first look
FEWEST_EXAMPLES = 25  # of a first look that would take much of the budget
EXAMPLE_GROWTH = 4  # times as many examples at each further look
MAX_LOOKS = 5  # interim looks at most
ALPHA_PER_LOOK = 0.02  # share of the allowed error that each interim look spends
DRAWS = 3  # random directions of the second look at a basin; the first takes one
PRECISION = 0.2  # of the boundaries that these looks find, as a share of their α

LETTERS_A_TOKEN = 3.5
SLOW = 3e10  # multiplications and additions a second that a CPU is trusted with before anything was measured
SHORT = 5.0  # s: a look at one checkpoint that takes no longer is not made smaller
FIRST_SHARE = 0.5  # of the budget: what the first look at the scores of both may take, with loading
AROUND = 15  # scorings of all examples that the first looks at the way and at the base's basin take together
AROUND_SHARE = 0.5  # of the budget: what these may take


def limits_of(spec: InspectionSpec) -> list[int]:
    """The number of examples of each interim look at the scores; empty if none would save half of them."""
    if not spec.budget:
        return []
    examples = max(len(capability_examples.load(name, spec.limit).examples) for name in spec.capabilities)
    first = _first_examples(spec)
    return [limit for limit in (first * EXAMPLE_GROWTH**k for k in range(MAX_LOOKS)) if 2 * limit <= examples]


def _first_examples(spec: InspectionSpec) -> int:
    """How many examples the first look takes: fewer where a CPU would need much of the budget for it.

    By sizes alone, so that whoever reads an inspection finds the same looks as the worker that measures it.
    """
    examples = [e for name in spec.capabilities for e in capability_examples.load(name, FIRST_EXAMPLES).examples]
    seconds = 2 * files.describe(spec.checkpoint).parameters * sum(map(_tokens, examples)) / SLOW
    both = 4 * seconds  # each is scored once, and in part twice more to see that it answers alike each time
    fits = seconds <= SHORT or both <= FIRST_SHARE * (spec.budget or math.inf)
    return FIRST_EXAMPLES if fits else FEWEST_EXAMPLES


def _tokens(example: capability_examples.Example) -> float:
    """About how many tokens are read for an example; one that is written takes as long as three that are read."""
    answers = example.choices or (example.reference or "",)
    written = 3 * example.max_new_tokens if example.kind == "generate" else 0
    return (len(example.prompt) + sum(map(len, answers))) / LETTERS_A_TOKEN + written


def examples_around(spec: InspectionSpec, first: Result[SliceSpec]) -> int | None:
    """How many examples the first looks at the way and the basin take, by how long the first look at scores took."""
    origin = first.rows[first.rows["alpha"] == 0]
    fits = AROUND * float(origin["seconds"].sum()) <= AROUND_SHARE * (spec.budget or math.inf)
    return first.spec.limit if fits or int(origin["n"].max()) <= FEWEST_EXAMPLES else FEWEST_EXAMPLES


def confidence_between(spec: InspectionSpec) -> float:
    """The confidence of the interval by which an interim look decides."""
    return 1 - ALPHA_PER_LOOK * (1 - spec.thresholds.confidence)


def confidence_at_last(spec: InspectionSpec) -> float:
    """The confidence of the interval in the verdict."""
    spent = ALPHA_PER_LOOK * MAX_LOOKS if spec.budget else 0.0
    return 1 - (1 - spent) * (1 - spec.thresholds.confidence)


def unclear_scores(spec: InspectionSpec, base: Result[SliceSpec], tuned: Result[SliceSpec]) -> tuple[str, ...]:
    """The capabilities, as the spec names them, that an interim look at both scores leaves undecided."""
    limits, confidence = spec.thresholds, confidence_between(spec)
    found = []
    for name in base.spec.capabilities:
        before, after = (scores.row_at_origin(name_of(name)) for scores in (base, tuned))
        drop = rules.drop_of(before, after, limits.max_drop, confidence, base.requests_of(name_of(name)))
        stands, then = (standing_of(scores, name_of(name), limits.max_drop) for scores in (base, tuned))
        if stands is None or then is None:  # logits that are not finite: those of more examples overflow as well
            continue
        if stands.open or rules.judge_score(limits, drop, stands, then).outcome == "insufficient":
            found.append(name)
    return tuple(found)


def unclear_basins(
    spec: InspectionSpec, alpha: float, base: Result[BasinSpec], headroom: Result[BasinSpec] | None
) -> tuple[str, ...]:
    """The capabilities for which a few directions leave it unclear whether a fine-tune at α is inside, or narrower."""
    around = {basin.capability: basin for basin in basins_of(base)}
    tuned = {basin.capability: basin for basin in basins_of(headroom)} if headroom is not None else {}
    return tuple(
        name
        for name in base.spec.capabilities
        if (basin := around.get(name_of(name))) is not None
        and not (_clear_of(basin, alpha) and _clear_share(spec, basin, tuned.get(name_of(name))))
    )


def _clear_of(basin: Basin, alpha: float) -> bool:
    """Whether all random boundaries lie well on one side of α."""
    ends = [math.inf if end.alpha is None else end.alpha for end in basin.draws]
    return not ends or min(ends) > FACTOR * alpha or max(ends) < alpha / FACTOR


def _clear_share(spec: InspectionSpec, base: Basin, tuned: Basin | None) -> bool:
    """Whether the ratio of the fine-tune's radius to the base's lies on one side of the threshold, by FACTOR."""
    if tuned is None or base.radius is None or tuned.radius is None:
        return True
    share, least = tuned.radius.median / base.radius.median, spec.thresholds.min_headroom
    return share > FACTOR * least or share < least / FACTOR
