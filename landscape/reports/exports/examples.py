"""Every example at every point of a run, as a Parquet file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from landscape.capabilities import examples
from landscape.schema.capability_names import name_of
from landscape.schema.results import NOT_SCORED, Result


def write_parquet(result: Result[Any], file: Path, *, named: bool = True) -> int:
    """Write one row for each example at each point, and return how many that are.

    Columns: `example` (its number in the file, from 0), `id` and `tags` as the file has them, `capability`, where it
    was measured (direction, seed and alpha; x and y; sigma and batch), `correct` (null: not scored) and `loss` in nats
    a token (null: no reference answer, or logits that are not finite). A trial of a certificate draws its examples, so
    that there `example` is the number of the trial in its batch.

    Args:
        result: of a run in a store; a result that was read from a file does not know its examples.
        file: where to write.
        named: whether the capability still is what was measured; else ids and tags are left out.

    Raises:
        ValueError: a capability cannot be read, or the result does not know its examples.
    """
    labels = {name_of(c): _labels(c, result.spec.limit) for c in result.spec.capabilities} if named else {}
    parts = list(_parts(result, labels))
    if not parts:
        raise ValueError("expected a run with measured points, got one that has none yet")
    table = pd.concat(parts, ignore_index=True)
    table.to_parquet(file, index=False)
    return len(table)


def _labels(capability: str, limit: int | None) -> pd.DataFrame:
    known = examples.load(capability, limit).examples
    return pd.DataFrame({"id": [one.id for one in known], "tags": [list(one.tags) for one in known]})


def _parts(result: Result[Any], labels: dict[str, pd.DataFrame]) -> Iterator[pd.DataFrame]:
    trials = "sigma" in result.spec.coordinates
    for row in result.rows.to_dict("records"):
        outcomes, losses = row["outcomes"], row["losses"]
        if outcomes is None or losses is None:
            raise ValueError("expected a run of a store: a result from a file does not know its examples")
        alone = pd.isna(row["score"]) and not row["not_finite"]  # it has a loss and no score
        scored = (np.asarray(outcomes) != NOT_SCORED) & (not alone)
        n = len(outcomes)
        own = labels.get(row["capability"])
        known = own if own is not None and len(own) == n and not (trials and row["sigma"]) else None
        finite = np.where(np.isfinite(losses), losses, np.nan)
        yield pd.DataFrame(
            {
                "example": np.arange(n, dtype=np.int32),
                "id": known["id"] if known is not None else pd.Series([None] * n, dtype="object"),
                "tags": known["tags"] if known is not None else pd.Series([[]] * n, dtype="object"),
                "capability": row["capability"],
                **{name: _repeated(row[name], n) for name in result.spec.coordinates},
                "correct": pd.array(np.where(scored, outcomes, 0) == 1, dtype="boolean").copy(),
                "loss": pd.Series(finite, dtype="Float32"),
            }
        ).assign(correct=lambda frame, scored=scored: frame["correct"].mask(~scored))


def _repeated(value: Any, n: int) -> Any:
    """A coordinate in every row; a seed that there is none of stays missing."""
    if isinstance(value, str):
        return [value] * n
    if value is pd.NA or isinstance(value, int | np.integer):
        return pd.array([value] * n, dtype="Int64")
    return np.full(n, value, np.float64)
