"""The report of an inspection: as JSON, as Markdown for a pull request, and as one HTML page that works offline."""

import html
import math
import platform
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, select_autoescape

from landscape import __version__
from landscape.basins.radii import basins_of
from landscape.capabilities.repeats import COUNT_ONCE, repeats_text
from landscape.checkpoints.files import resolve
from landscape.checkpoints.fingerprints import fingerprint
from landscape.figures.export import parts_of_page
from landscape.figures.inspection.brittle_values import brittle_dict, brittle_sentence, brittle_texts
from landscape.figures.inspection.evidence import figures_of
from landscape.inspection.evidence import Evidence, ceiling_notes
from landscape.inspection.left_out import budget_notes
from landscape.inspection.prompts import prompts_note
from landscape.inspection.rules import Outcome, layer_changes
from landscape.inspection.verdict import Judged, Verdict
from landscape.outside import trust
from landscape.outside.text import code_span, markdown
from landscape.reports.certificates import guarantee_dict
from landscape.reports.comparison import delta_notes, moved_otherwise
from landscape.reports.short_paths import without_paths
from landscape.reports.worst import worst_dict
from landscape.schema.directions import short_name
from landscape.schema.results import finite_text, json_safe
from landscape.schema.specs import InspectionSpec, Thresholds
from landscape.slices.deployment_survival import survivals_of

WORDS: dict[Outcome, str] = {
    "pass": "pass: nothing stands against shipping it",
    "gained": "gained: the base had nothing to lose",
    "nothing to lose here": "nothing to lose here",
    "warn": "pass, with warnings",
    "fail": "fail: it lost what it must keep",
    "insufficient": "insufficient evidence: more examples are needed",
    "not measurable": "not measurable (logits are not finite)",
}
UNTESTED = "insufficient evidence: the base has nothing to lose in what was asked"
MARKS: dict[Outcome, str] = {
    "pass": "✅", "gained": "🔼", "nothing to lose here": "➖", "warn": "⚠️", "fail": "❌", "insufficient": "❔",
    "not measurable": "🚫",
}  # fmt: skip
LIBRARIES = ("torch", "transformers", "peft", "safetensors", "numpy", "scipy")


def title_of(spec: InspectionSpec, verdict: Verdict) -> str:
    """The title of a report: `benign beside assistant: pass, with warnings`."""
    return f"{short_name(spec.other)} beside {short_name(spec.checkpoint)}: {words_of(verdict)}"


def words_of(verdict: Verdict) -> str:
    """The verdict in words: `not measurable in float16 (logits are not finite)`."""
    if not verdict.capabilities:
        return "insufficient evidence: the scores of both are not measured"
    if verdict.undecidable:
        return "insufficient evidence: the change is exactly what is allowed, and no number of examples decides that"
    if verdict.outcome == "not measurable":
        return WORDS[verdict.outcome].replace("measurable", f"measurable in {verdict.dtypes}")
    return UNTESTED if verdict.untested and verdict.outcome == "insufficient" else WORDS[verdict.outcome]


def as_dict(spec: InspectionSpec, verdict: Verdict, evidence: Evidence) -> dict[str, Any]:
    """The verdict with its evidence as plain values; unknown values are null."""
    return {
        "verdict": verdict.outcome,
        "spec": spec.model_dump(mode="json"),
        "capabilities": {judged.capability: _judged(judged) for judged in verdict.capabilities},
        "findings": [asdict(finding) for finding in verdict.findings],
        "delta": _delta(evidence.delta),
        "basins_by": basins_by(spec),
        **brittle_dict(spec, evidence),
        "moves": moves_of(spec, evidence),
        "worst": worst_dict(evidence.worst) if evidence.worst is not None else None,
        "certificate": guarantee_dict(evidence.certificate) if evidence.certificate is not None else None,
        "repeated_examples": evidence.scores.facts.repeated if evidence.scores and evidence.scores.facts else {},
        "not_measured": list(evidence.cut),
        **({} if evidence.took is None else {"seconds": evidence.took}),
        "notes": notes_of(spec, evidence),
        "provenance": provenance(spec, evidence.digests),
    }


def as_json(spec: InspectionSpec, verdict: Verdict, evidence: Evidence, *, paths: bool = False) -> str:
    """`as_dict` as JSON; NaN and infinity become null. Without `paths`, names of files are short."""
    text = orjson.dumps(as_dict(spec, verdict, evidence)).decode()
    return text if paths else without_paths(text, spec, written=lambda path: orjson.dumps(path).decode()[1:-1])


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        "verdict": judged.outcome,
        "base_score": None if judged.not_finite[0] else judged.base,
        "score": None if judged.not_finite[1] else judged.tuned,
        **({"not_finite": judged.not_finite} if any(judged.not_finite) else {}),
        "drop": None if any(judged.not_finite) else asdict(judged.drop),
        "base_loss": judged.base_loss,
        "loss": judged.tuned_loss,
        "loss_change": json_safe(asdict(judged.loss_change)) if judged.loss_change else None,
        "base_had_it": judged.held,
        "nothing_to_lose": judged.nothing or None,
        "base_radius": judged.base_radius.median if judged.base_radius else None,
        "radius": judged.tuned_radius.median if judged.tuned_radius else None,
        **_bounds(judged),
        "findings": [asdict(finding) for finding in judged.findings],
    }


