"""Basins during training: `Trainer(…, callbacks=[BasinCallback("starter:arithmetic", every=500)])`."""

import inspect
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from landscape import api
from landscape.capabilities import examples
from landscape.checkpoints.in_hand import adapted
from landscape.checkpoints.in_hand.twin import twin_of, unwrapped
from landscape.schema.frames import TOLERANCE

Capability = str | Path


class BasinCallback(TrainerCallback):
    """Measures how far capabilities hold around the model in training, every so many steps and at the end.

    What it finds goes through the trainer's own `log`, and so to whatever the trainer reports to, and to
    `state.log_history`. By capability, under `basin/NAME/`:

    - `score` (or `loss`, where there is no score) at the weights as they are;
    - `radius`, the median over the random directions, in α, with the ends `radius_lower` and `radius_upper` of its 95 %
      interval; with fewer than six directions their range, `radius_min` to `radius_max`. An end beyond what was
      measured is left out;
    - `radius_at_least` in place of `radius`, where so few directions left the basin that only a bound is known;
    - neither, where there is nothing to lose: the score is no higher than zero or guessing.

    The directions are the same at every step. Nothing else of the training changes: weights, gradients, optimiser,
    random numbers and order of the data are those of a training without it, to the last bit. The main process measures,
    and others wait for it at their next step, for which `ddp_timeout` must allow. Sharded weights (FSDP, ZeRO-3) are
    refused. A measurement that fails warns, and the training goes on.

    Each measurement is a run on the page Runs, named after the output folder and the step. The weights are saved for it
    (`landscape.api`), and removed afterwards unless `keep`. A model of peft is also loaded a second time.
    """

    def __init__(
        self,
        capabilities: Capability | Sequence[Capability],
        every: int,
        *,
        directions: int = 8,
        limit: int | None = None,
        tokenizer: Any = None,
        at_start: bool = False,
        tolerance: float = TOLERANCE,
        reach: float | None = None,
        keep: bool = False,
    ) -> None:
        """`every`: steps. `tokenizer`: by default the trainer's `processing_class`. `at_start`: also at step 0.

        `tolerance`, `reach`, `directions` and `limit` as for `api.basin`. Raises ValueError for a number of steps below
        1, or a capability that cannot be read.
        """
        if every < 1:
            raise ValueError(f"expected to measure every 1 step or more, got {every}")
        self.capabilities = [capabilities] if isinstance(capabilities, str | Path) else list(capabilities)
        for name in self.capabilities:
            examples.load(str(name), limit)
        self.every, self.at_start, self.tokenizer = every, at_start, tokenizer
        self.options: dict[str, Any] = {
            "directions": directions, "limit": limit, "tolerance": tolerance, "reach": reach, "keep": keep,
        }  # fmt: skip
        self._trainer: Trainer | None = None  # while it trains
        self._latest = -1  # the step of the latest measurement

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Refuse what could not be measured later. Raises ValueError, one sentence."""
        self._trainer = self._caller()
        plugin = getattr(self._trainer.accelerator.state, "deepspeed_plugin", None)
        if self._trainer.is_fsdp_enabled or (plugin is not None and plugin.zero_stage == 3):
            raise ValueError("BasinCallback cannot measure sharded weights (FSDP, ZeRO-3): measure saved checkpoints")
        if self._tokenizer(kwargs) is None:
            raise ValueError("BasinCallback needs a tokenizer: name it here, or as the trainer's processing_class")
        model = unwrapped(kwargs["model"])
        if not adapted.is_adapted(model):
            twin_of(model)
        self._latest = state.global_step or -1  # where a training goes on was measured before it stopped

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Measure before the first step, if asked to: by now every callback knows that the training has begun."""
        if self.at_start and state.global_step == 0:
            self._measure(args, state, control, kwargs)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Measure every so many steps, and after the last."""
        if state.global_step % self.every == 0 or state.global_step >= state.max_steps:
            self._measure(args, state, control, kwargs)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Measure where a training was stopped early, unless the weights are by now those of its best step."""
        if not args.load_best_model_at_end:
            self._measure(args, state, control, kwargs)
        self._trainer = None

    def _measure(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, kwargs: dict[str, Any]
    ) -> None:
        if self._trainer is None or not state.is_world_process_zero or state.global_step == self._latest:
            return
        self._latest = state.global_step
        name = f"{Path(args.output_dir or 'training').name[:80]} step {state.global_step}"
        try:
            found = api.basin(
                kwargs["model"],
                tokenizer=self._tokenizer(kwargs),
                capabilities=self.capabilities,
                name=name,
                **self.options,
            )
        except (ValueError, RuntimeError, OSError) as error:  # days of training are worth more
            warnings.warn(f"BasinCallback measured nothing at step {state.global_step}: {error}", stacklevel=2)
            return
        asked = control.should_log
        self._trainer.log(logs_of(found))
        control.should_log = asked  # which the trainer's own log of this step still goes by

    def _tokenizer(self, kwargs: dict[str, Any]) -> Any:
        return self.tokenizer if self.tokenizer is not None else kwargs.get("processing_class")

    def _caller(self) -> Trainer:
        """The trainer that calls this event, by the stack: it hands itself to no callback, and its log reaches all.

        Raises RuntimeError where no trainer calls.
        """
        frame = inspect.currentframe()
        while frame is not None:
            caller = frame.f_locals.get("self")
            if isinstance(caller, Trainer) and self in caller.callback_handler.callbacks:
                return caller
            frame = frame.f_back
        raise RuntimeError(
            "BasinCallback is called by a transformers Trainer, through its callbacks, and by nobody else"
        )


def logs_of(found: api.Basin) -> dict[str, float]:
    """What is logged of a measurement: finite numbers alone."""
    logs: dict[str, float] = {}
    for row in found.rows.to_dict("records"):
        ends = ("lower", "upper") if row["radius_interval"] == "95 %" else ("min", "max")
        numbers = {
            "score": row["score"],
            "loss": row["loss"],
            "radius_at_least" if row["radius_at_least"] else "radius": row["radius"],
            f"radius_{ends[0]}": row["radius_low"],
            f"radius_{ends[1]}": row["radius_high"],
        }
        logs |= {f"basin/{row['capability']}/{name}": float(n) for name, n in numbers.items() if math.isfinite(n)}
    return logs
