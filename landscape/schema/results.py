"""The result of a run: tidy rows beside its spec. No model, no torch."""

import base64
import math
import zlib
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
from pandas.api.types import is_string_dtype as is_text

from landscape.outside.text import cell
from landscape.schema.directions import Direction, end_of
from landscape.schema.frames import PointSpec
from landscape.schema.labels import Labels
from landscape.schema.specs import canonical_json, parse_spec

NOT_SCORED = 255  # the outcome of an example that sequential scoring left out
_MOST = float(np.finfo(np.float16).max)
_MEASURED = ["realised_alpha", "capability", "score", "loss", "n", "seconds"]
_TYPES = {"seed": "Int64", "n": "int64", "batch": "int64", "not_finite": "int64"} | {
    name: "float64" for name in ("alpha", "x", "y", "sigma", "realised_alpha", "score", "loss", "seconds")
}


def columns(spec: PointSpec) -> list[str]:
    """The columns of a tidy row: coordinates, then what was measured there."""
    return [*spec.coordinates, *_MEASURED]


@dataclass(frozen=True)
class Facts:
    """What the engine learned about θ₀ and its neighbours while measuring.

    Directions are keyed by their labels (`label_of`), the ends of directions by `end_of`.
    """

    parameters: int  # d, the number of weights that move
    rms: float  # rms(θ₀) over them
    alpha_of: dict[str, float] = field(default_factory=dict)  # by end: α of a checkpoint or a deployment move
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # by capability: too_long, generated, cut examples
    chance: dict[str, float] = field(default_factory=dict)  # by capability: the score of guessing
    touched: dict[str, float] = field(default_factory=dict)  # by deployment move: share of the weights it may change
    searched: dict[str, list[int]] = field(default_factory=dict)  # by capability: examples that searches use
    found: dict[str, dict[str, Any]] = field(default_factory=dict)  # by computed direction: the record of its search
    cosines: dict[str, dict[str, float]] = field(default_factory=dict)  # between directions that are not random
    places: dict[str, list[float]] = field(default_factory=dict)  # in a plane: [x, y, distance to it] by checkpoint, α
    cosine: float | None = None  # of a plane: that of its two directions as they were given
    variance: list[float] = field(default_factory=list)  # of a plane: the share of each principal component
    added_rows: dict[str, dict[str, int]] = field(default_factory=dict)  # by checkpoint and parameter, see below
    remarks: list[str] = field(default_factory=list)  # sentences: where a direction does not end at its checkpoint
    dtype: str = ""  # the number format of the weights, as loaded; "" up to version 0.6
    requests: dict[str, list[int]] = field(default_factory=dict)  # by capability, see below; where some are repeated
    repeated: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by capability: request, examples that ask
    reach: float | None = None  # α that a probe found, of a spec without range; None until then, or where one is given
    matrices_rms: float | None = None  # rms(θ₀) over the weights of matrices that move; None up to 0.6, or without any

    # counts: `too_long` did not fit the context, `generated` were really generated, `cut` lost their start (lm-eval).
    # requests: for each example the index of the first that asks the same; they count once in intervals.
    # added_rows: how many rows only that checkpoint has (negative: it lacks them). They do not move.

    @property
    def typical(self) -> float:
        """The size of a weight that relative α divides by: the rms of the matrices, or without it of all weights.

        Gains of norms are few and may be large: they would make most of the rms of all weights.
        """
        return self.matrices_rms or self.rms

    @property
    def typical_words(self) -> str:
        """Which rms `typical` is."""
        return "rms of the matrices" if self.matrices_rms else "rms of all weights"

    def leads_away(self, direction: Direction) -> bool:
        """Whether a direction leads away from θ₀; a deployment move that changes no weight does not."""
        return self.alpha_of.get(end_of(direction) or "") != 0


S = TypeVar("S", bound=PointSpec, covariant=True)


