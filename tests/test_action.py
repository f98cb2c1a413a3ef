"""The GitHub Action: its steps run here as the runner would run them, with a `gh` that writes down what it is asked."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
import yaml

from landscape.cli import exit_codes
from tests.conftest import make_model, save

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPTS = [step for step in STEPS if "run" in step]
INJECTED = '"; touch pwned; $(touch pwned) `touch pwned` "'
GH = """#!{python}
import json, os, sys
folder = os.environ["FAKE_GH"]
with open(folder + "/asked", "a") as told:
    told.write(json.dumps([sys.argv[1:], sys.stdin.read() if "--input" in sys.argv else ""]) + "\\n")
if os.path.exists(folder + "/refused"):
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
if "--paginate" in sys.argv:
    print(open(folder + "/comments").read(), end="")
"""
# In place of the package where only the action is looked at: it writes down its arguments, and ends as it is told.
STUB = """
import json, os, sys
from pathlib import Path
words = sys.argv[1:]
Path(os.environ["STUB"], "asked.json").write_text(json.dumps([words, os.environ["LANDSCAPE_STORE"]]))
told = json.loads(Path(os.environ["STUB"], "told.json").read_text())
print("::add-mask::said by a model")
print(told.get("error", ""), file=sys.stderr)
if "verdict" in told:
    for option, text in (("--markdown", told["markdown"]), ("--html", "<p>"), ("--json", json.dumps(told))):
        Path(words[-words[::-1].index(option)]).write_text(text)
sys.exit(told["code"])
"""


class Done(NamedTuple):
    """What a run of the action left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    asked: list[tuple[list[str], str]]  # of gh: its arguments and its input

    @property
    def comment(self) -> str:
        """The body of the comment that was written last."""
        return str(json.loads(self.asked[-1][1])["body"])


