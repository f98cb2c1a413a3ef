"""Capabilities: sets of examples, from a file or a task of lm-evaluation-harness. No torch."""

import difflib
import hashlib
import reprlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from pydantic import ConfigDict, Field, field_validator, model_validator

from landscape.assets import CAPABILITIES, STARTER
from landscape.capabilities import code_execution, lm_eval_files
from landscape.capabilities.oracles import LOSS, VERSIONS, check_oracle
from landscape.capabilities.sources import hub, reading
from landscape.capabilities.sources.records import validated
from landscape.outside import network
from landscape.outside.file_stamps import stamp_of
from landscape.schema.capability_names import (
    CHAT,
    HF,
    LM_EVAL,
    chat_options,
    is_chat,
    is_task,
    name_of,
    task_of,
    without_chat,
)
from landscape.schema.directions import Frozen
from landscape.schema.specs import digest

if TYPE_CHECKING:
    from landscape.capabilities.lm_eval_tasks import Benchmark, Document

DEFAULT_NEW_TOKENS, MAX_NEW_TOKENS = 32, 2**20  # the latter is beyond any context
_BUNDLED = CAPABILITIES | STARTER


class Example(Frozen):
    """One line of a capability file. Its fields decide how its outcome is judged (see `kind`)."""

    model_config = ConfigDict(strict=True)

    prompt: str  # empty of a text by itself, of which only the loss is measured
    # exact: the reference text; generate: the same, or several that are accepted; choice: the index
    answer: str | int | tuple[str | int, ...] | None = None
    choices: tuple[str, ...] | None = Field(default=None, min_length=2, strict=False)
    oracle: str | None = None  # one of ORACLES, regex:PATTERN, or loss
    max_new_tokens: int = Field(default=DEFAULT_NEW_TOKENS, ge=1, le=MAX_NEW_TOKENS)
    eos: bool = False  # exact: the answer must be followed by end-of-text
    request: str | None = Field(default=None, min_length=1, exclude=True)  # what several wordings ask
    id: str | None = Field(default=None, exclude=True)  # labels, which are no part of what is asked
    tags: tuple[str, ...] = Field(default=(), strict=False, exclude=True)
    # Role and text of each turn before the answer.
    turns: tuple[tuple[str, str], ...] = Field(default=(), strict=False, exclude=True)

    @property
    def kind(self) -> Literal["exact", "choice", "generate", "loss"]:
        """How the outcome is judged: whether the greedy answer equals the reference (`exact`), the reference option has
        the highest length-normalised likelihood (`choice`), an oracle accepts the generated text (`generate`), or not
        at all, since only the reference's NLL counts (`loss`).
        """
        if self.oracle == LOSS:
            return "loss"
        return "choice" if self.choices is not None else "generate" if self.oracle is not None else "exact"

    @property
    def reference(self) -> str | None:
        """The text whose NLL is the loss of this example."""
        if self.choices is not None:
            return self.choices[self.answer] if isinstance(self.answer, int) else None
        return self.answers[0] if self.answers else None

    @property
    def answers(self) -> tuple[str, ...]:
        """The accepted answers, the reference first; none of choices."""
        if self.choices is not None or self.answer is None:
            return ()
        return tuple(map(str, self.answer if isinstance(self.answer, tuple) else (self.answer,)))

    @property
    def asked(self) -> object:
        """Equal for examples of one `request`; without it, of the same prompt, choices and (of no text) reference."""
        answer = None if self.kind == "generate" else self.reference
        return self.request or (" ".join(self.prompt.split()), frozenset(self.choices or ()), answer)

    @property
    def content(self) -> dict[str, Any]:
        """What its digest is of: labels are left out, and turns where there are none."""
        return self.model_dump(mode="json") | ({"turns": [list(turn) for turn in self.turns]} if self.turns else {})

    @model_validator(mode="before")
    @classmethod
    def _whole_as_text(cls, fields: Any) -> Any:
        """Writes whole numbers that an oracle compares with as text: the same example has one digest."""
        if not isinstance(fields, dict) or fields.get("oracle") is None:
            return fields
        answer = fields.get("answer")
        if isinstance(answer, list):
            return fields | {"answer": [str(one) if type(one) is int else one for one in answer]}
        return fields | {"answer": str(answer)} if type(answer) is int else fields

    @field_validator("answer", mode="before")
    @classmethod
    def _text_or_whole(cls, answer: Any) -> Any:
        """Replaces a list by a tuple. Raises ValueError for other types, in one sentence."""
        several = isinstance(answer, list | tuple)
        for one in answer if several else [answer]:
            if isinstance(one, bool) or not isinstance(one, str | int | None) or (several and one is None):
                raise ValueError(f"expected text, a whole number or a list of them, got {reprlib.repr(one)}")
        return tuple(answer) if several else answer

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.choices is not None and self.oracle is not None:
            raise ValueError("expected choices or an oracle, got both")
        if not self.prompt and self.kind != "loss":
            raise ValueError("expected prompt to be text, got an empty one")
        if self.choices is not None:
            self._check_choices(self.choices)
        elif self.answer == () or not all(answer.strip() for answer in self.answers):
            raise ValueError("expected answer to be text, got an empty one")
        elif self.oracle is not None:
            check_oracle(self.oracle, self.answers)
        elif self.answer is None:
            raise ValueError('expected one of "answer", "choices" with "answer", or "oracle"')
        if not isinstance(self.answer, str | None) and self.kind == "exact":
            raise ValueError(f'expected answer to be text, got {reprlib.repr(self.answer)}, or an "oracle" beside it')
        return self

    def _check_choices(self, choices: tuple[str, ...]) -> None:
        if not isinstance(self.answer, int) or not 0 <= self.answer < len(choices):
            got = reprlib.repr(self.answer)
            raise ValueError(f"expected answer to be the index of one of the choices, counted from 0, got {got}")
        if not all(choices) or len(set(choices)) < len(choices):
            raise ValueError("expected choices with text that differ from each other")


