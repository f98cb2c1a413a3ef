"""A surface from a file: values over one or two directions, as another program measured them."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from landscape.schema.numbers import number

Array = npt.NDArray[np.float64]
Place = tuple[float, float | None, float]  # x, y (None of a curve), value
MOST_CELLS = 4_000_000
OWN_DIRECTIONS = "multiples of the file's own directions"
ALPHA, RELATIVE_ALPHA = "α, as on this page", "relative changes, as on this page"
OF_EXPORT = "α, or the relative change where the exported plane has it"
NATS, SHARE = "nats a token", "share of examples answered right"  # the units that this program's own exports have


@dataclass(frozen=True)
class Axis:
    """Where the values of a file lie along one direction, in the order of the file."""

    coordinates: npt.NDArray
    title: str


@dataclass(frozen=True)
class Contents:
    """What a file holds: axes, and one array of values for each quantity.

    Each array has one value for each pair (x, y), as `values[x, y]`; without y, as `values[x]`.
    """

    format: str  # in words: which program writes such files
    x: Axis
    y: Axis | None
    fields: dict[str, npt.NDArray]
    axis_unit: str = OWN_DIRECTIONS
    units: dict[str, str] = field(default_factory=dict)  # by quantity, where the format says it
    unmeasured: float | None = None  # the value that stands where nothing was measured
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Surface:
    """One quantity of a file over a grid, or along a line. It is read only, and equals only itself."""

    name: str  # of the file
    format: str
    quantity: str
    quantities: tuple[str, ...]  # that the file holds
    x: Array  # increasing
    y: Array | None  # increasing; None of a curve
    values: Array  # values[row of y, column of x], or values[x] of a curve; NaN where there is none
    titles: tuple[str, str]  # of the axes
    axis_unit: str
    unit: str  # of the values; "" where the file does not say
    notes: tuple[str, ...]

    @property
    def measured(self) -> int:
        """How many points have a value."""
        return int(np.isfinite(self.values).sum())

    @property
    def in_alpha(self) -> bool:
        """Whether the axes are those of this program's planes."""
        return self.axis_unit in (ALPHA, RELATIVE_ALPHA, OF_EXPORT)

    @property
    def better_high(self) -> bool:
        """Whether a high value is a good one: accuracies and scores; of all others the lowest is marked."""
        return self.unit == SHARE or any(word in self.quantity.lower() for word in ("acc", "score"))

    @property
    def lowest(self) -> Place:
        """The lowest value and where it lies; the first of equal ones."""
        return self._at(int(np.nanargmin(self.values)))

    @property
    def highest(self) -> Place:
        """The highest value and where it lies; the first of equal ones."""
        return self._at(int(np.nanargmax(self.values)))

    @property
    def marked(self) -> Place:
        """The best value: the lowest of losses, the highest of accuracies and scores."""
        return self.highest if self.better_high else self.lowest

    @property
    def shape_text(self) -> str:
        """`51 × 51 points`; `201 points` of a curve."""
        return f"{len(self.x):,} points" if self.y is None else f"{len(self.x):,} × {len(self.y):,} points"

    @property
    def value_text(self) -> str:
        """The quantity and its unit: `train_loss`, `math loss (nats a token)`."""
        return f"{self.quantity} ({self.unit})" if self.unit else self.quantity

    def place_text(self, place: Place) -> str:
        """`0.31 at x 0.1, y -0.2`."""
        x, y, value = place
        return f"{number(value, 4)} at x {number(x)}" + ("" if y is None else f", y {number(y)}")

    def _at(self, index: int) -> Place:
        if self.y is None:
            return float(self.x[index]), None, float(self.values[index])
        row, column = divmod(index, len(self.x))
        return float(self.x[column]), float(self.y[row]), float(self.values[row, column])


