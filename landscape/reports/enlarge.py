"""Compared checkpoints (Enlarge) as tables for the terminal, as JSON and as CSV."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from rich import box
from rich.markup import escape
from rich.table import Table

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.basins.radii import basins_of
from landscape.enlarge.claims import Claim, claims_of
from landscape.enlarge.forgetting import CapabilityChange
from landscape.enlarge.radius_ratios import (
    CheckpointRadius,
    Enlargement,
    checkpoint_radii,
    enlargements,
    ratio_finding,
)
from landscape.schema.directions import short_name
from landscape.schema.results import Result, csv_of, finite_text, json_safe
from landscape.schema.specs import BasinSpec


def compared(results: Sequence[Result[BasinSpec]]) -> Table:
    """One line a capability and checkpoint, the reference first: score, radius, and the ratio as two factors."""
    first = results[0].spec
    table = _plain()
    table.title = f"Basins beside those of {escape(short_name(first.checkpoint))}"
    spread = "its 95 % interval" if len(first.directions) >= RAYS_NEEDED else "their range"
    table.caption = (
        f"radius: median α over {len(first.directions)} random directions, with {spread}, at τ = "
        f"{first.tolerance:g}. × in α = × rms (growth of the weights) · × relative."
    )
    for heading in ("capability", "checkpoint", "score", "radius α", "α/rms", "× α", "× rms", "× rel."):
        text = heading in ("capability", "checkpoint")
        table.add_column(
            heading,
            justify="left" if text else "right",
            no_wrap=heading != "checkpoint",
            overflow="fold",
        )
    found = [one for one in enlargements(results) if one.reference.radius or one.other.radius]
    for name in dict.fromkeys(one.reference.capability for one in found):
        own = [one for one in found if one.reference.capability == name]
        table.add_section()
        table.add_row(escape(name), *_width(own[0].reference), "", "", "")
        for one in own:
            table.add_row("", *_width(one.other), *_factors(one))
    return table


def forgotten(changes: Sequence[CapabilityChange]) -> Table:
    """One line a fine-tune and capability: score and loss before and after, with the 95 % interval of the score."""
    table = _plain()
    table.title = "What the fine-tunes forgot and learned"
    table.caption = "before → after, each where its checkpoint stands; in brackets the 95 % interval after."
    for heading in ("fine-tune", "of", "capability", "score", "loss"):
        table.add_column(heading, justify="right" if heading in ("score", "loss") else "left")
    for change in changes:
        ends = change.before, change.after
        score = " → ".join(finite_text(end["score"]) for end in ends)
        score += "" if math.isnan(change.after["score"]) else " ({:.3f}–{:.3f})".format(*change.interval)
        loss = " → ".join(
            "–" if math.isnan(end["loss"]) else f"{end['loss']:.2g}" for end in (change.before, change.after)
        )
        names = (escape(short_name(change.tuned)), escape(short_name(change.base)), escape(change.capability))
        table.add_row(*names, score, loss)
    return table


def claimed(capability: str, claims: Sequence[Claim]) -> Table:
    """One line a claim: whether it holds here, and the numbers."""
    table = _plain()
    table.title = f"What is claimed, and what was measured here: {escape(capability)}"
    for heading in ("claim", "here", "measured"):
        table.add_column(heading)
    for claim in claims:
        style = {"holds": "green", "does not hold": "red"}.get(claim.outcome, "yellow")
        said = "undecided" if claim.outcome == "open" else claim.outcome
        table.add_row(escape(claim.claim), f"[{style}]{said}[/{style}]", escape(claim.measured))
    return table


def _plain() -> Table:
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")


def _width(width: CheckpointRadius) -> tuple[str, ...]:
    known = short_name(width.checkpoint), finite_text(width.score)
    if width.radius is None or width.relative is None:
        return escape(known[0]), *known[1:], "none", ""
    radius, open_ended = width.radius, "≥ " if width.radius.at_least else ""
    spread = "" if radius.spread is None else " ({:.2g}–{:.2g})".format(*radius.spread[1:])
    return escape(known[0]), *known[1:], f"{open_ended}{radius.median:.2g}{spread}", f"{open_ended}{width.relative:.0%}"


def _factors(one: Enlargement) -> tuple[str, str, str]:
    wider = "" if one.ratio is None else f"{one.ratio:.2f}{'*' if one.worse else ''}"
    return wider, f"{one.rms_ratio:.2f}", "" if one.relative_ratio is None else f"{one.relative_ratio:.2f}"


def comparison_dict(results: Sequence[Result[BasinSpec]], changes: Sequence[CapabilityChange]) -> dict[str, Any]:
    """A comparison with forgetting and claims as plain values for JSON."""
    found = enlargements(results)
    names = dict.fromkeys(one.other.capability for one in found)
    claimed = {name: claims_of([one for one in found if one.other.capability == name], changes) for name in names}
    claims = [{"capability": name, **asdict(claim)} for name, each in claimed.items() for claim in each]
    return enlargement_dict(results) | {"tuned": [change.to_dict() for change in changes], "claims": claims}


def enlargement_dict(results: Sequence[Result[BasinSpec]]) -> dict[str, Any]:
    """The checkpoints, their radii, and every ratio to the reference as plain values for JSON; unknown is null."""
    basins = {result.spec.checkpoint: basins_of(result) for result in results}
    found = enlargements(results, basins)
    checkpoints = [
        {
            "checkpoint": result.spec.checkpoint,
            "parameters": result.facts.parameters if result.facts else None,
            "rms": result.facts.rms if result.facts else None,
            "capabilities": {
                name: _width_dict(width)
                for name, width in checkpoint_radii(result, basins[result.spec.checkpoint]).items()
            },
        }
        for result in results
    ]
    pairs = [
        {
            "capability": one.other.capability,
            "checkpoint": one.other.checkpoint,
            "reference": one.reference.checkpoint,
            **json_safe({"wider": one.ratio, "wider_low": one.interval[0], "wider_high": one.interval[1]}),
            **json_safe({"grown": one.rms_ratio, "relatively_wider": one.relative_ratio, "equal_score": one.equal}),
        }
        for one in found
    ]
    spec = results[0].spec.model_dump(mode="json", exclude={"checkpoint"})
    return {"spec": spec, "checkpoints": checkpoints, "enlargements": pairs, "finding": ratio_finding(found)}


def comparison_csv(results: Sequence[Result[BasinSpec]]) -> str:
    """The points of all searches with a header line, the checkpoint in the first column."""
    table = pd.concat([r.table.assign(checkpoint=r.spec.checkpoint) for r in results])
    return csv_of(table.set_index("checkpoint").reset_index())


def _width_dict(width: CheckpointRadius) -> dict[str, Any]:
    radius = json_safe(asdict(width.radius)) if width.radius else None
    return json_safe({"score": width.score, "loss": width.loss, "relative": width.relative}) | {"radius": radius}
