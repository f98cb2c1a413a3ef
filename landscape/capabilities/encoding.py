"""Capabilities as tokens: prompt and answer are tokenised together, as the model will read them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from landscape.capabilities.chat_templates import OPENING, ChatTemplate, require_template
from landscape.capabilities.examples import Capability, Example
from landscape.schema.specs import digest

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
    judged: bool = False  # by an oracle of ours, which does not see what the model thinks before it answers
    thinking: bool = False  # the prompt ends where the model begins to think


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
    read_otherwise: bool = False  # up to version 0.6, whose points thus have other keys
    remarks: list[str] = field(default_factory=list)  # sentences: what a reader of the scores should know

    @property
    def counts(self) -> dict[str, int]:
        """How many examples are too long, are judged on generated text, and are cut (only if any is)."""
        cut = {"cut": len(self.cut)} if self.cut else {}
        return {"too_long": len(self.too_long), "generated": len(self.generated)} | cut

    @property
    def reading(self) -> dict[str, str]:
        """What a cache key holds beside the examples: the tokens, where they are not those of version 0.6."""
        if not self.read_otherwise:
            return {}
        return {"tokens": digest([[asdict(each) for each in self.teacher_forced], list(map(asdict, self.generated))])}


def encode(capability: Capability, tokenizer: Any, context: int) -> Encoded:
    """Return a capability in the model's tokens. Raises ValueError if the tokenizer lacks what an example needs."""
    if capability.benchmark is not None:
        return _of_lm_eval(capability, capability.benchmark, tokenizer, context)
    require_template(tokenizer, capability)
    chat = capability.chat or any(example.turns for example in capability.examples)
    template = ChatTemplate(tokenizer, dict(capability.chat_options)) if chat else None
    reader = Reader(tokenizer, chat=template is not None)
    examples = tuple(template.turn(e) if template else _without_last_space(e, reader) for e in capability.examples)
    encoded = Encoded(replace(capability, examples=examples))
    for index, example in enumerate(examples):
        if example.eos and tokenizer.eos_token_id is None:
            raise ValueError(f'{capability.name} asks for "eos", but the tokenizer has no end-of-text token')
        prompt = reader.ids(example.prompt)
        references = example.choices if example.kind == "choice" else [r for r in (example.reference,) if r]
        joint = [_joint(example, prompt, reference, reader) for reference in references or ()]
        written = example.kind == "generate" or (example.kind == "exact" and joint[0] is None)
        longest = max([len(ids) for ids, _ in filter(None, joint)] + [len(prompt) + example.max_new_tokens * written])
        if longest > context and example.kind == "loss" and not example.prompt and joint[0] is not None:
            encoded.teacher_forced += [TeacherForced(index, *piece) for piece in _pieces(*joint[0], context)]
            continue
        if longest > context:
            encoded.too_long.append(index)
            continue
        for option, sequence in enumerate(joint):
            if sequence is not None:
                right = example.kind != "choice" or option == example.answer
                encoded.teacher_forced.append(TeacherForced(index, *sequence, right))
        if written:
            judged, thinking = example.kind == "generate", example.prompt.rstrip().endswith(OPENING)
            request = GenerationRequest(index, prompt, example.max_new_tokens, judged=judged, thinking=thinking)
            encoded.generated.append(request)
            encoded.read_otherwise |= not judged and example.prompt.endswith(" ")
    moved = sum(a.prompt != b.prompt for a, b in zip(examples, capability.examples, strict=True)) if not template else 0
    encoded.remarks += template.remarks(capability) if template else _remarks_on_spaces(capability, moved)
    encoded.read_otherwise |= reader.read_otherwise or moved > 0 or (template is not None and template.read_otherwise)
    return encoded


def _remarks_on_spaces(capability: Capability, moved: int) -> list[str]:
    how_many = "1 prompt ends" if moved == 1 else f"{moved} prompts end"
    said = f"{capability.name}: {how_many} in a space, which is read as the beginning of the answer"
    return [said] if moved else []


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


class Reader:
    """Turns texts that will go on into tokens: with one beginning, and without the end that some tokenizers add.

    A text in the chat template brings all its special tokens, so that it is what `apply_chat_template` makes of it.
    """

    def __init__(self, tokenizer: Any, *, chat: bool = False) -> None:
        """Nothing is read yet."""
        self.tokenizer, self._chat = tokenizer, chat
        self._begins = bool(tokenizer.bos_token) and self._tokens("a")[:1] == [tokenizer.bos_token_id]
        self.read_otherwise = False  # whether a text was read otherwise up to version 0.6

    def ids(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        bos, eos, ends = self.tokenizer.bos_token, self.tokenizer.eos_token, [self.tokenizer.eos_token_id]
        begun = self._begins and text.startswith(bos)
        usual = self._tokens(text.removeprefix(bos) if self._chat and begun else text)
        former = usual[:-1] if usual[-1:] == ends else usual
        if self._chat:
            found = self._tokens(text, add_special_tokens=False)
        else:
            own = bool(eos) and text.endswith(eos)
            found = usual if own and usual[-2:] != ends * 2 else former
            found = found[1:] if begun and found[:1] == found[1:2] else found
        self.read_otherwise |= found != former
        return found

    def _tokens(self, text: str, **how: bool) -> list[int]:
        return list(self.tokenizer(text, verbose=False, **how)["input_ids"])  # what is too long is counted elsewhere


def _without_last_space(example: Example, reader: Reader) -> Example:
    """Return the example with the space at the end of its prompt moved to its answers, where that is due.

    It is due where an answer brings a space of its own, and where tokens do not split after the prompt's: a model
    writes " 4" as one token, and never after a space. Several spaces, and those that begin a line, are meant as such.
    """
    prompt = example.prompt.removesuffix(" ")
    if prompt == example.prompt or not prompt or prompt[-1].isspace():
        return example
    answers = example.choices or [a for a in (example.answer,) if isinstance(a, str)]
    own = [answer for answer in answers if answer[0].isspace()]
    if any(answer[0] != " " or answer[1:2].isspace() for answer in own):
        return example
    if not own:
        before, next_word = reader.ids(example.prompt), "a" if not answers else answers[0]
        if example.choices or reader.ids(example.prompt + next_word)[: len(before)] == before:
            return example
    moved = tuple(answer if answer[0].isspace() else f" {answer}" for answer in answers)
    changed = {"choices": moved} if example.choices else {"answer": moved[0]} if moved else {}
    return example.model_copy(update={"prompt": prompt, **changed})


def _pieces(ids: list[int], start: int, context: int) -> Iterator[tuple[list[int], int]]:
    """Cut a text that is longer than the context: each token is read once, and each piece after the last token before.

    Yields the tokens of a piece, and where those begin that count.
    """
    for first in range(0, len(ids) - 1, context - 1):
        yield ids[first : first + context], start if first == 0 else 1


def _joint(example: Example, prompt: list[int], reference: str, reader: Reader) -> tuple[list[int], int] | None:
    """Return (ids of prompt + reference, where the reference begins); None if the tokens do not split at the prompt."""
    ids, tokenizer = reader.ids(example.prompt + reference), reader.tokenizer
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
