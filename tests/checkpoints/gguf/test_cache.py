"""A file is de-quantised once for what it holds, whole or not at all, by one process; a page asks first."""

import os
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from landscape.checkpoints import files, fingerprints
from landscape.checkpoints.gguf import cache
from landscape.checkpoints.hub.exact_names import exact_name
from landscape.checkpoints.stored import made_folders
from landscape.outside import network
from landscape.outside.file_stamps import TICK
from tests.checkpoints.gguf.writing import Kind, write
from tests.conftest import make_model, make_tokenizer, save
from tests.outside.mock_hub import at, serving


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "model.gguf", make_model(), make_tokenizer(), Kind.Q8_0)


def folders(cache_folder: Path) -> list[Path]:
    return [path for path in cache_folder.glob("*") if path.is_dir()]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every conversion that is begun."""
    found: list[Path] = []
    convert = made_folders._convert

    def begun(module: str, file: Path, folder: Path) -> None:
        found.append(file)
        convert(module, file, folder)

    monkeypatch.setattr(made_folders, "_convert", begun)
    return found


def test_a_file_of_another_name_is_the_same_and_one_that_changed_is_another(
    file: Path, tmp_path: Path, calls: list[Path], cache_folder: Path
) -> None:
    first, print_of = files.resolve(str(file)).folder, fingerprints.fingerprint(str(file))
    shutil.copy(file, other := tmp_path / "renamed.gguf")
    assert files.resolve(str(other)).folder == first
    assert fingerprints.fingerprint(str(other)) == print_of
    assert len(calls) == 1
    write(file, make_model(seed=1), make_tokenizer(), Kind.Q8_0)
    assert files.resolve(str(file)).folder != first
    assert fingerprints.fingerprint(str(file)) != print_of
    assert len(calls) == 2
    shutil.rmtree(first)
    assert files.resolve(str(other)).folder == first
    assert {path.suffix for path in cache_folder.iterdir()} <= {"", ".lock", ".digest"}


def test_a_file_that_is_known_is_not_read_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = files.resolve(str(file)).folder
    file.touch()
    cache._remembered_digest.cache_clear()
    time.sleep(2 * TICK)  # until a stamp can tell what was written
    files.resolve(str(file))
    shutil.rmtree(known)
    assert files.resolve(str(file)).folder == known
    cache._remembered_digest.cache_clear()  # as in another process
    monkeypatch.setattr(cache, "_digest", lambda file: pytest.fail("read again"))
    assert files.locate(str(file)).folder == known
    write(file, make_model(seed=1), make_tokenizer(), Kind.Q8_0)
    with pytest.raises(pytest.fail.Exception, match="read again"):
        files.locate(str(file))


def test_what_is_killed_leaves_no_folder(file: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: str, file: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "config.json").write_text("{")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(made_folders, "_convert", killed)
        with pytest.raises(KeyboardInterrupt):
            files.resolve(str(file))
    assert folders(cache_folder) == []
    left = cache_folder / f"{cache.folder_of(file).name}.1{made_folders._PART}"  # of a process that could not clean up
    left.mkdir()
    assert files.resolve(str(file)).folder.is_dir()
    assert not left.exists()


def test_two_at_once_convert_once(file: Path, calls: list[Path]) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(files.resolve(str(file)).folder)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(calls) == 1


def test_a_file_that_changes_meanwhile_is_refused(
    file: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing(_: str, file: Path, folder: Path) -> None:
        folder.mkdir()
        file.write_bytes(file.read_bytes()[:-1] + b"!")

    monkeypatch.setattr(made_folders, "_convert", changing)
    with pytest.raises(ValueError, match="changed while it was read"):
        files.resolve(str(file))
    assert folders(cache_folder) == []


def test_a_disk_without_room_is_said_before_anything_is_written(
    file: Path, calls: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10_000))
    with pytest.raises(ValueError, match=r"takes 0\.00012 GB, and .* has room for 1e-05 GB.*LANDSCAPE_CACHE"):
        files.resolve(str(file))
    assert calls == []


def test_a_page_says_what_it_takes_and_waits_for_a_press(
    file: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_asks_first", [lambda: True])
    with pytest.raises(
        network.NotHere, match=r"checkpoint model\.gguf is not de-quantised yet \(0\.0288 M weights, .* GB in"
    ) as no:
        files.resolve(str(file))
    assert no.value.verb == "De-quantise"
    assert files.describe(str(file)).layers == 2
    assert files.seconds_until_there(str(file)) > 0
    assert not cache_folder.exists()
    with network.fetching():
        no.value.fetch()
    assert files.resolve(str(file)).folder.is_dir()
    assert files.seconds_until_there(str(file)) == 0


def test_what_takes_long_is_told(file: Path) -> None:
    told: list[str] = []
    with network.announcing(told.append):
        files.resolve(str(file))
        files.resolve(str(file))
    assert len(told) == 1
    assert told[0].startswith("De-quantising model.gguf, once: 0.0288 M weights, ")


def test_a_process_without_torch_converts_in_one_of_its_own(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote, and what went wrong, is read from it."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        ran.append(command)
        return SimpleNamespace(returncode=codes.pop(0), stderr="a warning\n\nit says why")

    codes = [2, 1, -9]
    monkeypatch.setattr(made_folders, "sys", SimpleNamespace(modules={}, executable="python"))
    monkeypatch.setattr(made_folders, "subprocess", SimpleNamespace(run=run))
    for message in ("^it says why$", "cannot de-quantise .*: it says why", "as happens where memory runs out"):
        with pytest.raises(ValueError, match=message):
            files.resolve(str(file))
    assert ran[0][-2:] == [str(file), str(cache.folder_of(file)) + f".{os.getpid()}{made_folders._PART}"]
    assert "landscape.checkpoints.gguf.conversion" in ran[0]


def test_a_folder_with_one_file_stands_for_it_and_one_with_several_names_them(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "downloaded"
    folder.mkdir()
    shutil.copy(file, folder / "model.Q8_0.gguf")
    (folder / "mmproj-model.gguf").write_bytes(b"")
    assert files.resolve(str(folder)).folder == files.resolve(str(file)).folder
    assert fingerprints.fingerprint(str(folder)) == fingerprints.fingerprint(str(file))
    shutil.copy(file, folder / "model.Q4_0.gguf")
    with pytest.raises(
        ValueError, match=r"holds 2 GGUF files: name the file itself, .*Q4_0\.gguf, or another \(model\.Q8"
    ):
        files.resolve(str(folder))
    save(folder)
    assert files.resolve(str(folder)).gguf is None


def test_a_file_without_a_suffix_is_known_by_how_it_begins(file: Path, tmp_path: Path) -> None:
    shutil.copy(file, blob := tmp_path / "sha256-0123")
    assert files.resolve(str(blob)).gguf == blob
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(ValueError, match="expected a checkpoint folder, got the file"):
        files.resolve(str(tmp_path / "notes.txt"))


def test_a_file_of_the_hub_is_fetched_alone(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("sub/model.Q8_0.gguf", "model.Q8_0.gguf")
    with serving() as hub, at(hub, tmp_path / "hub", monkeypatch):
        commit = hub.put("org/name-GGUF", {name: file.read_bytes() for name in (*names, "other.gguf")})
        whole = file.read_bytes()
        for name in ("org/name-GGUF:sub/model.Q8_0.gguf", "org/name-GGUF@main:model.Q8_0.gguf"):
            found = files.resolve(name).gguf
            assert found is not None
            assert found.read_bytes() == whole
        assert [line.rpartition("/resolve/")[2][41:] for line in hub.asked if line.startswith("HEAD")] == [*names]
        assert hub.fetched == ["sub/model.Q8_0.gguf"]  # the other one holds the same
        assert len([line for line in hub.asked if "/api/models/" in line]) == 1
        assert exact_name("org/name-GGUF:model.Q8_0.gguf") == f"org/name-GGUF@{commit}:model.Q8_0.gguf"
        with pytest.raises(
            ValueError, match=r"cannot load 'org/name-GGUF:none\.gguf'.*expected one of model\.Q8_0\.gguf"
        ):
            files.resolve("org/name-GGUF:none.gguf")
        monkeypatch.setattr(network, "_asks_first", [lambda: True])
        assert files.resolve("org/name-GGUF:model.Q8_0.gguf").gguf == found
        with pytest.raises(
            network.NotHere, match=r"file model\.gguf of org/name on the Hugging Face hub is not on this"
        ):
            files.resolve("org/name:model.gguf")
    with pytest.raises(ValueError, match=r"no file at 'org/name/model\.gguf'.*org/name:FILE\.gguf"):
        files.resolve("org/name/model.gguf")
