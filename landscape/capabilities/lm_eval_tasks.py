"""Tasks of lm-evaluation-harness: its requests and its judgement, with our scoring in between."""

import hashlib
import inspect
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import chain, zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lm_eval.api.metrics import mean
from lm_eval.api.model import TemplateLM
from lm_eval.defaults import DEFAULT_MAX_GEN_TOKS, DEFAULT_OTHER_SEED

from landscape.capabilities import code_execution, lm_eval_loading

_LENGTHS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")  # the first that is given counts
_GREEDY = {
    "until",
    "do_sample",
    "temperature",
    "top_p",
    "top_k",
    *_LENGTHS,
}  # settings that leave greedy text unchanged
_PLACES = ("dataset_kwargs", "metadata")  # config fields that only say where the data lie

Response = str | tuple[float, bool]  # a text, or the Σ log-likelihood of a continuation and whether it is the argmax
Tokens = tuple[list[int], list[int]]  # of a context and its continuation


@dataclass(frozen=True)
class Document:
    """One document of a task: it asks for likelihoods of continuations, or for one generated text."""

    task: Any
    instances: list[Any]  # lm-eval's requests
    metric: str
    gold: int | None = None  # the continuation that is right, where the task says so
    choices: tuple[str, ...] | None = None
    until: tuple[str, ...] = ()  # strings that end a text
    max_new_tokens: int = 0  # of the generated text; 0: no text is generated

    @property
    def prompt(self) -> str:
        """The context of the (first) request."""
        return str(self.instances[0].args[0])

    @property
    def reference(self) -> str | None:
        """The continuation, if there is exactly one."""
        return str(self.instances[0].args[1]) if not self.max_new_tokens and self.choices is None else None


@dataclass(frozen=True)
class Benchmark:
    """The documents of a task, or of all tasks of a group in turn."""

    documents: tuple[Document, ...]
    digest: str  # of all that determines a score

    @property
    def runs_programs(self) -> bool:
        """Whether its answers are programs that are run."""
        return any(getattr(document.task, "UNSAFE_CODE", False) for document in self.documents)

    def tokens(self, tokenizer: Any) -> Iterator[list[Tokens]]:
        """Yield the tokens of each document's requests, as lm-eval makes them; a prompt has no continuation."""
        lm = _Tokens(tokenizer)
        for document in self.documents:
            if document.max_new_tokens:
                yield [(lm.tok_encode(document.prompt), [])]
            else:
                pairs = [SimpleNamespace(args=instance.args) for instance in document.instances]
                yield lm.loglikelihood(pairs, disable_tqdm=True)

    def right(self, index: int, responses: Sequence[Response]) -> bool:
        """Whether the responses to a document are right, by the first filter and the `metric` of its task.

        Raises:
            ValueError: the metric is neither 0 nor 1.
        """
        document = self.documents[index]
        for instance, response in zip(document.instances, responses, strict=True):
            instance.resps = [response] * instance.repeats
        first = document.task._filters[0]
        first.apply(document.instances)
        filtered = [instance.filtered_resps[first.name] for instance in document.instances]
        found = document.task.process_results(document.instances[0].doc, filtered)
        value = (
            found[document.metric] if document.metric in found else next(iter(found.values()))
        )  # pass_at_k gives pass@1
        if isinstance(value, tuple | list) or value not in (0, 1):
            said = f"{document.metric} of the lm-eval task {document.task.task_name} is {value!r} for one example"
            raise ValueError(f"{said}: expected a metric that is 0 or 1")
        return bool(value)


class _Tokens(TemplateLM):
    """Turns requests into tokens exactly as lm-eval's Hugging Face model does. It scores nothing."""

    def __init__(self, tokenizer: Any) -> None:
        super().__init__()
        self.tokenizer = tokenizer

    @property
    def eot_token_id(self) -> int:
        return int(self.tokenizer.eos_token_id)

    @property
    def prefix_token_id(self) -> int:
        bos = self.tokenizer.bos_token_id
        return self.eot_token_id if bos is None else int(bos)

    def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_: Any) -> list[int]:
        begun = add_special_tokens is None and string.startswith(self.tokenizer.decode(self.prefix_token_id))
        special = False if begun else add_special_tokens
        how = {} if special is None else {"add_special_tokens": special}
        return list(self.tokenizer(string, verbose=False, **how)["input_ids"])

    def _loglikelihood_tokens(self, requests: Any, **_: Any) -> Any:
        return [(context, continuation) for _, context, continuation in requests]

    def loglikelihood_rolling(self, requests: Any, disable_tqdm: bool = False) -> Any:
        raise NotImplementedError

    def generate_until(self, requests: Any, disable_tqdm: bool = False) -> Any:
        raise NotImplementedError


