"""Lost and won examples, and tags, as plain values, Markdown, and lines for the terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.flips import ORDER, Flip, Flips, asked, flips_of
from landscape.inspection.examples.tags import Tags, tags_of
from landscape.outside.text import code_span, markdown
from landscape.schema.results import json_safe
from landscape.schema.specs import InspectionSpec

SHOWN = 5  # flips of a capability in Markdown
WORST = 3  # flips in the line of a terminal
TAGS_SHOWN = 10  # of a capability in Markdown
LONGEST, SHORT = 100, 48  # characters of a text in Markdown, and in the terminal
OTHERS = "all are in the JSON and HTML reports, and in --examples FILE"


def examples_dict(spec: InspectionSpec, evidence: Evidence) -> dict[str, Any]:
    """Every flip, and the tags, by capability, as plain values."""
    found = {
        one.capability: {
            "n": one.n,
            "lost": one.lost,
            "won": one.won,
            "requests_lost": one.requests("lost"),
            "requests_won": one.requests("won"),
            "order": ORDER,
            "note": note_of(one) or None,
            "examples": [json_safe(flip.values()) for flip in one.flips],
        }
        for one in flips_of(spec, evidence)
    }
    return {"flips": found, "tags": {one.capability: json_safe(one.values()) for one in tags_of(spec, evidence)}}


def note_of(found: Flips) -> str:
    """What is not known of the flips of a capability, as a sentence; "" where all is, or none is there."""
    if not found.flips:
        return ""
    if found.lacking:
        return f"The prompts of {found.capability} are not shown: {found.lacking}."
    missing = len(found.flips) - found.texts
    several = "" if missing == len(found.flips) else f" to {missing:,} of them"
    return f"What both said{several} was not generated (yet)." if missing else ""


def markdown_lines(spec: InspectionSpec, evidence: Evidence) -> Iterator[str]:
    """The worst flips of each capability and how many more there are, then the tags, as lines of Markdown."""
    every = [one for one in flips_of(spec, evidence) if one.flips]
    if every:
        yield from ("", f"**Which examples** ({ORDER}; {OTHERS})", "")
    for found in every:
        yield f"- {markdown(found.capability)}: {found.text}"
        yield from (f"  {place}. {_line(flip)}" for place, flip in enumerate(found.flips[:SHOWN], 1))
        if (more := len(found.flips) - SHOWN) > 0:
            yield f"  - and {more:,} more"
        if note := note_of(found):
            yield f"  - {markdown(note)}"
    changed = {found.capability for found in every}
    for tags in tags_of(spec, evidence):
        if tags.capability in changed:
            yield from _tag_lines(tags)


def _line(flip: Flip) -> str:
    """One flip on one line, all of its text as code."""
    if flip.example is None:
        return f"{flip.change} {code_span(flip.number)}, loss {losses_text(flip)}"
    parts = [f"{flip.change}: {_code(asked(flip.example))}", f"reference {_code(flip.example.reference)}"]
    said = [("base", flip.base_said), ("fine-tune", flip.tuned_said)]
    parts += [f"{who} {_code(text)}" for who, text in said if text is not None]
    return f"{'; '.join(parts)}; loss {losses_text(flip)}"


def _code(text: str | None) -> str:
    return code_span(clipped(text, LONGEST)) if text and text.strip() else "nothing"


def losses_text(flip: Flip) -> str:
    """`0.001 → 0.688`; a dash for a loss that is not there."""
    return " → ".join("–" if loss is None else f"{loss:.3f}" for loss in (flip.base_loss, flip.tuned_loss))


def clipped(text: str | None, longest: int) -> str:
    """A text on one line, cut in the middle where it is longer: both of its ends say what it is about."""
    line = " ".join((text or "").split())
    if len(line) <= longest:
        return line
    left = (longest - 1) // 2
    return f"{line[:left].rstrip()}…{line[left + 1 - longest :].lstrip()}"


def _tag_lines(tags: Tags) -> Iterator[str]:
    yield ""
    if tags.sentence:
        yield from (markdown(tags.sentence), "")
    yield f"| tag of {_cell(tags.capability)} | examples | base | fine-tune | change [interval] |"
    yield "|---|---:|---:|---:|---|"
    for one in tags.changes[:TAGS_SHOWN]:
        numbers = f"{one.drop.n:,} | {one.base:.3f} | {one.tuned:.3f} | {one.change_text}"
        yield f"| {_cell(one.tag)} | {numbers} |"
    if (more := len(tags.changes) - TAGS_SHOWN) > 0:
        yield f"| and {more:,} more, which lost less | | | | |"
    yield from ("", tags.method)


def _cell(text: str) -> str:
    return markdown(clipped(text, LONGEST))


def terminal_lines(spec: InspectionSpec, evidence: Evidence, written: str = "") -> list[str]:
    """How many were lost and won, the worst three, and how to see all; then which tags drive a loss.

    `written`: the file that all were written to.
    """
    every = flips_of(spec, evidence)
    flips = [flip for found in every for flip in found.flips]
    if not flips:
        return []
    counts = "; ".join(f"{found.capability} {found.text}" for found in every if found.flips)
    worst = sorted((flip for flip in flips if flip.change == "lost"), key=lambda flip: -(flip.rise or 0.0))[:WORST]
    said = f" Worst: {'; '.join(map(_worst, worst))}." if worst else ""
    where = f"All of them are in {written}." if written else "All of them: --examples flips.jsonl"
    sentences = [tags.sentence for tags in tags_of(spec, evidence) if tags.sentence]
    return [f"Which examples: {counts}.{said} {where}", *sentences]


def _worst(flip: Flip) -> str:
    if flip.example is None:
        return f"{flip.capability} {flip.number}"
    said = f" → “{clipped(flip.tuned_said, SHORT)}”" if flip.tuned_said is not None else ""
    return f"“{clipped(asked(flip.example), SHORT)}”{said}"


def html_sections(spec: InspectionSpec, evidence: Evidence) -> list[dict[str, Any]]:
    """What the HTML report shows of each capability that has flips or tags; the template escapes it."""
    tags = {one.capability: one for one in tags_of(spec, evidence)}
    return [
        {"flips": found, "note": note_of(found), "tags": tags.get(found.capability)}
        for found in flips_of(spec, evidence)
        if found.flips or found.capability in tags
    ]


def flat(every: Sequence[Flips]) -> list[dict[str, Any]]:
    """All flips, one after the other, as plain values."""
    return [json_safe(flip.values()) for found in every for flip in found.flips]
