"""Checkpoints of a hub on loopback: what is fetched, how often it is asked, and what is said where it does not give."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from peft import LoraConfig

from landscape.checkpoints import config, files, models
from landscape.checkpoints.fingerprints import fingerprint
from landscape.checkpoints.hub.exact_names import exact_name
from landscape.outside import network
from landscape.outside.hub import refusals
from landscape.schema.directions import short_name
from tests.checkpoints.adapters.made import edited, make
from tests.conftest import make_model, save
from tests.outside.mock_hub import MockHub, another_process, at, commit_of, files_in, serving

TEMPLATE = b"{% for m in messages %}{{ m.content }}{% endfor %}"
NEEDED = {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
# What lies beside a model on the hub and decides nothing: other formats, precisions and saves, and what people read.
BESIDE = {
    "README.md", ".gitattributes", "LICENSE.txt", "pytorch_model.bin", "pytorch_model-00001-of-00002.bin",
    "model.fp16.safetensors", "model-q8.gguf", "consolidated.safetensors", "consolidated.00.pth", "tf_model.h5",
    "original/model.safetensors", "original/params.json", "original/tokenizer.model", "onnx/model.onnx",
    "onnx/config.json", "runs/events.tfevents", "training_args.bin", "optimizer.pt", "eval_results.json",
    "preprocess.py", "flax_model.msgpack", "rust_model.ot", "checkpoint-10/model.safetensors",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("hub") / "tiny")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockHub]:
    with serving() as served, at(served, tmp_path / "hub-cache", monkeypatch):
        yield served


def beside() -> dict[str, bytes]:
    return dict.fromkeys(BESIDE, b"what nobody reads")


def test_what_decides_outputs_is_fetched_and_nothing_beside_it(hub: MockHub, folder: Path) -> None:
    templates = {"chat_template.jinja": TEMPLATE, "additional_chat_templates/tool_use.jinja": TEMPLATE * 2}
    hub.put("org/name", files_in(folder) | beside() | templates)
    source = files.resolve("org/name")
    assert {*hub.fetched} == NEEDED | {*templates}
    assert len(hub.fetched) == len({*hub.fetched})
    found = config.chat_template(source.templated)
    assert found == {"default": TEMPLATE.decode(), "tool_use": 2 * TEMPLATE.decode()}
    assert len([line for line in hub.asked if "/api/models/" in line]) == 1


def test_a_fetched_copy_has_the_fingerprint_of_the_whole_repository(hub: MockHub, folder: Path, tmp_path: Path) -> None:
    """Nothing is left out that the fingerprint of a cloned repository knows, whatever kinds of files it has."""
    rare = ("added_tokens.json", "special_tokens_map.json", "vocab.txt", "merges.txt", "tokenizer.5.0.json",
            "additional_chat_templates/rag.jinja", "sub/code.py", "modelling.py")  # fmt: skip
    slow = ("spiece.model", "tokenizer.model.v3", "qwen.tiktoken", "tekken.json", "bpe.codes", "source.spm", "dict.txt")
    clone = Path(shutil.copytree(folder, tmp_path / "clone"))
    for name in ("original/x.model", *rare):
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).write_text(json.dumps({"of": name}))  # of one content, one is fetched
    for name, fast, code in (("org/fast", True, False), ("org/slow", False, False), ("org/code", False, True)):
        if code:
            file = clone / "config.json"
            file.write_text(json.dumps(json.loads(file.read_text()) | {"auto_map": {"AutoModel": "modelling.M"}}))
        if not fast:
            (clone / "tokenizer.json").unlink(missing_ok=True)
            for vocabulary in slow:
                (clone / vocabulary).write_text(vocabulary)
        others = {name: content for name, content in beside().items() if not (code and name.endswith(".py"))}
        hub.put(name, files_in(clone) | others)
        assert fingerprint(name) == fingerprint(str(clone))
    assert {*slow, "vocab.txt", "sub/code.py"} <= {*hub.fetched}
    assert not {"original/x.model", "pytorch_model.bin", "README.md"} & {*hub.fetched}


def test_of_shards_those_are_fetched_that_the_index_lists(hub: MockHub, tmp_path: Path) -> None:
    folder = save(tmp_path / "sharded", max_shard_size="60KB")
    shards = {file.name for file in folder.glob("model-*.safetensors")}
    assert len(shards) > 2
    left_over = {"model-00009-of-00009.safetensors": b"of an earlier save", "model-00001-of-00001.safetensors": b""}
    hub.put("org/sharded", files_in(folder) | left_over | beside())
    assert fingerprint("org/sharded") == fingerprint(str(folder))
    fetched = {name for name in hub.fetched if "safetensors" in name}
    assert fetched == shards | {"model.safetensors.index.json"}


def test_a_shard_that_the_repository_lacks_is_said(hub: MockHub, tmp_path: Path) -> None:
    folder = save(tmp_path / "sharded", max_shard_size="60KB")
    having = files_in(folder)
    gone = sorted(name for name in having if name.startswith("model-"))[1]
    hub.put("org/sharded", {name: content for name, content in having.items() if name != gone})
    with pytest.raises(ValueError, match=rf"lacks 1 of its \d+ shards \({gone}\)"):
        files.resolve("org/sharded")


def test_a_cached_name_takes_one_request_and_an_exact_one_takes_none(hub: MockHub, folder: Path, monkeypatch) -> None:
    commit = hub.put("org/name", files_in(folder))
    first = fingerprint("org/name")
    another_process(monkeypatch)
    hub.asked.clear()
    for _ in range(3):
        assert exact_name("org/name") == exact_name("org/name@main") == f"org/name@{commit}"
        assert fingerprint("org/name") == first
        models.load("org/name", device="cpu")
    assert hub.asked == ["GET /api/models/org/name/revision/main"]
    another_process(monkeypatch)
    hub.asked.clear()
    assert fingerprint(f"org/name@{commit}") == first
    assert models.load(f"org/name@{commit}", device="cpu").fingerprint == first
    assert hub.asked == []


@pytest.mark.parametrize("why", ["HF_HUB_OFFLINE", "a page"])
def test_without_asking_a_name_stands_for_the_copy_that_is_here(
    hub: MockHub, folder: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    commit = hub.put("org/name", files_in(folder))
    first = fingerprint("org/name")
    another_process(monkeypatch)
    hub.put("org/name", files_in(folder) | {"chat_template.jinja": TEMPLATE})  # the branch moves
    hub.asked.clear()
    if why == "a page":
        monkeypatch.setattr(network, "_asks_first", [lambda: True])
    else:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert exact_name("org/name") == f"org/name@{commit}"
    assert exact_name(f"org/name@{commit[:7]}") == f"org/name@{commit}"  # as reports write it
    assert fingerprint("org/name") == fingerprint(f"org/name@{commit}") == first
    assert exact_name("org/other") == "org/other"
    error = network.NotHere if why == "a page" else ValueError
    for name in ("org/other", "org/name@other", f"org/name@{'0' * 40}"):
        with pytest.raises(error, match="not on this machine yet" if why == "a page" else "HF_HUB_OFFLINE is set"):
            files.resolve(name)
    assert hub.asked == []


def test_a_branch_that_moved_is_fetched_and_the_former_commit_stays(
    hub: MockHub, folder: Path, tmp_path: Path, monkeypatch
) -> None:
    former = hub.put("org/name", files_in(folder))
    first = fingerprint("org/name")
    other = save(tmp_path / "other", make_model(seed=1))
    later = hub.put("org/name", files_in(other))
    hub.put("org/name", files_in(folder), branch="v1/x")
    another_process(monkeypatch)
    hub.asked.clear()
    assert exact_name("org/name") == f"org/name@{later}"
    assert fingerprint("org/name") == fingerprint(str(other)) != first
    assert hub.fetched == ["model.safetensors"]  # what did not change is here
    hub.asked.clear()
    assert fingerprint("org/name@v1/x") == fingerprint(f"org/name@{former}") == first
    assert hub.asked == ["GET /api/models/org/name/revision/v1%2Fx"]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert exact_name("org/name@v1/x") == f"org/name@{former}"


def test_a_copy_that_lacks_its_chat_template_is_completed(hub: MockHub, folder: Path, monkeypatch) -> None:
    """As versions before 0.7 fetched it: whole as far as weights go, and without what makes it answer in chat."""
    commit = hub.put("org/name", files_in(folder) | {"chat_template.jinja": TEMPLATE})
    copy = Path(files.resolve("org/name").folder)
    (copy / "chat_template.jinja").unlink()
    shutil.rmtree(copy.parents[1] / ".landscape")  # which knows what the commit has
    another_process(monkeypatch)
    hub.asked.clear()
    assert config.chat_template(files.resolve(f"org/name@{commit}").templated) == TEMPLATE.decode()
    assert hub.fetched == ["chat_template.jinja"] or hub.fetched == []  # its blob was kept
    assert [line for line in hub.asked if "/api/" in line] == [f"GET /api/models/org/name/revision/{commit}"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "SILENCE", 0.3)


@pytest.mark.parametrize("exact", [False, True])
def test_a_silent_hub_is_waited_for_once_and_the_copy_is_used(
    hub: MockHub, folder: Path, monkeypatch: pytest.MonkeyPatch, impatient: None, exact: bool
) -> None:
    commit = hub.put("org/name", files_in(folder))
    first = fingerprint("org/name")
    another_process(monkeypatch)
    if exact:  # and nobody listed what the commit has
        shutil.rmtree(files.resolve("org/name").folder.parents[1] / ".landscape")
        another_process(monkeypatch)
    hub.asked.clear()
    hub.silent = "."
    said: list[str] = []
    with network.announcing(said.append):
        for _ in range(3):
            assert fingerprint(f"org/name@{commit}" if exact else "org/name") == first
            assert exact_name("org/name") == f"org/name@{commit}"
    assert len(hub.asked) == 1
    wanted = f"the hub did not answer within 0.3 s. The cached copy of commit {commit[:7]} is used."
    assert all(wanted in line for line in said)
    assert said
    with pytest.raises(
        ValueError, match=r"cannot load 'org/other'.*did not answer within 0\.3 s; to work offline"
    ) as e:
        files.resolve("org/other")
    assert "\n" not in str(e.value)
    assert len(hub.asked) == 1  # it is not waited for twice


@pytest.mark.parametrize("where", ["/api/", "/resolve/"])
def test_a_silent_hub_and_no_copy_is_one_sentence(hub: MockHub, folder: Path, impatient: None, where: str) -> None:
    hub.put("org/name", files_in(folder))
    hub.silent = where
    with pytest.raises(ValueError, match=r"cannot load 'org/name'.*did not answer within 0\.3 s"):
        files.resolve("org/name")
    assert len(hub.asked) <= 6  # no retries


REFUSALS = {
    "gated": (403, "GatedRepo", "/resolve/", "it is gated: ask for access at {page}, and log in .hf auth login"),
    "gated, no login": (401, "GatedRepo", "/resolve/", "it is gated: ask for access at {page}, and log in"),
    "missing": (401, "RepoNotFound", "/api/models/", "does not exist on the hub, or is private.*{page}; .*log in"),
    "missing, logged in": (404, "RepoNotFound", "/api/models/", "does not exist on the hub, or is private"),
    "revision": (404, "RevisionNotFound", "/api/models/", "org/name has no revision 'main': expected one of its"),
    "too many": (429, "", "/api/models/", r"the hub takes no more requests from here for now \(429\): wait"),
    "broken": (500, "", "/api/models/", r"the hub has an error of its own \(500\); to work offline"),
    "overloaded": (503, "", "/api/models/", r"the hub has an error of its own \(503\)"),
    "forbidden": (403, "", "/api/models/", r"the hub refuses it \(403\): see {page}"),
    "no such path": (404, "", "/api/models/", r"the hub refuses it \(404\)"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_is_one_true_sentence(hub: MockHub, folder: Path, case: str) -> None:
    status, code, where, sentence = REFUSALS[case]
    hub.put("org/name", files_in(folder))
    hub.refusals[where] = (status, code)
    with pytest.raises(ValueError, match=sentence.format(page=f"{hub.address}/org/name")) as refused:
        files.resolve("org/name")
    text = str(refused.value)
    assert text.startswith("cannot load 'org/name': ")
    assert "\n" not in text
    assert "Error" not in text
    assert len([line for line in hub.asked if "/api/models/" in line]) == 1


@pytest.mark.parametrize("case", [case for case in REFUSALS if case != "revision"])
def test_a_refusal_leaves_the_copy_that_is_here(
    hub: MockHub, folder: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    commit = hub.put("org/name", files_in(folder))
    first = fingerprint("org/name")
    another_process(monkeypatch)
    hub.refusals["."] = REFUSALS[case][:2]
    said: list[str] = []
    with network.announcing(said.append):
        assert fingerprint("org/name") == first
    assert len(said) == 1
    assert said[0].endswith(f"The cached copy of commit {commit[:7]} is used.")
    assert said[0].count(". ") == 1


def test_no_network_is_a_sentence_and_leaves_the_copy(hub: MockHub, folder: Path, monkeypatch) -> None:
    hub.put("org/name", files_in(folder))
    first = fingerprint("org/name")
    another_process(monkeypatch)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert fingerprint("org/name") == first
    with pytest.raises(ValueError, match="hub cannot be reached; to work offline, download it elsewhere .hf download"):
        files.resolve("org/other")


def test_a_name_that_nothing_can_have_says_so_and_the_hub_is_asked_for_others(hub: MockHub, folder: Path) -> None:
    hub.put("org/name", files_in(folder))
    with pytest.raises(ValueError, match="nothing on the hub can be named so"):
        files.resolve("org/na--me")
    assert files.resolve("org/name").folder.is_dir()


def test_an_error_of_one_repository_is_none_of_another(hub: MockHub, folder: Path) -> None:
    hub.put("org/name", files_in(folder))
    hub.refusals["org/broken"] = (500, "")
    with pytest.raises(ValueError, match=r"an error of its own \(500\)"):
        files.resolve("org/broken")
    assert files.resolve("org/name").folder.is_dir()


@pytest.mark.parametrize("commit", ["../../../escaped", "", "main", None])
def test_an_answer_that_names_no_commit_is_no_answer(
    hub: MockHub, folder: Path, monkeypatch: pytest.MonkeyPatch, commit: str | None
) -> None:
    monkeypatch.setattr(
        "huggingface_hub.HfApi.model_info", lambda *args, **options: SimpleNamespace(sha=commit, siblings=[])
    )
    with pytest.raises(ValueError, match="what answers there is not the hub"):
        files.resolve("org/name")


def test_a_short_commit_is_the_one_that_begins_so(hub: MockHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = hub.put("org/name", files_in(folder))
    files.resolve("org/name")
    another_process(monkeypatch)
    hub.asked.clear()
    assert exact_name(f"org/name@{commit[:7]}") == exact_name(f"org/name@{commit[:12]}") == f"org/name@{commit}"
    assert hub.asked == []
    with pytest.raises(ValueError, match="has no revision"):
        exact_name(f"org/name@{commit[:6]}")


def test_what_answers_and_is_no_hub_is_said(hub: MockHub, folder: Path) -> None:
    hub.refusals["/api/models/"] = (200, "")  # {}
    with pytest.raises(ValueError, match="what answers there is not the hub"):
        files.resolve("org/name")


def test_an_interrupted_download_goes_on(hub: MockHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 2**10)  # no more than that is lost
    whole = len(files_in(folder)["model.safetensors"])
    hub.put("org/name", files_in(folder))
    hub.cut["model.safetensors"] = whole // 2
    assert fingerprint("org/name") == fingerprint(str(folder))
    (asked,) = hub.ranges
    assert 0 < int(asked.removeprefix("bytes=").removesuffix("-")) <= whole // 2


def test_what_was_fetched_before_an_interruption_is_not_fetched_again(
    hub: MockHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(tmp_path / "sharded", max_shard_size="60KB")
    hub.put("org/name", files_in(folder))
    last = sorted(file.name for file in folder.glob("model-*.safetensors"))[-1]
    hub.refusals[f"/{last}$"] = (403, "")
    with pytest.raises(ValueError, match="refuses it"):
        files.resolve("org/name")
    hub.refusals.clear()
    fetched = {*hub.fetched}
    hub.asked.clear()
    another_process(monkeypatch)
    assert fingerprint("org/name") == fingerprint(str(folder))
    assert last in hub.fetched
    assert not fetched & {*hub.fetched}


def test_an_interrupted_copy_is_no_copy_for_those_who_may_not_ask(
    hub: MockHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.put("org/name", files_in(folder))
    hub.refusals["model.safetensors$"] = (403, "")
    with pytest.raises(ValueError, match="refuses it"):
        files.resolve("org/name")
    monkeypatch.setattr(network, "_asks_first", [lambda: True])
    for name in ("org/name", f"org/name@{commit}"):
        with pytest.raises(network.NotHere, match="is not on this machine yet"):
            files.resolve(name)


@pytest.mark.parametrize(
    "name", ["../../escaped.json", "/escaped.json", "a/../../escaped.py", "..\\escaped.json", "~/x.py"]
)
def test_a_file_whose_name_leads_out_of_the_cache_is_never_written(
    hub: MockHub, folder: Path, tmp_path: Path, name: str
) -> None:
    made = files_in(folder)
    settings = json.loads(made["config.json"]) | {"auto_map": {"AutoModel": "x.M"}}
    hub.put("org/name", made | {"config.json": json.dumps(settings).encode(), name: b"{}"})
    before = {path for path in tmp_path.rglob("*") if "hub-cache" not in path.parts}
    files.resolve("org/name")
    assert not list(tmp_path.rglob("*escaped*"))
    assert {path for path in tmp_path.rglob("*") if "hub-cache" not in path.parts} == before


@pytest.mark.parametrize(
    "name", ["org/name@../../x", "../name", "org/..", "org/name@a/../../../../x", "./name", "org/name@main@x", "a/b/c"]
)
def test_a_name_that_leads_out_of_the_cache_is_no_name(hub: MockHub, name: str) -> None:
    assert exact_name(name) == name
    with pytest.raises(ValueError, match="no checkpoint at|cannot be reached|has no revision"):
        files.resolve(name)
    assert hub.asked == []


def test_an_index_that_leads_out_of_its_folder_is_refused(hub: MockHub, tmp_path: Path) -> None:
    made = files_in(save(tmp_path / "sharded", max_shard_size="60KB"))
    index = json.loads(made["model.safetensors.index.json"])
    index["weight_map"] = dict.fromkeys(index["weight_map"], "../../x.safetensors")
    hub.put("org/name", made | {"model.safetensors.index.json": json.dumps(index).encode()})
    with pytest.raises(ValueError, match="lies outside of its folder"):
        files.resolve("org/name")


WITHOUT = {
    "pickles": (["config.json", "pytorch_model.bin"], "org/name holds only pickle weights .pytorch_model.bin..*convert once"),
    "an adapter's": (["adapter_config.json", "adapter_model.bin"], "org/name holds only pickle weights .adapter_model.bin"),
    "llama.cpp's": (["m-Q4.gguf", "m-Q8.gguf"], "name a file, org/name:m-Q4.gguf, or another .m-Q8.gguf"),
    "Mistral's": (["config.json", "consolidated.safetensors"], "in the format of Mistral"),
    "ONNX": (["config.json", "model.onnx"], "in the format of ONNX"),
    "a data set": (["README.md", "data.csv"], "no checkpoint that can be read: expected config.json"),
    "nothing": ([".gitattributes"], "no checkpoint that can be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", WITHOUT)
def test_a_repository_without_weights_is_refused_before_anything_large_is_fetched(
    hub: MockHub, folder: Path, case: str
) -> None:
    names, sentence = WITHOUT[case]
    made = files_in(folder) | {"adapter_config.json": b'{"peft_type": "LORA"}'}
    hub.put("org/name", {name: made.get(name, b"large") for name in names})
    with pytest.raises(ValueError, match=sentence):
        files.resolve("org/name")
    assert {*hub.fetched} <= {"config.json", "adapter_config.json"}


def test_an_exact_name_is_the_same_however_it_is_written(hub: MockHub, folder: Path) -> None:
    commit = hub.put("org/name", files_in(folder))
    hub.put("org/name", files_in(folder), branch="v1")
    for name in ("org/name", "org/name@main", "org/name@v1", f"org/name@{commit}"):
        assert exact_name(name) == f"org/name@{commit}"
    for name in ("demo:base", "real:base", "demo:nothing", str(folder), "nowhere", "no such name", "x" * 300, ""):
        assert exact_name(name) == name
    assert commit == commit_of(files_in(folder))


def adapter(folder: Path, base: Path, named: str, **fields: object) -> Path:
    """A LoRA adapter of a base, whose config names it so."""
    config = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    return edited(make(folder, config, base, named=named), **fields)


@pytest.mark.parametrize("where", ["here", "on the hub", "base named by hand"])
def test_the_base_of_an_adapter_is_resolved_once_and_kept_in_its_name(
    hub: MockHub, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    base = hub.put("org/base", files_in(folder), branch="v1")
    mine = adapter(tmp_path / "adapter", folder, "org/base", revision="v1")
    wanted = fingerprint(f"{mine}+{folder}")
    name, first = str(mine), str(mine)
    if where == "on the hub":
        commit = hub.put("org/adapter", files_in(mine) | {"checkpoint-5/adapter_model.safetensors": b"", "x.bin": b""})
        name, first = "org/adapter", f"org/adapter@{commit}"
    if where == "base named by hand":
        name += "+org/base@v1"
    assert exact_name(name) == exact_name(exact_name(name)) == f"{first}+org/base@{base}"
    assert fingerprint(name) == fingerprint(exact_name(name)) == wanted
    assert short_name(exact_name(name)) == f"adapter{first[11:19] if '@' in first else ''}+base@{base[:7]}"
    assert len([line for line in hub.asked if "/api/models/" in line]) == (2 if where == "on the hub" else 1)
    assert "x.bin" not in hub.fetched
    assert hub.fetched.count("adapter_model.safetensors") == (1 if where == "on the hub" else 0)
    another_process(monkeypatch)
    hub.asked.clear()
    hub.put("org/base", files_in(folder) | {"chat_template.jinja": TEMPLATE}, branch="v1")  # the branch moves
    exact = f"{first}+org/base@{base}"
    assert exact_name(exact) == exact
    assert models.load(exact, device="cpu").fingerprint == wanted  # neither peft nor transformers asks
    assert hub.asked == []


def test_adapters_on_adapters_and_a_base_on_the_hub_are_one_exact_name(
    hub: MockHub, folder: Path, tmp_path: Path
) -> None:
    commit = hub.put("org/base", files_in(folder))
    first = adapter(tmp_path / "sft", folder, "org/base")
    second = adapter(tmp_path / "dpo", folder, "../sft")
    assert exact_name(str(second)) == f"{second}+{second}/../sft+org/base@{commit}"
    assert fingerprint(exact_name(str(second))) == fingerprint(str(second)) == fingerprint(f"{second}+{first}+{folder}")
    here = adapter(tmp_path / "here", folder, str(folder))
    assert exact_name(str(here)) == str(here)
    itself = adapter(tmp_path / "itself", folder, str(tmp_path / "itself"))
    assert exact_name(str(itself)) == str(itself)
    unnamed = adapter(tmp_path / "unnamed", folder, "x", base_model_name_or_path=None)
    assert exact_name(str(unnamed)) == str(unnamed)


def test_an_adapter_beside_whole_weights_is_refused_before_either_is_fetched(
    hub: MockHub, folder: Path, tmp_path: Path
) -> None:
    mine = adapter(tmp_path / "adapter", folder, str(folder))
    hub.put("org/both", files_in(folder) | files_in(mine))
    with pytest.raises(ValueError, match=r"org/both holds both whole weights \(model\.safetensors\) and an adapter"):
        files.resolve("org/both")
    assert not [name for name in hub.fetched if name.endswith("safetensors")]
