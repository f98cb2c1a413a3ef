"""A worst-case run as plain values for JSON."""

from typing import Any

from landscape.basins.boundaries import Boundary
from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import alpha_of_others, basins_of
from landscape.schema.directions import label_of
from landscape.schema.results import Result, json_safe
from landscape.schema.specs import WorstSpec
from landscape.worst.boundaries import WorstBoundary, computed_of, worst_boundaries
from landscape.worst.equal_norm import EqualNormScores, equal_norm_scores
from landscape.worst.overlap import Explained, by, cells_of, explained_of, found_of


def worst_dict(result: Result[WorstSpec], tolerance: float | None = None) -> dict[str, Any]:
    """A worst-case run at a tolerance (default: the searched one) as plain values; unknown numbers are null.

    A boundary that is null was not met up to `inside`.
    """
    searched = as_searched(result) if tolerance is None else result
    tau = default_tolerance(searched) if tolerance is None else tolerance
    basins = basins_of(searched, tau)
    endings = worst_boundaries(searched, tau, basins)
    score_tau = result.spec.tolerance if searched.by_loss else tau
    by_score = worst_boundaries(result, score_tau) if searched.by_loss else endings
    found, facts = found_of(result), result.facts
    directions = {}
    for label in map(label_of, computed_of(result)):
        noted = found.get(label, {})
        cells = cells_of(noted.get("mass", []))
        directions[label] = {
            "searched_at_alpha": noted.get("alpha"),
            "eigenvalue": noted.get("eigenvalue"),
            "seconds": noted.get("seconds"),
            "boundaries": {e.capability: _ending(e) for e in endings if e.direction == label},
            "mass_by_layer": by(cells, "layer"),
            "mass_by_module": by(cells, "module"),
        }
    return json_safe(
        {
            "spec": result.spec.model_dump(mode="json"),
            "tolerance": tau,
            **({"tolerance_of": "loss, nats"} if searched.by_loss else {}),
            "rms": facts.rms if facts else None,
            **({"matrices_rms": facts.matrices_rms} if facts and facts.matrices_rms else {}),
            "alpha_of": alpha_of_others(result),
            "directions": directions,
            "cosines": facts.cosines if facts else {},
            "chance_cosine": facts.parameters**-0.5 if facts else None,
            "explained": [_explained(one) for one in explained_of(result)],
            "at_equal_norm": [_equal_norm(one) for one in equal_norm_scores(result, by_score, score_tau)],
        }
    )


def _ending(ending: WorstBoundary) -> dict[str, Any]:
    random = ending.random
    return {
        "role": ending.role,
        "examples": ending.n,
        "unseen_examples_only": ending.held_out,
        "score": ending.score,  # by loss: the loss with a minus sign
        "basin": ending.bounded,
        **_boundary(ending.boundary),
        "on_searched_examples": _boundary(ending.on_searched) if ending.on_searched else None,
        "random_radius": random.median if random else None,
        "random_radius_at_least": random.at_least if random else False,
        "times_nearer": ending.times_nearer,
    }


def _boundary(end: Boundary | None) -> dict[str, Any]:
    if end is None:
        return {"boundary": None, "inside": None, "outside": None}
    return {"boundary": end.alpha, "inside": end.inside, "outside": end.outside}


def _explained(one: Explained) -> dict[str, Any]:
    return {
        "checkpoint": one.checkpoint,
        "direction": one.direction,
        "capability": one.capability,
        "cosine": one.cosine,
        "loss_change": one.loss_change,
        "projection_alpha": one.projection_alpha,
        "loss_change_of_projection": one.loss_change_of_projection,
        "share": one.share,
    }


def _equal_norm(one: EqualNormScores) -> dict[str, Any]:
    return {
        "checkpoint": one.checkpoint,
        "alpha": one.alpha,
        "capability": one.capability,
        "examples": one.n,
        "unseen_examples_only": one.held_out,
        "origin": one.origin,
        "fine_tune": one.own,
        "random": list(one.random),
        "towards_others": one.others,
        "worst_direction": one.direction,
        "worst": one.worst,
        "like": one.likeness,
    }
