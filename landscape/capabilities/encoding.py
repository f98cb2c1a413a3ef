"""Capabilities as tokens: prompt and answer are tokenised together, as the model will read them."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from landscape.capabilities.examples import Capability, Example

if TYPE_CHECKING:
    from landscape.capabilities.lm_eval_tasks import Benchmark


@dataclass(frozen=True)
class TeacherForced:
    """A prompt with an answer, to be scored in one forward pass. The answer is ids[start:]."""

    example: int  # index in the capability
    ids: list[int]
    start: int
    reference: bool = True  # whether it is right: False for a wrong option of a choice


@dataclass(frozen=True)
class GenerationRequest:
    """A prompt after which text is generated greedily, up to `max_new_tokens` or the first of the `stops`."""

    example: int
    ids: list[int]
    max_new_tokens: int
    stops: tuple[str, ...] = ()


@dataclass
class Encoded:
    """A capability in tokens. Its examples are as the model reads them: in a chat template, if it is used.

    Examples in `too_long` do not fit the context and count as wrong. Examples of lm-eval that are in `cut` lose their
    beginning.
    """

    capability: Capability
    teacher_forced: list[TeacherForced] = field(default_factory=list)  # references, and every option of a choice
    generated: list[GenerationRequest] = field(default_factory=list)
    too_long: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many examples are too long, are judged on generated text, and are cut (only if any is)."""
        cut = {"cut": len(self.cut)} if self.cut else {}
        return {"too_long": len(self.too_long), "generated": len(self.generated)} | cut


def encode(capability: Capability, tokenizer: Any, context: int) -> Encoded:
    """Return a capability in the model's tokens. Raises ValueError if the tokenizer lacks what an example needs."""
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
                encoded.teacher_forced.append(TeacherForced(index, *sequence, right))
        if written:
            encoded.generated.append(GenerationRequest(index, prompt, example.max_new_tokens))
    return encoded


def _of_lm_eval(capability: Capability, benchmark: "Benchmark", tokenizer: Any, context: int) -> Encoded:
    """Encode as lm-eval does, so that scores are equal: what is longer than the context loses its beginning."""
    encoded = Encoded(capability)
    stop = tokenizer.decode(tokenizer.eos_token_id)
    for index, (document, pairs) in enumerate(zip(benchmark.documents, benchmark.tokens(tokenizer), strict=True)):
        room = (
            context - document.max_new_tokens if document.max_new_tokens else context + 1
        )  # the last token of an answer is not read
        if room < 1:
            wanted = f"{capability.name} asks for texts of {document.max_new_tokens} tokens"
            raise ValueError(f"{wanted}: expected fewer than the {context} that the model's context holds")
        if any(len(continuation) >= room for _, continuation in pairs):
            encoded.too_long.append(index)
            continue
        joint = [before + continuation for before, continuation in pairs]
        if any(len(ids) > room for ids in joint):
            encoded.cut.append(index)
        for option, ids in enumerate(ids[-room:] for ids in joint):
            if document.max_new_tokens:
                encoded.generated.append(
                    GenerationRequest(index, ids, document.max_new_tokens, (*document.until, stop))
                )
            else:
                encoded.teacher_forced.append(
                    TeacherForced(index, ids, len(ids) - len(pairs[option][1]), option == document.gold)
                )
    return encoded


def as_turn(example: Example, tokenizer: Any) -> Example:
    """Return the example in the chat template: the prompt as a user's turn, the answer as the reply.

    Answers lose the leading space that separates them from a plain prompt, since the template separates them itself.

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
    """Return (ids of prompt + reference, where the reference begins); None if the tokens do not split at the prompt."""
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
