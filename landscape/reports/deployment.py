"""Deployment moves as a table for the terminal, and as JSON."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from landscape.schema.deployments import TOUCHED
from landscape.schema.directions import Move, label_of, short_name
from landscape.schema.results import Result, json_safe
from landscape.schema.specs import SliceSpec
from landscape.slices.deployment_survival import Survival, survival_finding, survivals_of

_SAID = {True: "kept", False: "lost", None: ""}


def moves(result: Result[SliceSpec], survivals: Sequence[Survival] | None = None) -> Table:
    """One line a move and capability: its α, what it costs, and whether the radius predicted it. 80 columns."""
    found = survivals_of(result) if survivals is None else survivals
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption=_caption(found))
    table.caption_justify = "left"
    table.title = f"{escape(short_name(result.spec.checkpoint))}: deployment moves, each at its own α"
    for heading in ("move", "α", "α/rms", "", "score", "drop", "95 %", "pre-\ndicted", "meas-\nured"):
        right = heading in ("α", "α/rms", "score", "drop", "95 %")
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading != "")
    rms, before = result.facts.rms if result.facts else math.nan, ""
    for one in found:
        place = (escape(one.move), f"{one.alpha:.2g}", f"{100 * one.alpha / rms:.2g}%")
        if before and one.move != before:
            table.add_section()
        table.add_row(*(place if one.move != before else ("", "", "")), escape(one.capability), *_measured(one))
        before = one.move
    return table


def _measured(one: Survival) -> tuple[str, ...]:
    """The cells score, drop, interval, predicted and measured, with a star if the last two disagree."""
    drop = one.drop
    interval = "" if math.isnan(drop.low) else f"{_signed(drop.low)} to {_signed(drop.high)}"
    unlike = one.predicted is not None and one.predicted != one.kept
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
            about |= {"relative": one.alpha / facts.rms, "touched": facts.touched.get(label_of(Move(name=one.move)))}
        numbers = {"score": one.score, **asdict(one.drop), "kept": one.kept, "predicted_kept": one.predicted}
        radius = one.radius.median if one.radius else None
        own = found.setdefault(one.move, about | {"capabilities": {}})
        own["capabilities"][one.capability] = json_safe(numbers | {"radius": radius, "too_close_to_call": one.close})
    tolerance = survivals[0].tolerance if survivals else None
    spec = result.spec.model_dump(mode="json")
    return {"spec": spec, "tolerance": tolerance, "moves": found, "finding": survival_finding(survivals)}
