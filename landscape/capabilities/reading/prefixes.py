"""Keys and values of tokens that have been read, and batches that go on from them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

KeysValues = tuple[Tensor, Tensor]  # each (key/value heads, tokens, width)


class Held:
    """The keys and values of reads, layer by layer, and where those of each read lie."""

    def __init__(self, layers: list[KeysValues] | None = None, places: dict[int, Tensor] | None = None) -> None:
        """Nothing is held at the beginning of a text."""
        self.layers, self.places = layers or [], places or {}

    def and_those_of(self, passes: Sequence[tuple[Sequence[int], Sequence[int], "Prefixes"]]) -> "Held":
        """Return what is held once passes are over, each (its reads, how many tokens each has, its prefixes).

        Raises:
            ValueError: the model keeps something else than keys and values of every token.
        """
        places, begun = dict(self.places), self.layers[0][0].shape[1] if self.layers else 0
        for reads, lengths, prefixes in passes:
            width = max(lengths)
            if not prefixes.kept or any(kept is None or kept[0].shape[2] != width for kept in prefixes.kept):
                raise ValueError("the model keeps no keys and values of every token")
            for read, length in zip(reads, lengths, strict=True):
                places[read] = torch.arange(begun, begun + length)
                begun += width
        layers = []
        for number in range(len(passes[0][2].kept)):
            parts = [prefixes.kept[number] for *_, prefixes in passes]
            new = [
                torch.cat([part[which].transpose(0, 1).flatten(1, 2) for part in parts if part], 1) for which in (0, 1)
            ]
            old = self.layers[number] if self.layers else (new[0][:, :0], new[1][:, :0])
            layers.append((torch.cat([old[0], new[0]], 1), torch.cat([old[1], new[1]], 1)))
        return Held(layers, places)


class Prefixes:
    """What stands before each row of a batch: its keys and values, padded on the left.

    So the last token of each prefix stands right before the row, as far as a sliding window sees.
    """

    def __init__(self, held: Held, paths: Sequence[Sequence[int]], *, keep: bool) -> None:
        """`paths`: of each row the reads before it, from the beginning of a text. `keep`: this batch's are wanted."""
        rows = [torch.cat([held.places[read] for read in path]) if path else torch.arange(0) for path in paths]
        self.lengths = torch.tensor([len(row) for row in rows])
        longest = int(self.lengths.max())
        same = all(path == paths[0] for path in paths)
        # the padding repeats the row's own first token: its numbers are finite where the row's are
        padded = [torch.cat([row[:1].expand(longest - len(row)), row]) for row in (rows[:1] if same else rows)]
        index = torch.stack(padded)  # (1 or rows, longest)
        before = held.layers if longest else []
        self._layers = [_Layer(keep, layer, index) for layer in before]
        self._keep, self._longest = keep, longest
        self._cache: Any = None

    def told(self, width: int, positions: bool, device: torch.device) -> dict[str, Any]:
        """Return what a model is told of the prefixes of rows of `width` tokens. `positions`: it takes positions."""
        self._cache = DynamicCache()
        if self._layers:
            self._cache.layers, self._cache.layer_class_to_replicate = list(self._layers), None
        else:
            self._cache.layer_class_to_replicate = partial(_Layer, self._keep)
        told: dict[str, Any] = {"past_key_values": self._cache, "use_cache": True}
        if (self.lengths < self._longest).any():
            seen = torch.arange(self._longest + width) >= self._longest - self.lengths[:, None]
            told["attention_mask"] = seen.long().to(device)
            if positions:
                told["position_ids"] = (self.lengths[:, None] + torch.arange(width)).to(device)
        return told

    @property
    def kept(self) -> list[KeysValues | None]:
        """Of each layer the keys and values of the batch itself, each (rows, key/value heads, tokens, width)."""
        return [getattr(layer, "kept", None) for layer in self._cache.layers] if self._cache is not None else []


class _Layer(DynamicLayer):
    """A layer's keys and values of the prefixes. Those of the batch are not added: nothing goes on from its rows."""

    def __init__(self, keep: bool, held: KeysValues | None = None, index: Tensor | None = None) -> None:
        super().__init__()
        self._keep, self._held, self._index = keep, held, index
        self.kept: KeysValues | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> KeysValues:
        """Return the keys and values of each row with those of its prefix before them."""
        if self._keep:
            self.kept = key_states, value_states
        if self._held is None or self._index is None:
            return key_states, value_states
        rows, index = len(key_states), self._index.to(key_states.device)
        before = [part[:, index].transpose(0, 1).expand(rows, -1, -1, -1) for part in self._held]
        return torch.cat([before[0], key_states], -2), torch.cat([before[1], value_states], -2)

    def get_seq_length(self) -> int:
        """Return how many tokens stand before the batch."""
        return 0 if self._index is None else self._index.shape[1]
