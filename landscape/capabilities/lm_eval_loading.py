"""Find and load tasks of lm-evaluation-harness: without its output, reproducibly, and with limits on their code."""

import difflib
import hashlib
import io
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from datasets import data_files
from datasets.exceptions import DatasetsError
from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lm_eval import utils as lm_eval_utils
from lm_eval.api.registry import metric_registry
from lm_eval.defaults import DEFAULT_OTHER_SEED, DEFAULT_RANDOM_SEED
from lm_eval.tasks import TaskManager
from lm_eval.tasks._yaml_loader import load_yaml
from yaml import MappingNode, Node, SafeLoader, YAMLError, compose

from landscape.capabilities import code_execution, lm_eval_files
from landscape.outside.hub import requests

# What a task's YAML may hold that is named by its path.
_PLAIN_KEYS = frozenset({
    "task", "task_alias", "tag", "dataset_path", "dataset_name", "dataset_kwargs", "training_split", "validation_split",
    "test_split", "fewshot_split", "doc_to_text", "doc_to_target", "doc_to_choice", "description", "target_delimiter",
    "fewshot_delimiter", "num_fewshot", "output_type", "metric_list", "generation_kwargs", "repeats", "filter_list",
    "should_decontaminate", "doc_to_decontamination_query", "metadata", "gen_prefix",
})  # fmt: skip
_PLAIN_DATA = ("json", "csv", "parquet", "text", "arrow")


def _sandboxed() -> Any:
    """Return lm-eval's environment of templates, in which a template reaches nothing but its document."""
    former = lm_eval_utils.env
    made = ImmutableSandboxedEnvironment(
        loader=former.loader, undefined=former.undefined, keep_trailing_newline=former.keep_trailing_newline
    )
    made.filters |= former.filters
    return made


lm_eval_utils.env = _sandboxed()

# What a task may raise as it loads: it runs code, templates and data of anybody's.
_WRONG = (ValueError, LookupError, TypeError, AttributeError, AssertionError, ImportError, OSError)


def stamp() -> str:
    """Return the stamp of the user's own tasks: another one whenever a file may have changed."""
    return lm_eval_files.stamp() or f"just now: {time.monotonic_ns()}"


def tasks(name: str) -> list[Any]:
    """Return the task of a name, or all tasks of a group or tag. Raises ValueError if there is none."""
    if Path(name).is_absolute():
        require_plain(Path(name))
        return list(_manager(False, stamp()).load([name])["tasks"].values())
    manager = _manager_of(name)
    path = manager.task_index[name].yaml_path
    if path and load_yaml(path, resolve_func=False).get("unsafe_code"):
        _require_allowed()  # before any of its code is imported
    found = list(manager.load(name)["tasks"].values())
    for task in found:
        if getattr(task, "MULTIMODAL", False):
            raise ValueError("it shows pictures or plays sounds: expected a task of text")
        if getattr(task, "UNSAFE_CODE", False):
            _require_limited(task)
    return found


def require_plain(path: Path) -> None:
    """Raises ValueError for a task's YAML that names code, other files, or a format of data that may hold code.

    A file that is named by its path may be anybody's; those in the folder of one's own tasks are trusted.
    """
    if not path.is_file():
        raise ValueError("there is no such file")
    trusted = f"put it into the folder that {lm_eval_files.FOLDER} names, if you trust it"
    root = compose(path.read_text(errors="replace"), Loader=SafeLoader)
    if not isinstance(root, MappingNode):
        raise ValueError("expected a task: names and values")
    if code := next((node.tag for node in _nodes(root) if node.tag.startswith("!")), None):
        raise ValueError(f"it brings code of its own ({code}): {trusted}")
    if other := sorted({str(name.value) for name, _ in root.value} - _PLAIN_KEYS):
        raise ValueError(f"it has {', '.join(other)}, which may run code: {trusted}")
    plain = load_yaml(path, resolve_func=False)
    if "/" not in (data := str(plain.get("dataset_path"))) and data not in _PLAIN_DATA:
        raise ValueError(f"its data are of the format {data}: expected {', '.join(_PLAIN_DATA)}, or ORG/DATASET")
    metrics = [each.get("metric") for each in plain.get("metric_list", []) if isinstance(each, dict)]
    if unknown := [metric for metric in metrics if metric not in metric_registry]:
        raise ValueError(f"it is scored by {unknown[0]}, which lm-eval would fetch as code: {trusted}")


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    parts = [part for pair in node.value for part in pair] if isinstance(node, MappingNode) else node.value
    for part in parts if isinstance(parts, list) else ():
        yield from _nodes(part)


