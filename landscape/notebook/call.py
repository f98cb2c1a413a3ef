"""One call of the API: what stands for its checkpoints in a spec, and the spec measured in this process."""

import gc
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError

from landscape.bundled.default_capabilities import default_capabilities
from landscape.bundled.portable_names import absolute, portable_checkpoint, portable_direction
from landscape.capabilities import examples
from landscape.notebook.options import Checkpoint, checked
from landscape.notebook.process_state import undisturbed
from landscape.runs import worker
from landscape.runs.submit import submit_or_resume
from landscape.schema.directions import Direction, Towards, random_directions
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.parsing import sentence_of
from landscape.schema.results import Result
from landscape.store.records import Run
from landscape.store.store import Store

if TYPE_CHECKING:  # torch takes seconds to import, and whoever reads a known result need not pay for it
    from landscape.checkpoints.in_hand.folders import ModelsInHand

_OF_THE_CALL = ("tokenizer", "keep", "name")  # options that are no fields of a spec


class Call:
    """The options of a call. As a context, it holds the models in hand, and leaves this process as it was.

    Raises:
        TypeError: an option that the function does not have.
    """

    def __init__(self, function: str, options: Any, kind: type) -> None:
        """`options`: the shared ones that were given, of the `kind` that the function has."""
        self._options = checked(options, kind, function)
        self._asked = kind.__optional_keys__  # type: ignore[attr-defined]
        self._stack = ExitStack()
        self._disturbs = False
        self.hand: ModelsInHand | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Put back whatever this call has changed. Of a spec that is refused, say why in one line (ValueError)."""
        self._stack.close()
        if self.hand is not None:
            if not self._options.get("keep", True):
                self.hand.remove_written()
            gc.collect()  # the copy of θ₀, which would take the room of what comes next
        if isinstance(error, ValidationError):
            raise ValueError(sentence_of(error)) from None

    def name(self, checkpoint: Checkpoint) -> str:
        """What stands for a checkpoint in a spec. Raises ValueError for a model in hand that cannot be measured."""
        if isinstance(checkpoint, str | Path):
            return portable_checkpoint(str(checkpoint))
        if (tokenizer := self._options.get("tokenizer")) is None:
            raise ValueError(f"expected tokenizer=… with a model in hand ({type(checkpoint).__name__}), got none")
        self._begin()
        if self.hand is None:
            from landscape.checkpoints.in_hand.folders import ModelsInHand
            from landscape.engine.mover import restore_all

            self.hand = self._stack.enter_context(ModelsInHand())
            self._stack.callback(restore_all)
        name = self.hand.name_of(checkpoint, tokenizer)
        if self._options.get("device", "auto") == "auto":
            self._options["device"] = _device_of(checkpoint)
        return name

    def fields(self, checkpoint: Checkpoint, *others: Checkpoint, gate: bool = False) -> dict[str, Any]:
        """The fields of a spec that the shared options become, for these checkpoints."""
        names = [self.name(one) for one in (checkpoint, *others)]
        found: dict[str, Any] = {
            name: tuple(_several(value)) if name in ("only", "exclude") else value
            for name, value in self._options.items()
            if name not in _OF_THE_CALL
        }
        if "capabilities" in self._asked:
            found["capabilities"] = _capabilities(self._options.get("capabilities"), names, gate=gate)
        return found | {"checkpoint": names[0]}

    def direction(self, axis: Checkpoint) -> Direction:
        """A direction as the commands write it; of a folder or a model in hand, the one towards it."""
        return portable_direction(axis) if isinstance(axis, str) else Towards(checkpoint=self.name(axis))

    def directions(
        self,
        towards: Checkpoint | Sequence[Checkpoint],
        along: Sequence[str] = (),
        *,
        count: int,
        kind: str = "gaussian",
        seed: int = 0,
        fewest: int = 1,
    ) -> tuple[Direction, ...]:
        """The random directions, then those towards checkpoints, then those along. Raises ValueError for too few."""
        ways = towards if isinstance(towards, list | tuple) else [towards]
        found = (
            *random_directions(seed, count, kind),
            *(Towards(checkpoint=self.name(way)) for way in ways),
            *map(portable_direction, [along] if isinstance(along, str) else along),
        )
        if len(found) < fewest:
            raise ValueError("expected at least 1 direction: raise directions, or name a checkpoint in towards")
        return found

    def result(self, spec: PointSpec) -> Result[Any]:
        """The result of a spec, measured now as far as it is not known."""
        store, run = self.finished(spec)
        return store.result(run.id)

    def finished(self, spec: Spec) -> tuple[Store, Run]:
        """The run of a spec, measured now as far as it is not known.

        Raises:
            ValueError: what is wrong with the spec; an option for models in hand, where there are none.
            RuntimeError: it failed or was cancelled.
        """
        for option in ("tokenizer", "keep"):
            if self.hand is None and self._options.get(option) is not None:
                raise ValueError(f"{option} is for models in hand, and all checkpoints are named: leave it out")
        store = Store()
        run = submit_or_resume(store, spec)
        if run.status != "done":
            self._begin()
            worker.work(store, device=spec.device, run_id=run.id)
            run = store.run(run.id)
        if name := self._options.get("name"):
            store.labels.edit(run.id, name=name)
        if run.status != "done":
            raise RuntimeError(run.error or f"run {run.id} is {run.status}")
        return store, run

    def _begin(self) -> None:
        if not self._disturbs:
            self._stack.enter_context(undisturbed())
            self._disturbs = True


def _capabilities(chosen: Any, checkpoints: Sequence[str], *, gate: bool) -> tuple[str, ...]:
    """What was chosen, files absolute; None: what the checkpoints are asked by default."""
    if chosen is None:
        return default_capabilities(checkpoints, gate=gate).names
    names = [str(name) for name in _several(chosen)]
    for name in names:
        examples.load(name)  # say at once what is wrong with a file
    return tuple(map(absolute, names))


def _several(value: Any) -> list[Any]:
    """One name or path, or several; in a text several as the commands take them, with commas."""
    if isinstance(value, str):
        return [part for part in value.split(",") if part]
    return [value] if isinstance(value, Path) else list(value)


def _device_of(model: Any) -> str:
    """The device that a model in hand is on, as a spec names it."""
    device = next(model.parameters()).device
    return str(device) if device.type == "cuda" else str(device.type)
