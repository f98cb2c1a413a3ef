"""Greedy generation: the likeliest token each time, whatever a checkpoint's generation_config.json asks for."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from landscape.capabilities.chat_templates import CLOSING, OPENING
from landscape.capabilities.encoding import GenerationRequest

# Fields of a generation config that make a text another one than the greedy one, or another type of result.
_NOT_GREEDY = (
    "assistant_confidence_threshold", "bad_words_ids", "begin_suppress_tokens", "cache_implementation", "constraints",
    "diversity_penalty", "dola_layers", "encoder_no_repeat_ngram_size", "encoder_repetition_penalty",
    "exponential_decay_length_penalty", "force_words_ids", "forced_bos_token_id", "forced_eos_token_id",
    "guidance_scale", "low_memory", "max_time", "min_length", "min_new_tokens", "no_repeat_ngram_size",
    "num_return_sequences", "penalty_alpha", "prefill_chunk_size", "prompt_lookup_num_tokens", "remove_invalid_values",
    "renormalize_logits", "repetition_penalty", "return_dict_in_generate", "sequence_bias", "stop_strings",
    "suppress_tokens", "token_healing", "watermarking_config",
)  # fmt: skip
_NEUTRAL_AT_1 = {"encoder_repetition_penalty", "guidance_scale", "num_return_sequences", "repetition_penalty"}


def ends_of(model: Any, tokenizer: Any) -> list[int]:
    """Return the tokens that end a text: those of the tokenizer, the config and the generation config, ascending.

    Raises:
        ValueError: one of them is no number.
    """
    config = model.config
    text_config = config.get_text_config() if hasattr(config, "get_text_config") else config
    places = (tokenizer, config, text_config, getattr(model, "generation_config", None))
    return sorted({end for place in places for end in _listed(getattr(place, "eos_token_id", None))})


def not_greedy(model: Any) -> dict[str, Any]:
    """Return what the generation config of a checkpoint asks for that would change its greedy texts."""
    config = getattr(model, "generation_config", None)
    asked = {name: getattr(config, name, None) for name in _NOT_GREEDY}
    return {name: value for name, value in asked.items() if value and not (value == 1 and name in _NEUTRAL_AT_1)}


def read_otherwise(model: Any, tokenizer: Any, requests: Sequence[GenerationRequest]) -> dict[str, Any]:
    """Return what cache keys say of texts that were generated or judged otherwise up to version 0.6; mostly nothing."""
    if not requests:
        return {}
    own, ends = (
        _listed(getattr(getattr(model, "generation_config", None), "eos_token_id", None)),
        ends_of(model, tokenizer),
    )
    found: dict[str, Any] = {}
    if not_greedy(model) or sorted(set(own)) != ends or set(ends) - set(tokenizer.all_special_ids):
        found["ends"] = ends
    if any(request.judged for request in requests) and may_think(tokenizer, requests):
        found["thinking"] = "left out"
    return found


def may_think(tokenizer: Any, requests: Sequence[GenerationRequest]) -> bool:
    """Whether the tokenizer or a prompt knows the tags around what a model thinks before it answers."""
    known = {OPENING, CLOSING} & tokenizer.get_vocab().keys()
    return bool(known) or CLOSING in str(tokenizer.chat_template) or any(request.thinking for request in requests)


class Generator:
    """Writes greedy texts with one model: batches of prompts, padded on the left."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Nothing is generated yet."""
        self.model, self.tokenizer, self.ends = model, tokenizer, ends_of(model, tokenizer)
        self._tags = {tokenizer.get_vocab().get(tag): tag for tag in (OPENING, CLOSING)}

    def texts(self, batch: Sequence[GenerationRequest]) -> list[str | None]:
        """Return the text after each prompt; None where logits were not finite, so that no token is the likeliest."""
        if len(batch) > 1 and getattr(self.model, "one_row_each", False):
            return [text for prompt in batch for text in self.texts([prompt])]
        width = max(len(prompt.ids) for prompt in batch)
        pad = next((t for t in (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id) if t is not None), 0)
        ids = torch.full((len(batch), width), pad)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(batch):  # left padding: all answers begin at the same place
            start = width - len(prompt.ids)
            ids[row, start:], mask[row, start:] = torch.tensor(prompt.ids), 1
        device = next(self.model.parameters()).device
        watch = _Watch(len(batch), width, device)
        settings = type(self.model.generation_config)(
            max_new_tokens=max(prompt.max_new_tokens for prompt in batch),
            do_sample=False,
            num_beams=1,
            eos_token_id=self.ends or None,
            pad_token_id=pad,
        )
        with _own_settings_aside(self.model):
            out = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                generation_config=settings,
                logits_processor=[watch],
                stopping_criteria=[watch.ended, *self._stopping([prompt.stops for prompt in batch], width)],
            )[:, width:]
        return [
            self._text(prompt, row[: prompt.max_new_tokens], failed)
            for prompt, row, failed in zip(batch, out.tolist(), watch.first.tolist(), strict=True)
        ]

    def _text(self, prompt: GenerationRequest, row: list[int], failed: int) -> str | None:
        """Return the text of a row of tokens. `failed`: the first place where logits were not finite, or -1."""
        ended = next((place for place, token in enumerate(row) if token in self.ends), len(row))
        broken = 0 <= failed <= ended and failed < prompt.max_new_tokens
        text = self._decoded(row[: failed if broken else ended], prompt.judged)
        if broken and not any(stop in text for stop in prompt.stops):
            return None
        for stop in prompt.stops:
            text = text.partition(stop)[0]
        return answer_of(text, begun=prompt.thinking) if prompt.judged else text

    def _decoded(self, ids: list[int], with_tags: bool) -> str:
        """Return the text without special tokens; if wanted with the tags of thinking, special or not."""
        parts: list[str] = []
        run: list[int] = []
        for token in ids:
            if with_tags and token in self._tags:
                parts += [self.tokenizer.decode(run, skip_special_tokens=True), self._tags[token]]
                run = []
            else:
                run.append(token)
        return "".join([*parts, self.tokenizer.decode(run, skip_special_tokens=True)])

    def _stopping(self, stops: list[tuple[str, ...]], width: int) -> list[Callable[..., Tensor]]:
        """Return criteria that end a row once it holds one of its stops. It only saves time: the text is cut anyway."""
        if not any(stops):
            return []
        tail = max(len(stop.encode()) for each in stops for stop in each)  # tokens that a stop can take

        def ended(ids: Tensor, scores: Any, **_: Any) -> Tensor:
            near = self.tokenizer.batch_decode(ids[:, max(width, ids.shape[1] - tail) :])
            found = [any(stop in text for stop in each) for text, each in zip(near, stops, strict=True)]
            return torch.tensor(found, device=ids.device)

        return [ended]


