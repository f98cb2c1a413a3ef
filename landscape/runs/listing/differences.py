"""What two runs were asked for, as far as it differs: the fields of their specs, in words."""

from collections.abc import Iterable, Sequence
from typing import Any

from landscape.schema.capability_names import name_of
from landscape.schema.directions import Direction, checkpoints_of, label_of, seed_of
from landscape.schema.frames import Spec
from landscape.schema.parsing import format_direction, format_duration

NAMES = {  # field of a spec → what a reader calls it
    "kind": "Kind",
    "checkpoint": "Checkpoint θ₀",
    "other": "Fine-tune",
    "directions": "Directions",
    "capabilities": "Capabilities",
    "capability": "Capability",
    "examples": "Examples asked",
    "limit": "Examples a capability",
    "device": "Device",
    "dtype": "Number format",
    "only": "Weights moved",
    "exclude": "Weights left out",
    "adapter": "Adapter's own weights alone",
    "alphas": "α measured",
    "probed_count": "Points a direction, where a probe finds the range",
    "reach": "Reach, α",
    "tolerance": "τ, drop of the score",
    "loss_tolerance": "τ, rise of the loss in nats a token",
    "both_signs": "Both sides of each direction",
    "sequential": "Stop scoring a point once it is clear",
    "precision": "Precision of a boundary, share of its α",
    "cliff": "Cliff index",
    "sigmas": "σ of the noise",
    "trials": "Trials at each σ",
    "failure_probability": "Failure probability",
    "threshold": "Score to be guaranteed, q",
    "x": "Range of x",
    "y": "Range of y",
    "grid": "Lines of the grid",
    "full": "Every point of the grid",
    "shown": "Checkpoints placed beside",
    "budget": "Time budget",
    "draws": "Random directions of a basin",
    "worst": "Worst directions",
    "certify": "Certificate",
    "at": "Point asked at, α",
    "alpha": "α of the average sharpness",
    "probes": "Probes of the trace",
    "prompt": "Prompt",
    "max_new_tokens": "Tokens written at most",
    "ranks": "Ranks of Δ",
    "max_drop": "Largest drop allowed",
    "confidence": "Confidence",
    "min_headroom": "Least headroom, beside the base's",
    "max_barrier": "Largest barrier allowed",
    "outlying_layer": "Outlying layer, × the median",
    "max_loss_rise": "Largest rise of the loss allowed, nats a token",
}
_UNSET = {  # what a field means where it is empty
    "limit": "all",
    "only": "all",
    "exclude": "none",
    "alphas": "found by a probe",
    "budget": "none",
    "loss_tolerance": "by score",
    "max_loss_rise": "by score",
    "shown": "none",
}
_PROBED = {"reach": 0.0, "x": (0.0, 0.0), "y": (0.0, 0.0)}


def differences(specs: Sequence[Spec]) -> list[tuple[str, list[str]]]:
    """(name of the field, its value in each spec) for every field that all have and in which they differ."""
    fields = [_fields(spec) for spec in specs]
    found = []
    for name in (name for name in fields[0] if all(name in each for each in fields)):
        values = [each[name] for each in fields]
        if any(value != values[0] for value in values[1:]):
            found.append((NAMES.get(name, name), _told(name, values)))
    return found


def _fields(spec: Spec) -> dict[str, Any]:
    """Every field with its value; those of thresholds beside the others. Trust is no property of what is measured."""
    values = {name: getattr(spec, name) for name in type(spec).model_fields if name != "trust_remote_code"}
    thresholds = values.pop("thresholds", None)
    inner = {name: getattr(thresholds, name) for name in type(thresholds).model_fields} if thresholds else {}
    return values | inner


def _told(name: str, values: Sequence[Any]) -> list[str]:
    """Each value in words; in full where the words of two different ones would be the same."""
    short = [_text(name, value) for value in values]
    return short if len(set(short)) == len(_distinct(values)) else [_full(value) for value in values]


def _distinct(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if name in _UNSET and value in (None, ()):
        return _UNSET[name]
    if name in _PROBED and value == _PROBED[name]:
        return "found by a probe"
    if isinstance(value, bool):
        return "yes" if value else "no"
    match name:
        case "directions":
            return _directions(value)
        case "capabilities":
            return ", ".join(map(name_of, value))
        case "budget":
            return format_duration(value)
        case "x" | "y":
            return f"{value[0]:g} to {value[1]:g}"
        case "alphas" | "sigmas" if len(value) > 4:
            return f"{value[0]:g} to {value[-1]:g}, {len(value)} values"
    return _full(value)


def _directions(directions: Sequence[Direction]) -> str:
    """`5 gaussian (seeds 0–4), towards demo:assistant`."""
    seeds: dict[str, list[int]] = {}
    others = []
    for direction in directions:
        seed = seed_of(direction)
        if seed is None or checkpoints_of(direction):
            others.append(format_direction(direction))
        else:
            seeds.setdefault(label_of(direction), []).append(seed)
    drawn = [f"{len(found)} {label} ({_seeds(found)})" for label, found in seeds.items()]
    return ", ".join([*drawn, *others])


def _seeds(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    whole = list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"seeds {seeds[0]}–{seeds[-1]}" if whole else f"seeds {', '.join(map(str, seeds))}"


def _full(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        written = [one if isinstance(one, str) else _one(one) for one in value]
        return ", ".join(written) or "none"
    return "none" if value is None else str(value)


def _one(value: Any) -> str:
    return repr(value) if isinstance(value, int | float) else format_direction(value)
