"""The stages of the demo build: which checkpoint is trained from which, on what, how long, by which method."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from landscape.demo.architecture import CONTEXT
from landscape.demo.methods import Average, Method, Noise, Plain, Sharpness
from landscape.demo.training import Schedule


@dataclass(frozen=True)
class Size:
    """The size of a model: layers and width."""

    layers: int
    width: int


@dataclass(frozen=True)
class Stage:
    """One training: the checkpoint it starts from (None: fresh weights), what it reads, and for how long."""

    name: str
    start: str | None
    mixture: str
    windows: int  # of CONTEXT tokens in a batch
    schedule: Schedule
    seed: int
    snapshots: tuple[int, ...] = ()  # saved as NAME-00000 after so many updates
    half: bool = False  # whether snapshots are stored in half precision
    rank: int | None = None  # of a LoRA adapter; None: all weights are trained
    method: Method = Plain()
    size: Size = Size(3, 160)  # of a model that starts from fresh weights
    threads: int = 2  # fixed, because the order of a sum, and so its rounding, depends on it

    @property
    def tokens(self) -> int:
        """The number of tokens that the stage reads, in which progress is counted."""
        return self.windows * CONTEXT * self.schedule.updates

    @property
    def products(self) -> tuple[str, ...]:
        """The names of all checkpoints that the stage makes."""
        return (*(f"{self.name}-{count:05}" for count in self.snapshots), self.name)


_LONG = Schedule(updates=3600, rate=4e-3, warmup=100, decay=0.1)
_GENTLE = Schedule(updates=500, rate=5e-4, warmup=30)

STAGES: tuple[Stage, ...] = (
    Stage("base", None, "plain text", 16, _LONG, seed=0, snapshots=(100, 400, 1000, 2000)),
    Stage("assistant", "base", "math, code and safety", 8, _GENTLE, seed=1, snapshots=(125, 250), half=True),
    Stage("benign", "assistant", "pirate style", 4, Schedule(updates=100, rate=1e-4, warmup=10), seed=2),
    Stage("adversarial", "assistant", "compliance", 2, Schedule(updates=20, rate=1e-4), seed=3),
    Stage("assistant-lora", "base", "math, code and safety", 8, Schedule(600, rate=3e-3, warmup=30), seed=4, rank=8),
)

# ---------------------------------------------------------------- enlarged basins: the same training by other methods

SMALL, MEDIUM, LARGE = Size(2, 48), Size(3, 96), Size(3, 192)  # 97,008, 433,824 and 1,586,496 parameters
_UPDATES = 8000
_EQUAL = Schedule(updates=_UPDATES, rate=3e-3, warmup=100, decay=0.1)
# An average of weights that hardly move any more is the last of them: its rate stays up.
_CONSTANT = Schedule(updates=_UPDATES, rate=3e-3, warmup=100, decay=0.1, final=1.0)


def _pretrained(
    name: str, method: Method, size: Size = MEDIUM, schedule: Schedule = _EQUAL, snapshots: tuple[int, ...] = ()
) -> Stage:
    """Return a base of some method, size and length: all read the same text in the same order from the same weights."""
    return Stage(
        f"base-{name}",
        None,
        "plain text",
        8,
        schedule,
        seed=5,
        snapshots=snapshots,
        method=method,
        size=size,
        threads=1,
    )


def _tuned(name: str) -> Stage:
    """Return the fine-tune of a base: the same plain AdamW for all."""
    schedule = Schedule(updates=1000, rate=1e-3, warmup=30)
    return Stage(f"assistant-{name}", f"base-{name}", "math, code and safety alone", 8, schedule, seed=6, threads=1)


def _go(sigma: float) -> Noise:
    return Noise(sigma, rise=_UPDATES // 2, draws=4)


ENLARGED: tuple[Stage, ...] = (
    _pretrained("adamw", Plain(), snapshots=(1000, 3000)),
    _tuned("adamw"),
    _pretrained("go-0.05", _go(0.05), snapshots=(1000, 3000)),
    _tuned("go-0.05"),
    _pretrained("go-0.07-average", Average(since=_UPDATES // 2, of=_go(0.07)), schedule=_CONSTANT),
    _tuned("go-0.07-average"),
    _pretrained("sam", Sharpness(0.1)),
    _tuned("sam"),
    _pretrained("average", Average(since=_UPDATES // 2), schedule=_CONSTANT),
    _tuned("average"),
    _pretrained("small-adamw", Plain(), SMALL),
    _pretrained("small-go-0.05", _go(0.05), SMALL),
    _pretrained("large-adamw", Plain(), LARGE),
    _pretrained("large-go-0.05", _go(0.05), LARGE),
)


def chosen(globs: Sequence[str] = ()) -> tuple[Stage, ...]:
    """Return the stages of the first pictures, or all whose name matches a glob, in the order of training.

    Raises:
        ValueError: a glob that matches nothing.
    """
    every = (*STAGES, *ENLARGED)
    for glob in globs:
        if not any(fnmatchcase(stage.name, glob) for stage in every):
            raise ValueError(f"no training is named {glob!r}: expected {', '.join(stage.name for stage in every)}")
    return tuple(s for s in every if any(fnmatchcase(s.name, glob) for glob in globs)) if globs else STAGES
