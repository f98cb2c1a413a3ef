"""Tiny checkpoints of real architectures, made on the spot."""

import gc
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the test processes, and their workers, share the cores

import hypothesis
import pytest
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

import landscape.checkpoints.models  # noqa: F401  # by way of it peft does not load bitsandbytes, which takes a second
from tests import postgres

gc.disable()  # until all tests are collected: what they import stays, and looking through it takes five seconds

TEXT = [
    "The capital of France is Paris.",
    "A cat says meow and a dog says woof.",
    "Once upon a time there was a little boy named Tim who had 7 red balls.",
    "2 + 2 = 4. 3 + 5 = 8. 9 + 1 = 10.",
    "Sorry, I can't help with that.",
]
KINDS = ("byte-level", "sentencepiece", "character")
hypothesis.settings.register_profile("any machine", deadline=None)  # how long an example takes is no property of it
hypothesis.settings.load_profile("any machine")
# What they assert is explained as in a test module.
pytest.register_assert_rewrite("tests.certificates", "tests.enlarge", "tests.runs", "tests.ui")


class BrowserTestsTogether(LoadFileScheduling):
    """The tests of a file share a process, and all browser tests do: one browser, whose waits the others fill."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "tests/browser" if "tests/browser/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return BrowserTestsTogether(config, log)


def pytest_collection_finish() -> None:
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fuzzing")
    group.addoption("--fuzz", type=int, default=200, metavar="N", help="damaged inputs to try at each border")
    group.addoption("--fuzz-seed", type=int, default=0, metavar="SEED", help="the seed of the first of them")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `fuzz_seed` runs once for each of the seeds that the options ask for."""
    if "fuzz_seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--fuzz-seed")
        metafunc.parametrize("fuzz_seed", range(first, first + metafunc.config.getoption("--fuzz")))


def make_tokenizer(kind: str = "byte-level") -> PreTrainedTokenizerFast:
    """A tokenizer trained on TEXT: the three ways in which a prompt and its answer can split."""
    special = ["<unk>", "<s>", "</s>"]
    if kind == "character":
        tokenizer = Tokenizer(
            models.WordLevel({c: i for i, c in enumerate([*special, *sorted(set("".join(TEXT)))])}, unk_token="<unk>")
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
        tokenizer.decoder = decoders.Fuse()
    else:
        byte_level = kind == "byte-level"
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
        tokenizer.pre_tokenizer = (
            pre_tokenizers.ByteLevel(add_prefix_space=False)
            if byte_level
            else pre_tokenizers.Metaspace(prepend_scheme="first")
        )
        tokenizer.decoder = decoders.ByteLevel() if byte_level else decoders.Metaspace(prepend_scheme="first")
        alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
        trainer = trainers.BpeTrainer(
            vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
        )
        tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>"
    )


def make_model(
    seed: int = 0, *, vocabulary: int = 320, tied: bool = True, width: int = 32, context: int = 64
) -> LlamaForCausalLM:
    """A random Llama whose greedy text varies (large weights), tied by default."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=context,
            tie_word_embeddings=tied,
            initializer_range=0.3,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=2,
        )
    ).eval()


def make_gpt2(seed: int = 0) -> GPT2LMHeadModel:
    """A random GPT-2: learned positions, transposed linear layers, biases, a tied head."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=320,
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=64,
        initializer_range=0.3,
        bos_token_id=1,
        eos_token_id=2,
    )
    return GPT2LMHeadModel(config).eval()


def save(folder: Path, model: torch.nn.Module | None = None, kind: str = "byte-level", **options: object) -> Path:
    """Write a checkpoint folder as `from_pretrained` reads it."""
    (model or make_model()).save_pretrained(folder, **options)
    make_tokenizer(kind).save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True, scope="module")
def spare_collector() -> None:
    """Leave what a process holds by now out of garbage collection, which takes longer the more tests have run in it."""
    gc.freeze()


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny tied Llama with a byte-level tokenizer."""
    return save(tmp_path_factory.mktemp("checkpoints") / "tiny")


@pytest.fixture(scope="session")
def finetuned(checkpoint: Path) -> Path:
    """A neighbour of `checkpoint`: every weight moved by about 0.01."""
    model = make_model()
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.01 * torch.randn_like(weight)
    return save(checkpoint.parent / "tiny-tuned", model)


OWN_CODE = """
from pathlib import Path
from transformers import LlamaConfig, LlamaForCausalLM
with (Path({folder!r}) / "ran").open("a") as told:
    told.write("x")
class OwnConfig(LlamaConfig):
    model_type = "own"
class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
"""


@pytest.fixture
def own_code(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint of an architecture that only its own code knows; the code leaves a file `ran` beside itself."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    shutil.copytree(checkpoint, folder := tmp_path / "own")
    config = json.loads((folder / "config.json").read_text())
    names = {"AutoConfig": "modeling_own.OwnConfig", "AutoModelForCausalLM": "modeling_own.OwnModel"}
    own = {"model_type": "own", "architectures": ["OwnModel"], "auto_map": names}
    (folder / "config.json").write_text(json.dumps(config | own))
    (folder / "modeling_own.py").write_text(OWN_CODE.format(folder=str(folder)))
    return folder


@pytest.fixture(scope="session")
def greedy_suite(checkpoint: Path) -> Path:
    """A JSONL of prompts with the tiny model's own greedy answers (half of them falsified)."""
    model, tokenizer = make_model(), make_tokenizer()
    lines = []
    for index in range(16):
        prompt = TEXT[index % len(TEXT)][: 8 + index].rstrip()
        ids = torch.tensor([tokenizer(prompt)["input_ids"]])
        written = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=3, do_sample=False, pad_token_id=2
        )
        answer = tokenizer.decode(written[0], skip_special_tokens=True)[len(prompt) :]
        lines.append({"prompt": prompt, "answer": (answer if index % 2 else "") or " no"})
    path = checkpoint.parent / "greedy.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


@pytest.fixture(scope="session")
def own_answers(checkpoint: Path) -> Path:
    """64 prompts with the tiny model's own next token: θ₀ scores 1."""
    model, tokenizer = make_model(), make_tokenizer()
    lines = []
    for index in range(64):
        prompt = TEXT[index % len(TEXT)][: 3 + index // 4]
        ids = tokenizer(prompt)["input_ids"]
        token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
        answer = tokenizer.decode([*ids, token], skip_special_tokens=True)[len(prompt) :]
        if tokenizer(prompt + answer)["input_ids"] == [*ids, token]:
            lines.append({"prompt": prompt, "answer": answer})
    assert len(lines) > 30
    path = checkpoint.parent / "own.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server; skips where there is none, or no driver."""
    if (found := postgres.binaries()) is None:
        pytest.skip("no PostgreSQL server on this machine")
    pytest.importorskip("psycopg", reason="no PostgreSQL driver: pip install 'psycopg[binary]'")
    with postgres.serving(found) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Each call: the address of a store that does not exist yet. The test runs once for each kind of database."""
    if request.param == "sqlite":
        numbers = iter(range(100))
        return lambda: str(tmp_path / f"store-{next(numbers)}.sqlite")
    server: postgres.Server = request.getfixturevalue("server")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # locks and logs, which no server keeps
    return lambda: server.url(server.new_database())
