"""The training loss of a checkpoint, from the log that transformers.Trainer leaves beside it."""

import math

import pandas as pd

from landscape.checkpoints import config, files

FILE = "trainer_state.json"


def training_log(checkpoint: str) -> pd.DataFrame | None:
    """Columns step and loss (nats per token, as the training counts them), ascending; None without a log.

    Raises:
        ValueError: no such checkpoint, or its log is damaged.
    """
    source = files.resolve(checkpoint)
    file = (source.adapter or source.folder) / FILE
    if not file.is_file():
        return None
    history = config.read_json(file).get("log_history")
    if not isinstance(history, list):
        raise ValueError(f"{file} is damaged (expected a list log_history): delete it, it is only shown")
    entries = [(entry["step"], entry["loss"]) for entry in history if _complete(entry)]
    if not entries:
        return None
    return pd.DataFrame(entries, columns=["step", "loss"]).drop_duplicates("step", keep="last").sort_values("step")


def _complete(entry: object) -> bool:
    """Whether an entry has a step and a training loss: evaluations and the final summary have none."""
    if not isinstance(entry, dict):
        return False
    numbers = [entry.get(name) for name in ("step", "loss")]
    return all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
