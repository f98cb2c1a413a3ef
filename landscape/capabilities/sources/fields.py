"""Which field is the question, which the answer: by name, and never by guessing between two that it may be."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from landscape.capabilities.sources import choices, conversations

OWN = frozenset({"prompt", "answer", "choices", "oracle", "max_new_tokens", "eos", "request", "id", "tags"})
SETTINGS = ("oracle", "max_new_tokens", "eos", "request")  # of our own form, taken as they are in any other

QUESTIONS = ("question", "query", "problem", "goal", "instruction", "question_stem")  # asked, not continued
PROMPTS = (*QUESTIONS, "prompt", "input", "ctx", "sentence")
CONTEXTS = ("context", "passage", "support", "article", "paragraph", "document", "story", "background")
PARTS = frozenset({  # other fields that a question cannot be understood without
    "premise", "hypothesis", "sentence1", "sentence2", "hint", "history", "image", "images", "audio", "picture",
    "table", "schema", "code", "system", "system_prompt", "tools", "functions", "facts", "fact1", "choices_text",
})  # fmt: skip
CHOICES = ("choices", "options", "endings", "answer_choices", "mc1_targets")
ANSWERS = (
    "answer", "answers", "target", "targets", "ideal", "completion", "output", "response", "label", "answerkey",
    "answer_key", "correct_answer", "best_answer", "expected", "expected_answer", "expected_output", "reference",
    "reference_answer", "ground_truth", "gold", "gold_answer", "final_answer", "correct", "solution", "correct_option",
    "answer_idx", "answer_index",
)  # fmt: skip
WRONG = ("incorrect_answers", "distractors")  # a list of the wrong ones, beside the right one
_WRONG_ONE = re.compile(r"(?:incorrect_answer|distractor)_?\d+")
WORKINGS = ("solution", "rationale", "explanation", "reasoning")  # how to come to an answer that stands beside it
BESIDE = frozenset({*WORKINGS, "ctx_a", "ctx_b", "text", "source", "url", "title", "comment", "notes"})  # no part of it
IDS = ("id", "question_id", "uid", "uuid", "qid", "task_id", "ind")
TAGS = ("tags", "tag", "category", "subject", "topic")
_PROGRAMS = ({"prompt", "entry_point", "test"}, {"text", "code", "test_list"})  # HumanEval, MBPP
_PREFERENCES = {"chosen", "rejected"}
_EXPECTED = (
    "expected a prompt (question, prompt, input, instruction) and an answer (answer, target, ideal, completion, "
    "output), or messages"
)


@dataclass(frozen=True)
class Roles:
    """Which columns a file's examples are made of, by the names that the file gives them."""

    prompt: str
    answer: str | None = None
    context: str | None = None
    choices: str | None = None  # one column of all choices
    columns: tuple[str, ...] = ()  # or one column for each
    wrong: tuple[str, ...] = ()  # or the right one is the answer, and these hold the wrong ones
    conversation: bool = False  # the prompt is a list of turns
    documents: bool = False  # the prompt is a text by itself
    known: str = ""  # how its answers number the choices, where the names of the columns say so
    id: str | None = None
    tags: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The name of the prompt's column in small letters."""
        return normalised(self.prompt)


def normalised(name: str) -> str:
    """`Correct Answer` → correct_answer."""
    return re.sub(r"[\s\-]+", "_", name.strip()).casefold()


def roles(file: str, names: Iterable[str], turns: Iterable[str] = (), *, table: bool = False) -> Roles:
    """Return which column is what. `turns`: those of the names that hold conversations; `table`: a line names them.

    Raises:
        ValueError: no prompt or no answer is among them, or two that may be the same.
    """
    given = _distinct(file, names)
    _refuse_others(file, given)
    found = _conversation(file, given, set(turns)) or _asked(file, given, table=table)
    used = {found.prompt, found.answer, found.context, found.choices, *found.columns, *found.wrong}
    rest = {short: name for short, name in given.items() if name not in used and short not in SETTINGS}
    ids = [rest[short] for short in IDS if short in rest]
    tags = tuple(rest[short] for short in TAGS if short in rest)
    left = tuple(name for name in rest.values() if name not in (*ids[:1], *tags))
    for name in left:
        if normalised(name) in PARTS and not (found.conversation and normalised(name) == "system"):
            refuse_part(file, name, found)
    return Roles(**(vars(found) | {"id": next(iter(ids), None), "tags": tags, "left_out": left}))


def refuse_part(file: str, name: str, chosen: Roles) -> None:
    """Raises ValueError for a field that may belong to the question."""
    raise ValueError(
        f"{file}: {name} may belong to {chosen.prompt}: put its text there, name it context, or take it out of the file"
    )