@dataclass(frozen=True, eq=False)
class Result(Generic[S]):
    """A spec and its tidy rows: one row = one point and capability. Fewer rows while running.

    Nothing changes a result, and it equals only itself: what was computed of one can be remembered by it.

    Besides `columns(spec)`, rows hold `outcomes`: uint8, one an example, 255 where it was not scored; and how many of
    the examples had logits `not_finite` (NaN or infinite): the model answers nothing there, which counts as wrong.
    `losses`: float32, one an example, NaN where it has none; None in a result that does not say.
    Read `by_loss` (`basins.losses`), scores and outcomes are losses with a minus sign.
    """

    spec: S
    rows: pd.DataFrame
    facts: Facts | None = None
    by_loss: bool = False
    by_score: "Result[S] | None" = field(default=None, repr=False)  # the same before it was read by loss
    labels: Labels = Labels()  # what people wrote on its run

    def row_at_origin(self, capability: str) -> pd.Series:
        """A capability's row at θ₀, the checkpoint itself. IndexError if it is not measured."""
        rows = self._at_origin
        return rows[rows["capability"] == capability].iloc[0]

    def not_finite_at_origin(self, capability: str) -> int:
        """How many examples have logits at θ₀ that are not finite: if any, the capability is not measurable so."""
        return self._not_finite.get(capability, 0)

    @cached_property
    def _not_finite(self) -> dict[str, int]:
        most = self._at_origin.groupby("capability")["not_finite"].max()
        return {str(name): int(count) for name, count in most.items()}

    @cached_property
    def _at_origin(self) -> pd.DataFrame:
        return self.rows[_at_origin(self.rows)]

    def chance_of(self, capability: str) -> float:
        """What guessing scores; of a loss there is no such level, and −inf stands for it."""
        return -math.inf if self.by_loss else self.facts.chance.get(capability, 0.0) if self.facts else 0.0

    def has_loss_alone(self, capability: str) -> bool:
        """Whether a capability has a loss and no score: it can only be read by loss."""
        return capability in self._by_loss_alone

    @cached_property
    def _by_loss_alone(self) -> set[str]:
        unscored = self.rows["score"].isna() & (self.rows["not_finite"] == 0)
        return set() if self.by_loss else set(self.rows.loc[unscored, "capability"])

    def requests_of(self, capability: str) -> list[int] | None:
        """For each example of a capability the index of the first that asks the same; None where all differ."""
        return self.facts.requests.get(capability) if self.facts else None

    @cached_property
    def scored(self) -> pd.DataFrame:
        """The rows, with NaN for the score of a point where no example had finite logits: there is none to show."""
        return self.rows.assign(score=self.rows["score"].where(self.rows["not_finite"] < self.rows["n"]))

    @property
    def dtype(self) -> str:
        """The number format in which it was measured, in words."""
        known = self.facts.dtype if self.facts else ""
        return known or (self.spec.dtype if self.spec.dtype != "auto" else "the number format of the checkpoint")

    @property
    def notes(self) -> list[str]:
        """Sentences on points whose logits are not finite, where scores are no scores."""
        found = []
        for name, rows in self.rows.groupby("capability", sort=False):
            broken = rows[rows["not_finite"] > 0]
            if here := self.not_finite_at_origin(str(name)):
                found.append(not_measurable(str(name), self.dtype, here, int(rows.loc[_at_origin(rows), "n"].iloc[0])))
            elif len(broken):
                points = f"{len(broken)} of {len(rows)} points"
                found.append(
                    f"{name}: at {points} logits are not finite: the model answers nothing, which counts as wrong"
                )
        return found

    @property
    def table(self) -> pd.DataFrame:
        """`columns(spec)` as shown and exported; also `not_finite`, if any are: where all are, there is no score."""
        shown = columns(self.spec)
        return self.scored[[*shown, "not_finite"]] if self.rows["not_finite"].any() else self.rows[shown]

    def to_dict(self) -> dict[str, Any]:
        """`{"spec": …, "rows": […]}`, missing numbers as null; then facts that limit or belong to it, and `labels`."""
        records = self.table.to_dict("records")
        rows = [{name: None if pd.isna(value) else value for name, value in record.items()} for record in records]
        facts = asdict(self.facts) if self.facts else {}
        reported = [name for name in self.spec.reported_facts if facts]
        reported += ["added_rows", "remarks"] if facts.get("remarks") else []
        known = {name: facts[name] for name in reported} | self.labels.as_entry()
        return {"spec": self.spec.model_dump(mode="json"), "rows": rows, **known}

    def to_json(self) -> str:
        """The export format of a run."""
        return orjson.dumps(self.to_dict()).decode()

    def to_csv(self) -> str:
        """The tidy rows with a header line, and what people wrote on the run; no name is a formula to a spreadsheet."""
        return csv_of(self.table.assign(**self.labels.as_columns()))

    def packed(self, *, outcomes: bool = False, losses: bool = False) -> dict[str, Any]:
        """Return spec, rows and facts as plain values, on request with every example's outcome and loss.

        Outcomes come back as they were. Losses are packed as float16: each comes back within 0.05 % of itself (below
        6e-5 nats within 3e-8), and one above 65,504 nats as 65,504; missing and infinite ones stay what they are.
        """
        saved = self.to_dict() | {"facts": asdict(self.facts) if self.facts else None}
        if outcomes:
            for record, each in zip(saved["rows"], self.rows["outcomes"], strict=True):
                record["outcomes"] = _packed(each)
        if losses:
            for record, each in zip(saved["rows"], self.rows["losses"], strict=True):
                record["losses"] = _packed(np.where(np.isfinite(each), np.clip(each, None, _MOST), each).astype("<f2"))
        return saved

    @classmethod
    def unpacked(cls, saved: dict[str, Any]) -> "Result[Any]":
        """Return the result of what `packed` returned, or of a JSON export."""
        facts = saved.get("facts")
        spec: Any = parse_spec(saved["spec"])
        if not isinstance(spec, PointSpec):
            raise ValueError(f"expected a result with points, got one of kind {spec.kind}")
        for record in saved["rows"]:
            record["outcomes"] = _unpacked(record.get("outcomes"), np.uint8)
            losses = _unpacked(record.get("losses"), "<f2")
            record["losses"] = None if losses is None else losses.astype(np.float32)
        return Result[Any](spec, tidy(spec, saved["rows"]), Facts(**facts) if facts else None, labels=Labels.of(saved))

    def save(self, path: Path, *, outcomes: bool = False, losses: bool = False) -> None:
        """Write what `packed` returns; `load` reads it back."""
        path.write_text(canonical_json(self.packed(outcomes=outcomes, losses=losses)))

    @classmethod
    def load(cls, path: Path) -> "Result[Any]":
        """Read a file that `save` wrote, or a JSON export."""
        return cls.unpacked(orjson.loads(path.read_bytes()))


