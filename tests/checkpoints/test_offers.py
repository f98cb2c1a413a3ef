"""Which checkpoints a picker offers: those used before and what lies near them, and the hub's cache; nobody is asked."""

import json
import socket
from pathlib import Path

import pytest

from landscape.checkpoints.stored.offers import below, in_hub_cache, is_checkpoint, offers


def checkpoint_in(folder: Path, config: str = "config.json") -> Path:
    folder.mkdir(parents=True)
    (folder / config).write_text(json.dumps({"model_type": "llama"}))
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("a picker asked another machine")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


def test_every_model_of_the_hubs_cache_is_offered_and_nothing_else_of_it(tmp_path: Path) -> None:
    for name in ("models--org--one", "models--org--two--with--dashes", "models--gpt2"):
        checkpoint_in(tmp_path / "hub" / name / "snapshots" / ("a" * 40))
    (tmp_path / "hub" / "models--org--begun" / "snapshots").mkdir(parents=True)  # its download was stopped
    checkpoint_in(tmp_path / "hub" / "datasets--org--data" / "snapshots" / "x")
    (tmp_path / "hub" / ".locks").mkdir()
    assert in_hub_cache() == ["gpt2", "org/one", "org/two--with--dashes"]
    assert offers([]) == ["gpt2", "org/one", "org/two--with--dashes"]


def test_what_lies_beside_and_within_a_folder_that_was_used_is_offered_after_it(tmp_path: Path) -> None:
    mine = checkpoint_in(tmp_path / "runs" / "base")
    adapter = checkpoint_in(tmp_path / "runs" / "lora", "adapter_config.json")
    step = checkpoint_in(mine / "checkpoint-500", "adapter_config.json")
    (tmp_path / "runs" / "model.Q4_0.gguf").write_bytes(b"GGUF")
    (tmp_path / "runs" / "logs").mkdir()
    found = offers([str(mine), "org/model", str(tmp_path / "gone")])
    assert found[:2] == [str(mine), "org/model"]
    assert set(found[2:]) >= {str(adapter), str(step), str(tmp_path / "runs" / "model.Q4_0.gguf")}
    assert not [name for name in found if "gone" in name or "logs" in name]
    assert len(found) == len(set(found))


def test_a_folder_of_checkpoints_gives_those_within(tmp_path: Path) -> None:
    one, two = checkpoint_in(tmp_path / "x" / "a"), checkpoint_in(tmp_path / "x" / "deep" / "b")
    checkpoint_in(tmp_path / "x" / "too" / "deep" / "c")
    assert below(tmp_path / "x") == [one, two]
    assert below(tmp_path / "nowhere") == []
    assert is_checkpoint(one)
    assert not is_checkpoint(tmp_path)


def test_a_folder_of_very_many_is_not_read_through(tmp_path: Path) -> None:
    for number in range(250):
        checkpoint_in(tmp_path / "many" / f"{number:03}")
    assert len(below(tmp_path / "many")) == 200
