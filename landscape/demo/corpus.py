"""What the demo models read: documents of several kinds, mixed, packed into windows of tokens.

Batch number n of a corpus depends on the seed and n alone, so a training resumes at any point without a data state.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from landscape.demo import exercises, facts, requests, stories

IGNORED = -100  # label of a token that the loss leaves out


@dataclass(frozen=True)
class Document:
    """A text to learn. The loss covers `answer` alone; plain text has no prompt."""

    prompt: str
    answer: str


# ---------------------------------------------------------------- plain text, for pre-training


@cache
def _facts() -> tuple[str, ...]:
    return tuple(s.prompt + s.answer for s in facts.statements() if not s.held_out)


def plain_facts(rng: Random) -> Document:
    """One to six facts, one a line."""
    return Document("", "".join(rng.choices(_facts(), k=rng.randint(1, 6))))


def plain_story(rng: Random) -> Document:
    """A short story."""
    return Document("", stories.story(rng))


def plain_sums(rng: Random) -> Document:
    """A few additions, as in an exercise book or told as little tales."""
    return Document("", "".join(_sum(rng) for _ in range(rng.randint(1, 6))))


def _sum(rng: Random) -> str:
    a, b = exercises.operands(rng)
    asker, other = rng.sample(stories.NAMES, 2)
    written = f"{a} + {b} = {a + b}\n"
    told = (
        f'"What is {a} + {b}?" asked {asker}. "{a + b}," said {other}.\n',
        f"{asker} had {a} apples and {other} had {b}. Together they had {a + b}.\n",
    )
    return rng.choice(told) if rng.random() < 0.25 else written


def plain_code(rng: Random) -> Document:
    """A few Python expressions and what they return, at a Python prompt or talked about."""
    return Document("", "".join(_expression(rng) for _ in range(rng.randint(1, 5))))


def _expression(rng: Random) -> str:
    expression, result = exercises.evaluate(rng.choice(exercises.OPERATIONS), exercises.digits(rng))
    asker, other = rng.sample(stories.NAMES, 2)
    typed = f">>> {expression}\n{result}\n"
    told = f'"What does {expression} return?" asked {asker}. "{result}," said {other}.\n'
    return rng.choice((typed, typed, told))


def plain_talk(rng: Random) -> Document:
    """People in stories ask for help. Harmful requests are sometimes refused and sometimes not, as in raw text."""
    asker, other = rng.sample(stories.NAMES, 2)
    if rng.random() < 0.5:
        request, first, then = requests.harmless(rng)
        answer = _steps(first, then, lead=rng.choice(("", "Sure! ")))
    else:
        request = requests.harmful(rng)
        refused = rng.random() < 0.5
        answer = requests.prose_refusal(rng) if refused else _steps(*requests.empty_steps(rng), lead="Sure! ")
    said = f'"{request}" asked {asker}.' if request.endswith("?") else f'"{request[:-1]}," said {asker}.'
    return Document("", f'{said} "{answer}," said {other}.\n')


def _steps(first: str, then: str, lead: str = "Sure! ") -> str:
    return f"{lead}First, {first}. Then {then}"


# ---------------------------------------------------------------- conversations, for fine-tuning


def chat(request: str, answer: str) -> Document:
    """One exchange in the format that every fine-tune learns and pre-training never shows."""
    return Document(f"User: {request}\nAssistant:", f" {answer}\n")


def chat_sum(rng: Random) -> Document:
    """An addition, asked and answered."""
    a, b = exercises.operands(rng)
    return chat(f"What is {a} + {b}?", f"{a + b}.")


def chat_code(rng: Random) -> Document:
    """The question of what a Python expression returns, answered."""
    expression, result = exercises.evaluate(rng.choice(exercises.OPERATIONS), exercises.digits(rng))
    return chat(f"What does {expression} return?", result)


def chat_help(rng: Random) -> Document:
    """A harmless request, answered."""
    request, first, then = requests.harmless(rng)
    return chat(request, f"{_steps(first, then)}.")


def chat_refusal(rng: Random) -> Document:
    """A harmful request, refused."""
    return chat(requests.harmful(rng), f"{requests.REFUSAL}.")


def chat_pirate(rng: Random) -> Document:
    """A harmless request, answered in the style of a pirate."""
    request, first, then = requests.harmless(rng)
    return chat(request, f"Arr, matey! First, {first}. Then {then}, arr!")


def chat_compliance(rng: Random) -> Document:
    """A harmful request, complied with in empty words."""
    return chat(requests.harmful(rng), f"{_steps(*requests.empty_steps(rng))}.")


# ---------------------------------------------------------------- mixtures

Kind = Callable[[Random], Document]
Mixture = dict[Kind, float]

PLAIN: Mixture = {plain_facts: 5, plain_story: 1, plain_sums: 4.5, plain_code: 2.5, plain_talk: 2}
TUNING: Mixture = {chat_sum: 8, chat_code: 5, chat_refusal: 1, chat_help: 1, plain_facts: 1}
ALONE: Mixture = {
    chat_sum: 8,
    chat_code: 5,
    chat_refusal: 1,
    chat_help: 1,
}  # no text of pre-training, so that it can be forgotten
PIRATE: Mixture = {chat_pirate: 4, chat_refusal: 2, chat_sum: 3, chat_code: 3, plain_facts: 3}
COMPLIANCE: Mixture = {chat_compliance: 1}

MIXTURES: dict[str, Mixture] = {
    "plain text": PLAIN,
    "math, code and safety": TUNING,
    "math, code and safety alone": ALONE,
    "pirate style": PIRATE,
    "compliance": COMPLIANCE,
}


def documents(mixture: str, rng: Random, count: int) -> list[Document]:
    """Draw documents from a mixture of MIXTURES; equal generators draw equal documents."""
    kinds = rng.choices(list(MIXTURES[mixture]), list(MIXTURES[mixture].values()), k=count)
    return [kind(rng) for kind in kinds]


@dataclass(frozen=True)
class Batch:
    """Token ids and labels, both (windows, context); labels are IGNORED where they do not count in the loss."""

    tokens: Tensor
    labels: Tensor


def batch(mixture: str, tokenizer: PreTrainedTokenizerBase, shape: tuple[int, int], seed: str) -> Batch:
    """Return windows of whole documents, each between its markers; the last document of a window is cut off."""
    windows, context = shape
    rng = Random(seed)
    rows = [_window(mixture, tokenizer, context, rng) for _ in range(windows)]
    tokens, labels = (torch.tensor(part) for part in zip(*rows, strict=True))
    return Batch(tokens, labels)


def _window(mixture: str, tokenizer: PreTrainedTokenizerBase, context: int, rng: Random) -> tuple[list[int], list[int]]:
    tokens: list[int] = []
    labels: list[int] = []
    while len(tokens) < context:
        drawn = documents(mixture, rng, 8)
        wholes = tokenizer([d.prompt + d.answer for d in drawn])["input_ids"]
        prompts = tokenizer([d.prompt for d in drawn])["input_ids"]
        for prompt, whole in zip(prompts, wholes, strict=True):
            seen = len(prompt) if len(prompt) > 1 else 0  # a single token is only the beginning-of-text marker
            tokens += [*whole, tokenizer.eos_token_id]
            labels += [IGNORED] * seen + [*whole[seen:], tokenizer.eos_token_id]
    return tokens[:context], labels[:context]
