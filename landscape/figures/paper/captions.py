"""Captions: what a reader of a figure needs to know to measure the same again."""

from collections.abc import Mapping, Sequence

from landscape import __version__
from landscape.basins.losses import as_searched, default_tolerance, tolerance_text
from landscape.inspection.verdict import Verdict
from landscape.schema.directions import Direction, MatchedNoise, describe_direction, join_words, seed_of, short_name
from landscape.schema.frames import Frame
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, PlaneSpec

DRAWN = f"Drawn by Landscape {__version__}."
RANDOM = {"gaussian": "Gaussian", "layer": "layer-scaled", "filter": "filter-scaled"}


def caption_of(result: Result, tolerance: float | None = None) -> str:
    """Checkpoints, directions, examples, n, τ, seeds, and the version of this program.

    `tolerance`: the τ that the figure is read at, by score or by loss as the result is. Without it, that of the search.
    """
    spec = result.spec
    if isinstance(spec, CertificateSpec):
        lost = (
            f"Certified: a score of q = {spec.threshold:g} with failure probability {spec.failure_probability:g}, by "
            f"{spec.trials:,} trials at each σ"
        )
    elif tolerance is None and isinstance(spec, BasinSpec | PlaneSpec):
        read = as_searched(result)
        lost = _lost(default_tolerance(read), by_loss=read.by_loss)
    else:
        lost = "" if tolerance is None else _lost(tolerance, by_loss=result.by_loss)
    asked = {name: int(rows["n"].max()) for name, rows in result.rows.groupby("capability", sort=False)}
    facts = result.facts
    format_ = f"Weights in {facts.dtype}" if facts and facts.dtype else ""
    parts = [f"θ₀: {short_name(spec.checkpoint)}", _directions(spec), _examples(asked), lost, _moved(spec), format_]
    return _joined(parts)


def caption_of_inspection(spec: InspectionSpec, verdict: Verdict) -> str:
    """What was inspected, on how many examples, by which τ."""
    asked = {judged.capability: judged.drop.n for judged in verdict.capabilities}
    rise, drop = spec.thresholds.max_loss_rise, spec.thresholds.max_drop
    drawn = f"Basins: {spec.draws} random direction{'s' * (spec.draws != 1)} (Gaussian, {_seeds(range(spec.draws))})"
    by_loss = "" if rise is None else f"Basins by loss: {tolerance_text(rise, True)}"
    pair = f"Base: {short_name(spec.checkpoint)}. Fine-tune: {short_name(spec.other)}"
    return _joined([pair, _examples(asked), _lost(drop, by_loss=False), by_loss, drawn])


def caption_of_pair(base: str, other: str) -> str:
    """Which two checkpoints are compared, by their weights alone."""
    return _joined([f"Change of the weights from {short_name(base)} to {short_name(other)}; no example was asked"])


def caption_of_several(results: Sequence[Result], tolerance: float | None = None, *, share: bool = False) -> str:
    """What a comparison of searches shows: its checkpoints, and what the first search says of all of them.

    `share`: τ is a share of each score at θ₀.
    """
    names = join_words([short_name(result.spec.checkpoint) for result in results])
    own = caption_of(results[0], tolerance).partition(". ")[2]
    if share and tolerance is not None:
        own = own.replace(_lost(tolerance, by_loss=False), f"Lost: a drop of the score by {tolerance:g} of its value")
    return f"θ₀: {names}, each with the same directions. {own}"


def _joined(parts: Sequence[str]) -> str:
    return ". ".join([*filter(None, parts), DRAWN])


def _lost(tolerance: float, *, by_loss: bool) -> str:
    what = "rise of the loss" if by_loss else "drop of the score"
    return f"Lost: a {what} by more than {tolerance_text(tolerance, by_loss)}"


def _examples(asked: Mapping[str, int]) -> str:
    """`n = 120 examples of basic, 80 of math`; `n = 80 examples each of basic and math` where all have as many."""
    names = list(asked)
    if not names:
        return ""
    first = asked[names[0]]
    one = "example" if first == 1 else "examples"
    if len(names) > 1 and len(set(asked.values())) == 1:
        return f"n = {first:,} {one} each of {join_words(names)}"
    return f"n = {first:,} {one} of {names[0]}" + "".join(f", {asked[name]:,} of {name}" for name in names[1:])


def _directions(spec: Frame) -> str:
    drawn: dict[str, list[int]] = {}
    others: list[Direction] = []
    for direction in spec.directions:
        seed = seed_of(direction)
        if seed is not None:
            drawn.setdefault(RANDOM[direction.kind], []).append(seed)
        elif isinstance(direction, MatchedNoise):
            drawn.setdefault(f"noise matched to {direction.move}", []).append(direction.seed)
        else:
            others.append(direction)
    random = [
        f"{len(seeds)} random direction{'s' * (len(seeds) != 1)} ({kind}, {_seeds(seeds)})"
        for kind, seeds in drawn.items()
    ]
    return f"Along {join_words([*random, *map(describe_direction, others)])}"


def _seeds(seeds: Sequence[int]) -> str:
    """`seed 3`, `seeds 0–4`, `seeds 0, 2, 5`."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    inside = list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"seeds {seeds[0]}–{seeds[-1]}" if inside else f"seeds {', '.join(map(str, seeds))}"


def _moved(spec: Frame) -> str:
    """Which weights move, where not all do."""
    if spec.adapter:
        return "Only the adapter's own weights move"
    only = f"only {', '.join(spec.only)}" if spec.only else ""
    without = f"all but {', '.join(spec.exclude)}" if spec.exclude else ""
    return f"Weights that move: {', '.join(filter(None, (only, without)))}" if only or without else ""
