"""The verdict of an inspection: pass, warn, fail, insufficient or not measurable, from the findings of all rules."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from landscape.assets import CAPABILITIES, PREFIX, STARTER
from landscape.basins.boundaries import Radius
from landscape.basins.radii import Basin, basins_of
from landscape.basins.standings import standing_of
from landscape.inspection import basin_rules, interim_looks, rules
from landscape.inspection.evidence import Evidence
from landscape.inspection.rules import UNJUDGED, Finding, Outcome, gravest
from landscape.intervals import PairedChange, PairedDrop, wilson
from landscape.schema.capability_names import name_of
from landscape.schema.results import score_text
from landscape.schema.specs import InspectionSpec


@dataclass(frozen=True)
class Judged:
    """One capability: the scores of both checkpoints on the same examples, and the findings of the rules."""

    capability: str
    base: float
    tuned: float
    base_loss: float | None
    tuned_loss: float | None
    drop: PairedDrop
    held: bool  # whether the base has it: there was something to lose
    findings: tuple[Finding, ...]
    base_radius: Radius | None = None
    tuned_radius: Radius | None = None
    loss_change: PairedChange | None = None  # nats a token, on the same examples
    not_finite: tuple[int, int] = (0, 0)  # examples whose logits are not finite, of the base and of the fine-tune
    dtypes: tuple[str, ...] = ()  # in which they are not
    undecidable: bool = False  # the score fell by exactly what is allowed: no number of examples decides that
    nothing: str = ""  # why the base has nothing to lose; "" where it has something, or is not measurable

    @property
    def score_texts(self) -> tuple[str, str]:
        """Both scores, in words where logits are not finite."""
        one, other = (
            score_text(s, broken, self.drop.n)
            for s, broken in zip((self.base, self.tuned), self.not_finite, strict=True)
        )
        return one, other

    @property
    def score_intervals(self) -> tuple[str, str]:
        """Both scores, each with its own 95 % interval: `0.660 [0.522, 0.776]`; in words where there is none."""
        n = self.drop.independent or self.drop.n
        ends = [wilson(score, n) for score in (self.base, self.tuned)]
        one, other = (
            text if broken else f"{text} [{low:.3f}, {high:.3f}]"
            for text, broken, (low, high) in zip(self.score_texts, self.not_finite, ends, strict=True)
        )
        return one, other

    @property
    def change_text(self) -> str:
        """The change of the score with its interval; a dash where it is not measurable."""
        return "–" if any(self.not_finite) else rules.format_change(self.drop)

    @property
    def outcome(self) -> Outcome:
        """The outcome of the gravest finding."""
        return gravest(self.findings)


@dataclass(frozen=True)
class Verdict:
    """All capabilities as judged, and the findings that concern the whole fine-tune."""

    capabilities: tuple[Judged, ...]
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """The gravest outcome of all; insufficient without any score, or where the base has nothing to lose."""
        every = [finding for judged in self.capabilities for finding in judged.findings]
        judged = [finding for finding in [*every, *self.findings] if finding.outcome not in UNJUDGED]
        return gravest(judged) if judged and self.capabilities else "insufficient"

    @property
    def untested(self) -> bool:
        """Whether nothing was tested, because the base has nothing to lose in any capability."""
        return any(one.nothing for one in self.capabilities) and not any(one.held for one in self.capabilities)

    @property
    def undecidable(self) -> bool:
        """Whether evidence is insufficient and more examples would not help wherever it is."""
        unclear = [judged for judged in self.capabilities if judged.outcome == "insufficient"]
        return self.outcome == "insufficient" and bool(unclear) and all(judged.undecidable for judged in unclear)

    @property
    def dtypes(self) -> str:
        """The number formats in which logits are not finite: `float16`."""
        return " and ".join(dict.fromkeys(dtype for judged in self.capabilities for dtype in judged.dtypes))


def verdict_of(spec: InspectionSpec, evidence: Evidence) -> Verdict:
    """Judge the evidence so far. A rule whose part is not measured finds nothing."""
    if evidence.scores is None or evidence.tuned is None:
        return Verdict((), ())
    by_score = spec.thresholds.max_drop if spec.thresholds.max_loss_rise is not None else None
    parts = ((evidence.base_basin, None), (evidence.headroom, None), (evidence.headroom, by_score))
    radii = [
        {basin.capability: basin for basin in basins_of(part, tau)} if part is not None else {} for part, tau in parts
    ]
    judged = tuple(
        _judged(spec, evidence, name, *(found.get(name) for found in radii))
        for name in map(name_of, spec.capabilities)
        if (evidence.scores.rows["capability"] == name).any()
    )
    verdict = Verdict(judged, tuple(rules.judge_layers(spec.thresholds, evidence.delta)))
    if not verdict.untested:
        return verdict
    lacking = [one.capability for one in judged if one.nothing]
    return Verdict(judged, (rules.nothing_tested(lacking, other_capabilities(spec)), *verdict.findings))


def _judged(
    spec: InspectionSpec,
    evidence: Evidence,
    name: str,
    base: Basin | None,
    tuned: Basin | None,
    by_score: Basin | None,
) -> Judged:
    """`by_score` is the fine-tune's basin by score, to which deployment moves are compared."""
    assert evidence.scores is not None
    assert evidence.tuned is not None
    limits = spec.thresholds
    before, after = (scores.row_at_origin(name) for scores in (evidence.scores, evidence.tuned))
    requests = evidence.scores.requests_of(name)
    drop = rules.drop_of(before, after, limits.max_drop, interim_looks.confidence_at_last(spec), requests)
    same = evidence.delta is not None and evidence.delta["radius"] == 0 and not evidence.delta.get("mismatches")
    same = same and np.array_equal(before["outcomes"], after["outcomes"])  # a config, or a tokenizer, may differ
    both = (evidence.scores, evidence.tuned)
    not_finite = evidence.scores.not_finite_at_origin(name), evidence.tuned.not_finite_at_origin(name)
    stands, then = (standing_of(scores, name, limits.max_drop) for scores in both)
    held, nothing = stands is not None and then is not None and stands.held, ""
    if stands is None or then is None:
        findings = list(rules.judge_finite(evidence, name))
    else:
        findings, nothing = [rules.judge_score(limits, drop, stands, then)], stands.nothing
        findings = [Finding("score", "pass", "the same weights: nothing changed")] if same and held else findings
        findings += rules.judge_moves(limits, evidence, name, by_score)
    bounded = held or (limits.max_loss_rise is not None and not any(not_finite))  # by loss: also what scores 0
    findings += basin_rules.judge_inside(spec, evidence, base) if bounded else []
    findings += basin_rules.judge_barrier(spec, evidence, name) if held else []
    findings += basin_rules.judge_headroom(limits, base, tuned) if bounded else []
    findings += rules.judge_worst(spec, evidence, name) if bounded else []
    findings += rules.judge_certificate(evidence, name) if held else []
    return Judged(
        name,
        float(before["score"]),
        float(after["score"]),
        _number(before["loss"]),
        _number(after["loss"]),
        drop,
        held,
        tuple(findings),
        base.radius if base else None,
        tuned.radius if tuned else None,
        rules.loss_change_of(before, after, limits.confidence, requests),
        not_finite,
        tuple(scores.dtype for scores, broken in zip(both, not_finite, strict=True) if broken),
        rules.on_the_limit(drop, limits.max_drop),
        nothing,
    )


def other_capabilities(spec: InspectionSpec) -> list[str]:
    """Up to three of the bundled capabilities for such checkpoints that an inspection does not ask."""
    bundled = CAPABILITIES if all(name.startswith(PREFIX) for name in spec.named_checkpoints) else STARTER
    return [name for name in bundled if name not in spec.capabilities][:3]


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
