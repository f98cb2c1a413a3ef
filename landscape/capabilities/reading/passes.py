"""Forward passes that compute what is wanted at the wanted places alone, after prefixes that have been read before."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor, nn

# Parts of the last layer that work on each place alone, by the names that they have in most architectures.
PROJECTIONS = ("self_attn.o_proj", "attention.dense", "attn.c_proj", "self_attn.dense", "attn.out_proj")
BLOCKS = ("mlp", "feed_forward")
Places = tuple[Tensor, Tensor]  # rows and places in them


class Before(Protocol):
    """What stands before each row of a batch."""

    def told(self, width: int, positions: bool, device: torch.device) -> dict[str, Any]:
        """Return what a model is told of it that reads rows of `width` tokens. `positions`: it takes positions."""


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
        prefixes: Before | None = None,
    ) -> Tensor:
        """Return fp32 logits (wanted, vocabulary) at the places of the rows of a batch of tokens.

        Right padding needs no mask in a causal model, where no token sees what follows it. `prefixes`: what stands
        before each row; it keeps the keys and values of this batch, if they are wanted.
        """
        width = max(map(len, batch))
        ids = torch.tensor([[*tokens, *[0] * (width - len(tokens))] for tokens in batch], device=self.device)
        told: dict[str, Any] = {"use_cache": False}
        if prefixes is not None:
            told = prefixes.told(width, "position_ids" in self._takes, self.device)
            if "cache" in self._takes:  # its name since transformers 5.24
                told["cache"] = told.pop("past_key_values")
        at = torch.tensor(rows, dtype=torch.long), torch.tensor(places, dtype=torch.long)
        narrow = self.narrow[-1:] if torch.is_grad_enabled() else self.narrow  # a layer may be computed once more
        return self._read(ids, at, told, narrow)[0]

    def _read(self, ids: Tensor, at: Places, told: dict[str, Any], narrow: Sequence[nn.Module]) -> tuple[Tensor, bool]:
        """Return the logits, and whether the modules `narrow` (the last is the head) saw the wanted places alone."""
        with ExitStack() as stack:
            seen = [stack.enter_context(_narrowed(module, module is narrow[-1], ids.shape, at)) for module in narrow]
            logits = self.model(input_ids=ids, **told).logits
        if seen and seen[-1] and logits.shape[:2] == (1, len(at[0])):
            return logits[0].float(), all(seen)
        return logits[:, -ids.shape[1] :][at].float(), False  # a PeftModel puts those of its virtual tokens first

    @cached_property
    def narrow(self) -> list[nn.Module]:
        """The modules that can be computed at the wanted places alone: tried once, against computing all places.

        The head is the last of them. Before it come, of the last layer, the projection that ends its attention, and
        its feed-forward block: nothing but the head sees what comes of them. What a model does to its logits
        afterwards (scaling, soft-capping) is its own code still.
        """
        ids = torch.arange(8, device=self.device).view(2, 4) % self.model.get_input_embeddings().weight.shape[0]
        at = torch.tensor([0, 1, 1]), torch.tensor([2, 0, 1])
        told = {"use_cache": False}
        with torch.no_grad():
            wanted, _ = self._read(ids, at, told, [])
            rounding = 1e-4 if next(self.model.parameters()).dtype == torch.float32 else 3e-2
            apart = rounding * float(wanted.abs().nan_to_num(0, 0, 0).max())
            head: Any = getattr(self.model, "get_output_embeddings", lambda: None)()
            blocks = _last_blocks(self.model)
            for modules in ([*blocks, head], [*blocks[-1:], head], [head]):
                try:
                    found, narrow = self._read(ids, at, told, modules)
                except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):  # modules of another kind
                    continue
                if narrow and found.shape == wanted.shape and found.allclose(wanted, 0, apart, equal_nan=True):
                    return modules
        return []

    @cached_property
    def _takes(self) -> set[str]:
        """The arguments that the model takes by name."""
        base = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        return set(inspect.signature(base.forward).parameters)


def _last_blocks(model: nn.Module) -> list[nn.Module]:
    """Return the output projection and the feed-forward block of the last layer, where they have usual names."""
    layers = max((m for m in model.modules() if isinstance(m, nn.ModuleList)), key=len, default=nn.ModuleList())
    parts = dict(layers[-1].named_modules()) if len(layers) else {}
    found = ([parts[name] for name in names if name in parts][:1] for names in (PROJECTIONS, BLOCKS))
    return [module for modules in found for module in modules]


@contextmanager
def _narrowed(module: nn.Module, head: bool, shape: Sequence[int], at: Places) -> Iterator[list[Tensor]]:
    """Within the block, a module sees the wanted places alone, as one row; yields its input, once it was called so.

    What another module than the head returns is put back to its places, among zeros.
    """
    seen: list[Tensor] = []

    def gather(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        hidden = inputs[0]
        if seen or hidden.ndim != 3 or hidden.shape[0] != shape[0] or hidden.shape[1] < shape[1]:
            return None
        seen.append(hidden)
        rows, places = (each.to(hidden.device) for each in at)
        return (hidden[rows, places + hidden.shape[1] - shape[1]][None], *inputs[1:])

    def scatter(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        (whole,) = seen
        computed, *others = output if isinstance(output, tuple) else (output,)
        rows, places = (each.to(whole.device) for each in at)
        spread = computed.new_zeros((*whole.shape[:2], *computed.shape[2:]))
        spread[rows, places + whole.shape[1] - shape[1]] = computed[0]
        return (spread, *others) if others else spread

    hooks = [module.register_forward_pre_hook(gather)]
    if not head:
        hooks.append(module.register_forward_hook(scatter))
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
