"""Options that the functions of the API share, by keyword, under the names that the commands have for them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from landscape.schema.frames import Dtype

Checkpoint = Any  # a name, a folder, or a transformers model in hand (also peft's)


class ReadingOptions(TypedDict, total=False):
    """How checkpoints are read."""

    tokenizer: Any  # of the models in hand; only for them, and needed for them
    keep: bool  # whether what was saved of the models in hand stays on disk; by default it does
    device: str  # auto, cpu, cuda, cuda:1 or mps; auto: where the model in hand is
    name: str  # what the run is called on the page Runs


class LoadingOptions(ReadingOptions, total=False):
    """How checkpoints are loaded."""

    dtype: Dtype  # auto: as stored


class ScoringOptions(LoadingOptions, total=False):
    """What is scored."""

    capabilities: Sequence[str | Path] | None  # bundled names, files, lm_eval:TASK, hf:…; None: as the commands choose
    limit: int | None  # only the first examples of each capability


class FrameOptions(ScoringOptions, total=False):
    """What is scored, and which weights move."""

    only: Sequence[str]  # globs over parameter names; none: all
    exclude: Sequence[str]


class AdapterFrameOptions(FrameOptions, total=False):
    """What is scored, and which weights move; those of an adapter can be chosen too."""

    adapter: bool  # of a PEFT checkpoint, move the adapter's own weights alone


def checked(options: Mapping[str, Any], kind: Any, function: str) -> dict[str, Any]:
    """Return the options. Raises TypeError, as Python does, for one that the function does not have."""
    known: frozenset[str] = kind.__optional_keys__
    for name in options:
        if name not in known:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}: expected {', '.join(known)}")
    return dict(options)
