"""Pages about checkpoints of a hub on loopback: opening one asks nobody, and what is measured keeps its commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from landscape.bundled.pairs import Pair
from landscape.checkpoints.fingerprints import fingerprint
from landscape.schema.directions import Gaussian
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack, unpack
from tests.outside.mock_hub import MockHub, another_process, at, files_in, serving
from tests.ui.forms import measure
from tests.ui.states import Page, said, sound

PAGES = ("home", "checkpoints", "slice", "basin", "plane", "worst", "inspect", "guarantee", "enlarge", "learn", "runs")


@pytest.fixture
def hub(tmp_path: Path, checkpoint: Path, finetuned: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockHub]:
    with serving() as served, at(served, tmp_path / "hub-cache", monkeypatch):
        served.put("org/base", files_in(checkpoint))
        served.put("org/tuned", files_in(finetuned))
        for name in ("org/base", "org/tuned"):
            fingerprint(name)
        another_process(monkeypatch)
        served.asked.clear()
        yield served


def exact(hub: MockHub, name: str) -> str:
    return f"{name}@{hub.branches[name, 'main']}"


@pytest.mark.parametrize("name", PAGES)
def test_opening_a_page_asks_nobody_and_keeps_the_commits_in_its_address(page: Page, hub: MockHub, name: str) -> None:
    app = page(name, base="org/base", finetune="org/tuned@main")
    sound(app)
    base, tuned = exact(hub, "org/base"), exact(hub, "org/tuned")
    assert app.session_state["_pair"] == Pair(base, tuned)
    assert (app.query_params["base"], app.query_params["finetune"]) == (base, tuned)
    assert hub.asked == []
    if name != "home":
        labels = [block.proto.popover.label for block in app.get("popover")]
        assert f"**base@{base[9:16]} → tuned@{tuned[10:17]}**" in labels


def test_what_is_not_here_stays_as_it_was_named(page: Page, hub: MockHub) -> None:
    app = page("slice", base="org/elsewhere", finetune="org/tuned")
    assert app.session_state["_pair"] == Pair("org/elsewhere", exact(hub, "org/tuned"))
    assert hub.asked == []


def test_a_press_asks_once_and_the_run_and_its_link_name_the_commit(
    page: Page, hub: MockHub, store: Store, checkpoint: Path
) -> None:
    commit = hub.put("org/later", files_in(checkpoint) | {"chat_template.jinja": b"{{ messages }}"})
    spec = SliceSpec(checkpoint="org/later", directions=(Gaussian(seed=0),), alphas=(0.0, 0.01), capabilities=("math",))
    app = page("slice", spec=pack(spec))
    assert "org/later of the Hugging Face hub is not on this machine yet: pressing downloads it" in said(app)
    assert hub.asked == []
    app = measure(app)
    sound(app)
    assert [line for line in hub.asked if "/api/models/" in line] == ["GET /api/models/org/later/revision/main"]
    assert "model.safetensors" in hub.fetched
    (run,) = store.runs()
    assert run.spec.checkpoint == f"org/later@{commit}"
    assert app.query_params["run"] in (run.id, [run.id])
    assert unpack("".join(app.query_params["spec"])) == run.spec
    hub.asked.clear()
    app = page("slice", spec=pack(spec))  # the link that names no commit shows the same run
    sound(app)
    assert hub.asked == []
    assert app.session_state["_pair"].base == f"org/later@{commit}"
    assert "Not measured yet" not in said(app)


def test_a_worker_of_a_page_asks_nobody(
    page: Page, hub: MockHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from landscape.runs import worker

    spec = SliceSpec(
        checkpoint="org/base", directions=(Gaussian(seed=0),), alphas=(0.0, 0.01), capabilities=("math",), limit=2,
        device="cpu",
    )  # fmt: skip
    app = measure(page("slice", spec=pack(spec)))
    asked = len([line for line in hub.asked if "/api/models/" in line])
    assert asked <= 1
    (run,) = store.runs()
    another_process(monkeypatch)
    hub.asked.clear()
    worker.work(store, device="cpu", run_id=run.id)
    assert store.run(run.id).status == "done"
    app.run()
    assert hub.asked == []
    assert "org/base" in store.run(run.id).spec.checkpoint
