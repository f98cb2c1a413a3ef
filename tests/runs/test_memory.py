"""What a run needs of memory, what there is, and that only what cannot fit is refused."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from landscape.checkpoints import files
from landscape.outside import memory as machine
from landscape.runs import measuring
from landscape.runs.costs import memory
from landscape.schema.directions import Eigenvector, Gaussian, Towards, Worst
from landscape.schema.frames import Frame
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from tests.conftest import make_model, save


def frame_of(checkpoint: Path, *directions: Any, **fields: Any) -> Frame:
    return Frame(checkpoint=str(checkpoint), directions=directions or (Gaussian(seed=0),), **fields)


@pytest.fixture
def size(checkpoint: Path) -> int:
    return files.describe(str(checkpoint)).parameters


def test_copies_of_the_weights_are_counted(checkpoint: Path, finetuned: Path, size: int) -> None:
    worst, towards = Worst(capabilities=("math",)), Towards(checkpoint=str(finetuned))
    eigenvector = Eigenvector(capability="math")
    needed = {
        (): 8, (towards,): 12, (worst,): 16, (eigenvector,): 20, (worst, towards): 20,
    }  # fmt: skip
    for directions, width in needed.items():
        assert memory.needed(frame_of(checkpoint, *directions)) == width * size, directions
    assert memory.needed(frame_of(checkpoint, dtype="bfloat16")) == 4 * size
    assert memory.needed(frame_of(checkpoint, worst, dtype="bfloat16")) == (2 + 2 + 2 + 4) * size
    assert memory.needed(frame_of(checkpoint, only=("*mlp*",))) == 4 * size, "few may move"


def test_the_border_is_exact_and_the_sentence_has_both_numbers(
    checkpoint: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "GB", 1e5)
    spec = frame_of(checkpoint)
    memory.require_room(spec, 8 * size)
    with pytest.raises(ValueError, match=r"needs at least [\d.]+ GB of memory, and [\d.]+ GB can be had") as refused:
        memory.require_room(spec, 8 * size - 1)
    assert f"needs at least {8 * size / 1e5:.1f} GB" in str(refused.value)
    assert "--dtype bfloat16" in str(refused.value), "half of it would do"
    with pytest.raises(ValueError, match="choose a smaller checkpoint") as refused:
        memory.require_room(spec, 4 * size - 1)
    assert "bfloat16" not in str(refused.value), "not even that would do"
    narrow = frame_of(checkpoint, dtype="bfloat16")
    memory.require_room(narrow, 4 * size)
    with pytest.raises(ValueError, match="smaller checkpoint"):
        memory.require_room(narrow, 4 * size - 1)


def test_on_gpus_only_the_weights_have_to_fit(checkpoint: Path, size: int) -> None:
    memory.require_room_on_gpus(frame_of(checkpoint, Worst(capabilities=("math",))), 4 * size)
    with pytest.raises(ValueError, match="of GPU memory can be had"):
        memory.require_room_on_gpus(frame_of(checkpoint), 4 * size - 1)


def test_a_checkpoint_stored_in_bfloat16_needs_half(tmp_path: Path, size: int) -> None:
    narrow = save(tmp_path / "narrow", make_model().to(torch.bfloat16))
    assert memory.needed(frame_of(narrow)) == 4 * size
    assert memory.needed(frame_of(narrow, dtype="float32")) == 8 * size


@pytest.mark.parametrize(
    ("most", "used", "dropped", "left"),
    [
        ("max", "0", "0", 10_000),
        ("6000", "5000", "0", 1000),
        ("6000", "5000", "2000", 3000),
        ("90000", "1", "0", 10_000),
    ],
)
def test_the_limit_of_a_control_group_counts(
    most: str, used: str, dropped: str, left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text(f"{most}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {dropped}\n")
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: SimpleNamespace(available=10_000))
    assert machine.left(tmp_path) == left
    assert machine.available(tmp_path) > left, "what this process has may be used again"


def test_the_first_version_of_control_groups_counts_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / "memory").mkdir()
    (folder / "memory.limit_in_bytes").write_text("6000")
    (folder / "memory.usage_in_bytes").write_text("5500")
    (folder / "memory.stat").write_text("total_inactive_file 100\n")
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: SimpleNamespace(available=10_000))
    assert machine.left(tmp_path) == 600
    assert machine.left(tmp_path / "nowhere") == 10_000


def test_a_worker_refuses_before_it_loads(
    checkpoint: Path, own_answers: Path, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from landscape.runs import worker

    store = Store(str(tmp_path / "s.sqlite"))
    spec = SliceSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=(str(own_answers),),
        device="cpu",
    )  # fmt: skip
    run_id = store.submit(spec)
    monkeypatch.setattr(measuring.memory, "available", lambda: 8 * size - 1)
    with pytest.raises(ValueError, match="of memory"):
        worker.work(store, run_id=run_id)
    assert "GB can be had" in (store.run(run_id).error or "")
    monkeypatch.setattr(measuring.memory, "available", lambda: 8 * size)
    store.resume(run_id)
    worker.work(store, run_id=run_id)
    assert store.run(run_id).status == "done"
