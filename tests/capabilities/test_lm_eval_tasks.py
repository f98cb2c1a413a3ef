"""Tasks of lm-eval, defined on the spot, scored by our engine as lm-eval itself scores them."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lm_eval
import numpy as np
import pytest
import torch
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from landscape.assets import CAPABILITIES
from landscape.capabilities import code_execution, lm_eval_files, lm_eval_loading, lm_eval_tasks
from landscape.capabilities import examples as capability_examples
from landscape.capabilities.lm_eval_tasks import Benchmark, Response
from landscape.capabilities.scoring import Scorer
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session
from landscape.runs.measured_content import content_of
from landscape.runs.submit import submit_or_resume
from landscape.schema import capability_names
from landscape.schema.directions import Gaussian
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from landscape.worst.gradients import Gradients
from tests.capabilities.lm_eval_files import CHOICE, LIKELIHOOD, NORMED, ROWS, TEXT, make_task
from tests.conftest import KINDS, make_gpt2, make_model, make_tokenizer
from tests.runs.processes import fork
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


def theirs(
    path: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, limit: int | None = None
) -> list[dict[str, Any]]:
    """What lm-eval itself finds, example by example, by the task's first filter."""
    lm = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=3)
    every = TaskManager(include_defaults=False)
    found = lm_eval.simple_evaluate(lm, tasks=[str(path)], task_manager=every, limit=limit, bootstrap_iters=0)
    (samples,) = found["samples"].values()
    return [sample for sample in samples if sample["filter"] == samples[0]["filter"]]


@pytest.fixture(autouse=True)
def _own_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lm_eval_files.FOLDER, str(tmp_path))


@pytest.fixture
def responses(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[Response]]:
    """What our engine hands to the task, by document."""
    seen: dict[int, list[Response]] = {}
    judge = Benchmark.right

    def right(self: Benchmark, index: int, given: Sequence[Response]) -> bool:
        seen[index] = list(given)
        return judge(self, index, given)

    monkeypatch.setattr(Benchmark, "right", right)
    return seen


def require_equal(metric: str, path: Path, model: Any, tokenizer: Any, seen: dict[int, list[Response]]) -> float:
    """Our outcomes and responses are lm-eval's; the score."""
    ours = Scorer(model, tokenizer).score(capability_examples.load(f"lm_eval:{path.stem}")).outcomes
    expected = theirs(path, model, tokenizer)
    assert ours.tolist() == [sample[metric] for sample in expected]
    for index, sample in enumerate(expected):
        for given, (response,) in zip(seen[index], sample["resps"], strict=True):
            if isinstance(given, str):
                assert given == response
            else:
                assert given[0] == pytest.approx(response[0], rel=1e-4)
                assert given[1] == response[1]
    return float(ours.mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("metric", "config"), [("acc", CHOICE), ("acc_norm", NORMED)])
def test_multiple_choice_scores_as_lm_eval_does(
    tmp_path: Path, metric: str, config: dict[str, Any], kind: str, responses: dict[int, list[Response]]
) -> None:
    path = make_task(tmp_path, "choice", config)
    assert 0 < require_equal(metric, path, make_gpt2(), make_tokenizer(kind), responses) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_texts_score_as_lm_eval_s(tmp_path: Path, kind: str, responses: dict[int, list[Response]]) -> None:
    model, tokenizer = make_model(), make_tokenizer(kind)
    texts = [sample["filtered_resps"][0] for sample in theirs(make_task(tmp_path, "probe", TEXT), model, tokenizer)]
    rows = [
        row | {"answer": text if index % 2 else "no"} for index, (row, text) in enumerate(zip(ROWS, texts, strict=True))
    ]
    path = make_task(tmp_path, "text", TEXT, rows)
    assert 0.25 < require_equal("exact_match", path, model, tokenizer, responses) < 0.75
    assert any(text and "a" not in text for (text,) in responses.values())


def test_likelihoods_score_as_lm_eval_s(tmp_path: Path, responses: dict[int, list[Response]]) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    rows = []
    for row in ROWS:
        question = row["question"].rstrip()
        asked = tokenizer(question)["input_ids"]
        likeliest = int(model(torch.tensor([asked])).logits[0, -1].argmax())
        answer = tokenizer.decode([*asked, likeliest], skip_special_tokens=True)[len(question) :]
        splits = tokenizer(question + answer)["input_ids"] == [*asked, likeliest]
        rows.append({"question": question, "answer": answer if splits else " no"})
    path = make_task(tmp_path, "likelihood", LIKELIHOOD, rows)
    assert 0 < require_equal("acc", path, model, tokenizer, responses) < 1


