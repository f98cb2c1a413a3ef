"""Score a model at its present weights: per-example outcomes (0/1) and losses (nats per token) from one pass.

An `exact` example needs no generation: the greedy continuation begins with the answer's tokens if and only if every
answer token is the argmax given the prompt and the answer so far. Prompt and answer are tokenised together, since a
SentencePiece answer that is tokenised alone gains a leading space.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from landscape.capabilities import generation
from landscape.capabilities.encoding import Encoded, GenerationRequest, Reader, TeacherForced, encode
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.generation import Generator, Settled
from landscape.capabilities.oracles import is_settled, judge
from landscape.capabilities.reading.answers import AnswerReader, AnswerScore
from landscape.capabilities.writing.drafts import Place
from landscape.intervals import clopper_pearson
from landscape.schema.results import NOT_SCORED

SHARED = 1  # the version of reading with shared prefixes: raise where it changes losses by more than their last bits
FIRST_LOOK = 32  # examples of the first look of a sequential comparison; every further look doubles them
CLEAR = 0.999  # confidence of each look


@dataclass(frozen=True)
class Scores:
    """Per example: outcome (uint8) and loss, the mean NLL of the reference's tokens (float32, NaN without one)."""

    outcomes: np.ndarray
    losses: np.ndarray
    counts: dict[str, int]  # too_long, generated, not_finite: examples with logits that are NaN or infinite


