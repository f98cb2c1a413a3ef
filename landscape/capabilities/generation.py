"""Greedy generation: the likeliest token each time, whatever a checkpoint's generation_config.json asks for."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from statistics import median_low
from typing import Any

import torch
from torch import Tensor

from landscape.capabilities.chat_templates import CLOSING, OPENING
from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.reading.answers import is_plain
from landscape.capabilities.reading.passes import Passes
from landscape.capabilities.writing.drafts import Acceptance, Drafts
from landscape.capabilities.writing.loop import Ended, Loop, goes_on
from landscape.capabilities.writing.rows import Row

Settled = Callable[[int, str], bool]
TRIAL = 8  # tokens of the texts by which the loop is compared with that of transformers
UNEQUAL = "this model goes on from no keys and values of single tokens"
ROUNDED = "in half precision the likeliest token may depend on what is read beside it"
LOOK = 4  # tokens after which it is looked again whether a text is judged already

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
    """Writes greedy texts with one model, and remembers them as drafts of those at the points nearby."""

    def __init__(self, model: Any, tokenizer: Any, passes: Passes | None = None) -> None:
        """Nothing is generated yet."""
        self.model, self.tokenizer, self.ends = model, tokenizer, ends_of(model, tokenizer)
        self.drafts = Drafts()
        self._tags = {tokenizer.get_vocab().get(tag): tag for tag in (OPENING, CLOSING)}
        self._thinks = may_think(tokenizer, ())
        self.passes = passes or Passes(model)
        self._equal_up_to = 0, 0  # tokens of a prompt and of a text for which the loop was seen to write the same
        self.why_slow = ""  # why each token is one pass of transformers, if it is: words that end a sentence
        if not is_plain(model):
            self.why_slow = UNEQUAL
        elif next(model.parameters()).dtype != torch.float32:
            self.why_slow = ROUNDED

    def texts(self, batch: Sequence[GenerationRequest], settled: Settled | None = None) -> list[str | None]:
        """Return the text after each prompt; None where logits were not finite, so that no token is the likeliest.

        `settled`: whether an example (its index) is judged already by the beginning of its text; then it ends there.
        """
        if len(batch) > 1 and getattr(self.model, "one_row_each", False):
            return [text for prompt in batch for text in self.texts([prompt], settled)]
        ended = partial(self._ended, settled)
        rows = [Row(prompt) for prompt in batch]
        if self.loop_is_exact(batch):
            nearest = [self.drafts.nearest(prompt) for prompt in batch]
            distance = median_low([found[0][0] for found in nearest if found] or [0.0])
            for row, found in zip(rows, nearest, strict=True):
                row.drafts = [text for _, text in found]
            acceptance = self.drafts.expected(distance)
            Loop(self.passes, self.ends, ended).write(rows, acceptance)
            self.drafts.learn(acceptance, distance)
            for row in rows:
                self.drafts.keep(row.request, row.ids)
        else:
            self.write_by_transformers(rows, ended)
        return [self._text(row.request, row.ids, row.failed) for row in rows]

    def loop_is_exact(self, batch: Sequence[GenerationRequest]) -> bool:
        """Whether the loop writes what transformers does, as far as was tried with prompts as long as these.

        It is tried with two prompts of different lengths, and with a draft that is right and one that is not.
        """
        if self.why_slow or not all(prompt.ids for prompt in batch):
            return False
        longest = max(batch, key=lambda prompt: len(prompt.ids))
        new = min(TRIAL, max(prompt.max_new_tokens for prompt in batch))
        if len(longest.ids) <= self._equal_up_to[0] and new <= self._equal_up_to[1]:
            return True
        half = longest.ids[: -(-len(longest.ids) // 2)]
        prompts = [replace(longest, ids=ids, max_new_tokens=new) for ids in (longest.ids, half)]
        expected = [Row(prompt) for prompt in prompts]
        self.write_by_transformers(expected, never)
        if any(row.failed >= 0 for row in expected):
            return False  # nothing can be compared at these weights
        wrong = [*expected[0].ids[:2], *(abs(token - 1) for token in expected[0].ids[2:3]), *expected[0].ids[3:]]
        found = [Row(prompts[0], [tuple(wrong)]), Row(prompts[1], [tuple(expected[1].ids)])]
        try:
            Loop(self.passes, self.ends, never).write(found, Acceptance(0.0))
            same = all(one.ids == other.ids for one, other in zip(found, expected, strict=True))
            if not (same and goes_on(self.passes, longest.ids + expected[0].ids)):
                self.why_slow = UNEQUAL
        except torch.OutOfMemoryError:
            raise
        except Exception:  # whatever a model raises that was given keys and values it cannot go on from
            self.why_slow = UNEQUAL
        self._equal_up_to = max(len(longest.ids), self._equal_up_to[0]), max(new, self._equal_up_to[1])
        return not self.why_slow

    def write_by_transformers(self, rows: Sequence[Row], ended: Ended) -> None:
        """Write the text of each row with the model's own `generate`: a batch of prompts, padded on the left."""
        width = max(len(row.request.ids) for row in rows)
        pad = next((t for t in (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id) if t is not None), 0)
        ids = torch.full((len(rows), width), pad)
        mask = torch.zeros_like(ids)
        for number, row in enumerate(rows):  # left padding: all answers begin at the same place
            start = width - len(row.request.ids)
            ids[number, start:], mask[number, start:] = torch.tensor(row.request.ids), 1
        device = next(self.model.parameters()).device
        watch = _Watch(len(rows), width, device)
        settings = type(self.model.generation_config)(
            max_new_tokens=max(row.request.max_new_tokens for row in rows),
            do_sample=False,
            num_beams=1,
            eos_token_id=self.ends or None,
            pad_token_id=pad,
        )

        def over(ids: Tensor, scores: Any, **_: Any) -> Tensor:
            new = ids[:, width:].tolist()
            found = [ended(row.request, written, 1) for row, written in zip(rows, new, strict=True)]
            return torch.tensor(found, device=ids.device)

        with _own_settings_aside(self.model):
            out = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                generation_config=settings,
                logits_processor=[watch],
                stopping_criteria=[watch.ended, over],
            )[:, width:]
        for row, written, failed in zip(rows, out.tolist(), watch.first.tolist(), strict=True):
            end = next((place + 1 for place, token in enumerate(written) if token in self.ends), len(written))
            row.ids, row.failed = written[: min(end, row.request.max_new_tokens)], failed

    def _ended(self, settled: Settled | None, request: GenerationRequest, ids: Sequence[int], new: int) -> bool:
        """Whether a text needs no more tokens: its `new` tokens end a stop, or let it be judged already."""
        if request.stops:
            tail = new + max(len(stop.encode()) for stop in request.stops)  # tokens that a stop can take
            near = self.tokenizer.decode(list(ids[-tail:]))
            return any(stop in near for stop in request.stops)
        if settled is None or self._thinks or request.thinking or len(ids) // LOOK == (len(ids) - new) // LOOK:
            return False
        text = self.tokenizer.decode(list(ids), skip_special_tokens=True)
        if OPENING in text or CLOSING in text:
            return False
        return settled(request.example, _whole_words(text))

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


def never(request: GenerationRequest, ids: Sequence[int], new: int) -> bool:
    """No text ends but by its length, or by a token."""
    return False


def _whole_words(text: str) -> str:
    """Return a text without its last word: that one may go on, and some tokenizers write it otherwise then."""
    words = text.rstrip()
    return words[: next((i for i in range(len(words) - 1, -1, -1) if words[i].isspace()), 0)].rstrip()


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
