"""What a fine-tune moved: Δθ of two checkpoints, in total and tensor by tensor."""

import math
from typing import Any

from torch import Tensor

from landscape import compatibility, models, weights
from landscape.specs import ComparisonSpec


def compare(spec: ComparisonSpec) -> dict[str, Any]:
    """Plain values of Δθ = other − checkpoint over all distinct parameters.

    Keys: parameters d, radius ‖Δθ‖₂, alpha (RMS change per weight), rms of θ₀, relative_alpha, changed (how
    many weights differ at all), and tensors: the same for each, with its layer (None outside the layers) and
    module.

    Raises:
        ValueError: the checkpoints do not fit together (every mismatch is listed), or cannot be loaded.
    """
    compatibility.require_match(spec.checkpoint, spec.other)
    first, second = (_weights(name, spec) for name in (spec.checkpoint, spec.other))
    tensors = [_tensor(name, weight, second[name]) for name, weight in first.items()]
    d, radius = weights.count(first), math.sqrt(sum(t["radius"] ** 2 for t in tensors))
    rms = weights.rms(first)
    alpha = radius / math.sqrt(d)
    return {
        "parameters": d,
        "radius": radius,
        "alpha": alpha,
        "rms": rms,
        "relative_alpha": alpha / rms,
        "changed": sum(int((weight != second[name].to(weight.device)).sum()) for name, weight in first.items()),
        "tensors": tensors,
    }


def _weights(name: str, spec: ComparisonSpec) -> dict[str, Tensor]:
    trusted = name in spec.trust_remote_code
    return weights.select(models.load_model(name, device=spec.device, trust_remote_code=trusted))


def _tensor(name: str, origin: Tensor, other: Tensor) -> dict[str, Any]:
    alpha, rms = weights.rms_difference({name: origin}, {name: other}), weights.rms({name: origin})
    return {
        "name": name,
        **weights.place_of(name),
        "shape": list(origin.shape),
        "parameters": origin.numel(),
        "radius": alpha * math.sqrt(origin.numel()),
        "alpha": alpha,
        "rms": rms,
        "relative": alpha / rms if rms else 0.0,
    }