def _distinct(file: str, names: Iterable[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name in names:
        short = normalised(name)
        if short in given:
            raise ValueError(f"{file} has both {given[short]} and {name}: rename one of them")
        given[short] = name
    return given


def _refuse_others(file: str, given: Mapping[str, str]) -> None:
    if any(programs <= set(given) for programs in _PROGRAMS):
        raise ValueError(
            f"{file} asks for programs and tests them: they run only as a task of lm-eval, such as lm_eval:humaneval"
        )
    if set(given) >= _PREFERENCES:
        raise ValueError(f"{file} holds preferences: write chosen and rejected as choices, and the right one as answer")


def _conversation(file: str, given: Mapping[str, str], turns: set[str]) -> Roles | None:
    fields = [short for short in (*conversations.FIELDS, "prompt", "input") if given.get(short) in turns]
    fields = fields or [short for short in conversations.FIELDS if short in given]
    if not fields:
        return None
    if len(fields) > 1:
        raise ValueError(f"{file} has both {given[fields[0]]} and {given[fields[1]]}: rename the one that is not asked")
    answer = None
    if fields[0] in ("prompt", "input"):
        answer = _one(file, given, [short for short in ANSWERS if short in given])
        if answer is None:
            raise ValueError(
                f"{file}: no field is the answer to {given[fields[0]]}: name it answer, ideal or completion"
            )
    return Roles(given[fields[0]], answer, conversation=True)


def _asked(file: str, given: Mapping[str, str], *, table: bool) -> Roles:
    prompts = [short for short in PROMPTS if short in given]
    if set(prompts) == {"instruction", "input"}:
        prompts = ["instruction"]
        context: str | None = given["input"]
    else:
        if "ctx" in prompts and "endings" in given:  # HellaSwag's parts of it, and nothing else, stand beside it
            prompts = ["ctx"]
        about = [short for short in CONTEXTS if short in given]
        context = _one(file, given, about) if set(prompts) & set(QUESTIONS) else None
    prompt, offered = _one(file, given, prompts), _choices(file, given)
    answers = [short for short in ANSWERS if short in given and given[short] not in offered.columns]
    if prompt is None and "text" in given and not answers and offered == Roles(""):
        return Roles(given["text"], documents=True)
    if prompt is None and table:
        said = f"expected its first line to name its columns, such as question,answer, got {_names(given.values())}"
        raise ValueError(f"{file}: {said}")
    if prompt is None:
        raise ValueError(f"{file} has the fields {_names(given.values())}: {_EXPECTED}; rename them so")
    if offered.wrong:
        answers = [short for short in answers if short in ("correct_answer", "best_answer", "answer", "correct")]
    if len(answers) > 1:
        answers = [short for short in answers if short not in WORKINGS]
    answer = _one(file, given, answers)
    if answer is None and offered.choices != given.get("mc1_targets", ""):
        raise ValueError(f"{file}: no field is the answer to {prompt}, among {_names(given.values())}: name it answer")
    known = _known(given, answers, offered)
    return Roles(prompt, answer, context, offered.choices, offered.columns, offered.wrong, known=known)


def _choices(file: str, given: Mapping[str, str]) -> Roles:
    """Return the roles of the choices alone."""
    lists = _one(file, given, [short for short in CHOICES if short in given])
    columns = tuple(given[short] for short in choices.columns(list(given)))
    wrong = tuple(name for short, name in given.items() if short in WRONG or _WRONG_ONE.fullmatch(short))
    if sum(map(bool, (lists, columns, wrong))) > 1:
        both = [part for part in (lists, *columns[:1], *wrong[:1]) if part]
        raise ValueError(f"{file} has choices both in {both[0]} and in {both[1]}: rename those that are not offered")
    return Roles("", choices=lists, columns=columns, wrong=wrong)


def _known(given: Mapping[str, str], answers: list[str], offered: Roles) -> str:
    """How answers count the choices, where the columns are those of a data set that everybody knows."""
    columns = tuple(map(normalised, offered.columns))
    if answers == ["label"] and (columns == ("sol1", "sol2") or "endings" in given):  # PIQA, HellaSwag
        return "a number counted from 0"
    if answers == ["answer"] and columns == ("option1", "option2") and "sentence" in given:  # WinoGrande
        return "a number counted from 1"
    return ""


def _one(file: str, given: Mapping[str, str], shorts: list[str]) -> str | None:
    """Return the only one of the columns, if there is any. Raises ValueError where there are two."""
    if len(shorts) > 1:
        raise ValueError(f"{file} has both {given[shorts[0]]} and {given[shorts[1]]}: rename the one that is not meant")
    return given[shorts[0]] if shorts else None


def _names(names: Iterable[str], most: int = 8) -> str:
    """A list of names for a sentence, none too long."""
    short = [name if len(name) <= 30 else f"{name[:29]}…" for name in names]
    return ", ".join(short[:most]) + (" …" if len(short) > most else "") or "none"
