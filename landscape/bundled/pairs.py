"""A pair: the base and the fine-tune that a reader came with, and what both are asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from landscape.schema.directions import short_name
from landscape.schema.frames import Frame, Spec


@dataclass(frozen=True)
class Pair:
    """A base, a fine-tune of it ("" where there is none), and the capabilities asked of both.

    No capabilities: those that suit the two checkpoints.
    """

    base: str
    tuned: str = ""
    capabilities: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The checkpoints, the base first."""
        return (self.base, self.tuned) if self.tuned else (self.base,)

    @property
    def centre(self) -> str:
        """What one looks around to see how much room is left: the fine-tune, where there is one."""
        return self.tuned or self.base

    @property
    def text(self) -> str:
        """Both names, short: `base → assistant`."""
        return " → ".join(map(short_name, self.names))

    def other_than(self, checkpoint: str) -> str:
        """The other one of the two; "" where there is none."""
        return next((name for name in self.names if name != checkpoint), "")


def pair_of(spec: Spec, near: Pair) -> Pair:
    """Return the pair that a spec speaks of. `near`, the pair so far, stays where the spec is about it.

    A centre and a checkpoint aimed at do not say which of them is the fine-tune: without `near` it is the second.
    """
    capabilities: Sequence[str] = getattr(spec, "capabilities", ())
    centre, aims = spec.checkpoint, _aims(spec)
    if centre in near.names and (not aims or near.other_than(centre) in aims):
        found = near
    elif aims and aims[0] == near.base and isinstance(spec, Frame):
        found = Pair(near.base, centre)  # another fine-tune of the same base
    else:
        found = Pair(centre, aims[0] if aims else "")
    asked = tuple(capabilities) or (near.capabilities if found.names == near.names else ())
    return replace(found, capabilities=asked)


def closeness(spec: Spec, pair: Pair) -> int:
    """Return how much a spec speaks of a pair: 3 if it joins both, 2 around one alone, 1 with others, 0 not at all."""
    if spec.checkpoint not in pair.names:
        return 0
    aims = _aims(spec)
    if not aims:
        return 3 if not pair.tuned else 2
    return 3 if pair.other_than(spec.checkpoint) in aims else 1


def _aims(spec: Spec) -> tuple[str, ...]:
    """The other checkpoints that a spec names, each once."""
    return tuple(dict.fromkeys(name for name in spec.named_checkpoints if name != spec.checkpoint))
