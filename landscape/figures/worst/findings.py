"""Titles and texts about computed directions: they speak of the worst direction found, never of the worst."""

import math
from collections.abc import Sequence

from landscape.basins.radii import Basin
from landscape.basins.standings import NOTHING
from landscape.figures.basins.findings import bracket_width
from landscape.figures.scale import Scale, with_known_radius
from landscape.schema.directions import Eigenvector, Worst, describe_direction, join_words, label_of, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, computed_of, roles_of, worst_of
from landscape.worst.equal_norm import EqualNormScores, Likeness

COARSE = 0.25  # of α: a boundary with a wider bracket is written as its bracket


def times_nearer_text(ending: WorstBoundary) -> str:
    """`150 × nearer`; `≥ 150 × nearer` if random directions never end; "" if it is not known."""
    if ending.times_nearer is None or ending.random is None:
        return ""
    times = float(f"{ending.times_nearer:.2g}")
    if ending.times_nearer < 1.05:
        return "" if ending.random.at_least else "no nearer"
    least = "≥\u00a0" if ending.random.at_least or ends_before_first_point(ending) else ""
    return f"{least}{times:,.0f}\u00a0× nearer" if times >= 10 else f"{least}{number(times, 2)}\u00a0× nearer"


def ends_before_first_point(ending: WorstBoundary) -> bool:
    """Whether even the nearest measured point lies outside, so that the boundary is nearer than it."""
    return ending.boundary is not None and ending.boundary.outside is not None and ending.boundary.inside == 0


def boundary_text(ending: WorstBoundary, scale: Scale) -> str:
    """A boundary as text: `0.000040`, `0.00010–0.00047` if known only coarsely, `≥ 0.06`, `< 0.0000037`."""
    end = ending.boundary
    if end is None:
        missing = math.isnan(ending.score)
        lacking = "no loss" if missing and ending.by_loss else "not measurable" if missing else NOTHING
        return "not known yet" if ending.bounded else lacking
    if end.alpha is None or end.outside is None:
        return f"≥\u00a0{scale.format(end.inside)}" if end.inside else "not known yet"
    if end.inside == 0:
        return f"<\u00a0{scale.format(end.outside)}"
    if (bracket_width(end) or 0) > COARSE:
        return f"{scale.format(end.inside)}–{scale.format(end.outside)}"
    return scale.format(end.alpha)


def boundary_phrase(ending: WorstBoundary, scale: Scale) -> str:
    """A boundary that was met, in a sentence: `at α = 0.000040`, `before α = …`, `between α = … and …`."""
    text, symbol = boundary_text(ending, scale), scale.symbol
    if text.startswith("<"):
        return f"before {symbol} = {text[2:]}"
    return f"between {symbol} = {text.replace('–', ' and ')}" if "–" in text else f"at {symbol} = {text}"


def needle_finding(
    result: Result[WorstSpec], capability: str, endings: Sequence[WorstBoundary], basins: Sequence[Basin], scale: Scale
) -> str:
    """Where a capability ends in the worst direction found, and how much nearer than in random ones."""
    basin = next((one for one in basins if one.capability == capability), None)
    if basin is None:
        return f"{capability}: no point yet"
    if basin.broken:
        return f"{capability} is not measurable: its logits at θ₀ are not finite"
    if not basin.bounded:
        no_loss = f"θ₀ has no loss of {capability}: no reference answers"
        return no_loss if basin.by_loss else f"{capability}: {basin.why}"
    worst, stated = worst_of(endings, capability), with_known_radius(result, [basin])
    radius = basin.radius if stated else None
    random = "" if radius is None else f"{'≥ ' if radius.at_least else ''}{scale.format(radius.median)}"
    if worst is None or worst.boundary is None:
        sign = "" if random.startswith("≥") else "= "
        ends = f"{capability} ends at {scale.symbol} {sign}{random} in random directions" if random else capability
        return f"{ends}; the worst direction found is not measured yet"
    if worst.alpha is None:
        whole = worst.boundary.inside >= result.spec.reach * (1 - 1e-9)
        where = (
            f"{'over the whole reach' if whole else 'so far'}, to {scale.symbol} = {boundary_text(worst, scale)[2:]}"
        )
        if worst.role == "hurt":
            return f"{capability} holds {where}, in the worst direction found"
        return f"{capability} holds {where}, in every computed direction; none was searched for it"
    text = f"{capability} ends {boundary_phrase(worst, scale)} in the worst direction found"
    compared = times_nearer_text(worst) if random else ""
    return f"{text}, {compared.replace('nearer', 'nearer than in random ones')} ({random})" if compared else text


def matrix_finding(result: Result[WorstSpec], endings: Sequence[WorstBoundary]) -> str:
    """Whether directions end those capabilities first that they were searched to hurt."""
    rows = _rows(result, endings)
    if not any(e.alpha is not None for row in rows.values() for e in row.values()):
        return "Nothing ends in a computed direction yet"
    by_label = {label_of(d): d for d in computed_of(result)}
    return _own_first(by_label, rows) or "Boundaries along computed directions"


