"""The wheels as somebody installs them: into an environment, in a folder without a checkout."""

import json
import os
import re
import signal
import site
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from landscape import __version__, assets
from tests.browser.conftest import free_port
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 20_000_000  # bytes of the wheel
PINNED = {
    canonicalize_name(name): version
    for line in (ROOT / "requirements.txt").read_text().split()
    for name, _, version in [line.partition("==")]
}

Run = Callable[..., subprocess.CompletedProcess[str]]


def build(project: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and what it needs as this one has it (by a path file: no download)."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "needed.pth").write_text("\n".join(site.getsitepackages()))
    subprocess.run([folder / "bin" / "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    return folder


@pytest.fixture
def run(environment: Path, tmp_path: Path) -> Run:
    """Run a program of the environment in an empty folder, with a store of its own."""

    def call(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        first, *rest = map(str, words)
        command = [str(environment / "bin" / first), *rest]
        done = subprocess.run(command, cwd=tmp_path, env=surroundings(tmp_path), capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


def surroundings(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DISPLAY")}
    own = {"LANDSCAPE_STORE": str(folder / "s.sqlite"), "XDG_CONFIG_HOME": str(folder / "config")}
    return kept | own | {"HF_HUB_OFFLINE": "1", "COLUMNS": "200"}


def metadata(wheel: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        read = Parser().parsestr(archive.read(name).decode())
    return {key: read.get_all(key) or [] for key in ("Name", "Version", "Requires-Dist", "Provides-Extra")}


def test_the_wheel_is_small_and_has_a_name_of_its_own(wheel: Path) -> None:
    assert wheel.stat().st_size <= LARGEST
    assert metadata(wheel)["Name"] == ["landscape-lm"]
    assert metadata(wheel)["Version"] == [__version__]


def test_it_holds_the_app_every_result_and_no_test_or_pickle(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.startswith("landscape_lm-")}
    assert {name.partition("/")[0] for name in names} == {"landscape"}
    pages = {f"landscape/browser/pages/{file.name}" for file in (ROOT / "pages").glob("*.py")}
    results = {f"landscape/data/results/{file.name}" for file in (assets.DATA / "results").iterdir()}
    assert {"landscape/browser/app.py", "landscape/browser/.streamlit/config.toml", *pages, *results} <= names
    assert {Path(name).suffix for name in names if name.startswith("landscape/data/models/")} == {
        ".json",
        ".safetensors",
    }


def test_the_two_wheels_together_hold_each_checkpoint_and_direction_once(wheel: Path, tmp_path: Path) -> None:
    held: list[str] = []
    for each in (wheel, build(ROOT / "data", tmp_path)):
        with zipfile.ZipFile(each) as archive:
            held += [n for n in archive.namelist() if re.match(r"landscape/data/(models|directions)/", n)]
    kept = [file for folder in ("models", "directions") for file in (assets.DATA / folder).rglob("*") if file.is_file()]
    assert sorted(held) == sorted(f"landscape/data/{file.relative_to(assets.DATA)}" for file in kept)


def test_it_asks_for_ranges_that_hold_what_the_project_is_tested_with(wheel: Path) -> None:
    needs = [Requirement(text) for text in metadata(wheel)["Requires-Dist"]]
    core = {canonicalize_name(need.name): need for need in needs if need.marker is None}
    assert core.keys() == PINNED.keys()
    for name, need in core.items():
        assert need.specifier.contains(PINNED[name]), need
        assert all(each.operator in (">=", "<") for each in need.specifier), f"{need} is no range"
    assert core.keys() >= {"huggingface-hub", "accelerate"}
    assert not core.keys() & {"psutil", "tokenizers"}
    extras = {canonicalize_name(need.name) for need in needs if need.marker is not None} - {"landscape-lm-demo"}
    files = ("requirements-scale.txt", "requirements-figures.txt", "requirements-hdf5.txt")
    pinned = [Requirement(line) for file in files for line in (ROOT / file).read_text().splitlines() if "==" in line]
    assert extras == {canonicalize_name(need.name) for need in pinned}


def test_another_torch_stays_as_it_is(wheel: Path, tmp_path: Path) -> None:
    """Asked of pip itself: from the lowest torch that is allowed to one that is yet to come, nothing replaces it."""
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (lowest,) = (need.partition(">=")[2] for need in needs if need.startswith("torch"))
    for version in (lowest, f"{lowest}+cu128", "2.99.0"):
        folder = tmp_path / version
        _pretend_installed("torch", version, folder)
        assert "torch" not in _to_install(wheel, folder)
    _pretend_installed("torch", "1.13.0", tmp_path / "old")
    with pytest.raises(AssertionError, match="torch"):  # too old: pip says so (there is no index to take it from)
        _to_install(wheel, tmp_path / "old")


def _pretend_installed(name: str, version: str, folder: Path) -> None:
    about = folder / f"{name}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "RECORD").touch()
    (about / "INSTALLER").write_text("pip\n")


def _to_install(wheel: Path, first: Path) -> set[str]:
    """What pip would install for the wheel, where the packages in `first` come before those of this environment."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-index", "--report", "-", wheel]
    env = {**os.environ, "PYTHONPATH": str(first), "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {each["metadata"]["name"] for each in json.loads(done.stdout)["install"]}


def test_the_command_measures_in_an_empty_folder(run: Run) -> None:
    assert run("landscape", "--version").stdout.split() == ["landscape", __version__]
    where = "import landscape; print(landscape.__file__)"
    assert str(ROOT) not in run("python", "-c", where).stdout
    shown = run("landscape", "slice", "demo:base", "--alpha", "0,0.02", "--directions", "1", "--limit", "5").stdout
    assert "basic" in shown
    assert "landscape-lm[demo]" in run("landscape", "slice", "demo:benign", code=2).stderr


def test_what_is_missing_or_wrong_is_one_sentence(run: Run) -> None:
    assert run("landscape", code=2).stderr.strip() == "Error: expected a command, and there was none"
    assert "cannot listen on 198.51.100.7" in run("landscape", "ui", "--address", "198.51.100.7", code=2).stderr


def test_the_shell_completes_commands_and_checkpoints(run: Run, environment: Path, tmp_path: Path) -> None:
    script = run("landscape", "--show-completion", "bash").stdout
    assert "_LANDSCAPE_COMPLETE=complete_bash" in script
    for words, wanted in (("landscape ins", "inspect"), ("landscape slice dem", "demo:assistant")):
        env = surroundings(tmp_path) | {
            "_LANDSCAPE_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        done = subprocess.run([environment / "bin" / "landscape"], env=env, capture_output=True, text=True, check=True)
        assert wanted in done.stdout.split()


def test_one_command_serves_the_app_until_it_is_stopped(environment: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [str(environment / "bin" / "landscape"), "ui", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=surroundings(tmp_path), stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: _asked(port, "/_stcore/health") == (200, "ok"), "the app answers")
            status, page = _asked(port, "/")
            assert status == 200
            assert "<title>" in page
            assert server.poll() is None
            taken = subprocess.run(command, cwd=tmp_path, env=surroundings(tmp_path), capture_output=True, text=True)
            assert taken.returncode == 2
            assert f"port {port}" in taken.stderr
        finally:
            server.send_signal(signal.SIGTERM)
    assert _asked(port, "/_stcore/health") is None


def _asked(port: int, path: str) -> tuple[int, str] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return None
