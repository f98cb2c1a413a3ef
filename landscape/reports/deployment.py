"""Deployment moves as a table for the terminal, and as JSON; also those of an inspection."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from landscape.basins.radii import basins_of
from landscape.inspection.evidence import Evidence
from landscape.schema.deployments import TOUCHED
from landscape.schema.directions import Move, label_of, short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result, csv_of, finite_text, json_safe
from landscape.schema.specs import InspectionSpec, SliceSpec
from landscape.slices.deployment_survival import Survival, errors_of, survival_finding, survivals_of

_SAID = {True: "kept", False: "lost", None: ""}


def moves(result: Result[SliceSpec], survivals: Sequence[Survival] | None = None) -> Table:
    """One line a move and capability: its α, what it costs, and whether that was predicted. 80 columns."""
    found = survivals_of(result) if survivals is None else survivals
    if any(one.noise is not None for one in found):
        return _beside_noise(result, found)
    table = _empty(result, _caption(found))
    for heading in ("move", "α", "α/rms", "", "score", "drop", "95 %", "pre-\ndicted", "meas-\nured"):
        right = heading in ("α", "α/rms", "score", "drop", "95 %")
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading != "")
    rms, before = result.facts.typical if result.facts else math.nan, ""
    for one in found:
        relative = "" if math.isnan(rms) else f"{number(100 * one.alpha / rms, 2)}%"
        place = (escape(one.move), number(one.alpha, 2), relative)
        if before and one.move != before:
            table.add_section()
        table.add_row(*(place if one.move != before else ("", "", "")), escape(one.capability), *_measured(one))
        before = one.move
    return table


def _empty(result: Result[SliceSpec], caption: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption=caption)
    table.caption_justify = "left"
    table.title = f"{escape(short_name(result.spec.checkpoint))}: deployment moves, each at its own α"
    return table


def _beside_noise(result: Result[SliceSpec], found: Sequence[Survival]) -> Table:
    """The score beside what noise of the move's size scores: in each tensor, and if it is known alike in all."""
    alike = any(one.isotropic is not None for one in found)
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption=_noise_caption(found)
    )
    table.caption_justify = "left"
    table.title = f"{escape(short_name(result.spec.checkpoint))}: deployment moves, each at its own α"
    headings = ("move", "", "score", "drop, 95 %", "pre-\ndicted", "draws", *(("iso-\ntropic",) * alike), "")
    for index, heading in enumerate(headings):
        right = heading not in ("move", "")
        table.add_column(heading, justify="right" if right else "left", no_wrap=index != 1, overflow="fold")
    before = ""
    for one in found:
        if before and one.move != before:
            table.add_section()
        foretold = [f"{one.noise.mean:.3f}", f"{one.noise.low:.2f}–{one.noise.high:.2f}"] if one.noise else ["", ""]
        foretold += [f"{one.isotropic.mean:.3f}" if one.isotropic else ""] * alike
        score, _, interval, _, kept = _measured(one)
        move = f"{escape(one.move)}\nα {number(one.alpha, 2)}" if one.move != before else ""
        table.add_row(move, escape(one.capability), score, interval, *foretold, kept)
        before = one.move
    return table


def _noise_caption(found: Sequence[Survival]) -> str:
    return (
        f"kept: the score has not dropped by more than τ = {found[0].tolerance:g}. predicted: the mean score under "
        "noise of the move's size in each tensor, with the range of its draws; isotropic: under noise of the same α, "
        "alike in all weights. * otherwise than predicted: kept or lost, or the score by more than the interval. "
        f"{TOUCHED}"
    )


def _measured(one: Survival) -> tuple[str, ...]:
    """The cells score, drop, interval, predicted and measured, with a star if the last two disagree."""
    drop = one.drop
    interval = "" if math.isnan(drop.low) else f"{_signed(drop.low)} to {_signed(drop.high)}"
    unlike = one.missed or (one.predicted is not None and one.predicted != one.kept)
    return one.score_text, _signed(drop.drop, 3), interval, _SAID[one.predicted], _SAID[one.kept] + "*" * unlike


def _signed(value: float, digits: int = 2) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _caption(found: Sequence[Survival]) -> str:
    tau = f"kept: the score has not dropped by more than τ = {found[0].tolerance:g}. " if found else ""
    return f"{tau}predicted: from random moves of the same α; * it was otherwise. {TOUCHED}"


def moves_dict(result: Result[SliceSpec], survivals: Sequence[Survival]) -> dict[str, Any]:
    """Moves, scores, drops and predictions as plain values for JSON; what is unknown is null."""
    facts = result.facts
    found: dict[str, dict[str, Any]] = {}
    for one in survivals:
        about: dict[str, Any] = {"alpha": one.alpha, "relative": None, "touched": None}
        if facts is not None:
            about |= {
                "relative": one.alpha / facts.typical,
                "touched": facts.touched.get(label_of(Move(name=one.move))),
            }
        numbers = {"score": one.score, **asdict(one.drop), "kept": one.kept, "predicted_kept": one.predicted}
        numbers |= _noise_dict(one)
        radius = one.radius.median if one.radius else None
        own = found.setdefault(one.move, about | {"capabilities": {}})
        own["capabilities"][one.capability] = json_safe(numbers | {"radius": radius, "too_close_to_call": one.close})
    tolerance = survivals[0].tolerance if survivals else None
    spec = result.spec.model_dump(mode="json")
    errors = errors_of(survivals)
    known = {"mean_absolute_error": asdict(errors)} if errors is not None else {}
    return {"spec": spec, "tolerance": tolerance, "moves": found, **known, "finding": survival_finding(survivals)}


def _noise_dict(one: Survival) -> dict[str, Any]:
    """What noise foretold of a score; nothing where none was measured, as up to version 0.6."""
    if one.noise is None:
        return {}
    return {
        "predicted_score": one.noise.mean,
        "predicted_low": one.noise.low,
        "predicted_high": one.noise.high,
        "beyond_the_interval": one.missed,
        "isotropic_score": one.isotropic.mean if one.isotropic else None,
        "isotropic_kept": one.isotropic_kept,
    }


def moves_csv(result: Result[SliceSpec], survivals: Sequence[Survival]) -> str:
    """The tidy rows; those of moves also hold the score that noise predicted, with the range of its draws."""
    known = {(label_of(Move(name=one.move)), one.capability, one.alpha): _noise_dict(one) for one in survivals}
    names = ("predicted_score", "predicted_low", "predicted_high", "isotropic_score")
    if not any(known.values()):
        return result.to_csv()
    table = result.table
    places = list(zip(table["direction"], table["capability"], table["alpha"], strict=True))
    return csv_of(table.assign(**{name: [known.get(place, {}).get(name) for place in places] for name in names}))


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
