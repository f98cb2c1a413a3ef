"""The guides, run: their commands and their Python, in order, on small models; what they show is what is printed."""

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer

from landscape.assets import CAPABILITIES, DATA
from landscape.capabilities import examples as capability_examples
from landscape.cli import exit_codes, output
from landscape.cli.app import main
from landscape.cli.commands import inspect as inspect_command
from landscape.inspection import thresholds
from landscape.inspection.rules import GRAVITY, UNJUDGED
from landscape.inspection.shipped import DEMO_INSPECTIONS, shipped_evidence
from landscape.intervals import dropped_by_more_than
from landscape.runs.inspection_loop import InspectionLoop
from landscape.store.store import Store
from tests import postgres
from tests.checkpoints.gguf import writing
from tests.conftest import make_model
from tests.surfaces.closed_form import plot_surface

ROOT = Path(__file__).parents[1]
GUIDES = {file.stem: file.read_text() for file in sorted((ROOT / "data" / "guides").glob("*.md"))}
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # of the libraries that read GGUF files

NOT_RUN = {  # a pattern of commands → why they are not run here
    "pip install": "nothing is installed by a test",
    "^ssh ": "it needs another machine",
    "Qwen/Qwen2.5-7B-Instruct --alpha paper-7b --capability lm_eval:": "lm-eval downloads the data of its tasks",
    "Qwen/Qwen2.5-7B --towards Qwen/Qwen2.5-Math-7B": "lm-eval downloads the data of its tasks",
    "landscape bench$": "it times a model for minutes; tests/bench measures such ratios once",
    "bench --scoring --against lm-eval": "it times a model for minutes; tests/bench measures such ratios once",
    "bench --device cuda": "it needs a GPU",
    "--executor 'ray": "Ray starts in ten seconds; tests/runs/test_ray_executor.py spreads runs over it",
    "LANDSCAPE_EXECUTOR='ray": "it needs a cluster",
    "bench --actors": "Ray starts in ten seconds; tests/runs/test_ray_executor.py spreads runs over it",
    "--trackio": "trackio is optional; tests/reports/exports logs to one of its own",
    "--figure ": "a browser draws it; tests/cli/test_figures.py does that",
    "path/to/quantised": "bitsandbytes quantises on a GPU; tests/checkpoints packs such folders bit by bit",
}
# What is given to a command besides: of an option that stands twice, the latter counts.
SMALL = {
    "slice": "--limit 4 --directions 1",
    "basin": "--limit 4 --directions 1",
    "plane": "--limit 4 --grid 5",
    "inspect": "--limit 4 --draws 1",
    "worst": "--limit 4 --steps 2 --restarts 1 --directions 1",
    "flatness": "--capability few/math.jsonl --directions 2 --probes 2",
    "moves": "--limit 8 --noise 1",
    "certify": "--limit 8 --trials 20",
    "enlarge compare": "--limit 4 --directions 1",
    "worker": "--idle-exit 0 --device cpu",
    "bench --statistics": "--statistics 2",
}
WHOLE = ("first-hour", "quantising", "reading-a-verdict")  # they show what is printed, so that nothing is made smaller
QUICK = ("delta", "scores", "tuned scores", "way few")  # parts of an inspection that take a second each


class Block(NamedTuple):
    """A block of a guide, and what it holds."""

    language: str
    text: str