class Scorer:
    """Scores one model on capabilities, and remembers their tokens and the batch size that fits into memory."""

    def __init__(self, model: nn.Module, tokenizer: Any, tokens_per_batch: int | None = None) -> None:
        """`tokens_per_batch`: padded tokens of one forward pass. None starts high and halves when memory runs out."""
        self.model: Any = model  # a transformers model: `forward` with logits_to_keep, `generate`, `config`
        self.tokenizer = tokenizer
        self.device = next(model.parameters()).device
        self.tokens_per_batch = tokens_per_batch or (2048 if self.device.type == "cpu" else 65536)
        self.reader = AnswerReader(model)
        self.place: Place | None = None  # where the weights are, if whoever moves them says so: texts are drafts nearby
        self._encoded: dict[str, Encoded] = {}

    @cached_property
    def context(self) -> int:
        """The longest sequence that the model can read, in tokens."""
        config = self.model.config
        return int(getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None) or 2**31)

    def encode(self, capability: Capability) -> Encoded:
        """Return a capability in tokens. Raises ValueError where the model has no embedding for one of them."""
        if capability.digest not in self._encoded:
            encoded = encode(capability, self.tokenizer, self.context)
            self._check_vocabulary(encoded)
            self._encoded[capability.digest] = encoded
        return self._encoded[capability.digest]

    @cached_property
    def generator(self) -> Generator:
        """What writes greedy texts with this model."""
        return Generator(self.model, self.tokenizer, self.reader.passes)

    def reading(self, capability: Capability) -> dict[str, Any]:
        """Return what a cache key holds beside the examples, where they are read otherwise than up to version 0.6.

        Where prefixes are shared, the last bits of losses are others; where nothing is, it is as far as batches go.
        """
        encoded = self.encode(capability)
        shared = {"prefixes": SHARED} if self.reader.shares(encoded.teacher_forced, (capability.digest, None)) else {}
        return encoded.reading | generation.read_otherwise(self.model, self.tokenizer, encoded.generated) | shared

    def remarks(self, capability: Capability) -> list[str]:
        """Return what a reader of the scores should know of the prompts and texts, a sentence each."""
        encoded = self.encode(capability)
        said: list[str] = []
        if encoded.generated:
            asked = ", ".join(f"{key} {value}" for key, value in generation.not_greedy(self.model).items())
            if asked:
                said.append(f"texts are greedy; what generation_config.json asks for ({asked}) is left out")
            if self.generator.why_slow:
                said.append(f"texts are written a token at a time, without drafts: {self.generator.why_slow}")
        if self.reader.whole and self.reader.shares(encoded.teacher_forced, (capability.digest, None)):
            said.append(
                "what prompts share is read anew for each, since this model cannot go on from it as if read whole"
            )
        return [*encoded.remarks, *(f"{capability.name}: {each}" for each in said)]

    def _check_vocabulary(self, encoded: Encoded) -> None:
        sequences = [s.ids for s in encoded.teacher_forced] + [prompt.ids for prompt in encoded.generated]
        highest = max((max(ids) for ids in sequences if ids), default=0)
        rows = self.model.get_input_embeddings().weight.shape[0]
        if highest >= rows:
            wrong = f"the tokenizer writes token {highest} for {encoded.capability.name}, but the model has only {rows}"
            raise ValueError(f"{wrong}: expected the tokenizer that the model was trained with")

    @torch.inference_mode()
    def score(self, capability: Capability, part: np.ndarray | None = None) -> Scores:
        """Score every example, or those with indices in `part`, at the model's present weights."""
        encoded, n = self.encode(capability), len(capability.examples)
        chosen = set(range(n) if part is None else part.tolist())
        outcomes, losses = np.full(n, NOT_SCORED, np.uint8), np.full(n, np.nan, np.float32)
        outcomes[list(chosen)] = 0
        answers = [answer for answer in encoded.teacher_forced if answer.example in chosen]
        scored: dict[int, list[AnswerScore]] = {}
        name = capability.digest, None if part is None else part.tobytes()
        for answer, score in zip(answers, self.score_batches(answers, name), strict=True):
            scored.setdefault(answer.example, []).append(score)
            if answer.reference and score.finite:
                losses[answer.example] = score.nll
        alone = {index for index in chosen if capability.examples[index].kind == "loss"}
        for index in alone & set(scored):
            losses[index] = _mean_of_pieces(scored[index])
        requests = [request for request in encoded.generated if request.example in chosen]
        texts = self.generate_batches(requests, partial(_is_settled, encoded.capability))
        for index in {*scored, *texts} - {index for index, text in texts.items() if text is None} - alone:
            outcomes[index] = _passes(encoded.capability, index, scored.get(index, []), texts.get(index))
        not_finite = {index for index, each in scored.items() if not all(score.finite for score in each)}
        not_finite |= {index for index, text in texts.items() if text is None}
        outcomes[list(alone)] = NOT_SCORED
        by_loss = {"by_loss_alone": len(alone)} if alone else {}
        return Scores(outcomes, losses, encoded.counts | {"not_finite": len(not_finite)} | by_loss)

    def compare(self, capability: Capability, floor: float) -> Scores:
        """Score ever more examples, in a fixed random order, until the score is known to lie above or below a floor.

        It is known once the floor lies outside the Clopper–Pearson interval of the examples scored so far; each look
        has the confidence CLEAR.
        """
        n = len(capability.examples)
        order = np.random.default_rng(0).permutation(n)
        outcomes, losses = np.full(n, NOT_SCORED, np.uint8), np.full(n, np.nan, np.float32)
        counts: dict[str, int] = {}
        done = 0
        while done < n:
            part = order[done : max(FIRST_LOOK, 2 * done)]
            scores = self.score(capability, part)
            outcomes[part], losses[part], done = scores.outcomes[part], scores.losses[part], done + len(part)
            not_finite = counts.get("not_finite", 0) + scores.counts["not_finite"]
            counts = scores.counts | {"not_finite": not_finite}
            low, high = clopper_pearson(int(outcomes[order[:done]].sum()), done, CLEAR)
            if low > floor or high < floor:
                break
        return Scores(outcomes, losses, counts)

    @torch.inference_mode()
    def generate(self, prompt: str, max_new_tokens: int) -> str | None:
        """Return the greedy text after a prompt; None where the logits are not finite, so no token is the likeliest.

        Raises:
            ValueError: prompt and answer do not fit the context.
        """
        ids = Reader(self.tokenizer).ids(prompt)
        if len(ids) + max_new_tokens > self.context:
            raise ValueError(
                f"the prompt has {len(ids)} tokens: expected at most {self.context - max_new_tokens}, since the "
                f"context holds {self.context} and the answer may take {max_new_tokens}"
            )
        self.generator.drafts.place = self.place
        return self.generator.texts([GenerationRequest(0, ids, max_new_tokens)])[0]

    def score_batches(self, answers: Sequence[TeacherForced], name: object) -> list[AnswerScore]:
        """Return the score of each answer, in order. `name`: of these answers, under which their plan is remembered."""
        while True:
            try:
                return self.reader.scores(answers, name, self.tokens_per_batch)
            except torch.OutOfMemoryError:
                ran_out = self.reader.batch_tokens(self.tokens_per_batch)
                shared = self.reader.shares(answers, name)  # then a pass may hold a few tokens of each of its rows
                one_example = 1 if shared else 2 * max(len(answer.ids) for answer in answers) - 1
                self.tokens_per_batch = smaller_batch(ran_out, one_example, self.device)

    def answers(self, batch: Sequence[TeacherForced]) -> tuple[Tensor, Tensor, list[int]]:
        """One forward pass over the answers of a batch, each read whole; it can be differentiated.

        Returns fp32 logits (answer tokens, vocabulary), the answer tokens (answer tokens,), and each answer's length.
        """
        rows = [row for row, s in enumerate(batch) for _ in s.ids[s.start :]]
        places = [i - 1 for s in batch for i in range(s.start, len(s.ids))]  # logits at i predict token i + 1
        logits = self.reader.passes.logits([s.ids[:-1] for s in batch], rows, places)
        target = torch.tensor([token for s in batch for token in s.ids[s.start :]], device=logits.device)
        return logits, target, [len(s.ids) - s.start for s in batch]

    def generate_batches(
        self, requests: list[GenerationRequest], settled: Settled | None = None
    ) -> dict[int, str | None]:
        """Return the greedy text after each prompt, by example; None where its logits are not finite.

        `settled`: whether an example is judged already by the beginning of its text, which ends there then.
        """
        texts: dict[int, str | None] = {}
        self.generator.drafts.place = self.place
        # texts that were alike in length at θ₀ end together, and those that are looked at first take the most memory
        usual = {request.example: self.generator.drafts.usual_length(request) for request in requests}
        waiting = sorted(requests, key=lambda request: (-usual[request.example], -len(request.ids), request.example))
        while waiting:
            longest = max(len(request.ids) + request.max_new_tokens for request in waiting)
            try:
                # the loop holds one copy of keys and values, and its passes have a size of their own
                room = 2 if self.device.type == "cpu" and self.generator.loop_is_exact(requests) else 1
                size = max(1, room * self.tokens_per_batch // longest)
                batch = waiting[:size]
                texts.update(zip((r.example for r in batch), self.generator.texts(batch, settled), strict=True))
            except torch.OutOfMemoryError:
                most = 2 * longest - 1  # the most tokens with which a batch holds a single example
                self.tokens_per_batch = smaller_batch(self.tokens_per_batch, most, self.device)
                continue
            del waiting[:size]
        return texts


def smaller_batch(tokens: int, one_example: int, device: torch.device) -> int:
    """Return half of `tokens`, the tokens of a batch that ran out of memory, and free what the device has cached.

    Raises:
        RuntimeError: `tokens` is no more than `one_example`, so that the batch already held a single example.
    """
    if tokens <= one_example:
        raise RuntimeError("out of memory with a single example: use a shorter one or more memory") from None
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return tokens // 2


def _mean_of_pieces(scores: Sequence[AnswerScore]) -> float:
    """Return the mean NLL of a text's tokens, of which each score has some; NaN where one is not finite."""
    if not all(score.finite for score in scores):
        return math.nan
    return sum(score.nll * score.tokens for score in scores) / sum(score.tokens for score in scores)


def _likeliest(means: list[float]) -> int | None:
    """Return the option with the lowest mean NLL; None when one is not finite, with which nothing can be compared."""
    return int(np.argmin(means)) if all(map(math.isfinite, means)) else None


def _passes(capability: Capability, index: int, scores: Sequence[AnswerScore], text: str | None) -> bool:
    """Whether one example is right, given the scores of its answers and the generated text, if there is one."""
    if capability.benchmark is not None:
        sums = [(-score.nll * score.tokens, score.greedy) for score in scores]
        finite = all(score.finite for score in scores)
        return finite and capability.benchmark.right(index, sums if text is None else [text])
    example = capability.examples[index]
    if example.kind == "choice":
        return _likeliest([score.nll for score in scores]) == example.answer
    if text is None:
        return scores[0].greedy and example.kind == "exact"
    if example.kind == "exact":  # tokens that do not split at the prompt: generated, then compared as text
        begun, answer = _compared(example, text)
        return begun.startswith(answer)
    return judge(str(example.oracle), text, example.answer)


def _compared(example: Example, text: str) -> tuple[str, str]:
    """Return the text and the answer that it should begin with."""
    if example.prompt.endswith(" "):  # as a chat template has it: a model may begin with another space
        return text.lstrip(" "), str(example.answer).lstrip(" ")
    return text, str(example.answer)


def _is_settled(capability: Capability, index: int, text: str) -> bool:
    """Whether one example is judged alike however its text goes on."""
    if capability.benchmark is not None:
        return False
    example = capability.examples[index]
    if example.kind != "exact":
        return is_settled(str(example.oracle), text, example.answers)
    begun, answer = _compared(example, text)
    return len(begun) >= len(answer) or not answer.startswith(begun)