def _packed(values: np.ndarray) -> str:
    return base64.b85encode(zlib.compress(values.tobytes(), 9)).decode()


def _unpacked(text: str | None, dtype: npt.DTypeLike) -> np.ndarray | None:
    """The values that `_packed` wrote; None where none were written."""
    return np.frombuffer(zlib.decompress(base64.b85decode(text)), dtype) if text else None


def csv_of(table: pd.DataFrame) -> str:
    """A table as CSV, with a header line; text that a spreadsheet would compute begins with an apostrophe."""
    literal = {name: column.map(cell) for name, column in table.items() if column.dtype == object or is_text(column)}
    return table.assign(**literal).rename(columns=cell).to_csv(index=False)


def _at_origin(rows: pd.DataFrame) -> "pd.Series[bool]":
    return (rows[[name for name in ("alpha", "x", "y", "sigma") if name in rows]] == 0).all(axis=1)


def not_measurable(name: str, dtype: str, not_finite: int, n: int) -> str:
    """A sentence on a capability whose logits overflow where the checkpoint itself stands."""
    wider = {"float16": "bfloat16 or float32", "bfloat16": "float32"}.get(dtype)
    hint = f"; measure it with --dtype {wider}" if wider else ""
    said = f"{name} is not measurable in {dtype}: at θ₀ the logits of {not_finite} of {n} examples are not finite"
    return f"{said} (an overflow){hint}"


def score_text(score: float, not_finite: int, n: int) -> str:
    """`0.912`; `not finite` where no example had finite logits; `0.850, 3 not finite` in between; `by loss` of none."""
    told = "by loss" if math.isnan(score) else f"{score:.3f}"
    if not not_finite:
        return told
    return "not finite" if not_finite >= n else f"{told}, {not_finite} not finite"


def finite_text(score: float, digits: int = 3) -> str:
    """`0.912`; `not finite` for NaN, where there is no score."""
    return "not finite" if math.isnan(score) else f"{score:.{digits}f}"


def json_safe(value: Any) -> Any:
    """Copy a value for JSON: NaN and infinity, which JSON lacks, become None at any depth."""
    if isinstance(value, dict):
        return {key: json_safe(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def tidy(spec: PointSpec, records: list[dict[str, Any]]) -> pd.DataFrame:
    """A table of plain records, with the columns and types of a result."""
    names = columns(spec)
    types = {name: kind for name, kind in _TYPES.items() if name in (*names, "not_finite")}
    table = pd.DataFrame.from_records(records, columns=[*names, "not_finite"]).fillna({"not_finite": 0})
    unscored = set(table.loc[table["score"].isna() & (table["not_finite"] == 0), "capability"])  # by loss alone
    scored = (table["not_finite"] == 0) | table["capability"].isin(unscored)
    table["score"] = table["score"].where(scored, table["score"].fillna(0.0))  # exported as null
    table = table.astype(types)
    each = ("outcomes", "losses")
    return table.assign(**{name: pd.Series([r.get(name) for r in records], table.index, "object") for name in each})


@dataclass(frozen=True)
class Measurement:
    """One capability at one θ, example by example."""

    outcomes: np.ndarray  # uint8 (n,), NOT_SCORED where an example was left out
    losses: np.ndarray  # float32 (n,), nats per answer token; NaN where an example has no reference
    seconds: float
    realised_alpha: float
    counts: dict[str, int]  # too_long: did not fit the context; generated; not_finite: NaN logits
