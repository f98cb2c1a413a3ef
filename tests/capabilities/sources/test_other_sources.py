"""Data sets of the hub, tasks by the path of their YAML, and what `capability check` says of any of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from landscape.capabilities import checking, examples
from landscape.capabilities.sources import hub as sources
from landscape.outside import network
from tests.capabilities.lm_eval_files import CHOICE, make_task
from tests.conftest import make_tokenizer
from tests.outside.mock_hub import MockHub, another_process, at, serving


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    """A folder of two splits, as the hub has them."""
    folder = tmp_path / "people"
    folder.mkdir()
    for split, name in {"train": "Bob", "test": "Ann"}.items():
        (folder / f"{split}.jsonl").write_text(json.dumps({"question": f"Is it {name}?", "answer": name}))
    return folder


def test_a_data_set_is_read_by_the_names_of_its_fields(data_set: Path) -> None:
    pytest.importorskip("datasets")
    usual, train = examples.load(f"hf:{data_set}"), examples.load(f"hf:{data_set}:train")
    assert [one.examples[0].prompt for one in (usual, train)] == [
        "Question: Is it Ann?\nAnswer:",
        "Question: Is it Bob?\nAnswer:",
    ]
    assert usual.how.startswith("question → prompt")
    assert examples.content_digest(f"hf:{data_set}") == usual.digest != train.digest
    with pytest.raises(ValueError, match="expected one of its splits, as in hf:ORG/DATASET:SPLIT: .*train"):
        examples.load(f"hf:{data_set}:dev")


def people(**splits: str) -> dict[str, bytes]:
    """A data set as its repository has it."""
    found = {f"{split}.jsonl": json.dumps({"question": "Who?", "answer": name}) for split, name in splits.items()}
    return {name: text.encode() for name, text in {"README.md": "# people", **found}.items()}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockHub]:
    datasets = pytest.importorskip("datasets")
    with serving() as served, at(served, tmp_path / "hub-cache", monkeypatch):
        monkeypatch.setattr(datasets.config, "HF_ENDPOINT", served.address)
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "data-sets")
        sources._rows.cache_clear()
        yield served
        sources._rows.cache_clear()


def another_command(monkeypatch: pytest.MonkeyPatch) -> None:
    another_process(monkeypatch)
    sources._rows.cache_clear()


def test_a_data_set_of_the_hub_is_fetched_only_where_that_is_allowed(
    hub: MockHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.put("org/people", people(validation="Ann"), kind="datasets/")
    monkeypatch.setattr(network, "_asks_first", [lambda: True])
    with pytest.raises(network.NotHere, match="the data set org/people is not on this machine yet"):
        examples.load("hf:org/people")
    assert hub.asked == []
    with network.fetching():
        assert examples.load("hf:org/people").examples[0].answer == " Ann"
    assert examples.load("hf:org/people").name == "people"


def test_a_data_set_that_was_read_takes_one_request_and_none_where_nobody_may_be_asked(
    hub: MockHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.put("org/people", people(train="Bob", test="Ann"), kind="datasets/")
    first = examples.load("hf:org/people")
    assert first.examples[0].answer == " Ann"
    assert hub.asked.count("GET /api/datasets/org/people/revision/main") == 1
    another_command(monkeypatch)
    hub.asked.clear()
    for name in ("hf:org/people", "hf:org/people@main", f"hf:org/people@{commit}"):
        assert examples.content_digest(name) == first.digest
    assert hub.asked == ["GET /api/datasets/org/people/revision/main"]
    another_command(monkeypatch)
    hub.asked.clear()
    monkeypatch.setattr(network, "_asks_first", [lambda: True])
    assert examples.content_digest("hf:org/people") == first.digest
    with pytest.raises(network.NotHere, match="the data set org/people is not on this machine yet"):
        examples.load("hf:org/people:train")
    assert hub.asked == []


def test_a_data_set_that_moved_is_read_anew_and_its_former_commit_stays(
    hub: MockHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = hub.put("org/people", people(test="Ann"), kind="datasets/")
    examples.load("hf:org/people")
    hub.put("org/people", people(test="Eve"), kind="datasets/")
    another_command(monkeypatch)
    assert examples.load("hf:org/people").examples[0].answer == " Eve"
    hub.asked.clear()
    assert examples.load(f"hf:org/people@{former}").examples[0].answer == " Ann"
    assert hub.asked == []


def test_a_silent_hub_leaves_what_was_read_of_a_data_set(hub: MockHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landscape.outside.hub.refusals.SILENCE", 0.3)
    commit = hub.put("org/people", people(test="Ann"), kind="datasets/")
    examples.load("hf:org/people")
    another_command(monkeypatch)
    hub.silent = "."
    said: list[str] = []
    with network.announcing(said.append):
        assert examples.load("hf:org/people").examples[0].answer == " Ann"
    assert said[0].endswith(f"did not answer within 0.3 s. The cached copy of commit {commit[:7]} is used.")
    with pytest.raises(ValueError, match="did not answer within 0.3 s"):
        examples.load("hf:org/others")


@pytest.mark.parametrize("where", ["resolve", "tree"])
def test_a_hub_that_falls_silent_is_not_waited_for_again_and_again(
    hub: MockHub, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("landscape.outside.hub.refusals.SILENCE", 0.3)
    hub.put("org/people", people(test="Ann"), kind="datasets/")
    hub.silent = f"/{where}/"
    with pytest.raises(ValueError, match=r"hf:org/people cannot be loaded: ") as refused:
        examples.load("hf:org/people")
    assert "\n" not in str(refused.value)
    assert len([line for line in hub.asked if f"/{where}/" in line]) <= 2


def test_rows_of_a_former_commit_are_never_taken_for_those_of_a_later_one(
    hub: MockHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As datasets gives them, from a cache of its own, where the hub names a commit and no files of it."""
    monkeypatch.setattr("landscape.outside.hub.refusals.SILENCE", 0.3)
    former = hub.put("org/people", people(test="Ann"), kind="datasets/")
    examples.load("hf:org/people")
    later = hub.put("org/people", people(test="Eve"), kind="datasets/")
    another_command(monkeypatch)
    hub.silent = "/resolve/"
    with pytest.raises(ValueError, match=f"the hub did not give all files of commit {later[:7]}"):
        examples.load("hf:org/people")
    assert examples.load(f"hf:org/people@{former}").examples[0].answer == " Ann"
    hub.silent = None
    assert examples.load("hf:org/people").examples[0].answer == " Eve"