@dataclass(frozen=True)
class Capability:
    """A named set of examples; the digest identifies their content, whatever file they came from."""

    name: str
    examples: tuple[Example, ...]
    digest: str
    chat: bool = False  # each prompt is one user turn in the model's chat template
    chat_options: tuple[tuple[str, bool | int | str], ...] = ()  # what the name passes to the template
    benchmark: "Benchmark | None" = None  # a task of lm-eval, which makes the tokens and judges the answers
    whole: tuple[Example, ...] = field(default=(), repr=False)  # all that the file holds, if a limit left some out
    how: str = ""  # how the fields of somebody else's file were read, as one sentence without its full stop
    source: str = ""  # the format and the encoding of its file, in words

    @property
    def chance(self) -> float:
        """The expected score of guessing; 0 for examples without choices."""
        return sum(1 / len(e.choices) for e in self.examples if e.choices) / len(self.examples)

    @property
    def by_loss_alone(self) -> bool:
        """Whether it has a loss, and no score."""
        return all(example.kind == LOSS for example in self.examples)

    @property
    def judged_anew(self) -> dict[str, int]:
        """The version of each way of judging its examples that is not the first one; a part of cache keys."""
        if self.benchmark is not None and self.benchmark.runs_programs:
            return {"programs": code_execution.VERSION}
        return {name: VERSIONS[name] for name in sorted({e.oracle or "" for e in self.examples}) if name in VERSIONS}


def requests_of(capability: Capability) -> tuple[int, ...]:
    """Return for each example (n,) the index of the first one that asks the same (`Example.asked`)."""
    first: dict[object, int] = {}
    return tuple(first.setdefault(example.asked, index) for index, example in enumerate(capability.examples))


def search_split(capability: Capability) -> np.ndarray:
    """Return which examples (n,) a search for a worst direction uses. The others confirm what it found.

    By a hash of each request alone: about half of them, the same half whatever the file, the order and the `limit`.
    """
    named: dict[object, str] = {}
    for e in capability.whole or capability.examples:
        named[e.asked] = min(e.model_dump_json(), named.get(e.asked, "~"))  # JSON begins with {, which comes before ~
    hashes = (hashlib.sha256(named[e.asked].encode()).digest() for e in capability.examples)
    return np.array([content[0] % 2 == 0 for content in hashes], bool)


