"""Results: what a run found, as tidy rows beside its spec. No model, no torch."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson
import pandas as pd

from landscape.specs import SliceSpec, canonical_json

COLUMNS = ["direction", "seed", "alpha", "realised_alpha", "capability", "score", "loss", "n", "seconds"]
_TYPES = {"seed": "Int64", "n": "int64"} | {
    name: "float64" for name in ("alpha", "realised_alpha", "score", "loss", "seconds")
}


@dataclass(frozen=True)
class Facts:
    """What the engine learned of θ₀ and its neighbours while measuring.

    parameters is d, the number of weights that move; rms is rms(θ₀) over them; alpha_of holds the α of
    each checkpoint that a direction points at; counts holds, per capability, how many examples did not
    fit the context (`too_long`) and how many were really generated (`generated`).
    """

    parameters: int
    rms: float
    alpha_of: dict[str, float] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A spec and its tidy rows: one row = one (direction, α, capability). Fewer rows while running."""

    spec: SliceSpec
    rows: pd.DataFrame  # COLUMNS
    facts: Facts | None = None

    def to_dict(self) -> dict[str, Any]:
        """`{"spec": …, "rows": […]}`, missing numbers as null."""
        records = self.rows[COLUMNS].to_dict("records")
        rows = [{name: None if pd.isna(value) else value for name, value in record.items()} for record in records]
        return {"spec": self.spec.model_dump(mode="json"), "rows": rows}

    def to_json(self) -> str:
        """The export format of a run."""
        return orjson.dumps(self.to_dict()).decode()

    def to_csv(self) -> str:
        """The tidy rows with a header line."""
        return self.rows[COLUMNS].to_csv(index=False)

    def save(self, path: Path) -> None:
        """Write spec, rows and facts; `load` reads them back."""
        path.write_text(canonical_json(self.to_dict() | {"facts": asdict(self.facts) if self.facts else None}))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` (or a JSON export) wrote."""
        saved = orjson.loads(path.read_bytes())
        facts = saved.get("facts")
        return cls(SliceSpec.model_validate(saved["spec"]), tidy(saved["rows"]), Facts(**facts) if facts else None)


def tidy(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows (COLUMNS) of plain records, with the column types of a result."""
    return pd.DataFrame.from_records(records, columns=COLUMNS).astype(_TYPES)