def test_a_context_that_is_empty_or_too_long_is_read_as_lm_eval_reads_it(
    tmp_path: Path, responses: dict[int, list[Response]]
) -> None:
    model, tokenizer = make_model(context=64), make_tokenizer()
    rows = [*ROWS[:4], ROWS[4] | {"question": ""}, ROWS[5] | {"question": "The capital of France " * 12}]
    for name, metric, config in (("choice", "acc", CHOICE), ("text", "exact_match", TEXT)):
        kept = rows if name == "choice" else [*rows[:4], rows[5]]
        path = make_task(tmp_path, name, config, kept)
        require_equal(metric, path, model, tokenizer, responses)
        counts = Scorer(model, tokenizer).score(capability_examples.load(f"lm_eval:{path.stem}")).counts
        assert (counts["cut"], counts["too_long"]) == (1, 0)
        responses.clear()


def test_losses_are_those_of_the_right_continuation_and_texts_have_none(tmp_path: Path) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    rows = [row | {"question": row["question"].rstrip()} for row in ROWS]
    ours = Scorer(model, tokenizer).score(
        capability_examples.load(f"lm_eval:{make_task(tmp_path, 'choice', CHOICE, rows).stem}")
    )
    examples = tuple(
        capability_examples.Example(prompt=row["question"], choices=tuple(row["options"]), answer=row["gold"])
        for row in rows
    )
    own = Scorer(model, tokenizer).score(capability_examples.Capability("own", examples, "own"))
    assert ours.losses == pytest.approx(own.losses, rel=1e-5)
    text = Scorer(model, tokenizer).score(capability_examples.load(f"lm_eval:{make_task(tmp_path, 'text', TEXT).stem}"))
    assert np.isnan(text.losses).all()


def test_requests_are_built_and_tokenised_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"lm_eval:{make_task(tmp_path, 'choice', CHOICE).stem}"
    wait_until(lambda: bool(lm_eval_files.stamp()), "files so new are read again", pause=0.02)
    counted = {"built": 0, "tokens": 0}
    build, tokens = lm_eval_tasks._documents, Benchmark.tokens

    def counting_build(*args: Any) -> Any:
        counted["built"] += 1
        return build(*args)

    def counting_tokens(*args: Any) -> Any:
        counted["tokens"] += 1
        return tokens(*args)

    monkeypatch.setattr(lm_eval_tasks, "_documents", counting_build)
    monkeypatch.setattr(Benchmark, "tokens", counting_tokens)
    scorer = Scorer(make_model(), make_tokenizer())
    for _ in range(3):
        scorer.score(capability_examples.load(name))
    assert counted == {"built": 1, "tokens": 1}


def test_the_digest_is_of_all_that_determines_a_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_task(tmp_path, "choice", CHOICE)
    first = capability_examples.load(f"lm_eval:{path.stem}").digest
    lm_eval_tasks._load.cache_clear()
    assert capability_examples.load(f"lm_eval:{path.stem}").digest == first
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-elsewhere")
    elsewhere.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(lm_eval_files.FOLDER, str(elsewhere))
        assert capability_examples.load(f"lm_eval:{make_task(elsewhere, 'choice', CHOICE).stem}").digest == first
    assert capability_examples.load(f"lm_eval:{path.stem}:24").digest == first  # all there are
    other = {capability_examples.load(f"lm_eval:{path.stem}:8").digest}
    for config, rows in (
        (CHOICE | {"num_fewshot": 1, "fewshot_split": "test"}, ROWS),
        (CHOICE | {"target_delimiter": " "}, ROWS),
        (CHOICE | {"metric_list": CHOICE["metric_list"][1:]}, ROWS),
        (CHOICE, [ROWS[0] | {"gold": 1}, *ROWS[1:]]),
    ):
        make_task(tmp_path, "choice", config, rows)
        other.add(capability_examples.load(f"lm_eval:{path.stem}").digest)
    make_task(tmp_path, "choice", CHOICE)
    monkeypatch.setattr(lm_eval_tasks, "version", lambda _: "0")
    other.add(capability_examples.load(f"lm_eval:{path.stem}").digest)
    assert len(other | {first}) == 7


