"""From Python: measure in the foreground, read the numbers, draw the figure.

What was measured before, here or on a page, is not measured again. A checkpoint is a name or a folder, as everywhere,
or a `transformers` model in hand (also peft's), with its tokenizer:

    basin = api.basin(model, tokenizer=tokenizer, capabilities=["starter:arithmetic"], limit=100)
    basin.rows, basin.figure(), basin.to_dict()

A model in hand is saved once under the fingerprint of what it holds, in LANDSCAPE_CACHE or the user's own cache (the
folder `in-hand`, which may be deleted), and measured as that folder is: in evaluation mode, without hooks. Its
weights are not loaded a second time, unless another device or number format is asked for, or peft's model is given.
When a call is over, however it ends, the model is as it was, to the last bit, and so are the random generators.

Every function takes the shared options of `landscape.notebook.options` by keyword.
"""

from collections.abc import Sequence
from typing import Unpack

from landscape.certificates import sigma_elimination
from landscape.checkpoints import compatibility
from landscape.checkpoints.quantised import ends
from landscape.inspection.prompts import prompts_note
from landscape.notebook.call import Call
from landscape.notebook.options import (
    AdapterFrameOptions,
    Checkpoint,
    FrameOptions,
    ReadingOptions,
    ScoringOptions,
)
from landscape.notebook.pairs import Comparison, Inspection
from landscape.notebook.results import Basin, Certificate, Moves, Plane, Slice, Worst
from landscape.runs.earlier_results import known_curves, known_radii, with_sigmas
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.scoreless import by_loss_if_alone
from landscape.schema import deployments
from landscape.schema.default_ranges import given_reach
from landscape.schema.directions import moves_with_noise, worst_directions
from landscape.schema.frames import TOLERANCE
from landscape.schema.parsing import parse_alphas, parse_budget, parse_range
from landscape.schema.specs import (
    BasinSpec,
    CertificateSpec,
    ComparisonSpec,
    InspectionSpec,
    PlaneSpec,
    SliceSpec,
    Thresholds,
    WorstSpec,
)
from landscape.slices.deployment_survival import survivals_of
from landscape.store.store import Store


def slice(  # noqa: A001  it is called as api.slice
    checkpoint: Checkpoint,
    *,
    directions: int = 5,
    towards: Sequence[Checkpoint] = (),
    along: Sequence[str] = (),
    kind: str = "gaussian",
    seed: int = 0,
    alphas: str | Sequence[float] = "",
    **options: Unpack[AdapterFrameOptions],
) -> Slice:
    """Measure capabilities at `alphas` (start:stop:count; by default as far as a probe finds) along directions.

    Without `capabilities`: those of the demo models for demo checkpoints, else the starter sets that one pass answers.

    Raises:
        ValueError: whatever is wrong with a checkpoint, a capability or the range.
        RuntimeError: the measurement failed.
    """
    with Call("slice", options, AdapterFrameOptions) as call:
        fields = call.fields(checkpoint)
        ways = call.directions(towards, along, count=directions, kind=kind, seed=seed)
        chosen = _alphas(alphas) or _alphas("0:1:31" if ways[0].relative else "")
        return Slice(call.result(SliceSpec(**fields, directions=ways, alphas=chosen)))


def basin(
    checkpoint: Checkpoint,
    *,
    directions: int = 8,
    towards: Sequence[Checkpoint] = (),
    along: Sequence[str] = (),
    kind: str = "gaussian",
    seed: int = 0,
    reach: float | None = None,
    tolerance: float = TOLERANCE,
    loss_tolerance: float | None = None,
    **options: Unpack[AdapterFrameOptions],
) -> Basin:
    """Search how far each capability holds, up to `reach` (by default as far as a probe finds).

    It is lost where its score has dropped by `tolerance`; if `loss_tolerance` is given, where its loss has risen by as
    many nats a token. If nothing asked has a score, that is by 0.1. Capabilities are chosen as for `slice`.

    Raises:
        ValueError: whatever is wrong with a checkpoint, a capability or a number.
        RuntimeError: the measurement failed.
    """
    with Call("basin", options, AdapterFrameOptions) as call:
        fields = call.fields(checkpoint)
        ways = call.directions(towards, along, count=directions, kind=kind, seed=seed)
        spec = BasinSpec(
            **fields,
            directions=ways,
            reach=given_reach(reach) or float(ways[0].relative),
            tolerance=tolerance,
            loss_tolerance=loss_tolerance,
        )
        return Basin(call.result(by_loss_if_alone(spec)[0]))


def plane(
    checkpoint: Checkpoint,
    *,
    x: Checkpoint = "gaussian:0",
    y: Checkpoint = "gaussian:1",
    x_range: str = "",
    y_range: str = "",
    grid: int = 65,
    full: bool = False,
    show: Sequence[Checkpoint] = (),
    tolerance: float = TOLERANCE,
    loss_tolerance: float | None = None,
    **options: Unpack[AdapterFrameOptions],
) -> Plane:
    """Map capabilities over the plane of two directions, measuring only where a boundary passes (unless `full`).

    `x` and `y` are directions as the commands write them, `towards:CHECKPOINT` for instance, or models in hand. `show`
    places further checkpoints in the plane. Ranges are low:high; by default a probe finds them.

    Raises: as `basin`.
    """
    with Call("plane", options, AdapterFrameOptions) as call:
        fields = call.fields(checkpoint)
        ways = tuple(call.direction(axis) for axis in (x, y))
        usual = (-1.0, 1.0) if ways[0].relative else (0.0, 0.0)
        spec = PlaneSpec(
            **fields,
            directions=ways,
            x=parse_range(x_range) if x_range else usual,
            y=parse_range(y_range) if y_range else usual,
            grid=grid,
            full=full,
            shown=tuple(map(call.name, show)),
            tolerance=tolerance,
            loss_tolerance=loss_tolerance,
        )
        return Plane(call.result(by_loss_if_alone(spec)[0]))


