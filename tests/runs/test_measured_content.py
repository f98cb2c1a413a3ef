"""A result belongs to the content it was measured on: wherever a run of a spec is looked for."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from landscape import api
from landscape.capabilities import examples
from landscape.checkpoints import fingerprints
from landscape.enlarge.variants import Variants
from landscape.runs import worker
from landscape.runs.measured_content import content_of, is_current, outdated_because
from landscape.runs.submit import current_run_of, submit_or_resume
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.frames import Spec
from landscape.schema.specs import AnswerSpec, BasinSpec, ComparisonSpec, PlaneSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.enlarge import view as enlarge
from tests.conftest import make_model, save
from tests.inspection.two_days import share_right
from tests.waiting import wait_until


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    return Store()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return save(tmp_path / "own")


@pytest.fixture
def suite(tmp_path: Path, own_answers: Path) -> Path:
    return Path(shutil.copy(own_answers, tmp_path / "suite.jsonl"))


def at_origin(checkpoint: Path, *capabilities: Path, limit: int | None = 8) -> SliceSpec:
    names = tuple(map(str, capabilities))
    return SliceSpec(
        checkpoint=str(checkpoint), directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=names, limit=limit,
        device="cpu",
    )  # fmt: skip


def in_place(folder: Path, seed: int = 5) -> None:
    """Other weights in the same file, at the time of the former ones."""
    file = folder / "model.safetensors"
    before = file.stat()
    save(folder, make_model(seed=seed))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def measured(store: Store, spec: SliceSpec) -> Run:
    run = submit_or_resume(store, spec)
    worker.work(store, run_id=run.id)
    return store.run(run.id)


def current_id(store: Store, spec: Spec) -> str | None:
    run = current_run_of(store, spec)
    return None if run is None else run.id


def score(store: Store, run: Run) -> float:
    return float(store.result(run.id).rows["score"].iloc[0])


def test_a_slice_through_a_link_that_was_pointed_elsewhere_is_of_what_it_points_at(
    store: Store, tmp_path: Path, own: Path, own_answers: Path
) -> None:
    other, link = save(tmp_path / "other", make_model(seed=7)), tmp_path / "current"
    found = []
    for target in (own, other, own):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        result = api.slice(str(link), directions=1, alphas="0:0.01:2", capabilities=[str(own_answers)]).result
        found.append(float(result.row_at_origin("own")["score"]))
    assert found == pytest.approx([share_right(folder, own_answers) for folder in (own, other, own)])
    assert found[0] == 1 > found[1]
    assert len(store.runs()) == 2, "what was measured of the first still holds"


def test_everything_that_a_spec_names_belongs_to_its_content(own: Path, suite: Path, finetuned: Path) -> None:
    direction = Towards(checkpoint=str(finetuned))
    frame = {"checkpoint": str(own), "directions": (direction, Gaussian(seed=0))}
    plane = PlaneSpec(
        **frame, capabilities=(str(suite), f"chat:{suite}"), x=(0, 1), y=(0, 1), shown=("demo:base",)
    )  # fmt: skip
    assert set(content_of(plane).digests) == {str(own), str(finetuned), "demo:base", str(suite), f"chat:{suite}"}
    asked = AnswerSpec(**frame, at=(0.0, 0.0), prompt="Hello")
    assert set(content_of(asked).digests) == {str(own), str(finetuned)}
    pair = ComparisonSpec(checkpoint=str(own), other=str(finetuned))
    assert content_of(pair).digests == {name: fingerprints.fingerprint(name) for name in (str(own), str(finetuned))}


def test_files_that_rest_are_not_read_again_to_see_whether_a_run_holds(
    store: Store, own: Path, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(lambda: bool(fingerprints.stamp(str(own)) and examples.stamp(str(suite))), "the files rest", pause=0.02)
    run = measured(store, at_origin(own, suite))

    def never(name: str) -> str:
        raise AssertionError(f"{name} is read again")

    monkeypatch.setattr(fingerprints, "fingerprint", never)
    monkeypatch.setattr(examples, "content_digest", never)
    assert is_current(run)


def test_a_file_that_is_touched_or_written_alike_keeps_its_results(store: Store, own: Path, suite: Path) -> None:
    run = measured(store, at_origin(own, suite))
    for file in (own / "model.safetensors", suite):
        os.utime(file, (2e9, 2e9))
        file.write_bytes(file.read_bytes())
    assert current_id(store, run.spec) == run.id
    assert outdated_because(run) is None


def replace_examples(own: Path, suite: Path) -> None:
    """As many bytes, at the same time."""
    before, lines = suite.stat(), suite.read_text().splitlines()
    swapped = [json.loads(line) for line in lines]
    for line, other in zip(swapped, [swapped[-1], *swapped], strict=False):
        line["answer"], other["answer"] = other["answer"], line["answer"]
    suite.write_text("\n".join(map(json.dumps, swapped)))
    os.utime(suite, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert suite.stat().st_size == before.st_size


@pytest.mark.parametrize(
    "change",
    [
        lambda own, suite: in_place(own),
        replace_examples,
        lambda own, suite: (own / "chat_template.jinja").write_text("{{ messages }}"),
        lambda own, suite: (own / "generation_config.json").unlink(),
    ],
    ids=["weights", "examples", "a chat template", "no generation config"],
)
def test_a_finished_run_is_measured_anew_after_a_change(
    store: Store, own: Path, suite: Path, change: Callable[[Path, Path], None]
) -> None:
    first = measured(store, at_origin(own, suite, limit=None))
    change(own, suite)
    assert "were changed since" in (outdated_because(first) or "")
    assert current_id(store, first.spec) is None
    second = measured(store, first.spec)
    assert second.id != first.id
    assert score(store, second) == pytest.approx(share_right(own, suite))
    assert current_id(store, first.spec) == second.id


def test_a_stopped_run_is_not_resumed_on_other_weights(store: Store, own: Path, suite: Path) -> None:
    spec = at_origin(own, suite)
    stopped = submit_or_resume(store, spec)
    assert (claimed := store.claim("w", run_id=stopped.id)) is not None
    store.record_content(claimed.id, "w", content_of(spec))
    store.finish(claimed.id, "w", "cancelled")
    assert submit_or_resume(store, spec).id == stopped.id, "nothing changed: it goes on"
    store.cancel(stopped.id)
    in_place(own)
    anew = measured(store, spec)
    assert anew.id != stopped.id
    assert anew.status == "done"
    assert score(store, anew) == pytest.approx(share_right(own, _first(suite, 8)))
    store.resume(stopped.id)  # by its id, as `run resume` does
    with pytest.raises(RuntimeError, match=r"own changed after this run began: ask for it again"):
        worker.work(store, run_id=stopped.id)
    assert store.run(stopped.id).status == "failed"


def _first(suite: Path, count: int) -> Path:
    file = suite.with_name("first.jsonl")
    file.write_text("\n".join(suite.read_text().splitlines()[:count]))
    return file


def test_a_run_whose_files_change_while_it_is_measured_fails_and_says_why(
    store: Store, own: Path, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit_or_resume(store, at_origin(own, suite))
    finish = Store.write

    def write_then_overwrite(self: Store, *args: object) -> bool:
        written = finish(self, *args)  # type: ignore[arg-type]
        in_place(own)
        return written

    monkeypatch.setattr(Store, "write", write_then_overwrite)
    with pytest.raises(RuntimeError, match="own changed after this run began"):
        worker.work(store, run_id=run.id)
    assert store.run(run.id).status == "failed"


def test_what_cannot_be_read_is_an_error_wherever_its_run_is_looked_for(store: Store, own: Path, suite: Path) -> None:
    run = measured(store, at_origin(own, suite))
    (own / "model.safetensors").unlink()
    assert "Nobody can tell whether this still holds: no weights" in (outdated_because(run) or "")
    for look in (current_run_of, submit_or_resume):
        with pytest.raises(ValueError, match="no weights in"):
            look(store, run.spec)


def test_a_run_that_does_not_say_is_only_trusted_of_what_ships(store: Store, own: Path, suite: Path) -> None:
    run = measured(store, at_origin(own, suite))
    demo = measured(store, SliceSpec.model_validate(
        at_origin(own, suite).model_dump() | {"checkpoint": "demo:base", "capabilities": ("basic",)}
    ))  # fmt: skip
    with sqlite3.connect(str(store.file)) as connection:
        connection.execute("DELETE FROM artifacts WHERE name = 'content'")
    assert "did not note on which files" in (outdated_because(store.run(run.id)) or "")
    assert outdated_because(store.run(demo.id)) is None
    assert current_id(store, run.spec) is None
    again = measured(store, run.spec)
    assert (again.id != run.id, again.done, again.measured) == (True, 1, 0), "its points are found by their keys"


def test_enlarge_shows_nothing_of_other_weights_and_names_what_cannot_be_read(
    store: Store, own: Path, suite: Path, finetuned: Path
) -> None:
    spec = BasinSpec(
        checkpoint=str(own), directions=(Gaussian(seed=0),), capabilities=(str(suite),), reach=0.1, limit=8,
        device="cpu",
    )  # fmt: skip
    variants = Variants(spec, (str(finetuned),), (), per_tensor=False)
    for one in variants.searches.values():
        worker.work(store, run_id=submit_or_resume(store, one).id)
    known = enlarge.read_known(store, variants)
    assert set(known.searches) == {str(own), str(finetuned)}
    assert not enlarge._missing(store, variants)
    in_place(own)
    known = enlarge.read_known(store, variants)
    assert set(known.searches) == {str(finetuned)}
    assert [one.checkpoint for one in enlarge._missing(store, variants)] == [str(own)]
    (own / "config.json").unlink()
    known = enlarge.read_known(store, variants)
    assert set(known.searches) == {str(finetuned)}
    assert ["expected config.json in it" in why for why in known.unreadable] == [True]
