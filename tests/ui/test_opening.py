"""Opening a link only shows: nothing is fetched, queued, started, asked or trusted before somebody presses a button."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import HfApi
from streamlit.testing.v1 import AppTest

from landscape.bundled import specs
from landscape.outside import trust
from landscape.runs import worker
from landscape.schema.directions import Gaussian
from landscape.schema.frames import Spec
from landscape.schema.specs import InspectionSpec, SliceSpec, canonical_json
from landscape.store.store import Store
from landscape.ui.components.links import pack, unpack
from tests.mutations import packed
from tests.ui.forms import measure
from tests.ui.states import Page, said, sound

HUB = "org/large-model"
TASK = "lm_eval:arc_easy"
FRAME: dict[str, Any] = {"checkpoint": HUB, "capabilities": ("math",), "directions": (Gaussian(seed=0),)}


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of other machines, or of a worker."""
    found: list[str] = []

    def ask(self: HfApi, repo: str, **options: Any) -> None:
        found.append(f"hub {repo}")
        raise OSError("no network in this test")

    def load(name: str, *args: Any) -> None:
        found.append(f"task {name}")
        raise ValueError("no network in this test")

    monkeypatch.setattr(HfApi, "model_info", ask)
    monkeypatch.setattr("landscape.capabilities.examples.find_spec", lambda name: True)
    tasks = SimpleNamespace(load=load)  # whether the module was imported before, or will be
    monkeypatch.setitem(sys.modules, "landscape.capabilities.lm_eval_tasks", tasks)
    monkeypatch.setattr("landscape.capabilities.lm_eval_tasks", tasks, raising=False)
    monkeypatch.setattr("landscape.runs.worker.ensure_running", lambda *args, **options: found.append("worker"))
    return found


LINKS: list[tuple[str, Spec]] = [
    ("slice", specs.DEMO_SPEC),
    ("basin", specs.DEMO_BASIN),
    ("worst", specs.DEMO_WORST),
    ("plane", specs.DEMO_PLANE),
    ("guarantee", specs.DEMO_CERTIFICATE),
    ("enlarge", specs.DEMO_BASIN),
    ("inspect", InspectionSpec(checkpoint="demo:base", other="demo:assistant", capabilities=("math",))),
]


def links(spec: Spec) -> list[str]:
    """The same spec of a hub model, and with a task of lm-eval."""
    elsewhere = spec.model_copy(update={"checkpoint": HUB})
    return [pack(elsewhere), pack(spec.model_copy(update={"capabilities": ("math", TASK)}))]


@pytest.mark.parametrize(("name", "spec"), LINKS)
@pytest.mark.parametrize("what", [0, 1])
def test_a_link_reaches_nobody(page: Page, store: Store, reached: list[str], name: str, spec: Spec, what: int) -> None:
    app = page(name, spec=links(spec)[what], others=f'["{HUB}"]', tuned="[]", at="0.01,0.01", prompt="hello")
    sound(app)
    assert (reached, store.runs()) == ([], [])


@pytest.mark.parametrize(("name", "spec"), LINKS)
def test_a_run_that_waits_is_shown_and_no_more(
    page: Page, store: Store, reached: list[str], name: str, spec: Spec
) -> None:
    run = store.submit(spec.model_copy(update={"device": "cpu"}))
    sound(page(name, run=run))
    assert (reached, len(store.runs())) == ([], 1)


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return button.click().run()


def test_a_pair_of_the_hub_is_downloaded_by_a_press_that_says_so(page: Page, store: Store, reached: list[str]) -> None:
    app = page("checkpoints", a="demo:base", b=HUB)
    assert f"The checkpoint {HUB} of the Hugging Face hub is not on this machine yet" in sound(app)
    assert (reached, store.runs()) == ([], [])
    app = press(app, f"Download the checkpoint {HUB} of the Hugging Face hub")
    assert reached == [f"hub {HUB}"]
    assert "the hub cannot be reached" in sound(app)


def test_measuring_says_what_it_downloads_and_does_so_when_it_is_pressed(
    page: Page, store: Store, reached: list[str]
) -> None:
    app = page("slice", spec=pack(SliceSpec(**FRAME, alphas=(0.0, 0.01))))
    assert f"The checkpoint {HUB} of the Hugging Face hub is not on this machine yet: pressing downloads it" in said(
        app
    )
    measure(app)
    assert reached == [f"hub {HUB}"]


def test_a_task_is_loaded_by_a_press(page: Page, store: Store, reached: list[str]) -> None:
    fields = FRAME | {"checkpoint": "demo:base", "capabilities": (TASK,)}
    app = page("slice", spec=pack(SliceSpec(**fields, alphas=(0.0, 0.01))))
    assert "The data of lm-eval's task arc_easy is not on this machine yet: pressing downloads it first" in said(app)
    measure(app)
    assert reached == ["task arc_easy"]


def test_the_worker_that_a_press_started_is_kept(page: Page, store: Store, reached: list[str]) -> None:
    spec = SliceSpec(**FRAME | {"checkpoint": "demo:base"}, alphas=(0.0, 0.01))
    app = measure(page("slice", spec=pack(spec)))
    assert set(reached) == {"worker"}
    assert [run.spec for run in store.runs()] == [spec]
    assert not [button for button in app.button if button.label == "Start a worker"]


def test_a_link_grants_nothing_and_what_it_asks_to_run_does_not_run(page: Page, store: Store, own_code: Path) -> None:
    """The link that ran a stranger's module by one press, in version 0.6."""
    name = str(own_code)
    fields = FRAME | {"checkpoint": name}
    spec = json.loads(canonical_json(SliceSpec(**fields, alphas=(0.0,)))) | {"trust_remote_code": [name]}
    app = page("slice", spec=packed(spec))
    assert "It brings modeling_own.py" in said(app)
    assert "Not ticked, it never runs" in said(app)
    (box,) = [box for box in app.checkbox if box.label.startswith("Run the Python code of")]
    assert box.value is False
    measure(app)
    (run,) = store.runs()
    with pytest.raises(ValueError, match="nobody has trusted"):
        worker.work(store, run_id=run.id)
    assert not (own_code / "ran").exists()
    assert not trust.is_given(own_code)
    assert "trusted on this machine" in said(page("slice", run=run.id))


def test_a_spec_of_an_address_carries_no_permission(own_code: Path) -> None:
    spec = json.loads(canonical_json(SliceSpec(**FRAME, alphas=(0.0,)))) | {"trust_remote_code": [HUB]}
    assert unpack(packed(spec)).trust_remote_code == ()  # type: ignore[attr-defined]
