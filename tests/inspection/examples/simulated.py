"""Simulated scores of a base and a fine-tune, with examples on disk: nothing is measured, everything is known."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from landscape.inspection.evidence import Evidence
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import InspectionSpec, SliceSpec


def written(file: Path, tags: Sequence[Sequence[str]], **fields: object) -> Path:
    """A file of examples with tags."""
    lines = [
        {"prompt": f"{i} + 1 =", "answer": f" {i + 1}", "tags": list(each), **fields} for i, each in enumerate(tags)
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    return file


def spec_of(file: Path, **fields: object) -> InspectionSpec:
    return InspectionSpec(checkpoint="base", other="tuned", capabilities=(str(file),), **fields)


def evidence_of(
    file: Path,
    before: np.ndarray,
    after: np.ndarray,
    losses: np.ndarray | None = None,
    later: np.ndarray | None = None,
    requests: list[int] | None = None,
    limit: int | None = None,
) -> Evidence:
    """The scores of both on all examples of a file."""
    found = {}
    for part, checkpoint, outcomes, each in (
        ("scores", "base", before, losses),
        ("tuned scores", "tuned", after, later),
    ):
        spec = SliceSpec(
            checkpoint=checkpoint, directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=(str(file),), limit=limit
        )
        scored = outcomes[outcomes != 255]
        row = {"direction": "gaussian", "seed": 0, "alpha": 0.0, "realised_alpha": 0.0, "capability": file.stem,
               "score": float(scored.mean()), "loss": 0.1, "n": len(scored), "seconds": 0.1,
               "outcomes": outcomes.astype(np.uint8), "losses": each}  # fmt: skip
        facts = Facts(100, 1.0, chance={file.stem: 0.0}, requests={file.stem: requests} if requests else {})
        found[part] = Result(spec, tidy(spec, [row]), facts)
    return Evidence(parts=found)