def surface_of(name: str, contents: Contents, quantity: str | None = None) -> Surface:
    """Return one quantity of a file's contents; without a name the first. Raises ValueError, in one sentence."""
    quantities = tuple(contents.fields)
    chosen = quantities[0] if quantity is None and quantities else quantity
    if chosen not in contents.fields:
        held = ", ".join(quantities) or "no values"
        raise ValueError(f"{name} holds {held}, and no {chosen!r}: choose one that it holds")
    values, notes = _values(name, chosen, contents)
    x, y = contents.x, contents.y
    wanted = (len(x.coordinates),) if y is None else (len(x.coordinates), len(y.coordinates))
    if values.shape != wanted:
        got = " × ".join(map(str, values.shape))
        raise ValueError(
            f"{name}: {chosen} has {got} values, and the coordinates make {' × '.join(map(str, wanted))}: save both "
            "of the same grid"
        )
    if y is not None and len(y.coordinates) == 1:
        y, values = None, values[:, 0]
    elif y is not None and len(x.coordinates) == 1:
        x, y, values = y, None, values[0]
    if len(x.coordinates) < 2:
        raise ValueError(f"{name} holds one point: expected several along a line, or a grid")
    across, order = _increasing(name, x)
    values = values[order]
    up = None
    if y is not None:
        up, order = _increasing(name, y)
        values = values[:, order].T
    titles = (x.title, "" if y is None else y.title)
    unit = contents.units.get(chosen, "")
    made = np.ascontiguousarray(values)
    return Surface(name, contents.format, chosen, quantities, across, up, made, titles, contents.axis_unit, unit, notes)


def _values(name: str, quantity: str, contents: Contents) -> tuple[Array, tuple[str, ...]]:
    """The values of a quantity, NaN where there is none, and what is to be said of those."""
    values, notes = numbers(name, quantity, contents.fields[quantity]), list(contents.notes)
    missing = int(np.isnan(values).sum())
    if contents.unmeasured is not None and (count := int((values == contents.unmeasured).sum())):
        values[values == contents.unmeasured] = np.nan
        notes.append(
            f"{count:,} of {values.size:,} points were not measured yet ({contents.unmeasured:g} in the file): they "
            "stay blank."
        )
    if count := int(np.isinf(values).sum()):
        notes.append(f"{count:,} of {values.size:,} values are infinite: they stay blank.")
    if missing:
        notes.append(f"{missing:,} of {values.size:,} points have no value: they stay blank.")
    values[~np.isfinite(values)] = np.nan
    if np.isnan(values).all():
        raise ValueError(f"{name}: {quantity} has no finite value: nothing can be drawn")
    return values, tuple(notes)


def numbers(name: str, what: str, array: npt.NDArray) -> Array:
    """Return an array as float64. Raises ValueError for what holds no real numbers, or too many."""
    require_size(name, what, array.shape)
    if array.dtype.kind == "c":
        raise ValueError(f"{name}: {what} holds complex numbers: save their real part, such as {what}.real")
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name}: {what} holds {_KINDS.get(array.dtype.kind, 'no numbers')}: expected real numbers")
    return array.astype(np.float64)


_KINDS = {"U": "text", "S": "text", "O": "text or objects", "b": "true and false", "V": "records", "M": "dates"}


def require_size(name: str, what: str, shape: tuple[int, ...]) -> None:
    """Raise ValueError for an array that is empty, or has more values than are read (`MOST_CELLS`)."""
    count = math.prod(shape)
    if count == 0:
        raise ValueError(f"{name}: {what} is empty")
    if count > MOST_CELLS:
        raise ValueError(
            f"{name}: {what} has {count:,} values, and at most {MOST_CELLS:,} are read: save a coarser grid"
        )


def _increasing(name: str, axis: Axis) -> tuple[Array, npt.NDArray]:
    """The coordinates of an axis in increasing order, and that order."""
    found = numbers(name, f"the axis {axis.title}", np.atleast_1d(axis.coordinates))
    if not np.isfinite(found).all():
        raise ValueError(f"{name}: a coordinate along {axis.title} is no finite number")
    order = np.argsort(found, kind="stable")
    if (np.diff(found[order]) == 0).any():
        twice = float(found[order][1:][np.diff(found[order]) == 0][0])
        raise ValueError(f"{name}: the coordinate {twice:g} along {axis.title} stands there twice")
    return found[order], order
