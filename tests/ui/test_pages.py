"""Every page in every state, without a browser and without a model: what is written there, and that nothing breaks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from landscape.bundled import specs
from landscape.outside import trust
from landscape.runs.measured_content import content_of
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import ComparisonSpec, SliceSpec
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.conftest import make_model, save
from tests.store.made import Made
from tests.ui.forms import measure, measure_button
from tests.ui.states import COMPARED, PAIR, STATES, Page, bring, figures, sound

ROOT = Path(__file__).parents[2]
SPEC = SliceSpec(
    checkpoint="demo:base",
    directions=(Gaussian(seed=0), Gaussian(seed=1), Towards(checkpoint="demo:assistant")),
    alphas=(0.0, 0.01, 0.02),
    capabilities=("basic", "math"),
)


def test_home_shows_the_slice_and_the_map_of_the_demo_pair(page: Page) -> None:
    app = page("home")
    assert "basin" in sound(app)
    assert len(figures(app)) == 2
    assert all(figure["data"] for figure in figures(app))
    assert [box.value for box in app.selectbox] == ["demo:base", "demo:assistant"]
    assert "demo:base" in app.query_params["base"]
    assert "demo:assistant" in app.query_params["finetune"]


def test_slice_begins_with_the_shipped_demo(page: Page) -> None:
    app = page("slice")
    assert "shipped with the program" in sound(app)
    assert len(figures(app)) == 2


def test_slice_explains_itself_to_a_class(page: Page) -> None:
    assert "How to read this" in sound(page("slice", spec=pack(specs.DEMO_SPEC), explain="1"))


def test_a_link_to_a_slice_that_nobody_measured_fills_the_form(page: Page) -> None:
    app = page("slice", spec=pack(SPEC))
    assert "Not measured yet" in sound(app)
    assert app.number_input[0].value == 2
    assert next(box for box in app.multiselect if box.label == "Towards").value == ["demo:assistant"]
    assert next(box for box in app.multiselect if box.label == "Capabilities").value == ["basic", "math"]


@pytest.mark.parametrize("state", STATES)
def test_slice_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, SPEC, state, monkeypatch)
    app = page("slice", run=run.id)
    text = sound(app)
    assert state in text
    assert ("Cancel" in text) == (state in ("queued", "running"))
    assert ("Resume" in text) == (state in ("stalled", "failed", "cancelled"))
    assert ("3 NaN" in text) == (state == "failed")
    assert len(figures(app)) == (0 if state == "queued" else 2)
    off = [button.proto.disabled for button in app.get("download_button")]  # polling would pull them from under a press
    assert off == ([] if state == "queued" else [not store.run(run.id).ended] * 4)


def test_measure_queues_what_the_form_says_and_cancel_and_resume_work(page: Page, store: Store) -> None:
    app = page("slice", spec=pack(SPEC))
    app.number_input[0].set_value(1)
    app.run()
    measure(app)
    (run,) = store.runs()
    assert isinstance(run.spec, SliceSpec)
    assert run.spec.directions == (Gaussian(seed=0), Towards(checkpoint="demo:assistant"))
    assert run.id in app.query_params["run"]
    (cancel,) = [button for button in app.button if button.label == "Cancel"]
    cancel.click().run()
    assert store.run(run.id).status == "cancelled"
    (resume,) = [button for button in app.button if button.label == "Resume"]
    resume.click().run()
    assert store.run(run.id).status == "queued"
    assert len(store.runs()) == 1


def test_an_equal_slice_is_not_queued_twice(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("slice", spec=pack(SPEC))
    assert measure_button(app) is None, "what the form says is what is shown"
    app.number_input[0].set_value(1).run()
    assert measure_button(app) is not None
    app.number_input[0].set_value(2).run()
    assert measure_button(app) is None
    assert [r.id for r in store.runs()] == [run.id]
    assert "done" in sound(app)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"capabilities": ("nonsense",)}, "nonsense"),
        ({"capabilities": ("lm_eval:mine.yaml",)}, "expected the name of a task"),
        ({"directions": (Towards(checkpoint="no/where+no/base"),)}, "no/where"),
        ({"directions": (Towards(checkpoint="demo:nothing"),)}, "demo:nothing"),
    ],
)
def test_wrong_input_is_a_sentence_and_queues_nothing(page: Page, store: Store, change: dict, message: str) -> None:
    app = page("slice", spec=pack(SPEC.model_copy(update=change)))
    button = measure_button(app)
    assert button is not None
    if not button.disabled:
        button.click().run()
    assert not app.exception
    assert any(message in error.value.replace("\\", "") for error in app.error)
    assert not store.runs()


def test_nothing_chosen_is_a_sentence(page: Page) -> None:
    app = page("slice", spec=pack(SPEC))
    app.number_input[0].set_value(0)
    next(box for box in app.multiselect if box.label == "Towards").set_value([]).run()
    button = measure_button(app)
    assert button is not None, "it does not vanish"
    assert button.disabled
    assert any("at least one" in error.value for error in app.error)


def test_a_damaged_link_is_a_sentence(page: Page) -> None:
    assert "damaged" in sound(page("slice", spec="rubbish!!"))


def test_loss_and_relative_alpha_are_other_views(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("slice", run=run.id)
    app.toggle[0].set_value(True).run()
    assert "rms" in figures(app)[0]["layout"]["xaxis"]["title"]["text"]
    view = page("slice", run=run.id, view="loss")
    assert "nats" in figures(view)[0]["layout"]["yaxis"]["title"]["text"]


def test_the_permalink_carries_the_view_and_the_axis(page: Page, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("slice", run=run.id, view="loss", relative="true")
    (link,) = [code.value for code in app.code]
    assert "view=loss" in link
    assert "relative=true" in link
    assert "rms" in figures(app)[0]["layout"]["xaxis"]["title"]["text"]


def test_a_run_that_is_no_longer_here_is_a_sentence(page: Page) -> None:
    assert "no slice deadbeef" in sound(page("slice", run="deadbeef"))


def test_what_was_never_measured_is_measured_by_one_press_on_the_page(page: Page, store: Store) -> None:
    app = page("slice", spec=pack(SPEC))
    measure(app)
    assert [run.spec for run in store.runs()] == [SPEC]


def test_a_queued_run_that_someone_looks_at_gets_a_worker_by_a_press(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setattr("landscape.runs.worker.ensure_running", lambda store, device="auto": started.append(store))
    app = page("slice", run=store.submit(SPEC))
    assert not started
    (button,) = [button for button in app.button if button.label == "Start a worker"]
    button.click().run()
    assert started
    app.run()
    assert not [button for button in app.button if button.label == "Start a worker"]
    assert len(started) > 1  # it is kept alive from then on


def test_the_range_follows_the_scale_of_the_directions(page: Page) -> None:
    app = page("slice", spec=pack(SPEC))
    (kind,) = [box for box in app.selectbox if box.label == "Random directions"]
    kind.set_value("layer").run()
    (preset,) = [box for box in app.selectbox if box.label == "Range of α"]
    assert preset.value == "Standard"
    assert "As shown" not in preset.options
    assert "0 to 1, 31 points" in sound(app)


def test_a_range_of_the_paper_is_taken_by_its_name(page: Page) -> None:
    app = page("slice", spec=pack(SPEC))
    (preset,) = [box for box in app.selectbox if box.label == "Range of α"]
    preset.set_value("My own").run()
    (typed,) = [box for box in app.text_input if box.label == "start:stop:count"]
    typed.set_value("paper-7b").run()
    assert "122 points" in sound(app)  # 40 α ≠ 0 along three directions, θ₀, and the assistant itself
    typed.set_value("paper-9b").run()
    assert any("paper-7b" in error.value for error in app.error)


def test_runs_is_empty_and_says_what_to_do(page: Page) -> None:
    assert "Nothing was measured here yet" in sound(page("runs"))


@pytest.mark.parametrize("state", STATES)
def test_runs_shows_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run, pair = bring(store, SPEC, state, monkeypatch), store.submit(PAIR)
    app = page("runs")
    sound(app)
    history = app.dataframe[0].value
    assert state in history.set_index("run").loc[run.id, "status"]
    assert set(history["run"]) == {run.id, pair}
    assert "None" not in history.to_csv()


@pytest.mark.parametrize("state", STATES)
def test_checkpoints_in_every_state(page: Page, store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(store, PAIR, state, monkeypatch)
    app = page("checkpoints", a="demo:base", b="demo:assistant")
    text = sound(app)
    assert "Compatible" in text
    assert len(store.runs()) == 1
    if state == "done":
        assert [metric.value for metric in app.metric][-4:] == ["4.2", "0.004", "5.00%", "90.0%"]
        assert len(figures(app)) == 1
    else:
        assert state in text
    assert ("Try again" in text) == (state in ("failed", "cancelled"))


def test_the_map_of_a_comparison_shows_ranks_and_says_what_was_left_out(page: Page, store: Store) -> None:
    ranked = [
        tensor | {"shape": [8, 32], "effective_rank": rank}
        for tensor, rank in zip(COMPARED["tensors"], (2.5, 4), strict=True)
    ]
    said = {
        "dtype": ["bfloat16", "float32"],
        "rounding": {"dtype": "bfloat16", "alpha": 1e-4},
        "remarks": ["embed: 3 rows"],
    }
    store.submit(PAIR)
    run = store.claim("w")
    store.finish(run.id, "w", "done", artifact=COMPARED | said | {"tensors": ranked})
    app = page("checkpoints", a="demo:base", b="demo:assistant")
    assert "rounding the finer one to bfloat16 alone moves it by α = 0.0001" in sound(app)
    assert "embed: 3 rows" in sound(app)
    app.button_group("heat-view").set_value("effective rank").run()
    (figure,) = figures(app)
    assert figure["layout"]["title"]["text"] == "Moved in most directions: up in layer 1, effective rank 4 of 8"


def test_checkpoints_that_share_most_are_compared_and_joined_over_that(
    page: Page, store: Store, checkpoint: Path, tmp_path: Path
) -> None:
    (grown := tmp_path / "grown").mkdir()
    save(grown, make_model(vocabulary=330))
    run_id = store.submit(pair := ComparisonSpec(checkpoint=str(checkpoint), other=str(grown)))
    store.claim("w")
    store.record_content(run_id, "w", content_of(pair))
    store.finish(run_id, "w", "done", artifact=COMPARED)
    text = sound(app := page("checkpoints", a=str(checkpoint), b=str(grown)))
    assert "Compared, and joined by a straight line, over what both have" in text
    assert "vocabulary size: 320 against 330" in text
    assert len(figures(app)) == 1
    assert [link.proto.label for link in app.get("page_link")] == ["Measure the line to grown"]


def test_a_slice_says_where_a_way_does_not_end_at_its_checkpoint(page: Page, store: Store) -> None:
    run_id = store.submit(SPEC)
    store.claim("w")
    store.record_settings(
        run_id, "w", {}, Facts(100, 0.1, {"demo:assistant": 0.008}, remarks=["the line ends at 10 rows less"])
    )
    store.request_points(run_id, "w", [(Point(0, 0.0), "basic", "k")], remaining_estimate=0)
    store.write(run_id, "w", {"k": Made(outcomes=np.ones(4, np.uint8))})
    assert "the line ends at 10 rows less" in sound(page("slice", run=run_id))


def test_a_pair_is_compared_when_somebody_asks_for_it(page: Page, store: Store) -> None:
    app = page("checkpoints", a="demo:base", b="demo:assistant")
    assert not store.runs()
    (button,) = [button for button in app.button if button.label == "Compare them"]
    button.click().run()
    assert [run.spec for run in store.runs()] == [PAIR]


def test_code_is_trusted_for_the_checkpoints_chosen_and_no_other(page: Page, own_code: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(own_code, other)
    app = page("checkpoints", a=str(own_code), b=str(other))
    first, second = app.checkbox
    assert "Run the Python code of **own** on this machine" in first.label
    assert "runs with your rights" in sound(app)
    assert (first.value, second.value) == (False, False)
    second.check().run()
    assert (trust.is_given(own_code), trust.is_given(other)) == (False, True)
    (other / "modeling_own.py").write_text("print('something else')")
    assert [box.value for box in app.run().checkbox] == [False, False]


def test_checkpoints_that_share_no_space_say_why(page: Page, checkpoint: Path) -> None:
    text = sound(page("checkpoints", a="demo:base", b=str(checkpoint)))
    assert "no line joins them" in text


def test_one_checkpoint_twice_is_no_pair(page: Page, store: Store) -> None:
    assert "two different" in sound(page("checkpoints", a="demo:base", b="demo:base"))
    assert not store.runs()


@pytest.mark.parametrize("name", ["", "no/such/folder", "demo:nothing"])
def test_a_checkpoint_that_is_nowhere_is_a_sentence(page: Page, name: str) -> None:
    app = page("checkpoints", a="demo:base", b=name or "   ")
    assert not app.exception
    assert app.error


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_cannot_be_written_is_a_sentence(page: Page, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    app = page("runs")
    tmp_path.chmod(0o700)
    assert not app.exception
    assert app.error


@pytest.mark.parametrize("name", ["runs", "slice", "checkpoints"])
def test_a_store_that_is_no_database_is_a_sentence(page: Page, tmp_path: Path, name: str) -> None:
    for file in tmp_path.glob("store.sqlite*"):
        file.unlink()
    (tmp_path / "store.sqlite").write_text("this is not a database, not even a small one" * 50)
    st.cache_resource.clear()
    app = page(name)
    assert not app.exception
    assert any("store" in error.value for error in app.error)


def test_no_page_loads_a_model(page: Page) -> None:
    """Run on its own, this test would see torch: the suite's other modules import it."""
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=180).run()\n"
        "assert not app.exception\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=False).returncode == 0