def load(name: str, each: int | None = None, limit: int | None = None) -> Benchmark:
    """Load the documents of a task or group by name; the last few are cached.

    `each`: at most so many documents of each task; `limit`: at most so many altogether.

    Raises:
        ValueError: no such task, or it cannot be loaded; it is not scored by 0 or 1; it samples; it runs programs,
            and the user has not allowed that.
    """
    per_task = min((n for n in (each, limit) if n is not None), default=None)
    return _load(name, per_task, limit, lm_eval_loading.stamp(), code_execution.allowed())


@lru_cache(maxsize=16)
def _load(name: str, per_task: int | None, limit: int | None, stamp: object, allowed: bool) -> Benchmark:
    with lm_eval_loading.guarded(name):
        tasks = lm_eval_loading.tasks(name)
        documents = [list(_documents(task, per_task)) for task in tasks]
        in_turn = [
            one for turn in zip_longest(*documents) for one in turn if one is not None
        ]  # so that limits are fair
        return Benchmark(tuple(in_turn[:limit]), _digest(tasks, in_turn[:limit]))


def _documents(task: Any, limit: int | None) -> Iterator[Document]:
    """Yield a task's first documents, with the requests that lm-eval's own runs build."""
    metric = _metric(task)
    if task.get_config("num_fewshot") is None:
        task.set_config(key="num_fewshot", value=0)
    task.set_fewshot_seed(seed=DEFAULT_OTHER_SEED)
    task.build_all_requests(limit=limit)
    by_document: dict[int, list[Any]] = {}
    for instance in task.instances:
        by_document.setdefault(instance.doc_id, []).append(instance)
    for instances in by_document.values():
        instances.sort(key=lambda instance: instance.idx)
        kinds = {instance.request_type for instance in instances}
        if kinds == {"loglikelihood"}:
            yield _likelihoods(task, instances, metric)
        elif kinds == {"generate_until"} and len(instances) == 1:
            yield _text(task, instances, metric)
        else:
            raise ValueError(f"a document asks for {', '.join(sorted(kinds))}: expected likelihoods, or one text")


def _metric(task: Any) -> str:
    """Return the task's first metric that can be 0 or 1 for an example: a mean of which more is better."""
    aggregation, better = task.aggregation(), task.higher_is_better()
    for metric, over in aggregation.items():
        if over is mean and better.get(metric, True):
            return str(metric)
    measured = ", ".join(map(str, aggregation)) or "nothing"
    raise ValueError(f"it measures {measured}: expected a metric that is 0 or 1 for each example")


def _likelihoods(task: Any, instances: list[Any], metric: str) -> Document:
    if task.OUTPUT_TYPE != "multiple_choice":
        return Document(task, instances, metric, 0 if len(instances) == 1 else None)
    doc = instances[0].doc
    gold, choices = task.doc_to_text(doc) if task.multiple_input else task.doc_to_target(doc), task.doc_to_choice(doc)
    first = gold[0] if isinstance(gold, list) and gold else gold  # of several that are right
    index = choices.index(first) if first in choices else first
    known = isinstance(index, int) and 0 <= index < len(choices)
    return Document(task, instances, metric, index if known else None, tuple(map(str, choices)))


def _text(task: Any, instances: list[Any], metric: str) -> Document:
    settings = instances[0].args[1]
    if settings.get("do_sample", float(settings.get("temperature") or 0) > 0):
        raise ValueError("its answers are sampled (do_sample): expected a task with greedy answers")
    if other := sorted(settings.keys() - _GREEDY):
        raise ValueError(f"its answers are not simply the likeliest tokens ({', '.join(other)}): expected greedy ones")
    until = settings.get("until") or []
    new = next((int(settings[key]) for key in _LENGTHS if settings.get(key) is not None), DEFAULT_MAX_GEN_TOKS)
    return Document(
        task, instances, metric, until=tuple([until] if isinstance(until, str) else until), max_new_tokens=new
    )


def _digest(tasks: list[Any], documents: Sequence[Document]) -> str:
    """Return the SHA-256 of lm-eval's version and seed, the tasks' configs with their code, and all requests."""
    seen = hashlib.sha256(f"{version('lm_eval')} {DEFAULT_OTHER_SEED}".encode())
    configs = [[type(task), *_content(task).items()] for task in tasks]
    requests = ([i.task_name, i.doc, i.arguments, i.repeats] for each in documents for i in each.instances)
    for part in chain(configs, requests):
        seen.update(json.dumps(part, default=_plain).encode())
    return seen.hexdigest()


def _content(task: Any) -> dict[str, Any]:
    config = task.config.to_dict(keep_callable=True)
    return {key: value for key, value in config.items() if key not in _PLACES}


def _plain(value: Any) -> Any:
    """Return a value as JSON takes it: for a function or class its name and its whole file, for what it calls there."""
    if not callable(value):
        return str(value)
    file = inspect.getsourcefile(value) if inspect.isfunction(value) or inspect.isclass(value) else None
    return [getattr(value, "__qualname__", type(value).__qualname__), Path(file).read_text() if file else ""]
