"""The keys and values of several texts that are written together: rows end at the same place, and may leave."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

KeysValues = tuple[Tensor, Tensor]  # each (rows, key/value heads, tokens, width)


class Rows:
    """Keys and values of rows of tokens, padded on the left: the last token of each stands at the same place.

    So a sliding window sees the same tokens as in a row alone, and a row's next token is written in place.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        """`lengths`: how many tokens each row has."""
        self.lengths = list(lengths)
        self.end = max(self.lengths)
        self.part = slice(0, len(self.lengths))  # of the rows: those that the present pass reads
        self.layers: list[_Layer] = []

    def told(self, width: int, positions: bool, device: torch.device) -> dict[str, Any]:
        """Return what a model is told that reads `width` more tokens of the rows of `part`.

        `positions`: it takes positions.
        """
        cache: Any = DynamicCache()
        cache.layer_class_to_replicate = None if self.layers else partial(_Layer, self)
        cache.layers = self.layers
        told: dict[str, Any] = {"past_key_values": cache, "use_cache": True}
        lengths = torch.tensor(self.lengths[self.part])
        if (lengths < self.end).any():
            seen = torch.arange(self.end + width) >= self.end - lengths[:, None]
            told["attention_mask"] = seen.long().to(device)
            if positions:
                told["position_ids"] = (lengths[:, None] + torch.arange(width)).to(device)
        return told

    def advance(self, width: int) -> None:
        """Keep `width` more tokens of every row."""
        self.end += width
        self.lengths = [length + width for length in self.lengths]

    def drop(self, row: int) -> None:
        """Let a row leave. The last row takes its place."""
        last = len(self.lengths) - 1
        if row < last:
            for layer in self.layers:
                for each in layer.held:
                    each[row].copy_(each[last])
            self.lengths[row] = self.lengths[last]
        self.lengths.pop()

    def chosen(self, rows: Sequence[int], more: Sequence[int]) -> "Rows":
        """Return these rows, each with so many `more` tokens of the latest passes; a row may be chosen repeatedly."""
        lengths = [self.lengths[row] + added for row, added in zip(rows, more, strict=True)]
        longest, places = max(lengths), torch.arange(max(lengths))
        begun = [self.end - self.lengths[row] for row in rows]
        # the padding repeats the row's own first token: its numbers are finite where the row's are
        places = torch.stack(
            [(places - (longest - n)).clamp(min=0) + first for n, first in zip(lengths, begun, strict=True)]
        )
        found = Rows(lengths)
        found.layers = [_Layer(found, layer.at(torch.tensor(rows), places)) for layer in self.layers]
        return found


class _Layer(DynamicLayer):
    """One layer's keys and values, with room for the tokens to come."""

    def __init__(self, rows: Rows, held: KeysValues | None = None) -> None:
        super().__init__()
        self._rows = rows
        self.held: list[Tensor] = list(held or ())

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> KeysValues:
        """Note keys and values after those that are kept, and return both."""
        part, end = self._rows.part, self._rows.end
        width = key_states.shape[2]
        self.held = [
            _with_room(each, new, len(self._rows.lengths), end + width)
            for each, new in zip(self.held or (None, None), (key_states, value_states), strict=True)
        ]
        for each, new in zip(self.held, (key_states, value_states), strict=True):
            each[part, :, end : end + width] = new
        keys, values = (each[part, :, : end + width] for each in self.held)
        return keys, values

    def at(self, rows: Tensor, places: Tensor) -> KeysValues:
        """Return keys and values of the rows, each at its places (rows, tokens)."""
        found = []
        for each in self.held:
            _, heads, tokens, width = each.shape
            first = (rows[:, None] * heads + torch.arange(heads)) * tokens  # (rows, heads)
            index = (first[:, :, None] + places[:, None]).flatten().to(each.device)
            found.append(each.flatten(0, 2)[index].view(len(rows), heads, -1, width))
        return found[0], found[1]

    def get_seq_length(self) -> int:
        """Return how many tokens stand before those that are read."""
        return self._rows.end


def _with_room(held: Tensor | None, new: Tensor, rows: int, tokens: int) -> Tensor:
    """Return a tensor that holds at least so many tokens of each row, and what is held."""
    if held is not None and held.shape[2] >= tokens:
        return held
    _, heads, _, width = new.shape
    room = new.new_empty(rows if held is None else len(held), heads, tokens + max(16, tokens // 4), width)
    if held is not None:
        room[:, :, : held.shape[2]] = held
    return room
