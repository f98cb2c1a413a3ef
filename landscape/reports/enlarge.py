"""Compared checkpoints (Enlarge) as tables for the terminal, as JSON and as CSV."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from rich import box
from rich.markup import escape
from rich.table import Table

from landscape.basins.boundaries import RAYS_NEEDED
from landscape.basins.radii import Basin, basins_of
from landscape.enlarge.claims import Claim, claims_of
from landscape.enlarge.forgetting import CapabilityChange
from landscape.enlarge.kept import Kept, kept_of
from landscape.enlarge.radius_ratios import (
    CheckpointRadius,
    Enlargement,
    checkpoint_radii,
    enlargements,
    ratio_finding,
)
from landscape.enlarge.ratios import Ratio
from landscape.reports.basins import radius_cell
from landscape.schema.directions import short_name
from landscape.schema.numbers import number
from landscape.schema.results import Result, csv_of, finite_text, json_safe
from landscape.schema.specs import BasinSpec


def compared(
    results: Sequence[Result[BasinSpec]], layers: Sequence[Result[BasinSpec]] = (), *, share_of_score: bool = False
) -> Table:
    """One line a capability and checkpoint, the reference first: score, radius, and the ratio as two factors.

    `layers` are the searches along layer directions, as far as they were measured. With `share_of_score`, τ is a share
    of each score at θ₀ (`basins_of`).
    """
    first = results[0].spec
    table = _plain()
    table.title = f"Basins beside those of {escape(short_name(first.checkpoint))}"
    count = len(first.directions)
    spread = "its 95 % interval" if count >= RAYS_NEEDED else "their range"
    drawn = f"median α over {count} random directions, with {spread}" if count > 1 else "α in one random direction"
    table.caption = (
        f"radius: {drawn}, at τ = {first.tolerance:g}{' × each score at θ₀' * share_of_score}. "
        f"× in α = × rms (growth of the weights, {_rms_words(results)}) · × relative."
    )
    headings = ["capability", "checkpoint", "score", "radius α", "α/rms", "× α", "× rms", "× rel."]
    if layers:
        table.caption += " × tensor: along directions that change every tensor by the same share."
        headings.append("× tensor")
    for heading in headings:
        text = heading in ("capability", "checkpoint")
        table.add_column(
            heading,
            justify="left" if text else "right",
            no_wrap=heading != "checkpoint",
            overflow="fold",
        )
    compared_ = enlargements(*_read(results, layers, share_of_score))
    found = [one for one in compared_ if one.reference.radius or one.other.radius]
    for name in dict.fromkeys(one.reference.capability for one in found):
        own = [one for one in found if one.reference.capability == name]
        table.add_section()
        table.add_row(escape(name), *_width(own[0].reference))
        for one in own:
            table.add_row("", *_width(one.other), *_factors(one, bool(layers)))
    return table


def basins_by_checkpoint(
    results: Sequence[Result[BasinSpec]], *, share_of_score: bool = False
) -> Mapping[str, list[Basin]]:
    """By checkpoint, what its search found at its own τ, or at that share of each score at θ₀."""
    taus = [result.spec.tolerance if share_of_score else None for result in results]
    both = zip(results, taus, strict=True)
    return {one.spec.checkpoint: basins_of(one, tau, share_of_score=share_of_score) for one, tau in both}


def _read(
    results: Sequence[Result[BasinSpec]], layers: Sequence[Result[BasinSpec]], share_of_score: bool
) -> tuple[Sequence[Result[BasinSpec]], Mapping[str, list[Basin]], Mapping[str, list[Basin]]]:
    """What `enlargements` takes."""
    basins, along = (basins_by_checkpoint(one, share_of_score=share_of_score) for one in (results, layers))
    return results, basins, along


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
            "–" if math.isnan(end["loss"]) else number(end["loss"], 2) for end in (change.before, change.after)
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


def _rms_words(results: Sequence[Result[BasinSpec]]) -> str:
    known = all(result.facts is not None and result.facts.matrices_rms for result in results)
    return "of matrices" if known else "of all"


def _plain() -> Table:
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")


def _width(width: CheckpointRadius) -> tuple[str, ...]:
    known = short_name(width.checkpoint), finite_text(width.score)
    if width.radius is None or width.relative is None:
        return escape(known[0]), *known[1:], "none", ""
    radius, open_ended = width.radius, "≥ " if width.radius.at_least else ""
    return escape(known[0]), *known[1:], radius_cell(radius), f"{open_ended}{width.relative:.0%}"


def _factors(one: Enlargement, by_tensor: bool) -> tuple[str, ...]:
    wider = "" if one.ratio is None else f"{one.ratio:.2f}{'*' if one.worse else ''}"
    factors = wider, f"{one.rms_ratio:.2f}", "" if one.relative_ratio is None else f"{one.relative_ratio:.2f}"
    tensor = "" if one.by_tensor is None else f"{one.by_tensor.value:.2f}{one.by_tensor.spread}"
    return (*factors, tensor) if by_tensor else factors


def comparison_dict(
    results: Sequence[Result[BasinSpec]],
    changes: Sequence[CapabilityChange],
    layers: Sequence[Result[BasinSpec]] = (),
    alphas: Mapping[str, float] | None = None,
    *,
    share_of_score: bool = False,
) -> dict[str, Any]:
    """A comparison with forgetting and claims as plain values for JSON.

    `layers` are the searches along layer directions, `alphas` the α of each fine-tune by its base, as far as known.
    With `share_of_score`, τ is a share of each score at θ₀.
    """
    found = enlargements(*_read(results, layers, share_of_score))
    names = dict.fromkeys(one.other.capability for one in found)
    claimed = {name: claims_of([one for one in found if one.other.capability == name], changes) for name in names}
    claims = [{"capability": name, **asdict(claim)} for name, each in claimed.items() for claim in each]
    known, share = alphas or {}, share_of_score
    kept = [k for name in names for k in kept_in_comparison(results, changes, known, name, share_of_score=share)]
    tuned = {"tuned": [change.to_dict() for change in changes], "kept": [_kept_dict(one) for one in kept]}
    return enlargement_dict(results, layers, share_of_score=share_of_score) | tuned | {"claims": claims}


def kept_in_comparison(
    results: Sequence[Result[BasinSpec]],
    changes: Sequence[CapabilityChange],
    alphas: Mapping[str, float],
    capability: str,
    *,
    share_of_score: bool = False,
) -> list[Kept]:
    """What each fine-tune kept of one capability, against its α in radii of its base."""
    basins = basins_by_checkpoint(results, share_of_score=share_of_score)
    radii = [checkpoint_radii(result, basins[result.spec.checkpoint]) for result in results]
    return kept_of([each[capability] for each in radii if capability in each], changes, alphas)


def _kept_dict(one: Kept) -> dict[str, Any]:
    names = {"checkpoint": one.base, "tuned": one.tuned, "capability": one.capability, "alpha": one.alpha}
    far = {"radii": one.distance, "radii_low": one.interval[0], "radii_high": one.interval[1]}
    return names | json_safe(far | {"at_most": one.radius.at_least, "kept": asdict(one.share)})


def enlargement_dict(
    results: Sequence[Result[BasinSpec]], layers: Sequence[Result[BasinSpec]] = (), *, share_of_score: bool = False
) -> dict[str, Any]:
    """The checkpoints, their radii, and every ratio to the reference as plain values for JSON; unknown is null."""
    _, basins, along = _read(results, layers, share_of_score)
    found = enlargements(results, basins, along)
    checkpoints = [
        {
            "checkpoint": result.spec.checkpoint,
            "parameters": result.facts.parameters if result.facts else None,
            "rms": result.facts.rms if result.facts else None,
            **({"matrices_rms": result.facts.matrices_rms} if result.facts and result.facts.matrices_rms else {}),
            "capabilities": {
                name: _width_dict(width)
                for name, width in checkpoint_radii(
                    result, basins[result.spec.checkpoint], along.get(result.spec.checkpoint, ())
                ).items()
            },
        }
        for result in results
    ]
    pairs = [
        {
            "capability": one.other.capability,
            "checkpoint": one.other.checkpoint,
            "reference": one.reference.checkpoint,
            **_ratio_dict("wider", one.in_alpha),
            **json_safe({"grown": one.rms_ratio}),
            **_ratio_dict("relatively_wider", one.by_rms),
            **_ratio_dict("tensor_wider", one.by_tensor),
            "equal_score": one.equal,
        }
        for one in found
    ]
    spec = results[0].spec.model_dump(mode="json", exclude={"checkpoint"})
    said = {"tolerance_of": "share of each score at θ₀" if share_of_score else "score"}
    return {"spec": spec, **said, "checkpoints": checkpoints, "enlargements": pairs, "finding": ratio_finding(found)}


def _ratio_dict(name: str, ratio: Ratio | None) -> dict[str, Any]:
    value, low, high = (None, None, None) if ratio is None else (ratio.value, ratio.low, ratio.high)
    return json_safe({name: value, f"{name}_low": low, f"{name}_high": high})


def comparison_csv(results: Sequence[Result[BasinSpec]], layers: Sequence[Result[BasinSpec]] = ()) -> str:
    """The points of all searches with a header line, the checkpoint in the first column.

    The direction says which α is meant: of `layer` directions, it is the relative change of every tensor.
    """
    table = pd.concat([r.table.assign(checkpoint=r.spec.checkpoint) for r in (*results, *layers)])
    return csv_of(table.set_index("checkpoint").reset_index())


def _width_dict(width: CheckpointRadius) -> dict[str, Any]:
    radius, layer = (json_safe(asdict(r)) if r else None for r in (width.radius, width.layer_radius))
    plain = json_safe({"score": width.score, "loss": width.loss, "relative": width.relative})
    return plain | {"radius": radius, "layer_radius": layer}