class Runner:
    """A job in a scratch folder, with the environment that GitHub sets for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workspace = folder, folder / "work"
        self.temp, self.programs = folder / "temp", folder / "programs"
        for made in (self.workspace, self.temp, self.programs):
            made.mkdir()
        self.event: dict[str, Any] = {"pull_request": {"number": 7}}
        self.comments: list[dict[str, Any]] = []
        self.env: dict[str, str] = {}
        (self.programs / "gh").write_text(GH.format(python=sys.executable))
        (self.programs / "gh").chmod(0o755)
        (self.programs / "python").symlink_to(sys.executable)

    def stub(self, **told: Any) -> None:
        """From now on, the package is one that ends as it is told, without measuring."""
        package = self.folder / "stub" / "landscape"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("")
        (package / "__main__.py").write_text(STUB)
        (self.folder / "told.json").write_text(json.dumps(told))
        self.env |= {"STUB": str(self.folder), "PYTHONPATH": str(package.parent)}

    def stub_was_asked(self) -> tuple[list[str], str]:
        """The arguments of the stub, and its store."""
        words, store = json.loads((self.folder / "asked.json").read_text())
        return words, store

    def run(self, **inputs: str) -> Done:
        """Run the steps that are scripts, in their order, with these inputs and the defaults of the others."""
        given = {name.replace("-", "_"): str(said.get("default", "")) for name, said in ACTION["inputs"].items()}
        assert set(inputs) <= set(given)
        given |= {"python": sys.executable, "github_token": "ghs_0123456789"} | inputs
        (self.folder / "event.json").write_text(json.dumps(self.event))
        (self.folder / "comments").write_text("".join(json.dumps(one) + "\n" for one in self.comments))
        files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in (*files.values(), self.folder / "asked"):
            file.write_text("")
        known = {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": "someone/models",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "FAKE_GH": str(self.folder),
            **{name: str(file) for name, file in files.items()},
            **self.env,
        }
        code, log, outputs = 0, "", {}
        for step in SCRIPTS:
            if code or not condition(step.get("if", "true"), given):
                continue
            env = {name: filled(value, given, outputs) for name, value in step.get("env", {}).items()}
            script = self.folder / "script.sh"
            script.write_text(step["run"])
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=self.workspace,
                env=known | env,
                capture_output=True,
                text=True,
                check=False,
            )
            code, log = done.returncode, log + done.stdout + done.stderr
            outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        asked = [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]
        return Done(code, log, outputs, files["GITHUB_STEP_SUMMARY"].read_text(), asked)


def filled(value: str, inputs: dict[str, str], outputs: dict[str, str]) -> str:
    """What GitHub puts in place of an expression in the environment of a step."""
    found = re.fullmatch(r"\$\{\{ (inputs|steps\.inspect\.outputs)\.([\w-]+) \}\}", value)
    assert found, value
    return inputs[found[2].replace("-", "_")] if found[1] == "inputs" else outputs.get(found[2], "")


def condition(text: str, inputs: dict[str, str]) -> bool:
    """Whether a step runs, of an action whose steps so far went well."""
    text = text.replace("always()", "True").replace("steps.inspect.outcome", "'success'").replace("&&", "and")
    text = re.sub(r"inputs\.(\w+)", lambda found: repr(inputs[found[1]]), text)
    return bool(eval(text.replace("true", "True"), {}))


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


# --- what action.yml says ---------------------------------------------------------------------------------------------


def test_it_is_an_action_of_steps_as_github_reads_it() -> None:
    assert set(ACTION) == {"name", "description", "author", "inputs", "outputs", "runs"}
    assert ACTION["runs"]["using"] == "composite"
    for said in ACTION["inputs"].values():
        assert set(said) <= {"description", "required", "default"}
        assert all(isinstance(said[key], str) for key in ("description", "default") if key in said)
        assert ("default" in said) != said.get("required", False)
    for said in ACTION["outputs"].values():
        assert set(said) == {"description", "value"}
    for step in STEPS:
        assert set(step) <= {"name", "id", "if", "uses", "with", "shell", "env", "run"}
        assert ("uses" in step) != ("run" in step)
        assert "uses" in step or step["shell"] == "bash"


def test_other_actions_are_pinned_to_a_commit() -> None:
    used = re.findall(r"^ +(?:- )?uses: (.*)$", (ROOT / "action.yml").read_text(), flags=re.M)
    assert len(used) == 4
    assert all(re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used)


def test_every_input_is_used_and_none_stands_in_a_script() -> None:
    outside_scripts = json.dumps([{key: each[key] for key in each if key != "run"} for each in STEPS])
    for name in ACTION["inputs"]:
        assert re.search(rf"inputs\.{name}\b", outside_scripts), name
    for step in SCRIPTS:
        assert "${{" not in step["run"]
    script = (ROOT / ".github" / "gate.py").read_text() + "".join(step["run"] for step in SCRIPTS)
    for name in {name for step in SCRIPTS for name in step.get("env", {})} - {"GH_TOKEN"}:
        assert name in script, f"{name} is passed and ignored"


def test_the_token_reaches_the_step_that_comments_alone() -> None:
    with_token = [step["name"] for step in STEPS if "github-token" in json.dumps(step)]
    assert with_token == ["Comment the verdict"]


def test_what_is_restored_is_what_is_kept() -> None:
    restore, keep = (step for step in STEPS if "actions/cache/" in step.get("uses", ""))
    assert {key: restore["with"][key] for key in ("path", "key")} == keep["with"]
    assert all(restore["with"]["key"].startswith(one) for one in restore["with"]["restore-keys"].splitlines())
    assert "always()" in keep["if"], "also where the verdict is a fail"


def test_outputs_are_those_that_the_step_gives(runner: Runner) -> None:
    runner.stub(code=0, verdict="pass", markdown="fine\n")
    done = runner.run(base="a", finetune="b")
    wanted = {name: f"${{{{ steps.inspect.outputs.{name} }}}}" for name in done.outputs}
    assert {name: said["value"] for name, said in ACTION["outputs"].items()} == wanted


GUIDE = (ROOT / "data" / "guides" / "gate-in-ci.md").read_text()
WORKFLOWS = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", GUIDE, flags=re.S | re.M)]


def test_the_guide_names_every_input_with_its_default() -> None:
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \|", GUIDE.split("| input |")[1].split("\n\n")[0], flags=re.M)
    named = {name: default for names, default in rows for name in re.findall("`(.+?)`", names)}
    assert set(named) == set(ACTION["inputs"])
    for name, said in ACTION["inputs"].items():
        if re.fullmatch("`.*`", named[name]):
            assert said["default"] == named[name].strip("`")
        elif name != "github-token":
            assert not said.get("default")


def test_the_workflows_of_the_guide_use_the_action_as_it_is() -> None:
    jobs = [(one, job) for one in WORKFLOWS if isinstance(one, dict) for job in one["jobs"].values()]
    assert [job["runs-on"] for _, job in jobs] == ["ubuntu-latest", ["self-hosted", "gpu"]]
    required = {name for name, said in ACTION["inputs"].items() if said.get("required")}
    for workflow, job in jobs:
        given = job["steps"][-1]["with"]
        assert required <= set(given) <= set(ACTION["inputs"])
        assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "concurrency" in jobs[1][1]
    assert jobs[1][1]["steps"][-1]["with"]["device"] == "cuda"


# --- what it does -----------------------------------------------------------------------------------------------------


def test_a_fine_tune_that_lost_what_its_base_had_fails_with_its_verdict_in_a_comment(
    runner: Runner, checkpoint: Path, own_answers: Path
) -> None:
    (runner.workspace / "own models").mkdir()
    (runner.workspace / "own models" / "the base").symlink_to(checkpoint)
    save(runner.workspace / "own models" / "tuned", make_model(seed=5))
    (runner.workspace / "our questions.jsonl").write_bytes(own_answers.read_bytes())
    (runner.workspace / "inspect.toml").write_text("max_drop = 0.1\n")
    done = runner.run(
        base="own models/the base",
        finetune="own models/tuned",
        capabilities="our questions.jsonl\n",
        budget="1s",
        thresholds="inspect.toml",
        arguments="--draws 3 --limit 20",
    )
    assert done.code == exit_codes.FAIL == int(done.outputs["exit-code"])
    assert done.outputs["verdict"] == "fail"
    assert done.summary.startswith("### ❌")
    assert done.comment == f"<!-- landscape-gate: inspection -->\n{done.summary}"
    assert done.asked[-1][0] == ["api", "--method", "POST", "repos/someone/models/issues/7/comments", "--input", "-"]
    report = json.loads(Path(done.outputs["json"]).read_text())
    assert report["spec"]["thresholds"]["max_drop"] == 0.1
    assert (report["spec"]["draws"], report["spec"]["limit"], report["spec"]["budget"]) == (3, 20, 1.0)
    assert list(report["capabilities"]) == ["our questions"]
    assert "plotly" in Path(done.outputs["html"]).read_text()
    assert str(runner.folder) not in done.comment
    assert (runner.temp / "landscape-store" / "store.sqlite").exists()


def test_a_fine_tune_that_keeps_what_its_base_has_passes(runner: Runner, checkpoint: Path, own_answers: Path) -> None:
    (runner.workspace / "base").symlink_to(checkpoint)
    save(runner.workspace / "tuned", nearly_the_base())
    (runner.workspace / "lax.toml").write_text("max_drop = 0.2\n")
    done = runner.run(
        base="base",
        finetune="tuned",
        capabilities=str(own_answers),
        budget="1s",
        thresholds="lax.toml",
        arguments=f"--draws 1 --json {runner.folder}/elsewhere.json",
        artifact="a b/c -->",
    )
    assert (done.code, done.outputs["verdict"]) == (exit_codes.PASS, "pass")
    assert done.comment.startswith("<!-- landscape-gate: a-b-c -->\n### ✅")
    assert str(own_answers.parent) not in done.comment


def nearly_the_base() -> Any:
    model = make_model()
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 1.0001
    return model


def test_a_name_is_a_name_whatever_it_says_and_a_wrong_one_is_no_verdict(runner: Runner) -> None:
    runner.comments = [{"id": 3, "type": "Bot", "author_association": "NONE", "body": OLD}]
    done = runner.run(base=INJECTED, finetune=INJECTED, capabilities="starter:language", artifact="inspection")
    assert done.code == exit_codes.WRONG_INPUT == int(done.outputs["exit-code"])
    assert done.outputs["verdict"] == "none"
    assert "no checkpoint at" in done.comment
    assert "No verdict: wrong input (exit code 2)" in done.comment
    assert done.asked[-1][0][:4] == ["api", "--method", "PATCH", "repos/someone/models/issues/comments/3"]
    assert not list(runner.folder.rglob("pwned"))


OLD = "<!-- landscape-gate: inspection -->\n### ✅ yesterday's"


@pytest.mark.parametrize("name", ["artifact", "capabilities", "budget", "thresholds", "device", "arguments", "store"])
def test_no_input_is_run(runner: Runner, name: str) -> None:
    runner.stub(code=2, error="Error: no")
    (runner.workspace / INJECTED).write_text("")
    done = runner.run(base="a", finetune="b", **{name: INJECTED})
    assert done.code == exit_codes.WRONG_INPUT
    assert not list(runner.folder.rglob("pwned"))


def test_arguments_are_split_as_a_shell_does_and_expand_to_nothing(runner: Runner) -> None:
    runner.stub(code=0, verdict="warn", markdown="### ⚠️ careful\n")
    done = runner.run(
        base="-base",
        finetune="the tuned one",
        capabilities="own questions.jsonl\n\n  starter:language  \nchat:math",
        budget="20m",
        device="cuda:1",
        arguments="--examples 'lost $HOME.jsonl' --json elsewhere.json\n--worst *",
        store="/disk/store.sqlite",
    )
    words, store = runner.stub_was_asked()
    report = str(Path(done.outputs["json"]).parent)
    assert words == [
        *("inspect", "--examples", "lost $HOME.jsonl", "--json", "elsewhere.json", "--worst", "*"),
        *("--capability", "own questions.jsonl,starter:language,chat:math", "--budget", "20m", "--device", "cuda:1"),
        *("--markdown", f"{report}/verdict.md", "--html", f"{report}/report.html", "--json", f"{report}/report.json"),
        *("--", "-base", "the tuned one"),
    ]
    assert store == "/disk/store.sqlite"
    assert (done.code, done.outputs["verdict"]) == (exit_codes.PASS, "warn")


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
def test_it_ends_with_the_code_of_inspect_after_the_comment(runner: Runner, code: int) -> None:
    word = {0: "pass", 1: "fail", 3: "insufficient"}.get(code)
    runner.stub(code=code, error="Error: why", **({"verdict": word, "markdown": f"### {word}\n"} if word else {}))
    done = runner.run(base="a", finetune="b")
    assert done.code == code
    assert done.outputs["verdict"] == (word or "none")
    assert (f"### {word}" if word else "why") in done.comment


@pytest.mark.parametrize("code", [0, 1, 3, 137, -9])
def test_what_ends_without_a_report_is_no_verdict(runner: Runner, code: int) -> None:
    """Python itself ends with 1 where a package is missing, which is the code of a fail."""
    runner.stub(code=code, error="no module named landscape")
    done = runner.run(base="a", finetune="b")
    assert done.code == exit_codes.BROKEN
    assert "no module named landscape" in done.comment


@pytest.mark.parametrize("code", [4, 130, 137])
def test_a_verdict_whose_reports_could_not_all_be_written_is_none(runner: Runner, code: int) -> None:
    runner.stub(code=code, error="Error: no space left", verdict="pass", markdown="### ✅ fine\n")
    done = runner.run(base="a", finetune="b")
    assert (done.code, done.outputs["verdict"]) == (exit_codes.BROKEN, "none")
    assert "no space left" in done.comment
    assert "✅" not in done.comment


@pytest.mark.parametrize(("inputs", "said"), [
    ({"base": " "}, "an empty one"),
    ({"thresholds": "strict.toml"}, "there is none at"),
    ({"arguments": "--limit '20"}, "No closing quotation"),
])  # fmt: skip
def test_what_the_command_could_not_know_is_wrong_input(runner: Runner, inputs: dict[str, str], said: str) -> None:
    runner.stub(code=0, verdict="pass", markdown="")
    done = runner.run(**({"base": "a", "finetune": "b"} | inputs))
    assert done.code == exit_codes.WRONG_INPUT
    assert said in done.comment
    assert not (runner.workspace / "strict.toml").exists(), "the defaults would be judged by"


def test_nothing_of_the_judged_folder_is_imported(runner: Runner) -> None:
    runner.stub(code=0, verdict="pass", markdown="fine\n")
    (runner.workspace / "landscape").mkdir()
    (runner.workspace / "landscape" / "__main__.py").write_text("raise SystemExit(1)")
    (runner.workspace / "json.py").write_text("raise SystemExit(1)")
    assert runner.run(base="a", finetune="b").code == exit_codes.PASS


# --- the comment ------------------------------------------------------------------------------------------------------


def commented(body: str, who: str = "Bot", association: str = "NONE") -> dict[str, Any]:
    return {"type": who, "author_association": association, "body": body}


@pytest.mark.parametrize(("comments", "updated"), [
    ([], None),
    ([commented("<!-- landscape-gate: inspection -->\nold")], 0),
    ([commented("hello"), commented(OLD), commented(OLD)], 1),
    ([commented(OLD, "User", "MEMBER")], 0),  # with a token of a person's
    ([commented(OLD, "User", "NONE")], None),  # anybody may write the marker
    ([commented(f"> {OLD}")], None),  # a quotation
    ([commented("<!-- landscape-gate: other -->\nold")], None),  # of another job
    ([{"type": None, "author_association": "NONE", "body": None}], None),
])  # fmt: skip
def test_there_is_one_comment_which_is_updated(
    runner: Runner, comments: list[dict[str, Any]], updated: int | None
) -> None:
    runner.stub(code=0, verdict="pass", markdown="### ✅ fine\n")
    runner.comments = [{"id": index, **one} for index, one in enumerate(comments)]
    done = runner.run(base="a", finetune="b")
    wanted = "PATCH" if updated is not None else "POST"
    place = f"comments/{updated}" if updated is not None else "7/comments"
    assert done.asked[-1][0][1:4] == ["--method", wanted, f"repos/someone/models/issues/{place}"]
    assert len(done.asked) == 2


def test_a_comment_that_is_refused_is_said_and_fails_nothing(runner: Runner) -> None:
    runner.stub(code=0, verdict="pass", markdown="### ✅ fine\n")
    (runner.folder / "refused").write_text("")
    done = runner.run(base="a", finetune="b")
    assert done.code == exit_codes.PASS
    assert "::warning::The verdict is not commented" in done.log
    assert "HTTP 403" in done.log
    assert "a fork" in done.log
    assert "fine" in done.summary


def test_without_gh_the_comment_is_left_out_with_a_word(runner: Runner) -> None:
    runner.stub(code=1, verdict="fail", markdown="### ❌\n")
    (runner.programs / "gh").unlink()
    done = runner.run(base="a", finetune="b")
    assert done.code == exit_codes.FAIL
    assert "the program gh" in done.log


@pytest.mark.parametrize(("event", "number"), [
    ({"pull_request": {"number": 12}}, "12"),
    ({"issue": {"number": 5, "pull_request": {}}}, None),
    ({"issue": {"number": 5, "pull_request": {"url": "…"}}}, "5"),
    ({"issue": {"number": 5}}, None),
    ({"ref": "refs/heads/main"}, None),
])  # fmt: skip
def test_only_a_pull_request_gets_a_comment(runner: Runner, event: dict[str, Any], number: str | None) -> None:
    runner.stub(code=0, verdict="pass", markdown="fine\n")
    runner.event = event
    done = runner.run(base="a", finetune="b")
    assert done.code == exit_codes.PASS
    assert [words[3].split("/")[4] for words, body in done.asked if body] == ([number] if number else [])


def test_no_comment_is_written_where_none_is_wanted(runner: Runner) -> None:
    runner.stub(code=3, verdict="insufficient", markdown="### ❔\n")
    done = runner.run(base="a", finetune="b", comment="false")
    assert (done.code, done.asked) == (exit_codes.INSUFFICIENT, [])
    assert done.summary == "### ❔\n"


def test_a_comment_names_no_token_and_no_folder_of_the_machine(runner: Runner) -> None:
    error = "Error: cannot read '/srv/our models/base' or /srv/a/b/config.json (https://hub.example/a/b, hf_9876543210)"
    runner.env["HF_TOKEN"] = "hf_9876543210"
    runner.stub(code=2, error=f"{error}; postgresql://me:geheim99@host/db; {runner.workspace}/data/x.jsonl")
    done = runner.run(base="/srv/our models/base", finetune="b")
    for said in (done.comment, done.summary):
        assert "cannot read 'base' or config.json (https://hub.example/a/b, ***)" in said
        assert "postgresql://me:***@host/db; x.jsonl" in said


def test_a_verdict_that_is_too_long_ends_with_a_line_and_a_sentence(runner: Runner) -> None:
    rows = "".join(f"| {index} | {'ä' * 90} |\n" for index in range(2000))
    runner.stub(code=1, verdict="fail", markdown=f"### ❌ lost\n\n{rows}")
    done = runner.run(base="a", finetune="b")
    assert 64_000 < len(done.comment) <= 65_000
    *lines, _, note, _ = done.comment.split("\n")
    assert all(line.endswith("|") for line in lines[3:])
    assert "whole verdict is in the artifact" in note
    assert len(Path(done.outputs["markdown"]).read_text()) > 100_000, "the artifact is whole"


def test_what_a_model_says_is_no_command_to_the_runner(runner: Runner) -> None:
    runner.stub(code=0, verdict="pass", markdown="fine\n")
    log = runner.run(base="a", finetune="b").log
    (quiet,) = re.findall(r"::stop-commands::(\w{32})\n", log)
    assert log.index(f"::stop-commands::{quiet}") < log.index("::add-mask::") < log.index(f"\n::{quiet}::")


def test_codes_are_those_of_the_command_line(load_gate: Callable[[], Any]) -> None:
    gate = load_gate()
    for name in ("PASS", "FAIL", "WRONG_INPUT", "INSUFFICIENT", "BROKEN"):
        assert getattr(gate, name) == getattr(exit_codes, name)
    assert set(gate.NO_VERDICT) == {exit_codes.WRONG_INPUT, exit_codes.BROKEN}


@pytest.mark.parametrize(("text", "longest"), [("short", 100), ("x" * 500, 200), ("a line\n" * 50, 200)])
def test_a_cut_text_is_never_longer_than_it_may_be(load_gate: Callable[[], Any], text: str, longest: int) -> None:
    gate = load_gate()
    kept = gate.cut(text, longest)
    assert len(kept) <= longest
    assert kept == text or kept.endswith(gate.CUT)


@pytest.fixture
def load_gate() -> Callable[[], Any]:
    def load() -> Any:
        from importlib.util import module_from_spec, spec_from_file_location

        spec = spec_from_file_location("gate", ROOT / ".github" / "gate.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


# --- how it is installed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("system", "gpu", "index"), [
    ("Linux", False, "https://download.pytorch.org/whl/cpu"),
    ("Linux", True, ""),
    ("macOS", False, ""),
])  # fmt: skip
def test_without_a_gpu_torch_comes_from_the_index_for_cpus(runner: Runner, system: str, gpu: bool, index: str) -> None:
    (install,) = (step for step in SCRIPTS if step["name"] == "Install Landscape")
    (runner.programs / "python").unlink()
    (runner.programs / "python").write_text('#!/bin/bash\nprintf "%s\\n" "$@" "index=$PIP_EXTRA_INDEX_URL"\n')
    (runner.programs / "python").chmod(0o755)
    if gpu:
        (runner.programs / "nvidia-smi").symlink_to("/bin/true")
    env = {"PATH": f"{runner.programs}:/bin", "RUNNER_OS": system, "GITHUB_ACTION_PATH": "/the action"}
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", install["run"]], env=env, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["-m", "pip", "install", "--quiet", "/the action", f"index={index}"]
    assert condition(install["if"], {"python": ""})
    assert not condition(install["if"], {"python": "/opt/venv/bin/python"})