class _Watch:
    """Remembers of each row the first new token whose logits were not finite, and ends the row there."""

    def __init__(self, rows: int, width: int, device: torch.device) -> None:
        self.first, self._width = torch.full((rows,), -1, device=device), width

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Look at the logits (rows, vocabulary) as they are; a single −∞ hides a token, and is no fault."""
        failed = ~torch.isfinite(scores.amax(-1))
        self.first = torch.where(failed & (self.first < 0), ids.shape[1] - self._width, self.first)
        return scores

    def ended(self, ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """Whether each row is over."""
        return self.first >= 0


def answer_of(text: str, *, begun: bool = False) -> str:
    """Return a text without what the model thinks between <think> and </think>; what is never closed has no answer.

    `begun`: the prompt has opened the thinking.
    """
    if begun and CLOSING not in text:
        return ""
    plain = re.sub(f"{OPENING}.*?{CLOSING}", "", text, flags=re.DOTALL)
    return plain.rpartition(CLOSING)[2].partition(OPENING)[0]


@contextmanager
def _own_settings_aside(model: Any) -> Iterator[None]:
    """Within the block, a model has no generation config of its own, from which `generate` fills what is not given."""
    own = model.generation_config
    model.generation_config = type(own)()
    try:
        yield
    finally:
        model.generation_config = own


def _listed(ends: Any) -> list[int]:
    found = ends if isinstance(ends, list | tuple) else [] if ends is None else [ends]
    if not all(isinstance(end, int) for end in found):
        raise ValueError(f"expected eos_token_id to be a number, or a list of numbers, got {ends!r}")
    return list(found)