def _bounds(judged: Judged) -> dict[str, bool]:
    """Which of the radii are lower bounds: no key for one that is known, as up to version 0.6."""
    radii = {"base_radius": judged.base_radius, "radius": judged.tuned_radius}
    return {f"{name}_at_least": True for name, radius in radii.items() if radius is not None and radius.at_least}


def loss_changed(judged: Judged) -> str:
    """`0.046 → 0.061, +0.015 [+0.008, +0.024]`, in nats a token; a dash for what is not known."""
    levels = " → ".join("–" if loss is None else f"{loss:.3f}" for loss in (judged.base_loss, judged.tuned_loss))
    return levels if judged.loss_change is None else f"{levels}, {judged.loss_change.text()}"


def _delta(delta: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if delta is None:
        return None
    return {name: value for name, value in delta.items() if name != "tensors"} | {
        "layers": {str(layer): alpha for layer, alpha in layer_changes(delta).items()}
    }


def basins_by(spec: InspectionSpec) -> dict[str, Any]:
    """What basins, brittle parts and worst directions are read by, and its τ."""
    rise = spec.thresholds.max_loss_rise
    if rise is None:
        return {"tolerance": spec.thresholds.max_drop, "tolerance_of": "score"}
    return {"tolerance": rise, "tolerance_of": "loss, nats"}


def reading_notes(spec: InspectionSpec) -> list[str]:
    """Which of the evidence is read by loss, where any is."""
    if (rise := spec.thresholds.max_loss_rise) is None:
        return []
    return [
        f"Basins, brittle parts and worst directions go by a rise of the loss of {rise:g} nats a token. The verdict on "
        "scores, the barrier, the deployment moves and the certificate go by the score."
    ]


def notes_of(spec: InspectionSpec, evidence: Evidence) -> list[str]:
    """Notes, a sentence each: read by loss, number formats, what the two do not share, where the way between ends."""
    moved = moved_otherwise(evidence.delta) if evidence.delta is not None else []
    return [*reading_notes(spec), *moved, *way_notes_of(evidence), *ceiling_notes(evidence), *repeat_notes(evidence)]


def repeat_notes(evidence: Evidence) -> list[str]:
    """Which capabilities ask some requests several times, and the most frequent of those."""
    if evidence.scores is None or (facts := evidence.scores.facts) is None:
        return []
    return [
        f"{name}: {sum(one['examples'] for one in repeats)} of its {len(facts.requests[name])} examples ask "
        f"{len(repeats)} requests; {COUNT_ONCE}. Repeated: {repeats_text(repeats)}."
        for name, repeats in facts.repeated.items()
    ]


def way_notes_of(evidence: Evidence) -> list[str]:
    """Caveats of the way from the base, where it does not end exactly at the fine-tune."""
    ways = (part.facts.remarks for part in (evidence.base_basin, evidence.way) if part is not None and part.facts)
    return list(dict.fromkeys(remark for remarks in ways for remark in remarks if COUNT_ONCE not in remark))


def moves_of(spec: InspectionSpec, evidence: Evidence) -> list[dict[str, Any]]:
    """Every deployment move and capability: α, score, drop, and what the most-case radius predicted."""
    if evidence.moves is None:
        return []
    basins = basins_of(evidence.headroom, spec.thresholds.max_drop) if evidence.headroom is not None else []
    radii = {basin.capability: basin.radius for basin in basins if basin.radius is not None}
    survivals = survivals_of(evidence.moves, radii, spec.thresholds.max_drop)
    rows = [
        {"move": one.move, "alpha": one.alpha, "capability": one.capability,
         "score": None if one.not_finite >= one.drop.n else one.score,
         "drop": one.drop.drop, "predicted_to_survive": one.predicted, "survived": one.kept}
        for one in survivals
    ]  # fmt: skip
    return [*rows, *_linear(evidence)]


def by_move(moves: Sequence[Mapping[str, Any]]) -> list[tuple[str, float, dict[str, str]]]:
    """Group moves into rows of name, α, and by capability a text: score, kept or lost, and a wrong prediction."""
    rows: dict[str, tuple[str, float, dict[str, str]]] = {}
    for one in moves:
        survived, predicted = one.get("survived"), one.get("predicted_to_survive")
        said = finite_text(math.nan if one["score"] is None else one["score"])
        if survived is not None:
            said += " kept" if survived else f" lost (−{one['drop']:.2f})"
            said += ", not foretold" if predicted is not None and predicted != survived else ""
        rows.setdefault(one["move"], (one["move"], one["alpha"], {}))[2][one["capability"]] = said
    return list(rows.values())


def _linear(evidence: Evidence) -> list[dict[str, Any]]:
    """The moves along the straight way: merges with the base, and scales beyond the fine-tune."""
    if evidence.way is None or evidence.way.facts is None:
        return []
    (whole,) = evidence.way.facts.alpha_of.values()
    rows = (scored := evidence.way.scored)[(scored["alpha"] > 0) & (scored["alpha"] != whole)]
    return [
        {"move": f"{'merge' if row.alpha < whole else 'scale'} {row.alpha / whole:.3g}",
         "alpha": abs(row.alpha - whole), "capability": row.capability,
         "score": None if math.isnan(row.score) else row.score}
        for row in rows.itertuples()
    ]  # fmt: skip


def provenance(spec: InspectionSpec, measured: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Exact versions, fingerprints, and the command that reproduces the inspection.

    `measured`: the fingerprints of what was measured; without them, those of what the names stand for now.
    """
    return {
        "landscape": __version__,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "fingerprints": {n: (measured or {}).get(n) or fingerprint(n) for n in (spec.checkpoint, spec.other)},
        "command": command_of(spec),
        "thresholds": spec.thresholds.model_dump(),
        "prompts": prompts_note(spec.capabilities, spec.checkpoint, spec.other),
    }


def command_of(spec: InspectionSpec) -> str:
    """The command that reproduces an inspection, quoted for a shell."""
    named = [f"./{name}" if name.startswith("-") else name for name in spec.named_checkpoints]  # no option
    words = ["python", "-m", "landscape", "inspect", *named, "--draws", str(spec.draws)]
    words += ["--capability", ",".join(spec.capabilities)] if spec.capabilities else []
    words += ["--worst"] * spec.worst + ["--certify"] * spec.certify
    words += ["--limit", str(spec.limit)] if spec.limit else []
    words += ["--budget", f"{spec.budget:g}s"] if spec.budget else []
    rise = spec.thresholds.max_loss_rise
    words += ["--thresholds", "inspect.toml"] if spec.thresholds != Thresholds(max_loss_rise=rise) else []
    words += ["--loss-tolerance", f"{rise:g}"] if rise is not None else []
    words += ["--device", spec.device] if spec.device != "auto" else []
    words += ["--dtype", spec.dtype] if spec.dtype != "auto" else []
    trusted = any(trust.is_given(folder) for name in spec.named_checkpoints for folder in resolve(name).with_code)
    return shlex.join([*words, *(["--trust-remote-code"] if trusted else [])])


def as_markdown(spec: InspectionSpec, verdict: Verdict, evidence: Evidence, *, paths: bool = False) -> str:
    """The report as Markdown, short enough for a comment on a pull request. Without `paths`, file names are short."""
    lines = [f"### {MARKS[verdict.outcome]} {markdown(title_of(spec, verdict))}", ""]
    lines += ["| capability | verdict | base | fine-tune | change [interval] | why |", "|---|---|---|---|---|---|"]
    for judged in verdict.capabilities:
        grave = [f.text for f in judged.findings if f.outcome == judged.outcome]
        cells = (markdown(judged.capability), f"{MARKS[judged.outcome]} {judged.outcome}", *judged.score_intervals,
                 judged.change_text, grave[0] if grave else "")  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        f"- {markdown(judged.capability)}: {finding.text}"
        for judged in verdict.capabilities
        for finding in judged.findings
        if finding.rule in ("basin", "barrier")
    ]
    lines += [f"- {MARKS[finding.outcome]} {finding.text}" for finding in verdict.findings]
    lines += [f"- {markdown(said)}" for said in filter(None, [brittle_sentence(spec, evidence)])]
    lines += [f"- {markdown(note)}" for note in notes_of(spec, evidence)]
    if said := [*delta_notes(evidence.delta), *budget_notes(spec, evidence)]:
        lines += ["", " ".join(map(markdown, said))]
    lines += ["", code_span(command_of(spec)), ""]
    text = "\n".join(lines)
    return text if paths else without_paths(text, spec, written=markdown)


def as_html(spec: InspectionSpec, verdict: Verdict, evidence: Evidence, *, paths: bool = False) -> str:
    """The report as one self-contained HTML page. All text from outside is escaped; see `as_json` for `paths`."""
    environment = Environment(loader=PackageLoader("landscape.reports"), autoescape=select_autoescape(["jinja"]))
    made = figures_of(spec, verdict, evidence)
    pictures = parts_of_page(made)
    text = environment.get_template("report.html.jinja").render(
        title=title_of(spec, verdict),
        verdict=verdict,
        spec=spec,
        loss_change=loss_changed,
        marks=MARKS,
        pictures=pictures,
        brittle=brittle_texts(evidence),
        reading=basins_by(spec),
        moves=by_move(moves_of(spec, evidence)),
        delta=evidence.delta,
        budget=budget_notes(spec, evidence),
        notes=notes_of(spec, evidence),
        provenance=provenance(spec, evidence.digests),
    )
    return text if paths else without_paths(text, spec, written=html.escape)
