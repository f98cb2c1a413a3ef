"""Models that read virtual tokens before every prompt: prompt tuning, P-tuning, prefix tuning."""

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

PREFIXES = {"PREFIX_TUNING", "CARTRIDGE"}  # these are keys and values: they take no place among the logits


def prepend(adapted: Any) -> nn.Module:
    """Return the base of a PeftModel as a model that puts the adapter's virtual tokens before all that it reads.

    Its weights keep their names; the virtual tokens are among them, under `prompt_encoder`.

    Raises:
        ValueError: no adapter of a causal language model.
    """
    config, model = adapted.active_peft_config, adapted.get_base_model()
    if config.task_type != "CAUSAL_LM":
        raise ValueError(f"an adapter with virtual tokens is of the task {config.task_type}: expected CAUSAL_LM")
    kind = type(model)

    def forward(self: Any, *inputs: Any, **options: Any) -> Any:
        return self._read(*inputs, **options)

    forward.__signature__ = inspect.signature(kind.forward)  # type: ignore[attr-defined]  # which transformers asks for
    model.__class__ = type(f"Prompted{kind.__name__}", (_Prompted, kind), {"forward": forward, "_kind": kind})
    object.__setattr__(model, "_adapted", adapted)  # not as a submodule: that would hold this model
    model._inside = False
    model.prompt_encoder = adapted.prompt_encoder
    model.config.max_position_embeddings -= config.num_virtual_tokens  # what is left for a prompt
    return model


def reads_virtual_tokens(model: nn.Module) -> bool:
    """Whether a model was made by `prepend`."""
    return isinstance(model, _Prompted)


class _Prompted:
    """Goes through the PeftModel, which calls the base once more, with the virtual tokens before the input."""

    _adapted: Any
    _kind: Any
    _inside: bool  # whether the call comes from the PeftModel
    one_row_each = True  # it generates one text at a time: peft counts places from padding

    def _read(self, input_ids: Tensor | None = None, **options: Any) -> Any:
        """Return what the base returns after the virtual tokens, with logits at the places of `input_ids` alone."""
        if self._inside:
            return self._kind.forward(self, input_ids=input_ids, **options)
        assert input_ids is not None, "callers give tokens"
        keep = options.pop("logits_to_keep", 0)
        kept = torch.arange(input_ids.shape[1], device=input_ids.device)
        kept = kept[keep if isinstance(keep, Tensor) else slice(-keep, None)] + self._before
        if narrow := "logits_to_keep" in inspect.signature(self._kind.forward).parameters:
            options["logits_to_keep"] = kept
        with self._through_adapter():
            found = self._adapted(input_ids=input_ids, **options)
        if not narrow:
            found.logits = found.logits[:, kept]
        return found

    def generate(self, **options: Any) -> Tensor:
        """Return tokens (1, length) of a text, those of the prompt first."""
        if self._inside:
            found: Tensor = self._kind.generate(self, **options)
            return found
        assert len(options["input_ids"]) == 1, "callers look at one_row_each"
        with self._through_adapter():
            return self._adapted.generate(**options)

    @contextmanager
    def _through_adapter(self) -> Iterator[None]:
        self._inside = True
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Position ids are not supported")  # of generation's own
                yield
        finally:
            self._inside = False

    @property
    def _before(self) -> int:
        config = self._adapted.active_peft_config
        return 0 if config.peft_type in PREFIXES else int(config.num_virtual_tokens)