def test_the_digest_is_the_same_in_another_process(tmp_path: Path) -> None:
    path = make_task(tmp_path, "normed", NORMED)
    code = f"from landscape.capabilities import examples; print(examples.load('lm_eval:{path.stem}').digest)"
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == capability_examples.load(f"lm_eval:{path.stem}").digest


@pytest.mark.parametrize("before", ["", "chat:"])
def test_a_task_that_was_edited_after_its_run_is_measured_anew(before: str, checkpoint: Path, tmp_path: Path) -> None:
    path = make_task(tmp_path, "choice", CHOICE)
    (tmp_path / "__pycache__").mkdir()
    store = Store(str(tmp_path.with_name(f"{tmp_path.name}.sqlite")))
    spec = SliceSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), alphas=(0.0,),
        capabilities=(f"{before}lm_eval:choice:8",),
    )  # fmt: skip
    run_id = submit_or_resume(store, spec).id
    store.claim("w", run_id=run_id)
    store.record_content(run_id, "w", content_of(spec))
    store.finish(run_id, "w", "done")
    later = time.time() + 60
    (tmp_path / "__pycache__" / "functions.pyc").touch()
    os.utime(tmp_path / "__pycache__" / "functions.pyc", (later, later))
    assert submit_or_resume(store, spec).id == run_id, "what loading it compiles is no edit"
    os.utime(path, (later, later))
    assert submit_or_resume(store, spec).id == run_id, "it was only touched"
    path.write_text(path.read_text().replace("acc_norm", "acc_mutual_info"))
    assert submit_or_resume(store, spec).id != run_id


