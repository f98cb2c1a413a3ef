"""The verdict in one sentence: the outcome, the capability it hangs on with its numbers, and how the others stand."""

from collections.abc import Sequence

from landscape.inspection.rules import GRAVITY, UNJUDGED, Outcome
from landscape.inspection.verdict import Judged, Verdict
from landscape.schema.directions import join_words

# The gravest first, and last what was not judged: there was nothing to lose.
CONCERN = (*(outcome for outcome in reversed(GRAVITY) if outcome not in UNJUDGED), *UNJUDGED)
SAID: dict[Outcome, str] = {
    "pass": "Pass", "warn": "Pass, with warnings", "fail": "Fail", "insufficient": "Undecided",
    "not measurable": "Not measurable", "gained": "Gained", "nothing to lose here": "Nothing to lose",
}  # fmt: skip
_OTHERS: dict[Outcome, tuple[str, str]] = {  # outcome → of one capability, of several
    "pass": ("passes", "pass"),
    "warn": ("has a warning", "have warnings"),
    "fail": ("fails too", "fail too"),
    "insufficient": ("is undecided", "are undecided"),
    "not measurable": ("cannot be measured", "cannot be measured"),
    "gained": ("was gained", "were gained"),
    "nothing to lose here": ("was not judged: there is nothing to lose", "were not judged: there is nothing to lose"),
}


def worst_first(verdict: Verdict) -> tuple[Judged, ...]:
    """The capabilities in the order of concern: the gravest outcome first, of equal ones the largest drop."""
    return tuple(sorted(verdict.capabilities, key=lambda one: (CONCERN.index(one.outcome), -one.drop.drop)))


def headline(verdict: Verdict) -> str:
    """One sentence that is true at a glance: `Fail: safety fell from 1.000 to 0.000; basic, math and code pass`."""
    if not verdict.capabilities:
        return "No verdict: the scores of both are not measured"
    outcome, order = verdict.outcome, worst_first(verdict)
    first, *others = order
    if first.outcome == outcome:
        return "; ".join([f"{SAID[outcome]}: {_because(first)}", *_others(others)])
    general = [finding.text for finding in verdict.findings if finding.outcome == outcome]
    because = f": {general[0]}" if general else ""
    return "; ".join([f"{SAID[outcome]}{because}", *_others(order)])


def _because(judged: Judged) -> str:
    """The capability that the verdict hangs on, with the numbers of its gravest finding."""
    name, (base, tuned) = judged.capability, judged.score_texts
    gravest = next((finding for finding in judged.findings if finding.outcome == judged.outcome), None)
    if gravest is not None and gravest.rule != "score" and judged.outcome in ("fail", "warn", "insufficient"):
        return f"{name}, {gravest.text}"
    match judged.outcome:
        case "fail":
            return f"{name} fell from {base} to {tuned}"
        case "pass" | "warn":
            return f"{name} went from {base} to {tuned}, a change of {judged.change_text}"
        case "insufficient":
            more = "no number of examples decides that" if judged.undecidable else "more examples are needed"
            return f"{name} went from {base} to {tuned}, a change of {judged.change_text}: {more}"
        case "not measurable":
            return f"the logits of {name} are not finite in {' and '.join(dict.fromkeys(judged.dtypes))}"
    return f"{name} {_OTHERS[judged.outcome][0]}"


def _others(others: Sequence[Judged]) -> list[str]:
    """How the other capabilities stand, those of one outcome together."""
    said = []
    for outcome in CONCERN:
        if names := [one.capability for one in others if one.outcome == outcome]:
            said.append(f"{join_words(names)} {_OTHERS[outcome][len(names) > 1]}")
    return said