def worst(
    checkpoint: Checkpoint,
    *,
    towards: Sequence[Checkpoint] = (),
    alpha: float | None = None,
    restarts: int = 3,
    steps: int = 30,
    spare: bool = False,
    joint: bool = False,
    directions: int = 8,
    seed: int = 0,
    reach: float | None = None,
    tolerance: float = TOLERANCE,
    loss_tolerance: float | None = None,
    **options: Unpack[AdapterFrameOptions],
) -> Worst:
    """Search the direction that hurts each capability most, and how far every capability holds along it.

    `spare`: also hurt each while sparing the others; `joint`: also all at once. `alpha` is where the first of the
    rounds of `steps` climbs the loss, by default chosen by the model's size. The directions are kept.

    Raises: as `basin`.
    """
    with Call("worst", options, AdapterFrameOptions) as call:
        fields = call.fields(checkpoint)
        search = {"alpha": alpha, "steps": steps, "restarts": restarts, "seed": seed}
        found = worst_directions(fields["capabilities"], spare=spare, joint=joint, **search)
        spec = WorstSpec(
            **fields,
            directions=(*call.directions(towards, count=directions, seed=seed, fewest=0), *found),
            reach=given_reach(reach),
            tolerance=tolerance,
            loss_tolerance=loss_tolerance,
        )
        return Worst(call.result(by_loss_if_alone(spec)[0]))


def certify(
    checkpoint: Checkpoint,
    *,
    towards: Sequence[Checkpoint] = (),
    sigma: str | Sequence[float] = "",
    trials: int = 1000,
    failure_probability: float = 0.001,
    threshold: float = 0.5,
    seed: int = 0,
    **options: Unpack[AdapterFrameOptions],
) -> Certificate:
    """Prove how far a fine-tune may move before a capability of the noised model can fall below `threshold`.

    `sigma`: of the noise (start:stop:count or values), by default up to a radius that is known. `trials` at each of
    them; the failure probability is that of all claims about one capability together.

    Raises: as `basin`.
    """
    sigmas = _alphas(sigma)
    with Call("certify", options, AdapterFrameOptions) as call:
        spec = CertificateSpec(
            **call.fields(checkpoint),
            directions=call.directions(towards, count=1, seed=seed),
            sigmas=sigmas or (1.0,),
            trials=trials,
            failure_probability=failure_probability,
            threshold=threshold,
        )
        if not sigmas:
            spec, _ = with_sigmas(Store(), spec)
        sigma_elimination.check(spec)
        return Certificate(call.result(spec))


def inspect(
    base: Checkpoint,
    finetuned: Checkpoint,
    *,
    budget: str = "",
    thresholds: Thresholds | None = None,
    draws: int = 8,
    worst: bool = False,
    certify: bool = False,
    **options: Unpack[ScoringOptions],
) -> Inspection:
    """Judge a fine-tune before it ships: a verdict by rules, with its evidence.

    `budget` is time, such as 90s, 5m or 2h; `draws` counts the random directions of a basin; `worst` and `certify` add
    those parts. One `tokenizer` serves both, if both are models in hand.

    Raises: as `basin`.
    """
    with Call("inspect", options, ScoringOptions) as call:
        fields = call.fields(base, finetuned, gate=True)
        spec = InspectionSpec(
            **fields,
            other=ends.end_of(call.name(finetuned)),
            budget=parse_budget(budget) if budget else None,
            thresholds=thresholds or Thresholds(),
            draws=draws,
            worst=worst,
            certify=certify,
        )
        prompts_note(spec.capabilities, *spec.named_checkpoints)  # a template that is missing is wrong input
        evidence, _ = collect_evidence(*call.finished(spec))
        return Inspection(spec, evidence)


def moves(
    checkpoint: Checkpoint,
    *,
    move: Sequence[str] = deployments.USUAL,
    noise: int = deployments.DRAWS,
    tolerance: float = TOLERANCE,
    **options: Unpack[FrameOptions],
) -> Moves:
    """Measure what quantising, pruning or rounding costs, beside what so many draws of `noise` foretell.

    Raises: as `basin`.
    """
    chosen = tuple(dict.fromkeys([move] if isinstance(move, str) else move))
    for name in chosen:
        deployments.find_deployment(name)
    with Call("moves", options, FrameOptions) as call:
        spec = SliceSpec(**call.fields(checkpoint), directions=moves_with_noise(chosen, noise), alphas=(0.0,))
        result, store = call.result(spec), Store()
        known = known_radii(store, spec, tolerance), known_curves(store, spec)
        return Moves(result, survivals_of(result, known[0], tolerance, known[1]))


def compare(checkpoint: Checkpoint, other: Checkpoint, **options: Unpack[ReadingOptions]) -> Comparison:
    """Say how far the second checkpoint lies from the first, and where it moved. No example is asked.

    Raises: as `basin`.
    """
    with Call("compare", options, ReadingOptions) as call:
        spec = ComparisonSpec(**call.fields(checkpoint), other=call.name(other))
        compatibility.require_comparable(*spec.named_checkpoints)
        store, run = call.finished(spec)
        return Comparison(spec, store.artifact(run.id) or {})


def _alphas(chosen: str | Sequence[float]) -> tuple[float, ...]:
    """Numbers as the commands write them, or as they are; none where nothing is chosen."""
    return parse_alphas(chosen) if isinstance(chosen, str) and chosen else tuple(map(float, chosen))
