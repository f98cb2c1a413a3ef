"""How much memory a run needs at least, whether that is there, and the sentence where it is not. No torch.

Only what cannot be avoided is counted (copies of the weights; no activations, which shrink with the batch), so that
nothing is refused that would fit.
"""

from landscape.checkpoints import files
from landscape.outside.memory import available
from landscape.schema.directions import Computed, Eigenvector, Towards
from landscape.schema.frames import Frame
from landscape.schema.specs import FlatnessSpec

WIDTHS = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}  # bytes of a weight
GB = 1e9


def needed(spec: Frame) -> int:
    """Bytes that a run on a CPU holds at once, at least: measured as 2.0 of the weights for a point.

    The weights and θ₀; another checkpoint for each direction towards one; for a search (4.2 of fp32 weights), or a
    product with the Hessian, one gradient and one direction in fp32.
    """
    found = files.describe(spec.checkpoint)
    width = WIDTHS.get(found.dtype if spec.dtype == "auto" else spec.dtype, 0)
    if not width:  # quantised: only what is stored is known
        return found.bytes
    weights = found.parameters * width
    some = bool(spec.only or spec.exclude or spec.adapter)  # of the weights move, and perhaps few
    copies = 1 if some else 2
    ends = [direction.checkpoint for direction in spec.directions if isinstance(direction, Towards)]
    aimed = sum(min(weights, files.describe(name).bytes) for name in ends) if not some else 0
    searches = any(isinstance(direction, Computed) for direction in spec.directions) or isinstance(spec, FlatnessSpec)
    doubled = any(isinstance(direction, Eigenvector) for direction in spec.directions) or isinstance(spec, FlatnessSpec)
    flat = 0 if some else 4 * found.parameters
    gradient = 0 if some else weights
    return weights * copies + aimed + gradient * searches + flat * (searches + doubled)


def require_room(spec: Frame, there: int | None = None) -> None:
    """Raise ValueError, a sentence with both numbers, where a run on a CPU cannot fit into memory. `there`: bytes."""
    wanted, there = needed(spec), available() if there is None else there
    if wanted > there:
        raise ValueError(
            f"this needs at least {_gb(wanted)} of memory, and {_gb(there)} can be had: {_hint(spec, wanted, there)}"
        )


def require_room_on_gpus(spec: Frame, there: int) -> None:
    """Raise ValueError where not even the weights fit onto the GPUs; all else finds room in host memory."""
    found = files.describe(spec.checkpoint)
    wanted = found.parameters * WIDTHS.get(found.dtype if spec.dtype == "auto" else spec.dtype, 0) or found.bytes
    if wanted > there:
        raise ValueError(
            f"the weights need {_gb(wanted)}, and {_gb(there)} of GPU memory can be had: end other programs there, or "
            "choose --dtype bfloat16, a smaller checkpoint, or --device cpu"
        )


def _hint(spec: Frame, wanted: int, there: int) -> str:
    """What to do: the number format if that is enough, else a larger machine. Fewer examples take as much memory."""
    narrow = spec.model_copy(update={"dtype": "bfloat16"})
    if spec.dtype in ("auto", "float32") and needed(narrow) < wanted and needed(narrow) <= there:
        return f"choose the number format bfloat16 (--dtype bfloat16, {_gb(needed(narrow))}), or end other programs"
    return "end other programs, choose a smaller checkpoint, or a device or machine with more memory (--device)"


def _gb(size: int) -> str:
    return f"{size / GB:.1f} GB"
