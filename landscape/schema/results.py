"""Results: what a run found, as tidy rows beside its spec. No model, no torch."""

import base64
import math
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import orjson
import pandas as pd

from landscape.schema.directions import Direction, end_of
from landscape.schema.specs import CertificateSpec, PlaneSpec, PointSpec, canonical_json, parse_spec

NOT_SCORED = 255  # the outcome of an example that a sequential search left out
_LINE = ["direction", "seed", "alpha"]
_PLANE = ["x", "y"]
_NOISE = ["sigma", "batch"]
_MEASURED = ["realised_alpha", "capability", "score", "loss", "n", "seconds"]
_TYPES = {"seed": "Int64", "n": "int64", "batch": "int64"} | {
    name: "float64" for name in ("alpha", "x", "y", "sigma", "realised_alpha", "score", "loss", "seconds")
}


def columns(spec: PointSpec) -> list[str]:
    """The columns of a tidy row: coordinates, then what was measured there."""
    where = _PLANE if isinstance(spec, PlaneSpec) else _NOISE if isinstance(spec, CertificateSpec) else _LINE
    return [*where, *_MEASURED]


@dataclass(frozen=True)
class Facts:
    """What the engine learned of θ₀ and its neighbours while measuring.

    parameters is d, the number of weights that move; rms is rms(θ₀) over them; alpha_of holds the α of
    each checkpoint that a direction points at, and of each deployment move by its label (`recipes.end_of`); touched
    holds, by the same labels, the share of the weights that a move may change; added_rows holds, by checkpoint and
    parameter, how many rows only that checkpoint has (negative: it lacks them): they do not move; remarks says in
    sentences where a way does not end exactly at its checkpoint; counts holds, per capability, how many
    examples did not fit the context (`too_long`), were really generated (`generated`) and, of lm-eval, lost their
    beginning (`cut`); chance is the score of guessing. searched holds, per capability, which of its examples searches
    for a worst direction use (the others confirm it); found, by the label of a computed direction, what its search
    left (its notes); cosines those between directions that are not random, by both labels. For a plane: places
    holds [x, y, distance to the plane] of each landmark in α units, cosine is that of the two directions as they were
    given, variance the share of each principal direction.
    """

    parameters: int
    rms: float
    alpha_of: dict[str, float] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    chance: dict[str, float] = field(default_factory=dict)
    touched: dict[str, float] = field(default_factory=dict)
    searched: dict[str, list[int]] = field(default_factory=dict)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    cosines: dict[str, dict[str, float]] = field(default_factory=dict)
    places: dict[str, list[float]] = field(default_factory=dict)
    cosine: float | None = None
    variance: list[float] = field(default_factory=list)
    added_rows: dict[str, dict[str, int]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def leads_away(self, direction: Direction) -> bool:
        """Whether one can move along a direction: not along a deployment move that changes no weight."""
        return self.alpha_of.get(end_of(direction) or "") != 0


S = TypeVar("S", bound=PointSpec, covariant=True)


@dataclass(frozen=True)
class Result(Generic[S]):
    """A spec and its tidy rows: one row = one point and capability. Fewer rows while running.

    Besides `columns(spec)`, rows hold `outcomes`: uint8, one an example, 255 where it was not scored.
    """

    spec: S
    rows: pd.DataFrame
    facts: Facts | None = None

    def still(self, capability: str) -> pd.Series:
        """The row of a checkpoint where it stands. IndexError where it is not measured."""
        return self.rows[(self.rows["capability"] == capability) & (self.rows["alpha"] == 0)].iloc[0]

    def to_dict(self) -> dict[str, Any]:
        """`{"spec": …, "rows": […]}`, missing numbers as null; of a plane also `places`, `cosine` and `variance`.

        Where a way does not end exactly at its checkpoint, also `added_rows` and `remarks`.
        """
        records = self.rows[columns(self.spec)].to_dict("records")
        rows = [{name: None if pd.isna(value) else value for name, value in record.items()} for record in records]
        plane: dict[str, Any] = asdict(self.facts) if self.facts and isinstance(self.spec, PlaneSpec) else {}
        where: dict[str, Any] = {name: plane[name] for name in ("places", "cosine", "variance") if name in plane}
        if self.facts and self.facts.remarks:
            where |= {"added_rows": self.facts.added_rows, "remarks": self.facts.remarks}
        return {"spec": self.spec.model_dump(mode="json"), "rows": rows, **where}

    def to_json(self) -> str:
        """The export format of a run."""
        return orjson.dumps(self.to_dict()).decode()

    def to_csv(self) -> str:
        """The tidy rows with a header line."""
        return self.rows[columns(self.spec)].to_csv(index=False)

    def save(self, path: Path, *, outcomes: bool = False) -> None:
        """Write spec, rows and facts, on request with every example's outcome; `load` reads them back."""
        saved = self.to_dict() | {"facts": asdict(self.facts) if self.facts else None}
        if outcomes:
            for record, each in zip(saved["rows"], self.rows["outcomes"], strict=True):
                record["outcomes"] = base64.b85encode(zlib.compress(each.tobytes(), 9)).decode()
        path.write_text(canonical_json(saved))

    @classmethod
    def load(cls, path: Path) -> "Result[Any]":
        """Read what `save` (or a JSON export) wrote."""
        saved = orjson.loads(path.read_bytes())
        facts = saved.get("facts")
        spec: Any = parse_spec(saved["spec"])
        if not isinstance(spec, PointSpec):
            raise ValueError(f"expected a result with points, got one of kind {spec.kind}")
        for record in saved["rows"]:
            packed = record.get("outcomes")
            record["outcomes"] = np.frombuffer(zlib.decompress(base64.b85decode(packed)), np.uint8) if packed else None
        return Result[Any](spec, tidy(spec, saved["rows"]), Facts(**facts) if facts else None)


def json_safe(value: Any) -> Any:
    """A value for JSON, which lacks NaN and infinity: they become null, however deep they lie."""
    if isinstance(value, dict):
        return {key: json_safe(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def tidy(spec: PointSpec, records: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of plain records, with the column types of a result."""
    names = columns(spec)
    types = {name: kind for name, kind in _TYPES.items() if name in names}
    table = pd.DataFrame.from_records(records, columns=names).astype(types)
    return table.assign(outcomes=pd.Series([record.get("outcomes") for record in records], table.index, "object"))


@dataclass(frozen=True)
class Measurement:
    """One capability at one θ, example by example."""

    outcomes: np.ndarray  # uint8 (n,), NOT_SCORED where an example was left out
    losses: np.ndarray  # float32 (n,), nats per answer token; NaN where an example has no reference
    seconds: float
    realised_alpha: float
    counts: dict[str, int]  # too_long: did not fit the context; generated; not_finite: NaN logits
