"""The two fine-tunes of the showcase: the same text in the same order, at a gentle rate and at a far too high one."""

from dataclasses import dataclass

from landscape.bundled.real_specs import BASE
from landscape.demo.training import Schedule

RANK = 8  # of the LoRA adapters, on the four matrices of attention
WINDOWS, CONTEXT = 16, 20  # exercises in a batch, tokens of each at most
_UPDATES = 300


@dataclass(frozen=True)
class Stage:
    """One fine-tune of the base, and how fast it learns."""

    name: str
    schedule: Schedule
    seed: int = 0

    @property
    def checkpoint(self) -> str:
        """The name of what it makes."""
        return f"{BASE}-{self.name}"


STAGES = (
    Stage("arithmetic", Schedule(_UPDATES, rate=1e-3, warmup=20)),
    Stage("overtrained", Schedule(_UPDATES, rate=2e-2, warmup=20, final=1.0)),
)