def load(name_or_path: str, limit: int | None = None) -> Capability:
    """Load a bundled capability by name, a JSONL file by path (either with `chat:` before it), or `lm_eval:TASK`.

    Raises:
        ValueError: unknown name, no such file, empty, too large, or malformed (with the line's number); a task that
            `lm_eval_tasks` refuses; NotHere: a task whose data would have to be fetched where that is not allowed.
    """
    plain = without_chat(name_or_path)
    if is_task(plain):
        if plain != name_or_path:
            raise ValueError(f"expected {plain} without {CHAT} before it: lm-eval's tasks bring prompts of their own")
        return _of_lm_eval(plain, limit)
    chat = is_chat(name_or_path)
    is_hub = plain.startswith(HF)
    whole, how, source = _of_found(plain, hub.read(plain, chat=chat)) if is_hub else _of_file(_path_of(plain), chat)
    examples = whole[:limit]
    content, options = [example.content for example in examples], chat_options(name_or_path)
    known_by, name = digest([*[CHAT] * chat, *[options] * bool(options), *content]), name_of(name_or_path)
    return Capability(name, examples, known_by, chat, (*options.items(),), whole=whole, how=how, source=source)


def stamp(name_or_path: str) -> str:
    """Return the stamp of the files that a capability is made of: while it is the same, so is its `content_digest`.

    Empty for files that were changed just now. Raises ValueError for an unknown name, or where no such file is.
    """
    plain = without_chat(name_or_path)
    if plain.startswith(HF):
        return hub.stamp(plain)
    return lm_eval_files.stamp(plain) if is_task(plain) else stamp_of([_path_of(plain)])


def content_digest(name_or_path: str) -> str:
    """Return the digest of all examples of a capability; of a task of lm-eval, that of all files it may be made of.

    Raises ValueError as `load`.
    """
    if is_task(plain := without_chat(name_or_path)):
        return lm_eval_files.digest(plain)  # loading a task takes seconds, and may fetch its data
    return load(name_or_path).digest


def _path_of(plain: str) -> Path:
    return _BUNDLED.get(plain) or _file(plain)


_LOADED: set[tuple[str, tuple[int, ...]]] = set()  # tasks of lm-eval that this process has the data of


def _of_lm_eval(name: str, limit: int | None) -> Capability:
    task, own = task_of(name) if name.startswith(LM_EVAL) else (str(Path(name).expanduser().absolute()), None)
    version = task, tuple(file.stat().st_mtime_ns for file in lm_eval_files.made_of(name))
    if version not in _LOADED and not network.may_fetch():
        raise network.NotHere(f"the data of lm-eval's task {task}", lambda: load(name, limit))
    if find_spec("lm_eval") is None:
        raise ValueError(f"{name} needs lm-evaluation-harness: pip install lm_eval")
    from landscape.capabilities import lm_eval_tasks

    benchmark = lm_eval_tasks.load(task, own, limit)
    _LOADED.add(version)
    documents = tuple(map(_example_of, benchmark.documents))
    return Capability(name_of(name), documents, benchmark.digest, benchmark=benchmark)


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
    with suppress(OSError, RuntimeError):  # a name that is too long, ~ of a user who is not there
        path = Path(name).expanduser()
        if path.is_file():
            return path
    near = difflib.get_close_matches(name, _BUNDLED, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    absent = "no such file on this machine (drop it on a page, or name where it lies here): " if "/" in name else ""
    expected = f"expected one of {', '.join(_BUNDLED)} or a file of examples"
    raise ValueError(f"unknown capability {name!r}: {absent or hint}{expected}")


def _of_file(path: Path, chat: bool) -> tuple[tuple[Example, ...], str, str]:
    stamped = stamp_of([path])
    return _cached(path, chat, stamped) if stamped else _read(path, chat)


@lru_cache(maxsize=16)
def _cached(path: Path, chat: bool, stamped: str) -> tuple[tuple[Example, ...], str, str]:
    return _read(path, chat)


def _read(path: Path, chat: bool) -> tuple[tuple[Example, ...], str, str]:
    """Return the examples of a file, how they were found, and its format and encoding."""
    return _of_found(path.name, reading.read(path, chat=chat))


def _of_found(name: str, found: reading.Found) -> tuple[tuple[Example, ...], str, str]:
    examples = tuple(validated(row, Example) for row in found.examples)
    if len({example.kind == LOSS for example in examples}) > 1:
        raise ValueError(f"{name} judges some examples by loss alone: expected all of them, or none")
    return examples, "" if found.ours else found.how, found.source
