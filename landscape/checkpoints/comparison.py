"""What a fine-tune changed: Δθ of two checkpoints, in total, by layer and module, and tensor by tensor.

Δ is computed from the files, a few rows at a time. Only for adapters that are no plain LoRA is the model built.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from landscape.checkpoints import compatibility, models, parameters, ranks
from landscape.checkpoints.contents import Contents, contents
from landscape.checkpoints.quantised import ends
from landscape.checkpoints.tensors import Weight, rows_and_columns
from landscape.schema.points import ProgressReport
from landscape.schema.specs import ComparisonSpec

DECOMPOSED = 2048  # the smaller side of a matrix up to which a CPU finds its singular values within seconds
CHUNK = 2**22  # elements that are in memory at a time, in fp64


@dataclass
class _Sums:
    """Sums over the shared elements of one tensor: of Δ², θ₀² and (finer − its rounding)²; how many differ."""

    change: float = 0.0
    origin: float = 0.0
    rounding: float = 0.0
    changed: int = 0

    def add(self, other: "_Sums") -> None:
        """Add the sums of another tensor."""
        self.change, self.origin = self.change + other.change, self.origin + other.origin
        self.rounding, self.changed = self.rounding + other.rounding, self.changed + other.changed


def compare(
    spec: ComparisonSpec, report: ProgressReport = lambda text, done, total: None, *, here: str = "auto"
) -> dict[str, Any]:
    """Return plain values of Δθ = other − checkpoint, over all distinct parameters as stored, with adapters merged.

    Keys: parameters d, radius ‖Δθ‖₂, alpha (RMS change per weight), rms of θ₀, matrices_rms (of its
    matrices alone; null without any), relative_alpha (alpha over it, or over rms), changed (how many
    weights differ at all), and tensors: the same for each, with its layer (None outside the layers), module,
    added_rows, tied_in (`first` or `second`: the one that ties it to another where the other does not), and for a
    matrix effective_rank and stable_rank of Δ (see `ranks`; else None, also where a CPU would take long: DECOMPOSED,
    and where the spec leaves them out).
    Of an adapter on the same base they are those of the exact B·A, before merging rounds it. layers, modules:
    parameters, radius, alpha and share (of ‖Δθ‖²) of each. dtype: of the two. rounding: None for equal dtypes, else
    the dtype that is coarser and the alpha of rounding the finer one to it. added_rows: rows that only the other has
    (negative: that it lacks), left out of all else. mismatches: why the second is no point of the first's weight
    space, [] where it is one. fused: parameters (name, layer, module) that the second's model makes of several stored
    tensors (experts), which are compared as they are stored and marked as loose. remarks: what was compared
    otherwise than as is, in words.

    Raises:
        ValueError: the checkpoints do not fit together (every mismatch is listed), hold weights that are not
            understood or not finite, or cannot be read.
    """
    compatibility.require_comparable(spec.checkpoint, spec.other)
    first, second = contents(spec.checkpoint), contents(ends.end_of(spec.other))
    device = torch.device(models.best_device(spec.device, here))
    device = torch.device("cpu") if device.type == "mps" else device  # which has no fp64
    names = list(dict.fromkeys([*first.weights, *second.weights]))
    tensors, sums = [], _Sums()
    for done, name in enumerate(names):
        report(f"Δ of {name}", done, len(names))
        tensors.append(_Pair(name, first, second, device).measure(sums, ranks_too=spec.ranks))
    d = sum(tensor["parameters"] for tensor in tensors)
    radius, rms = math.sqrt(sums.change), math.sqrt(sums.origin / d)
    alpha, matrices = radius / math.sqrt(d), _matrices_rms(tensors)
    return {
        "parameters": d,
        "radius": radius,
        "alpha": alpha,
        "rms": rms,
        "matrices_rms": matrices,
        "relative_alpha": alpha / (matrices or rms),
        "changed": sums.changed,
        "tensors": tensors,
        "layers": _grouped(tensors, "layer"),
        "modules": _grouped(tensors, "module"),
        "dtype": [first.dtype, second.dtype],
        "rounding": _rounding(tensors, first, second, math.sqrt(sums.rounding / d)),
        "added_rows": sum(tensor["added_rows"] for tensor in tensors),
        "mismatches": compatibility.mismatches(spec.checkpoint, spec.other),
        "fused": [{"name": name} | parameters.place_of(name) for name in second.fused],
        "remarks": _remarks(tensors, first, second, ranked=spec.ranks),
    }


def _matrices_rms(tensors: Sequence[Mapping[str, Any]]) -> float | None:
    """The rms of θ₀ over its matrices, tensors of two dimensions or more; None without any."""
    matrices = [tensor for tensor in tensors if len(tensor["shape"]) > 1]
    squares = sum(tensor["parameters"] * tensor["rms"] ** 2 for tensor in matrices)
    return math.sqrt(squares / sum(tensor["parameters"] for tensor in matrices)) if matrices else None


class _Pair:
    """One parameter of both checkpoints, read row by row over the rows that both have."""

    def __init__(self, name: str, first: Contents, second: Contents, device: torch.device) -> None:
        """Reads adapters' factors, but no weights. Raises ValueError if one lacks the tensor, or the shapes differ."""
        self.name, self.owners, self.device = name, (first.name, second.name), device
        self.one, self.two = (owner.find(name).opened() for owner in (first, second))
        self.tied_in = next((w for w, c in (("first", first), ("second", second)) if name not in c.weights), None)
        self.unfused = name in second.unfused
        shapes = self.one.shape, self.two.shape
        (rows, self.columns), others = rows_and_columns(shapes[0]), rows_and_columns(shapes[1])[0]
        if shapes[0][1:] != shapes[1][1:]:
            raise ValueError(f"{name} has the shapes {shapes[0]} and {shapes[1]}: expected one shape")
        self.rows, self.added = min(rows, others), others - rows
        self.shape = [self.rows, *shapes[0][1:]] if shapes[0] else []

    def measure(self, total: _Sums, *, ranks_too: bool) -> dict[str, Any]:
        """Return the plain values of this tensor, and add its sums to the total."""
        matrix = ranks_too and len(self.shape) == 2
        values = self._updates() if matrix else None
        cheap = self.device.type == "cuda" or min(self.rows, self.columns) <= DECOMPOSED
        ranked = matrix and (cheap or values is not None)
        gram = ranks.Gram(self.rows, self.columns, self.device) if ranked and values is None else None
        sums = self._summed(gram)
        total.add(sums)
        if values is None:
            values = gram.singular_values() if gram and sums.change else torch.zeros(0)
        count = self.rows * self.columns
        alpha, rms = math.sqrt(sums.change / count), math.sqrt(sums.origin / count)
        return {
            "name": self.name,
            **parameters.place_of(self.name),
            "shape": self.shape,
            "parameters": count,
            "radius": math.sqrt(sums.change),
            "alpha": alpha,
            "rms": rms,
            "relative": alpha / rms if rms else 0.0,
            "effective_rank": ranks.effective_rank(values) if ranked else None,
            "stable_rank": ranks.stable_rank(values) if ranked else None,
            "added_rows": self.added,
            "tied_in": self.tied_in,
            "loose": self.unfused,
        }

    def _updates(self) -> Tensor | None:
        """Return the singular values of Δ if both are the same stored matrix, with or without adapters; else None."""
        if self.one.merged is not None or self.two.merged is not None:
            return None
        if (self.one.stored, self.one.like) != (self.two.stored, self.two.like):
            return None
        signed = [(u, sign) for weight, sign in ((self.one, -1.0), (self.two, 1.0)) for u in weight.updates]
        if not signed:
            return torch.zeros(0)
        left = torch.cat([sign * u.scaling * u.left.double() for u, sign in signed], dim=1)
        return ranks.of_product(left, torch.cat([u.right for u, _ in signed]))

    def _summed(self, gram: ranks.Gram | None) -> _Sums:
        sums, height = _Sums(), max(1, CHUNK // max(1, self.columns))
        coarse, finer = _coarser(self.one, self.two)
        for start in range(0, self.rows, height):
            stop = min(start + height, self.rows)
            a, b = (self._block(which, start, stop) for which in (0, 1))
            sums.origin += float(a.square().sum())
            sums.changed += int((a != b).sum())
            if coarse is not None:
                fine = (a, b)[finer]
                sums.rounding += float((fine - fine.to(coarse).double()).square().sum())
            change = b.sub_(a)
            sums.change += float(change.square().sum())
            if gram is not None:
                gram.add(change)
        return sums

    def _block(self, which: int, start: int, stop: int) -> Tensor:
        """Return rows of one of the two in fp64, (rows, columns). Raises ValueError for NaN or infinite weights."""
        block = (self.one, self.two)[which].rows(start, stop).to(self.device).double()
        if not torch.isfinite(block.sum()):
            bad = int((~torch.isfinite(block)).sum())
            raise ValueError(
                f"{self.owners[which]!r} has {bad} NaN or infinite weights in {self.name}: expected finite weights"
            )
        return block


def _coarser(one: Weight, two: Weight) -> tuple[torch.dtype | None, int]:
    """Return (the coarser of two dtypes, None if they are equal; which of the two is the finer)."""
    a, b = (getattr(torch, weight.dtype) for weight in (one, two))
    if a == b:
        return None, 0
    return (a, 1) if torch.finfo(a).eps > torch.finfo(b).eps else (b, 0)


def _rounding(tensors: Sequence[dict[str, Any]], a: Contents, b: Contents, alpha: float) -> dict[str, Any] | None:
    pairs = {(a.find(tensor["name"]), b.find(tensor["name"])) for tensor in tensors}
    dtypes = {str(coarse).removeprefix("torch.") for coarse, _ in (_coarser(*pair) for pair in pairs) if coarse}
    return {"dtype": " and ".join(sorted(dtypes)), "alpha": alpha} if dtypes else None


def _grouped(tensors: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Return parameters, radius, alpha and share of ‖Δθ‖² of each layer (or module), in order of appearance."""
    total = sum(tensor["radius"] ** 2 for tensor in tensors)
    groups: list[dict[str, Any]] = []
    for place in dict.fromkeys(tensor[key] for tensor in tensors):
        group = [tensor for tensor in tensors if tensor[key] == place]
        square, count = sum(tensor["radius"] ** 2 for tensor in group), sum(tensor["parameters"] for tensor in group)
        sizes = {"parameters": count, "radius": math.sqrt(square), "alpha": math.sqrt(square / count)}
        groups.append({key: place, **sizes, "share": square / total if total else 0.0})
    return groups


def _remarks(tensors: Sequence[dict[str, Any]], first: Contents, second: Contents, *, ranked: bool) -> list[str]:
    """Return a sentence for each thing that was not simply compared tensor by tensor."""
    remarks = []
    for tensor in tensors:
        if rows := tensor["added_rows"]:
            which = "second" if rows > 0 else "first"
            rest = f"{abs(rows):,} more rows of the {which} are left out"
            remarks.append(f"{tensor['name']}: the {tensor['shape'][0]:,} rows that both have are compared; {rest}")
    if ranked and (wide := sum(len(t["shape"]) == 2 and t["effective_rank"] is None for t in tensors)):
        remarks.append(
            f"the ranks of {wide} matrices with more than {DECOMPOSED:,} rows and columns are left out on a CPU"
        )
    for one, other, which in ((first, second, "first"), (second, first, "second")):
        for name in sorted(other.weights.keys() - one.weights.keys()):
            remarks.append(f"{name} is tied to {one.aliases[name]} in the {which} only: compared with that")
        if one.ignored:
            listed = ", ".join(one.ignored[:3]) + (" …" if len(one.ignored) > 3 else "")
            remarks.append(f"{len(one.ignored)} tensors of the {which} are no parameters and do not count: {listed}")
    return remarks