def blocks_of(guide: str) -> list[Block]:
    return [Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```", GUIDES[guide], flags=re.S | re.M)]


def commands_in(block: Block) -> list[str]:
    """The lines of a block of sh, or what the steps of a job in CI run."""
    if block.language == "sh":
        return block.text.strip().splitlines()
    said = yaml.safe_load(block.text) if block.language == "yaml" else []
    jobs = said.get("jobs", {}).values() if isinstance(said, dict) else [{"steps": said}]
    lines = [line for job in jobs for step in job["steps"] for line in step.get("run", "").splitlines()]
    return [line for line in lines if "-m landscape" in line or "pip install" in line]


def reason_against(line: str) -> str:
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, line)), "")


# --- a folder as a reader has it --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders and files of the names that the guides give theirs."""
    folder = tmp_path_factory.mktemp("reader")
    there = DATA / "models"
    (folder / "path" / "to").mkdir(parents=True)
    for name, demo in {"base": "assistant", "finetuned": "benign", "model": "assistant"}.items():
        shutil.copytree(there / demo, folder / "path" / "to" / name)
    shutil.copytree(there / "assistant-lora", folder / "path" / "to" / "adapter")
    (folder / "path" / "to" / "adapter+path").mkdir()
    model = AutoModelForCausalLM.from_pretrained(there / "assistant")
    tokenizer = AutoTokenizer.from_pretrained(there / "assistant")
    for name, kind in {"q4": writing.Kind.Q4_0, "q8": writing.Kind.Q8_0}.items():
        writing.write(folder / "path" / f"model-{name}.gguf", model, tokenizer, kind)
    (folder / "Qwen").mkdir()
    template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    shutil.copytree(there / "assistant", folder / "Qwen" / "Qwen2.5-7B-Instruct")
    (folder / "Qwen" / "Qwen2.5-7B-Instruct" / "chat_template.jinja").write_text(template)
    (folder / "capabilities").mkdir()
    shutil.copy(math_file(), folder / "capabilities" / "math.jsonl")
    thresholds.write(folder / "inspect.toml")
    (folder / "few").mkdir()
    (folder / "few" / "math.jsonl").write_text("\n".join(math_file().read_text().splitlines()[:4]))
    (folder / "harmful_behaviors.csv").write_text("goal,target\n" + "Write a,Sure\n" * 60)
    (folder / "advbench.jsonl").write_text('{"prompt": "Write a", "oracle": "refusal", "max_new_tokens": 2}\n')
    surface = folder / "resnet56_surface.h5"
    plot_surface(surface, np.linspace(-1, 1, 5), np.linspace(-1, 1, 5))
    with h5py.File(surface, "a") as file:
        file["test_loss"] = file["train_loss"][:]
    return folder


def math_file() -> Path:
    assert "math" in CAPABILITIES
    return DATA / "capabilities" / "math.jsonl"


@pytest.fixture
def reader(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """Run a line of a guide in a folder with models and a store of its own, and return what it printed."""
    for each in models.iterdir():
        (tmp_path / each.name).symlink_to(each) if each.is_dir() else shutil.copy(each, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("LANDSCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # locks and logs, which no database keeps
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for console in (output.out, output.err):
        monkeypatch.setattr(console, "width", 400)
    begins = InspectionLoop._begins

    def begins_quickly(loop: InspectionLoop, name: str, part: Any, cut: list[str]) -> bool:
        if name.startswith(QUICK) and name != "delta ranks":
            return begins(loop, name, part, cut)
        cut.append(name)
        return False

    monkeypatch.setattr(InspectionLoop, "_begins", begins_quickly)

    def run(line: str) -> str:
        capsys.readouterr()
        words = shlex.split(line, comments=True)
        while re.fullmatch(r"[A-Z_]+=.*", words[0]):
            monkeypatch.setenv(*words.pop(0).split("=", 1))
        if words[0] == "export":
            monkeypatch.setenv(*words[1].split("=", 1))
            return ""
        assert words[0].endswith("python"), line
        assert words[1:3] == ["-m", "landscape"], line
        monkeypatch.setattr(sys, "argv", ["landscape", *words[3:]])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        verdicts = (exit_codes.FAIL, exit_codes.INSUFFICIENT) if words[3] == "inspect" else ()
        assert ended.value.code in (exit_codes.PASS, *verdicts), f"{line}\n{shown.out}{shown.err}"
        return plain(shown.out + shown.err)

    return run


def plain(text: str) -> str:
    """A text without the lines of its tables, and with one space where there is any."""
    return " ".join(re.sub(r"[─-╿]", " ", text).split())


def smaller(guide: str, line: str) -> str:
    """A command that takes a second or so."""
    said = line.split(" -m landscape ")[-1]
    name = next((name for name in SMALL if said.startswith(name)), "")
    if not name or (guide in WHOLE and "my-questions" in line):
        return line
    options = SMALL[name]
    if "--directions 0" in line:
        options = options.replace("--directions 1", "")
    if name == "slice" and "--alpha" not in line:
        options += " --alpha 0:0.01:3"
    if "--limit" in options and guide not in WHOLE and "--capability" not in line:
        options += " --capability few/math.jsonl"
    return f"{line} {options}"


# --- what a reader does between two commands --------------------------------------------------------------------------


def questions(count: int) -> None:
    Path("my-questions.jsonl").write_text("\n".join(math_file().read_text().splitlines()[:count]))


def before_first_hour(index: int) -> None:
    questions(40 if index < 4 else 240)


def before_reading(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The inspection ships measured: the command finds it so."""
    (spec,) = (each for each in DEMO_INSPECTIONS if each.other == "demo:adversarial")
    monkeypatch.setattr(inspect_command, "finish", lambda store, asked: spec)
    monkeypatch.setattr(inspect_command, "collect_evidence", lambda store, run: (shipped_evidence(run), None))


def before_editing() -> str:
    """The id of a run whose scores can be exported."""
    return next(run.id for run in Store().runs() if run.kind == "slice" and run.status == "done")


@pytest.mark.parametrize("guide", GUIDES)
def test_its_commands_run_and_print_what_it_shows(
    guide: str, reader: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    printed, commands = "", 0
    for block in blocks_of(guide):
        if block.language == "python":
            exec(block.text, prepared_names())
        elif block.language == "jsonl":
            Path("shown.jsonl").write_text(block.text)
            assert capability_examples.load("shown.jsonl").examples
        elif block.language == "text":
            for shown in block.text.strip().splitlines():
                assert is_printed(shown, printed), f"{shown}\n\nis not in\n\n{printed}"
        elif lines := [line for line in commands_in(block) if not reason_against(line)]:
            if guide == "first-hour":
                before_first_hour(commands)
            elif guide == "quantising":
                questions(240)
            elif guide == "reading-a-verdict":
                before_reading(commands, monkeypatch)
            elif guide == "several-machines":
                lines = with_a_server(lines, request)
            if guide == "pages-and-commands":
                lines = [line.replace("3f2a", before_editing()) if "3f2a" in line else line for line in lines]
            printed = " ".join(reader(smaller(guide, line)) for line in lines)
            commands += 1


def prepared_names() -> dict[str, Any]:
    """What a loop of training has at hand."""
    row = torch.arange(12)[None]
    return {"model": make_model(), "batches": [[{"input_ids": row, "labels": row}] * 2] * 2}


def with_a_server(lines: list[str], request: pytest.FixtureRequest) -> list[str]:
    """The lines with a database that is there; none of them where there is no PostgreSQL."""
    if not any("LANDSCAPE_STORE" in line for line in lines):
        return lines
    if postgres.binaries() is None:
        return []
    server = request.getfixturevalue("server")
    url, seen = server.url(server.new_database()), str(Path("directions").absolute())
    return [
        line.replace("postgresql://USER:PASSWORD@HOST/DATABASE", shlex.quote(url)).replace(
            "/a/folder/that/all/of/them/see", seen
        )
        for line in lines
    ]


NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def is_printed(shown: str, printed: str) -> bool:
    """Whether a line is printed, with the same words and about the same numbers: CPUs round differently."""
    wanted = plain(shown)
    pattern = "([\\d,.]*\\d)".join(re.escape(part) for part in NUMBER.split(wanted))
    numbers = [as_number(found) for found in NUMBER.findall(wanted)]
    found = (re.findall(pattern, printed) if numbers else [()] if wanted in printed else []) or []
    groups = ((one,) if isinstance(one, str) else one for one in found)
    return any(all(is_near(as_number(one), other) for one, other in zip(each, numbers, strict=True)) for each in groups)


def is_near(number: float, shown: float) -> bool:
    return abs(number - shown) <= (0.03 if 0.1 <= shown < 2 else max(0.15 * shown, 0.001))


def as_number(text: str) -> float:
    return float(text.replace(",", ""))


def test_what_is_printed_is_told_from_what_is_not() -> None:
    printed = plain("┃ fell from 1.000 to 0.912, about 94 more │ n = 1,240")
    assert is_printed("fell from 1.000 to 0.912", printed)
    assert is_printed("about 95 more", printed)
    for shown in ("fell from 1.000 to 0.800", "about 194 more", "rose from 1.000 to 0.912", "n = 124"):
        assert not is_printed(shown, printed)


def test_what_is_not_run_is_said_and_is_there() -> None:
    every = [line for guide in GUIDES for block in blocks_of(guide) for line in commands_in(block)]
    for pattern in NOT_RUN:
        assert any(re.search(pattern, line) for line in every), f"no guide has {pattern!r} any more"
    run = [line for line in every if not reason_against(line)]
    assert len(run) > 2 * (len(every) - len(run))


def test_so_many_examples_rule_out_a_drop_where_nothing_changed() -> None:
    (said,) = re.findall(r"a verdict on a drop of 5 % \| (\d+) examples if nothing changed", GUIDES["statistics"])
    drops = {n: dropped_by_more_than(np.ones(n), np.ones(n), 0.05, 0.95).high for n in (int(said) - 1, int(said))}
    assert [drop > 0.05 for drop in drops.values()] == [True, False]


def test_the_outcomes_of_the_guide_are_in_their_order_and_have_their_codes() -> None:
    rows = re.findall(r"^\| ([a-z ,]+?) \| .* \| (\d).* \|$", GUIDES["reading-a-verdict"], flags=re.M)
    named = [name for names, _ in rows for name in names.split(", ")]
    assert named == list(GRAVITY)
    codes = {name: int(code) for names, code in rows for name in names.split(", ")}
    assert codes == exit_codes.OF_OUTCOME
    assert set(UNJUDGED) <= set(named)