def _manager_of(name: str) -> Any:
    """Return a manager of the user's own tasks alone where that suffices: indexing all of lm-eval takes seconds."""
    own = _manager(False, stamp())
    if name in own.all_subtasks:
        return own
    if Path(name).suffix in (".yaml", ".yml"):  # a task is code: a link to a page must not name just any file
        raise ValueError(f"expected the name of a task, of a file in the folder that {lm_eval_files.FOLDER} names")
    every = _manager(True, stamp())
    if name not in every.task_index:
        near = difflib.get_close_matches(name, every.all_tasks, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"{hint}expected a task of lm-eval, or one in the folder that {lm_eval_files.FOLDER} names")
    return every


@lru_cache(maxsize=4)
def _manager(defaults: bool, stamp: str) -> Any:
    return TaskManager(include_defaults=defaults, include_path=lm_eval_files.folder())


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """Within the block, tasks load silently, with lm-eval's seeds and our `code_eval`; errors become ValueErrors.

    Where the hub does not answer in time, datasets takes what it has in a cache of its own.
    """
    try:
        with redirect_stderr(io.StringIO()), _seeded(), _limited(), _by_content(), requests.limited():
            yield
    except (*_WRONG, DatasetsError, TemplateError, YAMLError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"cannot use the lm-eval task {name!r}: {said}") from error


@contextmanager
def _seeded() -> Iterator[None]:
    """Within the block, the global generators, with which some tasks shuffle, have lm-eval's seeds."""
    plain, numeric = random.getstate(), np.random.get_state()
    random.seed(DEFAULT_RANDOM_SEED)
    np.random.seed(DEFAULT_OTHER_SEED)
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(numeric)


@contextmanager
def _by_content() -> Iterator[None]:
    """Within the block, `datasets` tells files here by what they hold: by their times alone, a copy that preserves them
    (`cp -p`) would be answered with the rows of the former file.
    """
    told = data_files._get_single_origin_metadata

    def with_digest(file: str, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        here = Path(file).is_file()
        return (*told(file, *args, **kwargs), *([hashlib.sha256(Path(file).read_bytes()).hexdigest()] if here else []))

    data_files._get_single_origin_metadata = with_digest
    try:
        yield
    finally:
        data_files._get_single_origin_metadata = told


class _CodeEval:
    """Replaces the hub's metric `code_eval`, which runs programs in forks of this process."""

    def compute(self, references: Sequence[str], predictions: Sequence[Sequence[str]], k: Sequence[int]) -> Any:
        """(pass@1, nothing): the share of programs that pass their tests."""
        if list(k) != [1]:
            raise ValueError(f"expected pass@1, of one greedy answer, got k = {list(k)}")
        pairs = [(program, tests) for tests, of_one in zip(references, predictions, strict=True) for program in of_one]
        return {"pass@1": float(np.mean([code_execution.passes(program, tests) for program, tests in pairs]))}, {}


@contextmanager
def _limited() -> Iterator[None]:
    """Within the block, a task that asks for `code_eval` while it is imported gets ours."""
    if not code_execution.allowed():  # none is imported
        yield
        return
    import evaluate

    fetch = evaluate.load
    evaluate.load = lambda path, *args, **kwargs: _CodeEval() if path == "code_eval" else fetch(path, *args, **kwargs)
    try:
        yield
    finally:
        evaluate.load = fetch


def _require_allowed() -> None:
    if not code_execution.allowed():
        raise ValueError(
            f"it runs programs that the model writes: set {code_execution.ALLOW}=1 to allow that on this machine"
        )


def _require_limited(task: Any) -> None:
    """Raises ValueError where a task runs programs other than through our `code_eval`."""
    _require_allowed()
    functions = _functions(task.config.to_dict(keep_callable=True))
    if not any(isinstance(value, _CodeEval) for f in functions for value in getattr(f, "__globals__", {}).values()):
        raise ValueError("it runs programs by means of its own, which nothing limits: expected one that uses code_eval")


def _functions(value: Any) -> Iterator[Any]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _functions(part)
    if callable(value):
        yield value
