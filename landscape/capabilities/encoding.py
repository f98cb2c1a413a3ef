"""Capabilities in tokens: prompt and answer tokenised together, so that the answer begins where the model sees it."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from landscape.capabilities.examples import Capability, Example

if TYPE_CHECKING:
    from landscape.capabilities.lm_eval_tasks import Benchmark


@dataclass(frozen=True)
class Reading:
    """Tokens to read in one pass: the answer is ids[start:]."""

    example: int  # index in the capability
    ids: list[int]
    start: int
    reference: bool = True  # not a wrong option of a choice


@dataclass(frozen=True)
class Writing:
    """A prompt to go on from, greedily, for `new` tokens or up to the first of the stops."""

    example: int
    ids: list[int]
    new: int
    stops: tuple[str, ...] = ()


@dataclass
class Encoded:
    """A capability in tokens, made once; with its examples as the model meets them.

    Examples in `too_long` do not fit the context and count as 0; those in `cut`, of lm-eval, lose their beginning.
    """

    capability: Capability
    read: list[Reading] = field(default_factory=list)  # teacher-forced: references, and every option of a choice
    write: list[Writing] = field(default_factory=list)  # generated
    too_long: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many examples do not fit the context, are judged on free generation, and (where any is) are cut."""
        cut = {"cut": len(self.cut)} if self.cut else {}
        return {"too_long": len(self.too_long), "generated": len(self.write)} | cut


def encode(capability: Capability, tokenizer: Any, context: int) -> Encoded:
    """Every example in the model's tokens. Raises ValueError where the tokenizer lacks what an example needs."""
    if capability.benchmark is not None:
        return _of_lm_eval(capability, capability.benchmark, tokenizer, context)
    if capability.chat:
        capability = replace(capability, examples=tuple(as_turn(e, tokenizer) for e in capability.examples))
    encoded = Encoded(capability)
    for index, example in enumerate(capability.examples):
        if example.eos and tokenizer.eos_token_id is None:
            raise ValueError(f'{capability.name} asks for "eos", but the tokenizer has no end-of-text token')
        prompt = tokenizer(example.prompt, verbose=False)["input_ids"]  # what is too long is counted here
        prompt = prompt[:-1] if prompt and prompt[-1] == tokenizer.eos_token_id else prompt  # T5-style closing token
        references = example.choices if example.kind == "choice" else [r for r in (example.reference,) if r]
        joint = [_joint(example, prompt, reference, tokenizer) for reference in references or ()]
        written = example.kind == "generate" or (example.kind == "exact" and joint[0] is None)
        longest = max([len(ids) for ids, _ in filter(None, joint)] + [len(prompt) + example.max_new_tokens * written])
        if longest > context:
            encoded.too_long.append(index)
            continue
        for option, sequence in enumerate(joint):
            if sequence is not None:
                right = example.kind != "choice" or option == example.answer
                encoded.read.append(Reading(index, *sequence, right))
        if written:
            encoded.write.append(Writing(index, prompt, example.max_new_tokens))
    return encoded


def _of_lm_eval(capability: Capability, benchmark: "Benchmark", tokenizer: Any, context: int) -> Encoded:
    """As lm-eval reads and writes, so that scores are equal: what is longer than the context loses its beginning."""
    encoded = Encoded(capability)
    stop = tokenizer.decode(tokenizer.eos_token_id)
    for index, (asked, pairs) in enumerate(zip(benchmark.asked, benchmark.tokens(tokenizer), strict=True)):
        room = context - asked.new if asked.new else context + 1  # the last token of an answer is not read
        if room < 1:
            wanted = f"{capability.name} asks for texts of {asked.new} tokens"
            raise ValueError(f"{wanted}: expected fewer than the {context} that the model's context holds")
        if any(len(continuation) >= room for _, continuation in pairs):
            encoded.too_long.append(index)
            continue
        joint = [before + continuation for before, continuation in pairs]
        if any(len(ids) > room for ids in joint):
            encoded.cut.append(index)
        for option, ids in enumerate(ids[-room:] for ids in joint):
            if asked.new:
                encoded.write.append(Writing(index, ids, asked.new, (*asked.until, stop)))
            else:
                encoded.read.append(Reading(index, ids, len(ids) - len(pairs[option][1]), option == asked.gold))
    return encoded


def as_turn(example: Example, tokenizer: Any) -> Example:
    """The example as a model tuned for dialogue meets it: the prompt as a user's turn, the answer as the reply.

    Answers lose the space that sets them off from a plain prompt: the template has its own.

    Raises:
        ValueError: the tokenizer has no chat template, or it refuses a single turn of a user.
    """
    if not getattr(tokenizer, "chat_template", None):
        wanted = "expected one for a capability that begins with chat:"
        raise ValueError(f"the tokenizer has no chat template: {wanted}; without chat: prompts stand as they are")
    turn = [{"role": "user", "content": example.prompt}]
    try:
        text = str(tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True))
    except TemplateError as error:
        raise ValueError(f"the chat template takes no single turn of a user: {error}") from None
    if tokenizer.bos_token and tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]:
        text = text.removeprefix(tokenizer.bos_token)  # or there would be two
    answer = example.answer.lstrip() if isinstance(example.answer, str) else example.answer
    choices = example.choices and tuple(choice.lstrip() for choice in example.choices)
    return example.model_copy(update={"prompt": text, "answer": answer, "choices": choices})


def _joint(example: Example, prompt: list[int], reference: str, tokenizer: Any) -> tuple[list[int], int] | None:
    """(ids of prompt + reference, where the reference begins); None where the tokens do not split at the prompt."""
    ids = tokenizer(example.prompt + reference, verbose=False)["input_ids"]
    if ids and ids[-1] == tokenizer.eos_token_id:
        ids = ids[:-1]
    start = len(prompt)
    if ids[:start] != prompt or len(ids) == start:
        if example.kind == "exact":
            return None
        # a choice or a reference only needs a likelihood: take the tokens after what both have in common
        start = next((i for i, (a, b) in enumerate(zip(ids, prompt, strict=False)) if a != b), min(len(ids), start))
        start = min(start, len(ids) - 1)
    if start == 0:  # without a token before it, the first one has no likelihood: it begins a text
        opening = [token for token in (tokenizer.bos_token_id, tokenizer.eos_token_id) if token is not None]
        if not opening:
            raise ValueError(f"the prompt {example.prompt!r} has no token before its answer: expected a longer one")
        ids, start = [opening[0], *ids], 1
    return ids + [tokenizer.eos_token_id] * example.eos, start
