"""Capabilities: sets of examples, from a JSONL file or a task of lm-evaluation-harness. No torch."""

import difflib
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import ConfigDict, Field, ValidationError, model_validator

from landscape.assets import CAPABILITIES
from landscape.capabilities import lm_eval_files
from landscape.capabilities.oracles import check_oracle
from landscape.outside import network
from landscape.schema.capability_names import CHAT, LM_EVAL, name_of, task_of
from landscape.schema.directions import Frozen
from landscape.schema.specs import digest

if TYPE_CHECKING:
    from landscape.capabilities.lm_eval_tasks import Benchmark, Document

MAX_BYTES = 64 * 2**20  # a capability is a few hundred examples; a larger file is usually a corpus by mistake
DEFAULT_NEW_TOKENS = 32


class Example(Frozen):
    """One line of a capability file. Its fields decide how its outcome is judged (see `kind`)."""

    model_config = ConfigDict(strict=True)

    prompt: str = Field(min_length=1)
    answer: str | int | None = None  # exact and generate: the reference text; choice: the index
    choices: tuple[str, ...] | None = Field(default=None, min_length=2, strict=False)
    oracle: str | None = None  # refusal, number, regex:PATTERN
    max_new_tokens: int = Field(default=DEFAULT_NEW_TOKENS, ge=1)
    eos: bool = False  # exact: the answer must be followed by end-of-text

    @property
    def kind(self) -> Literal["exact", "choice", "generate"]:
        """How the outcome is judged: whether the greedy answer equals the reference (`exact`), the reference option has
        the highest length-normalised likelihood (`choice`), or an oracle accepts the generated text (`generate`).
        """
        return "choice" if self.choices is not None else "generate" if self.oracle is not None else "exact"

    @property
    def reference(self) -> str | None:
        """The text whose NLL is the loss of this example."""
        if self.choices is not None:
            return self.choices[int(self.answer or 0)]
        return self.answer if isinstance(self.answer, str) else None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.choices is not None and self.oracle is not None:
            raise ValueError("expected choices or an oracle, got both")
        if self.kind == "choice":
            if not isinstance(self.answer, int) or not 0 <= self.answer < len(self.choices or ()):
                raise ValueError(f"expected answer to be the index of one of the choices, got {self.answer!r}")
            if not all(self.choices or ()):
                raise ValueError("expected choices with text, got an empty one")
        elif isinstance(self.answer, int) or self.answer == "":
            raise ValueError(f"expected answer to be text, got {self.answer!r}")
        if self.kind == "exact" and self.answer is None:
            raise ValueError('expected one of "answer", "choices" with "answer", or "oracle"')
        if self.oracle is not None:
            check_oracle(self.oracle, self.answer)
        return self


@dataclass(frozen=True)
class Capability:
    """A named set of examples; the digest identifies their content, whatever file they came from."""

    name: str
    examples: tuple[Example, ...]
    digest: str
    chat: bool = False  # each prompt is one user turn in the model's chat template
    benchmark: "Benchmark | None" = None  # a task of lm-eval, which makes the tokens and judges the answers

    @property
    def chance(self) -> float:
        """The expected score of guessing; 0 for examples without choices."""
        return sum(1 / len(e.choices) for e in self.examples if e.choices) / len(self.examples)


def search_split(capability: Capability) -> np.ndarray:
    """Return which examples (n,) a search for a worst direction uses. The others confirm what it found.

    It is about half of them, by a hash of each example alone: the same half whatever the file, order and `limit`.
    """
    hashes = (hashlib.sha256(example.model_dump_json().encode()).digest() for example in capability.examples)
    return np.array([content[0] % 2 == 0 for content in hashes], bool)


def load(name_or_path: str, limit: int | None = None) -> Capability:
    """Load a bundled capability by name, a JSONL file by path (either with `chat:` before it), or `lm_eval:TASK`.

    Raises:
        ValueError: unknown name, no such file, empty, too large, or malformed (with the line's number); a task that
            `lm_eval_tasks` refuses; NotHere: a task whose data would have to be fetched where that is not allowed.
    """
    plain = name_or_path.removeprefix(CHAT)
    if plain.startswith(LM_EVAL):
        if plain != name_or_path:
            raise ValueError(f"expected {plain} without {CHAT} before it: lm-eval's tasks bring prompts of their own")
        return _of_lm_eval(plain, limit)
    path = CAPABILITIES.get(plain) or _file(plain)
    examples = _examples(path, path.stat().st_mtime_ns)[:limit]
    content = [example.model_dump(mode="json") for example in examples]
    if plain == name_or_path:
        return Capability(name_of(plain), examples, digest(content))
    return Capability(name_of(name_or_path), examples, digest([CHAT, *content]), chat=True)


_LOADED: set[tuple[str, tuple[int, ...]]] = set()  # tasks of lm-eval that this process has the data of


def _of_lm_eval(name: str, limit: int | None) -> Capability:
    task, own = task_of(name)
    version = task, tuple(file.stat().st_mtime_ns for file in lm_eval_files.files())
    if version not in _LOADED and not network.may_fetch():
        raise network.NotHere(f"the data of lm-eval's task {task}", lambda: load(name, limit))
    if find_spec("lm_eval") is None:
        raise ValueError(f"{name} needs lm-evaluation-harness: pip install -r requirements-scale.txt, or lm_eval")
    from landscape.capabilities import lm_eval_tasks

    benchmark = lm_eval_tasks.load(task, own, limit)
    _LOADED.add(version)
    return Capability(
        name_of(name), tuple(map(_example_of, benchmark.documents)), benchmark.digest, benchmark=benchmark
    )


def _example_of(document: "Document") -> Example:
    """Return a document of lm-eval as an Example, to be counted, shown and split. It is not validated."""
    return Example.model_construct(
        prompt=document.prompt,
        answer=document.reference if document.choices is None else document.gold,
        choices=document.choices,
        oracle="lm_eval" if document.max_new_tokens else None,
        max_new_tokens=document.max_new_tokens,
    )


def _file(name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_file():
        return path
    near = difflib.get_close_matches(name, CAPABILITIES, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ValueError(f"unknown capability {name!r}: {hint}expected one of {', '.join(CAPABILITIES)} or a JSONL file")


@lru_cache(maxsize=16)
def _examples(path: Path, modified: int) -> tuple[Example, ...]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(
            f"{path.name} has {size / 2**20:.0f} MB: expected at most {MAX_BYTES / 2**20:.0f} MB; "
            "keep a few hundred examples, for instance with: shuf -n 500"
        )
    with path.open("rb") as lines:
        examples = tuple(_example(path.name, number, line) for number, line in enumerate(lines, 1) if line.strip())
    if not examples:
        raise ValueError(f'{path.name} holds no examples: expected lines such as {{"prompt": "2+2=", "answer": "4."}}')
    return examples


def _example(file: str, number: int, line: bytes) -> Example:
    try:
        return Example.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{file}, line {number}: {where + ': ' if where else ''}{message}") from None