def matrix_remarks(result: Result[WorstSpec], endings: Sequence[WorstBoundary], scale: Scale) -> list[str]:
    """A sentence for each direction that spares, or that hurts several capabilities at once."""
    rows, texts = _rows(result, endings), []
    for direction in computed_of(result):
        row = rows[label_of(direction)]
        if isinstance(direction, Worst) and direction.spared:
            texts.append(_spared(row, scale))
        elif isinstance(direction, Worst) and len(direction.capabilities) > 1:
            texts.append(_joint(row, scale))
    return [f"{text[0].upper()}{text[1:]}." for text in texts if text]


def _rows(result: Result[WorstSpec], endings: Sequence[WorstBoundary]) -> dict[str, dict[str, WorstBoundary]]:
    """The boundaries by direction, then by capability."""
    labels = map(label_of, computed_of(result))
    return {label: {e.capability: e for e in endings if e.direction == label} for label in labels}


def _own_first(by_label: dict[str, Worst | Eigenvector], rows: dict[str, dict[str, WorstBoundary]]) -> str:
    """In how many directions against one capability that capability ends first."""
    single = {}
    for label, row in rows.items():
        hurt = [name for name, role in roles_of(by_label[label]).items() if role == "hurt"]
        direction = by_label[label]
        if len(hurt) == 1 and isinstance(direction, Worst) and not direction.spared and hurt[0] in row:
            others = [e for name, e in row.items() if name != hurt[0] and e.boundary is not None]
            single[hurt[0]] = all(_before(row[hurt[0]], other) for other in others)
    if not single or max(map(len, rows.values())) < 2:
        return ""
    if all(single.values()):
        several = f"Each of {len(single)} worst directions ends its own capability first"
        return several if len(single) > 1 else f"The worst direction found for {next(iter(single))} ends it first"
    return f"{sum(single.values())} of {len(single)} worst directions end their own capability first"


def _spared(row: dict[str, WorstBoundary], scale: Scale) -> str:
    hurt = [e for e in row.values() if e.role == "hurt"]
    spared = [e for e in row.values() if e.role == "spared" and e.boundary is not None]
    if len(hurt) != 1 or hurt[0].alpha is None or not spared:
        return ""
    target, first = hurt[0], min(spared, key=lambda e: e.boundary.inside if e.boundary else 0.0)
    ends = f"{target.capability} can be ended {boundary_phrase(target, scale)}"
    if all(e.alpha is None for e in spared):
        return f"{ends}, and none of the spared within the reach"
    if all(_before(target, e) for e in spared):
        return f"{ends}; the first of the spared, {first.capability}, ends {boundary_phrase(first, scale)}"
    if any(_before(e, target) for e in spared):
        return f"{ends}, but not alone: {first.capability}, to be spared, ends {boundary_phrase(first, scale)}"
    where = boundary_phrase(first, scale)
    return f"{ends}; whether {first.capability}, to be spared, ends before or after is not known: {where}"


def _before(one: WorstBoundary, other: WorstBoundary) -> bool:
    """Whether one is shown to end before the other: at a point outside it, the other still holds."""
    if one.boundary is None or one.boundary.outside is None or other.boundary is None:
        return False
    return one.boundary.outside <= other.boundary.inside


def _joint(row: dict[str, WorstBoundary], scale: Scale) -> str:
    hurt = [e for e in row.values() if e.role == "hurt" and e.boundary is not None]
    if not hurt or any(e.alpha is None for e in hurt):
        return ""
    last = max(hurt, key=lambda e: e.alpha or 0)
    ended_together = join_words([e.capability for e in hurt])
    return f"one direction ends {ended_together}; the last, {last.capability}, {boundary_phrase(last, scale)}"


def likeness_finding(standings: Sequence[EqualNormScores], scale: Scale) -> str:
    """Which directions one fine-tune resembles at its own α, capability by capability."""
    groups: dict[Likeness, list[EqualNormScores]] = {}
    for one in standings:
        groups.setdefault(one.likeness, []).append(one)
    texts = []
    for kind, words in _WORDS.items():
        if kind in groups:
            names = [f"{one.capability}{_numbers(one)}" for one in groups[kind]]
            texts.append(f"{join_words(names)} {words}")
    name, alpha = short_name(standings[0].checkpoint), scale.format(standings[0].alpha)
    return f"{name}, at its {scale.symbol} = {alpha}: {'; '.join(texts)}"


_WORDS: dict[Likeness, str] = {
    "beyond": "lower even than in the worst direction found",
    "worst": "like the worst direction found",
    "between": "between random and worst",
    "random": "like random directions",
    "alike": "alike in random and worst",
    "unknown": "not known yet",
    "not finite": "without a score, as logits are not finite",
}


def _numbers(one: EqualNormScores) -> str:
    """The numbers behind a claim that a fine-tune is not like a random direction."""
    if one.likeness == "worst":
        return f" ({one.own:.2f}, random {one.middle:.2f})"
    if one.likeness in ("between", "beyond"):
        return f" ({one.own:.2f}; random {one.middle:.2f}, worst {one.worst:.2f})"
    return ""


def direction_named(result: Result[WorstSpec], label: str) -> str:
    """A computed direction, given by its label, as words for a sentence."""
    return next((describe_direction(d) for d in computed_of(result) if label_of(d) == label), label)
