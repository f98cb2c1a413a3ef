"""The shortest chain of trainings with a snapshot, a fine-tune and an adapter."""

from landscape.demo.build import Stage
from landscape.demo.stages import SMALL
from landscape.demo.training import Schedule

TINY = (
    Stage(
        "base",
        None,
        "plain text",
        1,
        Schedule(updates=15, rate=1e-3, decay=0.1),
        seed=0,
        snapshots=(5, 12),
        size=SMALL,
        threads=1,  # of which neither decides whether a build goes on
    ),  # fmt: skip
    Stage("assistant-lora", "base", "math, code and safety", 1, Schedule(3, rate=1e-3), seed=1, rank=2),
)
