"""What a direction is, as a frozen plain value: its recipe, not its tensors. No torch."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from landscape.schema import deployments
from landscape.schema.capability_names import STARTER, name_of

SEARCH = 2  # raise when a worst direction is searched for otherwise than before: earlier ones are then not reused
BITS_64 = 2**63  # integers from here on fit no database, and no generator of random numbers


class Frozen(BaseModel):
    """An immutable, strictly validated record."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Gaussian(Frozen):
    """A random direction: N(0, 1) per weight, not normalised, so that its RMS is 1 ± 1/√(2d)."""

    kind: Literal["gaussian"] = "gaussian"
    seed: int = Field(ge=0, lt=BITS_64)
    relative: ClassVar[bool] = False


class Towards(Frozen):
    """The direction towards a checkpoint θ′: Δθ·√d/‖Δθ‖ with Δθ = θ′ − θ₀. At α = ‖Δθ‖/√d it reaches θ′."""

    kind: Literal["towards"] = "towards"
    checkpoint: str = Field(min_length=1)
    relative: ClassVar[bool] = False


class Move(Frozen):
    """The direction from θ₀ to its deployed form (`deployments.MOVES`), at unit RMS. At its own α it gets there."""

    kind: Literal["move"] = "move"
    name: str  # int4-128, prune-30, …
    relative: ClassVar[bool] = False

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        deployments.find_deployment(name)
        return name


class MatchedNoise(Frozen):
    """Gaussian noise of a deployment move's size: on the tensors that the move changes, of the same RMS in each.

    At unit RMS over all weights, measured at the move's own α. It says what the move would cost if it were random, and
    is never one of the random directions that a radius is read off: `seed_of` knows none of it.
    """

    kind: Literal["matched"] = "matched"
    move: str  # int4-128, prune-30, …
    seed: int = Field(ge=0, lt=BITS_64)
    relative: ClassVar[bool] = False

    @field_validator("move")
    @classmethod
    def _known(cls, name: str) -> str:
        deployments.find_deployment(name)
        return name


class Layer(Frozen):
    """Per-tensor Gaussian scaled to ‖w‖: α is the relative change of every tensor."""

    kind: Literal["layer"] = "layer"
    seed: int = Field(ge=0, lt=BITS_64)
    relative: ClassVar[bool] = True


class Filter(Frozen):
    """Per-row Gaussian scaled to the row's norm, 1-D tensors zero (Li et al. 2018)."""

    kind: Literal["filter"] = "filter"
    seed: int = Field(ge=0, lt=BITS_64)
    relative: ClassVar[bool] = True


class Principal(Frozen):
    """A principal component of snapshots θ₁ … θₘ (centred on their mean), scaled to unit RMS."""

    kind: Literal["principal"] = "principal"
    component: int = Field(ge=0, lt=BITS_64)  # 0: the one with most variance
    checkpoints: tuple[str, ...] = Field(min_length=3)  # in the order of the trajectory
    relative: ClassVar[bool] = False


class Worst(Frozen):
    """The worst direction found: projected gradient ascent on the answers' NLL over ‖δ‖ = √d, in rounds of falling α.

    Several capabilities are hurt together; those `spared` are kept from getting worse. The search uses half of each
    capability's examples (`Facts.searched`); the other half confirms its result.
    """

    kind: Literal["worst"] = "worst"
    capabilities: tuple[str, ...] = Field(min_length=1)  # bundled names or JSONL paths
    spared: tuple[str, ...] = ()
    alpha: float | None = Field(default=None, gt=0)  # where the first round climbs; None: by the model's size
    steps: int = Field(default=30, ge=1, le=10_000)  # of each restart, in all its rounds
    restarts: int = Field(default=3, ge=1, le=100)  # of which what ends the capabilities nearest is kept
    start: str | None = None  # one restart more, from the direction towards this checkpoint
    seed: int = Field(default=0, ge=0, lt=BITS_64)
    relative: ClassVar[bool] = False

    @model_validator(mode="after")
    def _hurts_or_spares(self) -> Self:
        named = [*self.capabilities, *self.spared]
        if len(set(named)) < len(named):
            raise ValueError(f"expected each capability once, hurt or spared, got {', '.join(named)}")
        return self


class Eigenvector(Frozen):
    """The top eigenvector of the Hessian of a capability's loss at θ₀, on the same half of its examples."""

    kind: Literal["eigenvector"] = "eigenvector"
    capability: str = Field(min_length=1)
    relative: ClassVar[bool] = False


Computed = Worst | Eigenvector  # found by optimisation at θ₀, and stored as a tensor
Direction = Annotated[
    Gaussian | Towards | Move | MatchedNoise | Layer | Filter | Principal | Worst | Eigenvector,
    Field(discriminator="kind"),
]


RANDOM: dict[str, Callable[..., Direction]] = {"gaussian": Gaussian, "layer": Layer, "filter": Filter}


def random_directions(seed: int, count: int, kind: str = "gaussian") -> tuple[Direction, ...]:
    """Return this many random directions, seeded one after the other. Raises ValueError for an unknown kind."""
    if kind not in RANDOM:
        raise ValueError(f"expected the kind {', '.join(RANDOM)}, got {kind!r}")
    return tuple(RANDOM[kind](seed=seed + index) for index in range(count))


def moves_with_noise(names: Sequence[str], draws: int) -> tuple[Direction, ...]:
    """Deployment moves by name, then for each so many draws of the noise that is matched to it."""
    noise = (MatchedNoise(move=name, seed=seed) for name in names for seed in range(draws))
    return (*(Move(name=name) for name in names), *noise)


