"""Forward passes whose head is applied at the wanted places alone, after prefixes that have been read before."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from landscape.capabilities.reading.prefixes import Prefixes


class Passes:
    """Forward passes of one causal language model of transformers."""

    def __init__(self, model: Any) -> None:
        """Nothing is read yet."""
        self.model: Any = model
        self.device = next(model.parameters()).device

    def logits(
        self,
        batch: Sequence[Sequence[int]],
        rows: Sequence[int],
        places: Sequence[int],
        prefixes: Prefixes | None = None,
    ) -> Tensor:
        """Return fp32 logits (wanted, vocabulary) at the places of the rows of a batch of tokens.

        Right padding needs no mask in a causal model, where no token sees what follows it. `prefixes`: what stands
        before each row; it keeps the keys and values of this batch, if they are wanted.
        """
        width = max(map(len, batch))
        ids = torch.tensor([[*tokens, *[0] * (width - len(tokens))] for tokens in batch], device=self.device)
        told: dict[str, Any] = {"use_cache": False}
        if prefixes is not None:
            told = prefixes.told(width, self._takes_positions, self.device)
        at = torch.tensor(rows, dtype=torch.long), torch.tensor(places, dtype=torch.long)
        if not self._gathers:
            return self._whole(ids, at, told)
        return self._gathered(ids, at, told)[0]

    def _whole(self, ids: Tensor, at: tuple[Tensor, Tensor], told: dict[str, Any]) -> Tensor:
        logits = self.model(input_ids=ids, **told).logits
        return logits[:, -ids.shape[1] :][at].float()  # a PeftModel puts those of its virtual tokens first

    def _gathered(self, ids: Tensor, at: tuple[Tensor, Tensor], told: dict[str, Any]) -> tuple[Tensor, bool]:
        """Return the logits, and whether the head was applied at the wanted places alone."""
        with _head_at(self.model.get_output_embeddings(), ids.shape, at) as applied:
            logits = self.model(input_ids=ids, **told).logits
        narrow = bool(applied) and logits.shape[:2] == (1, len(at[0]))
        return (logits[0] if narrow else logits[:, -ids.shape[1] :][at]).float(), narrow

    @cached_property
    def _gathers(self) -> bool:
        """Whether the head can be applied at the wanted places alone: tried once, against applying it at all."""
        ids = torch.arange(8, device=self.device).view(2, 4) % self.model.get_input_embeddings().weight.shape[0]
        at = torch.tensor([0, 1, 1]), torch.tensor([2, 0, 1])
        with torch.no_grad():
            wanted = self._whole(ids, at, {"use_cache": False})
            try:
                found, narrow = self._gathered(ids, at, {"use_cache": False})
            except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):  # a head of another kind
                return False
            apart = 1e-2 * float(wanted.abs().nan_to_num(0, 0, 0).max())
        return narrow and found.shape == wanted.shape and found.allclose(wanted, 0, apart, equal_nan=True)

    @cached_property
    def _takes_positions(self) -> bool:
        base = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        return "position_ids" in inspect.signature(base.forward).parameters


@contextmanager
def _head_at(head: nn.Module, shape: Sequence[int], at: tuple[Tensor, Tensor]) -> Iterator[list[bool]]:
    """Within the block, the head sees the wanted places alone, as one row; it tells whether it was called so.

    All that a model does to its logits afterwards (scaling, soft-capping) is its own code still.
    """
    applied: list[bool] = []

    def gather(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        hidden = inputs[0]
        if applied or hidden.ndim != 3 or hidden.shape[0] != shape[0] or hidden.shape[1] < shape[1]:
            return None
        applied.append(True)
        rows, places = (each.to(hidden.device) for each in at)
        return (hidden[rows, places + hidden.shape[1] - shape[1]][None], *inputs[1:])

    hook = head.register_forward_pre_hook(gather)
    try:
        yield applied
    finally:
        hook.remove()