def test_data_elsewhere_that_a_task_names_belong_to_its_content(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = tmp_path / "tasks"
    tasks.mkdir()
    monkeypatch.setenv("LANDSCAPE_LM_EVAL_TASKS", str(tasks))
    path = make_task(tmp_path, "choice", CHOICE).rename(tasks / "choice.yaml")
    data = tmp_path / "choice.jsonl"
    assert str(data) in path.read_text()
    assert capability_examples.load("lm_eval:choice").examples
    before = capability_examples.content_digest("lm_eval:choice")
    stamp, old = data.stat(), data.read_text()
    data.write_text(old.replace("capital", "capitol"))
    os.utime(data, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert len(data.read_text()) == len(old)
    assert capability_examples.content_digest("lm_eval:choice") != before
    assert "capitol" in capability_examples.load("lm_eval:choice").examples[0].prompt
    data.write_text(old)
    assert capability_examples.content_digest("lm_eval:choice") == before


def test_the_smaller_limit_counts(tmp_path: Path) -> None:
    path = make_task(tmp_path, "choice", CHOICE)
    sizes = [
        len(capability_examples.load(f"lm_eval:{path.stem}{own}", limit).examples)
        for own, limit in (("", 5), (":3", 5), (":5", 3))
    ]
    assert sizes == [5, 3, 3]
    assert (
        capability_examples.load(f"lm_eval:{path.stem}:3").digest
        == capability_examples.load(f"lm_eval:{path.stem}", 3).digest
    )


def test_a_group_is_asked_in_turn_and_scores_as_the_mean_over_all_examples(tmp_path: Path) -> None:
    for index in range(3):
        make_task(tmp_path, f"part{index}", CHOICE, ROWS[4 * index : 4 * index + 3 + index])
    tasks = "\n".join(f"  - part{index}" for index in range(3))
    (tmp_path / "whole.yaml").write_text(f"group: whole\ntask:\n{tasks}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            lm_eval_loading,
            "_manager",
            lambda defaults, stamp: TaskManager(include_defaults=False, include_path=tmp_path),
        )
        whole = capability_examples.load("lm_eval:whole")
        assert len(capability_examples.load("lm_eval:whole:2").examples) == 6
        assert len(capability_examples.load("lm_eval:whole", 4).examples) == 4
        parts = [capability_examples.load(f"lm_eval:part{index}") for index in range(3)]
    assert whole.name == "whole"
    assert [a.task.task_name for a in whole.benchmark.documents[:4]] == ["part0", "part1", "part2", "part0"]
    score = {c.name: Scorer(make_gpt2(), make_tokenizer()).score(c).outcomes for c in (whole, *parts)}
    assert sorted(score["whole"]) == sorted(np.concatenate([score[f"part{index}"] for index in range(3)]))


def test_examples_say_what_estimates_guesses_and_searches_need(tmp_path: Path) -> None:
    choice = capability_examples.load(f"lm_eval:{make_task(tmp_path, 'choice', CHOICE).stem}")
    assert choice.chance == pytest.approx(np.mean([1 / len(row["options"]) for row in ROWS]))
    assert {e.kind for e in choice.examples} == {"choice"}
    assert [e.answer for e in choice.examples] == [row["gold"] for row in ROWS]
    text = capability_examples.load(f"lm_eval:{make_task(tmp_path, 'text', TEXT).stem}").examples[0]
    assert (text.kind, text.max_new_tokens, text.reference) == ("generate", 12, None)
    assert 0 < capability_examples.search_split(choice).sum() < len(ROWS)


def test_a_search_for_a_worst_direction_takes_the_right_continuations(tmp_path: Path) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    scorer, moving = Scorer(model, tokenizer), {name: p.detach() for name, p in model.named_parameters()}
    for config in (CHOICE, LIKELIHOOD):
        suite = capability_examples.load(f"lm_eval:{make_task(tmp_path, 'task', config).stem}")
        half = capability_examples.search_split(suite)
        expected = scorer.score(suite).losses[half].mean()
        assert Gradients(scorer, moving, [suite]).losses()["task"] == pytest.approx(float(expected), rel=1e-4)
    text = capability_examples.load(f"lm_eval:{make_task(tmp_path, 'text', TEXT).stem}")
    with pytest.raises(ValueError, match="no reference answers"):
        Gradients(scorer, moving, [text])


REPLACED = {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (TEXT | {"generation_kwargs": {"until": ["\n"], "do_sample": True, "temperature": 0.7}}, "answers are sampled"),
        (TEXT | {"generation_kwargs": {"until": ["\n"], "temperature": 0.7}}, "answers are sampled"),
        (TEXT | {"generation_kwargs": {"until": ["\n"], "repetition_penalty": 2.0}}, "repetition_penalty"),
        (
            TEXT | {"metric_list": [{"metric": "bleu", "aggregation": "bleu", "higher_is_better": True}]},
            "measures bleu",
        ),
        (CHOICE | {"metric_list": [{"metric": "brier_score"}]}, "measures brier_score"),
        (LIKELIHOOD | {"output_type": "loglikelihood_rolling", "metric_list": None}, "measures word_perplexity"),
        (CHOICE | {"doc_to_text": "{{question"}, "cannot use the lm-eval task"),
        (CHOICE | {"colour": "red"}, "colour"),
        (CHOICE | {"test_split": "none"}, "none"),
        (CHOICE | {"unsafe_code": True}, "set LANDSCAPE_ALLOW_CODE=1"),
    ],
)
def test_a_task_that_cannot_be_scored_is_refused_with_a_sentence(
    tmp_path: Path, config: dict[str, Any], message: str
) -> None:
    path = make_task(tmp_path, "wrong", config)
    with pytest.raises(ValueError, match=message) as refused:
        capability_examples.load(f"lm_eval:{path.stem}")
    assert "\n" not in str(refused.value)


def test_a_metric_between_0_and_1_is_named(tmp_path: Path) -> None:
    (tmp_path / "marks.py").write_text("def half(doc, results):\n    return {'mark': 0.5}\n")
    path = make_task(
        tmp_path,
        "marked",
        TEXT | {"metric_list": [{"metric": "mark", "aggregation": "mean", "higher_is_better": True}]},
    )
    path.write_text(path.read_text() + "process_results: !function marks.half\n")
    with pytest.raises(
        ValueError, match="mark of the lm-eval task marked is 0.5 for one example: expected a metric that is 0 or 1"
    ):
        Scorer(make_model(), make_tokenizer()).score(capability_examples.load(f"lm_eval:{path.stem}"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lm_eval:", "expected lm_eval:TASK"),
        ("lm_eval:/any/file.yaml", "there is no such file"),
        ("chat:lm_eval:gsm8k", "without chat: before it"),
    ],
)
def test_a_wrong_name_is_explained(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        capability_examples.load(name)


def test_an_unknown_task_suggests_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_task(tmp_path, "letters", CHOICE)
    every = TaskManager(include_defaults=False, include_path=tmp_path)
    monkeypatch.setattr(lm_eval_loading, "_manager", lambda defaults, stamp: every)
    with pytest.raises(ValueError, match="did you mean 'letters'"):
        capability_examples.load("lm_eval:leters")


def test_a_text_that_the_context_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = make_task(tmp_path, "text", TEXT | {"generation_kwargs": {"until": ["\n"], "max_gen_toks": 64}})
    with pytest.raises(ValueError, match="asks for texts of 64 tokens: expected fewer than the 64"):
        Scorer(make_model(context=64), make_tokenizer()).score(capability_examples.load(f"lm_eval:{path.stem}"))


def test_names_are_those_of_the_tasks() -> None:
    assert [capability_names.name_of(f"lm_eval:{name}") for name in ("gsm8k_cot:50", "a.b")] == ["gsm8k_cot", "a.b"]


def test_nothing_of_lm_eval_is_imported_without_such_a_capability() -> None:
    suite = next(iter(CAPABILITIES))
    code = (
        "import sys; from landscape.capabilities import encoding, examples, scoring; from landscape.engine import session; "
        "from landscape.runs import worker; from landscape.schema.capability_names import name_of; "
        f"examples.load({suite!r}); name_of('lm_eval:gsm8k'); "
        "sys.exit(bool({'lm_eval', 'datasets', 'evaluate'} & set(sys.modules)))"
    )
    assert fork(exec, code).wait() == 0


def test_without_lm_eval_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capability_examples, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install lm_eval"):
        capability_examples.load("lm_eval:gsm8k")


CODE = TEXT | {
    "unsafe_code": True,
    "doc_to_text": "{{prompt}}",
    "doc_to_target": "{{test}}",
    "generation_kwargs": {"until": ["\nclass"], "max_gen_toks": 4},
}
HUMAN_EVAL = """
import evaluate

compute_ = evaluate.load("code_eval")
compute_.compute(references=["assert add(2, 3) == 5"], predictions=[["def add(a, b): return a * b"]], k=[1])


def pass_at_k(references, predictions, k):
    return compute_.compute(references=references, predictions=predictions, k=k)[0]


def build_predictions(resps, docs):
    return [[doc["solution"] for r in resp] for resp, doc in zip(resps, docs)]
"""
LINES = """metric_list:
  - metric: !function programs.pass_at_k
    aggregation: mean
    higher_is_better: true
    k: [1]
filter_list:
  - name: create_test
    filter:
      - function: custom
        filter_fn: !function programs.build_predictions
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A task in the form of HumanEval, whose texts are replaced by programs of ours."""
    solutions = [
        "def f(x): return x + 1",
        "def f(x): return x",
        "def f(x):\n    while True: pass",
        "import os; os._exit(0)",
    ]
    rows = [{"prompt": "def f(x):", "test": "assert f(1) == 2", "solution": solution} for solution in solutions]
    (tmp_path / "programs.py").write_text(HUMAN_EVAL)
    config = {key: value for key, value in CODE.items() if key not in ("metric_list", "filter_list")}
    path = make_task(tmp_path, "programs", config, rows)
    path.write_text(path.read_text() + LINES)
    return path


def test_programs_run_where_it_is_allowed_under_limits(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_execution.ALLOW, "1")
    scores = Scorer(make_model(), make_tokenizer()).score(capability_examples.load(f"lm_eval:{programs.stem}"))
    assert scores.outcomes.tolist() == [1, 0, 0, 0]


def test_what_programs_can_reach_is_said_beside_their_scores(
    programs: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(code_execution.ALLOW, "1")
    monkeypatch.setattr(code_execution, "reachable", lambda: ("use the network",))
    capability = capability_examples.load(f"lm_eval:{programs.stem}")
    assert capability.judged_anew == {"programs": code_execution.VERSION}  # up to 0.6.0 a program could forge a pass
    spec = SliceSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=(f"lm_eval:{programs.stem}",), device="cpu"
    )  # fmt: skip
    said = gather_facts(Session(spec.frame), spec, [capability]).remarks[0]
    assert said.startswith("Programs that the model writes can use the network on this machine: install bubblewrap")


def test_programs_do_not_run_where_nobody_allowed_it(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_execution, "passes", lambda program: pytest.fail("a program ran"))
    with pytest.raises(ValueError, match="runs programs that the model writes: set LANDSCAPE_ALLOW_CODE=1"):
        capability_examples.load(f"lm_eval:{programs.stem}")


def test_programs_that_would_run_without_limits_are_refused(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_execution.ALLOW, "1")
    (programs.parent / "programs.py").write_text(
        "def pass_at_k(references, predictions, k): return {'pass@1': exec(predictions[0][0])}\n"
        "def build_predictions(resps, docs): return resps\n"
    )
    with pytest.raises(ValueError, match="by means of its own, which nothing limits"):
        capability_examples.load(f"lm_eval:{programs.stem}")
