"""What the GitHub Action (action.yml) does itself: run `landscape inspect`, and comment its verdict on a pull request.

It needs the standard library alone, and `gh` for the comment. What is asked of it stands in its environment.
"""

import json
import os
import re
import secrets
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PASS, FAIL, WRONG_INPUT, INSUFFICIENT, BROKEN = range(5)  # as in landscape/cli/exit_codes.py
LONGEST = 65_000  # characters; GitHub refuses a comment of more than 65,536
CUT = "\n\n*The rest is too long for a comment: the whole verdict is in the artifact of this run.*\n"
NO_VERDICT = {WRONG_INPUT: "wrong input", BROKEN: "a measurement broke"}
SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|_KEY$", re.I)  # in the name of a variable
PATH = re.compile(r"(?<![\w.~:/-])/(?:[^\s/'\":]+/)+(?=[^\s/])")  # the folders of an absolute path
COMMENTS = ".[] | {id, type: .user.type, author_association, body} | tojson"
OURS = ("OWNER", "MEMBER", "COLLABORATOR")


def inspect(env: Mapping[str, str]) -> int:
    """Run the inspection, and tell GitHub its exit code, its verdict and its files. Returns 0: later steps decide."""
    folder = Path(tempfile.mkdtemp(prefix="landscape-report-", dir=env["RUNNER_TEMP"]))
    files = {name: folder / name for name in ("verdict.md", "report.html", "report.json")}
    markdown, page, report = files.values()
    try:
        code, said = run(command_of(env, folder), env)
    except ValueError as error:
        code, said = WRONG_INPUT, str(error)
    whole = code in (PASS, FAIL, INSUFFICIENT) and markdown.exists() and report.exists()
    if not whole and code not in NO_VERDICT:  # Python itself ends with 1 where a package is missing
        code = BROKEN
    verdict = "none"
    if code in NO_VERDICT:
        print(f"::error::No verdict: {NO_VERDICT[code]}")
        markdown.write_text(no_verdict(code, without_folders(said, env)), encoding="utf-8")
    else:
        verdict = json.loads(report.read_text(encoding="utf-8"))["verdict"]
    append(env["GITHUB_STEP_SUMMARY"], without_secrets(cut(markdown.read_text(encoding="utf-8")), env))
    told = {"exit-code": code, "verdict": verdict, "markdown": markdown, "html": page, "json": report}
    append(env["GITHUB_OUTPUT"], "".join(f"{name}={value}\n" for name, value in told.items()))
    return 0


def command_of(env: Mapping[str, str], folder: Path) -> list[str]:
    """Return the command as a list of arguments. Raises ValueError for what it could not itself see to be wrong."""
    base, tuned = env["GATE_BASE"].strip(), env["GATE_FINETUNE"].strip()
    if not base or not tuned:
        raise ValueError("expected both inputs, base and finetune, got an empty one")
    options = shlex.split(env["GATE_ARGUMENTS"])  # before ours, which count where both name a file
    asked = [line.strip() for line in env["GATE_CAPABILITIES"].splitlines() if line.strip()]
    options += ["--capability", ",".join(asked)] if asked else []
    options += ["--budget", env["GATE_BUDGET"]] if env["GATE_BUDGET"] else []
    if thresholds := env["GATE_THRESHOLDS"]:
        if not Path(thresholds).is_file():  # the command would write the defaults, which nobody reads here
            raise ValueError(f"expected a file of thresholds, and there is none at {thresholds!r}")
        options += ["--thresholds", thresholds]
    options += ["--device", env["GATE_DEVICE"] or "auto"]
    options += ["--markdown", str(folder / "verdict.md"), "--html", str(folder / "report.html")]
    options += ["--json", str(folder / "report.json")]
    # -P: nothing of the folder that is being judged is imported
    return [sys.executable, "-P", "-m", "landscape", "inspect", *options, "--", base, tuned]


def run(command: Sequence[str], env: Mapping[str, str]) -> tuple[int, str]:
    """Run a command and return its exit code, and its error or the last line that it wrote to stderr."""
    store = env["GATE_STORE"] or env.get("LANDSCAPE_STORE") or f"{env['RUNNER_TEMP']}/landscape-store/store.sqlite"
    told = {"COLUMNS": "140", **env, "LANDSCAPE_STORE": store, "PYTHONIOENCODING": "utf-8"}
    quiet = secrets.token_hex(16)  # what a model says is no command to the runner
    print(f"::stop-commands::{quiet}", flush=True)
    error = last = ""
    with subprocess.Popen(command, env=told, stderr=subprocess.PIPE, encoding="utf-8", errors="replace") as process:
        assert process.stderr is not None
        for line in process.stderr:
            sys.stderr.write(line)
            last = line.strip() or last
            error = line.strip() if line.startswith("Error: ") else error
    print(f"::{quiet}::", flush=True)
    return process.returncode, error or last


