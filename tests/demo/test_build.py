"""Building the demo models: a killed build goes on and ends with the same weights."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from landscape.demo import corpus, training
from landscape.demo.build import STAGES, build
from landscape.demo.stages import ENLARGED, SMALL, chosen
from tests.demo.two_stages import TINY
from tests.runs.processes import fork
from tests.waiting import wait_until

SAVE_EVERY = 10  # updates between two saved states: the shortest build that has both before and after one

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:Could not find a config file")  # PEFT's own


def weights(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.safetensors"))}


def build_or_hold(folder: Path, work: Path, held_at: str) -> None:
    """Build; stop for good where the batch of this seed is asked for."""
    batch = corpus.batch

    def batch_or_hold(mixture: str, tokenizer: Any, shape: tuple[int, int], seed: str) -> corpus.Batch:
        if seed == held_at:
            time.sleep(3600)
        return batch(mixture, tokenizer, shape, seed)

    training.SAVE_EVERY = SAVE_EVERY
    corpus.batch = batch_or_hold
    build(folder, work, stages=TINY)


@pytest.fixture(autouse=True, scope="module")
def states_soon() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training, "SAVE_EVERY", SAVE_EVERY)
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    build(folder, folder / "work", stages=TINY)
    return folder


def test_a_killed_build_goes_on_and_ends_with_the_same_weights(undisturbed: Path, tmp_path: Path) -> None:
    child = fork(build_or_hold, tmp_path, tmp_path / "work", "0:13")  # of 15: the state of update 10 is written
    wait_until((tmp_path / "models" / "base-00012").is_dir, "the second snapshot", seconds=600)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert not (tmp_path / "models" / "base").exists()
    build(tmp_path, tmp_path / "work", stages=TINY)
    assert weights(tmp_path / "models") == weights(undisturbed / "models")
    assert len(weights(tmp_path / "models")) == 4


def test_what_was_built_are_ordinary_folders(undisturbed: Path) -> None:
    from landscape.checkpoints import files

    models = undisturbed / "models"
    assert sorted(folder.name for folder in models.iterdir()) == [
        "assistant-lora",
        "base",
        "base-00005",
        "base-00012",
    ]
    assert not [file for file in models.rglob("*") if file.suffix in (".bin", ".pt", ".pkl")]
    assert files.describe(str(models / "base")).context == 256
    assert files.describe(str(models / "assistant-lora")).adapter


def test_a_second_build_at_the_same_place_waits_for_nobody(tmp_path: Path) -> None:
    tmp_path.joinpath("work").mkdir()
    with FileLock(tmp_path / "work" / "lock"), pytest.raises(ValueError, match="another build"):
        build(tmp_path, tmp_path / "work", stages=())


def test_the_stages_form_a_chain_with_four_snapshots() -> None:
    built: list[str] = []
    for stage in STAGES:
        assert stage.start is None or stage.start in built
        built += stage.products
    assert sorted(name for name in built if "-0" not in name) == [
        "adversarial",
        "assistant",
        "assistant-lora",
        "base",
        "benign",
    ]
    assert len(STAGES[0].snapshots) >= 4


def test_stages_by_other_methods_differ_in_nothing_else() -> None:
    bases = [stage for stage in ENLARGED if stage.start is None]
    assert len({(s.mixture, s.windows, s.seed, s.schedule.updates, s.schedule.decay, s.threads) for s in bases}) == 1
    assert all(base.schedule == bases[0].schedule for base in bases if not base.name.endswith("-average"))
    tuned = [stage for stage in ENLARGED if stage.start]
    assert len({(s.mixture, s.windows, s.seed, s.schedule, s.method) for s in tuned}) == 1
    made = [stage.name for stage in ENLARGED]
    assert all(made.index(stage.start or "") < made.index(stage.name) for stage in tuned)
    assert sum(base.size == SMALL for base in bases) == 2
    assert len({name for stage in (*STAGES, *ENLARGED) for name in stage.products}) == len(bases) + len(tuned) + 11 + 4


def test_stages_are_chosen_by_name() -> None:
    assert chosen() == STAGES, "those that take hours are asked for by name"
    assert [stage.name for stage in chosen(["base", "*-sam"])] == ["base", "base-sam", "assistant-sam"]
    with pytest.raises(ValueError, match="no training is named 'nothing'"):
        chosen(["nothing"])