def worst_directions(names: Sequence[str], *, spare: bool, joint: bool, **search: Any) -> list[Worst]:
    """Return one worst direction for each capability; on request, also one that spares the others, and a joint one."""
    if len(names) == 1 and (spare or joint):
        raise ValueError("expected several capabilities with --spare or --joint, got one: name them with --capability")
    found = [Worst(capabilities=(name,), **search) for name in names]
    if spare:
        others = {name: tuple(other for other in names if other != name) for name in names}
        found += [Worst(capabilities=(name,), spared=spared, **search) for name, spared in others.items()]
    return found + ([Worst(capabilities=tuple(names), **search)] if joint else [])


def seed_of(direction: Direction) -> int | None:
    """The seed of a random direction; None for one that checkpoints or examples determine."""
    return direction.seed if isinstance(direction, Gaussian | Layer | Filter) else None


def label_of(direction: Direction) -> str:
    """The `direction` column of a tidy row: `gaussian`, `towards demo:assistant`, `move int8`, `worst math`."""
    match direction:
        case Towards():
            return f"towards {direction.checkpoint}"
        case Move():
            return f"move {direction.name}"
        case MatchedNoise():
            return f"noise {direction.seed} matched to {direction.move}"
        case Principal():
            return f"principal {direction.component}"
        case Worst():
            spared = f" sparing {', '.join(_stems(direction.spared))}" if direction.spared else ""
            return f"worst {', '.join(_stems(direction.capabilities))}{spared}"
        case Eigenvector():
            return f"eigenvector {_stems([direction.capability])[0]}"
    return direction.kind


def end_of(direction: Direction) -> str | None:
    """The key of a direction's own α in `Facts.alpha_of`: its checkpoint, or the label of a deployment move.

    Noise has that of the move which it is matched to. None for a direction without an α of its own.
    """
    match direction:
        case Towards():
            return direction.checkpoint
        case Move():
            return label_of(direction)
        case MatchedNoise():
            return label_of(Move(name=direction.move))
    return None


def describe_direction(direction: Direction) -> str:
    """A direction in a sentence: `random direction 3`, `the worst direction found for math`, `int8, per …`."""
    match direction:
        case Towards():
            return f"the straight line to {short_name(direction.checkpoint)}"
        case Move():
            return deployments.find_deployment(direction.name).words
        case MatchedNoise():
            return f"noise {direction.seed} matched to {deployments.find_deployment(direction.move).words}"
        case Principal():
            return f"component {direction.component + 1}"
        case Worst():
            several = " at once" if len(direction.capabilities) > 1 else ""
            spared = f", sparing {join_words(_stems(direction.spared))}" if direction.spared else ""
            return f"the worst direction found for {join_words(_stems(direction.capabilities))}{several}{spared}"
        case Eigenvector():
            return f"the top eigenvector of {_stems([direction.capability])[0]}"
    return f"{'random' if direction.kind == 'gaussian' else f'{direction.kind}-scaled'} direction {direction.seed}"


def join_words(names: Sequence[str]) -> str:
    """Join words for a sentence: `basic, math and code`. There must be at least one."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _stems(names: Sequence[str]) -> list[str]:
    return [name_of(name) if name.startswith(STARTER) else Path(name).stem for name in names]


def checkpoints_of(direction: Direction) -> tuple[str, ...]:
    """The checkpoints that determine a direction."""
    match direction:
        case Towards():
            return (direction.checkpoint,)
        case Principal():
            return direction.checkpoints
        case Worst():
            return (direction.start,) if direction.start else ()
    return ()


def with_names(direction: Direction, named: Mapping[str, str]) -> Direction:
    """The same direction with its checkpoints and capabilities named otherwise, by their names so far."""

    def renamed(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(named.get(name, name) for name in names)

    match direction:
        case Towards():
            return Towards(checkpoint=named.get(direction.checkpoint, direction.checkpoint))
        case Principal():
            return direction.model_copy(update={"checkpoints": renamed(direction.checkpoints)})
        case Worst():
            lost = {"capabilities": renamed(direction.capabilities), "spared": renamed(direction.spared)}
            start = named.get(direction.start, direction.start) if direction.start else None
            return direction.model_copy(update=lost | {"start": start})
        case Eigenvector():
            return Eigenvector(capability=named.get(direction.capability, direction.capability))
    return direction


def capabilities_of(direction: Direction) -> tuple[str, ...]:
    """The capabilities that determine a direction."""
    if isinstance(direction, Eigenvector):
        return (direction.capability,)
    return (*direction.capabilities, *direction.spared) if isinstance(direction, Worst) else ()


_COMMIT = re.compile(r"@([0-9a-f]{7})[0-9a-f]{33}(?![0-9a-f])")
_ON_HUB = re.compile(r"[\w.-]+/([\w.-]+)@([\w./-]+)")


def with_short_commits(checkpoint: str) -> str:
    """A checkpoint's name with the beginnings of the commits in it."""
    return _COMMIT.sub(r"@\1", checkpoint)


def short_name(checkpoint: str) -> str:
    """A checkpoint's name for people: no `demo:` or `real:`, no folders, no hub organisation, the commit shortened."""
    places = [place for place, letter in enumerate(checkpoint) if letter == "+"]
    if not places or Path(checkpoint).is_dir():  # a folder's own name may hold a "+"
        name = with_short_commits(checkpoint)
        if (found := _ON_HUB.fullmatch(name)) and not Path(checkpoint).is_dir():  # a branch may hold a "/"
            return f"{found[1]}@{found[2]}"
        return name.removeprefix("demo:").removeprefix("real:").rstrip("/").split("/")[-1]
    place = next((place for place in places if Path(checkpoint[:place]).is_dir()), places[0])
    return f"{short_name(checkpoint[:place])}+{short_name(checkpoint[place + 1 :])}"