def no_verdict(code: int, said: str) -> str:
    """Return what stands in place of a verdict, as Markdown."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", said)), default=0))
    title = f"### ⛔ No verdict: {NO_VERDICT[code]} (exit code {code})"
    return f"{title}\n\n{fence}text\n{said[:2000]}\n{fence}\n\nNothing is said of the fine-tune.\n"


def cut(text: str, longest: int = LONGEST) -> str:
    """Return a text that is too long for a comment up to the end of a line, with a sentence that says so."""
    if len(text) <= longest:
        return text
    kept = text[: longest - len(CUT)]
    return kept[: kept.rfind("\n") if "\n" in kept else None].rstrip() + CUT


def without_folders(said: str, env: Mapping[str, str]) -> str:
    """Return an error that names files by their last names alone: a comment may be read by anybody."""
    named = (env["GATE_BASE"], env["GATE_FINETUNE"], env["GATE_THRESHOLDS"], *env["GATE_CAPABILITIES"].splitlines())
    for path in sorted((each.strip() for each in named), key=len, reverse=True):
        if path.startswith("/"):  # one with spaces is not seen as a path below
            said = said.replace(path, Path(path).name)
    return PATH.sub("", said)


def without_secrets(text: str, env: Mapping[str, str]) -> str:
    """Return a text without tokens and passwords of the environment, and without the folders of this machine."""
    for name, value in env.items():
        if SECRET.search(name) and len(value) >= 8:
            text = text.replace(value, "***")
    text = re.sub(r"(://[^\s:@/]*:)[^\s@/]+@", r"\1***@", text)  # of a database
    for folder in filter(None, map(env.get, ("RUNNER_TEMP", "GITHUB_WORKSPACE", "GITHUB_ACTION_PATH", "HOME"))):
        text = text.replace(f"{folder.rstrip('/')}/", "") if len(folder) > 1 else text
    return text


def comment(env: Mapping[str, str]) -> int:
    """Write the verdict into the one comment of this gate. Returns 0: that it may not is said, and fails nothing."""
    number = pull_request(env)
    if number is None:
        print("::notice::There is no pull request to comment on; the verdict is in the summary of the job.")
        return 0
    name = re.sub(r"[^\w.]+", "-", env["GATE_ARTIFACT"]).strip("-")  # nothing that ends a comment of HTML
    marker = f"<!-- landscape-gate: {name} -->\n"
    text = without_secrets(cut(Path(env["GATE_MARKDOWN"]).read_text(encoding="utf-8"), LONGEST - len(marker)), env)
    issues = f"repos/{env['GITHUB_REPOSITORY']}/issues"
    try:
        every = gh("--paginate", f"{issues}/{number}/comments?per_page=100", "--jq", COMMENTS)
        comments = [json.loads(line) for line in every.splitlines()]
        ours = [one for one in comments if one["type"] == "Bot" or one["author_association"] in OURS]
        known = next((one["id"] for one in ours if (one["body"] or "").startswith(marker.strip())), None)
        where = ("POST", f"{issues}/{number}/comments") if known is None else ("PATCH", f"{issues}/comments/{known}")
        gh("--method", *where, "--input", "-", body=json.dumps({"body": marker + text}))
    except (OSError, subprocess.SubprocessError) as error:
        why = " ".join((getattr(error, "stderr", None) or str(error)).split())
        print(
            f"::warning::The verdict is not commented on the pull request ({without_secrets(why, env)[:300]}); it is "
            "in the summary of the job. To comment, the job needs the permission `pull-requests: write`, which a pull "
            "request from a fork never has, and the program gh."
        )
    return 0


def pull_request(env: Mapping[str, str]) -> int | None:
    """Return the number of the pull request that the run is about, if it is about one."""
    event = json.loads(Path(env["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    issue = event.get("issue") or {}
    found = event.get("pull_request") or (issue if issue.get("pull_request") else {})
    number = found.get("number")
    return None if number is None else int(number)


def gh(*arguments: str, body: str = "") -> str:
    """Ask GitHub's interface, as `gh api` does. Raises OSError or SubprocessError."""
    command = ["gh", "api", *arguments]
    return subprocess.run(
        command, input=body, capture_output=True, check=True, text=True, encoding="utf-8", timeout=60
    ).stdout


def append(file: str, text: str) -> None:
    """Append to one of the files that the runner reads."""
    with Path(file).open("a", encoding="utf-8") as handle:
        handle.write(text)


if __name__ == "__main__":
    sys.exit({"inspect": inspect, "comment": comment}[sys.argv[1]](os.environ))