def test_a_data_set_that_the_hub_does_not_have_is_a_sentence(hub: MockHub) -> None:
    with pytest.raises(
        ValueError, match=r"cannot load 'datasets/org/gone': it does not exist on the hub, or is private"
    ):
        examples.load("hf:org/gone")
    hub.put("org/people", people(test="Ann"), kind="datasets/")
    with pytest.raises(ValueError, match="datasets/org/people has no revision 'v9'"):
        examples.load("hf:org/people@v9")


def test_without_the_library_a_data_set_says_what_to_install(data_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landscape.capabilities.sources.hub.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="needs the library datasets: pip install datasets"):
        examples.load(f"hf:{data_set}:none")


def test_a_task_by_its_path_is_the_task(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    folder = tmp_path / "tasks"
    folder.mkdir()
    path = make_task(folder, "choice", CHOICE)
    found = examples.load(str(path), 4)
    assert found.name == "choice"
    assert found.examples[0].choices == (" Paris", " cat")
    before = examples.content_digest(str(path))
    path.write_text(path.read_text() + "\n# another\n")
    assert examples.content_digest(str(path)) != before
    for added, said in {
        "doc_to_text: !function utils.x": r"it brings code of its own \(!function\): put it into the folder",
        "include: other.yaml": "it has include, which may run code",
        "process_docs: x": "it has process_docs, which may run code",
        "dataset_path: pandas": "its data are of the format pandas: expected json",
    }.items():
        bad = folder / "bad.yaml"
        bad.write_text(
            "\n".join(
                [
                    *(
                        line
                        for line in path.read_text().splitlines()
                        if line.partition(":")[0] != added.partition(":")[0]
                    ),
                    added,
                ]
            )
        )
        with pytest.raises(ValueError, match=said):
            examples.load(str(bad))
    bad.write_text(path.read_text().replace("{{question}}", "{{ question.__class__.__mro__ }}"))
    with pytest.raises(ValueError, match="__class__"):
        examples.load(str(bad))
    with pytest.raises(ValueError, match="expected a task's YAML file, and there is none"):
        examples.load(str(folder / "none.yaml"))


def test_a_check_says_how_long_examples_are_and_which_do_not_fit(tmp_path: Path) -> None:
    rows = [{"prompt": "A cat says", "answer": " meow"}] * 2 + [{"prompt": "A dog" + " dog" * 90, "answer": " woof"}]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    tokenizer = make_tokenizer()
    found = checking.check(examples.load(str(file)), tokenizer, 64)
    counted = [len(tokenizer(row["prompt"] + row["answer"])["input_ids"]) for row in rows]
    assert found.lengths == checking.Lengths(counted[0], counted[2], 64, 1, 0)
    assert (found.count, found.requests, found.chance, found.kinds) == (3, 2, 0.0, ("exact",))
    assert found.shown[0] == ("A cat says", "meow")


def test_a_text_that_is_too_long_is_read_in_pieces(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("A cat says meow. " * 40)
    found = checking.check(examples.load(str(file)), make_tokenizer(), 64)
    assert found.chance is None
    assert found.lengths is not None
    assert (found.lengths.too_long, found.lengths.cut) == (0, 1)
