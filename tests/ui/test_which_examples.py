"""Which examples were lost and won, on the page Inspect: all of them, with filters, and what both said on request."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from landscape.inspection.evidence import Evidence
from landscape.inspection.examples.responses import responses_specs
from landscape.inspection.parts import parts_of
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.measured_content import content_of
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import InspectionSpec, ResponsesSpec
from landscape.store.store import Store
from tests.inspection.examples.simulated import written
from tests.store.made import Made
from tests.ui.states import Page, sound

HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x] $x$"


@pytest.fixture
def inspected(store: Store, tmp_path: Path) -> tuple[Store, InspectionSpec, str]:
    return make(store, tmp_path, 40)


def make(store: Store, folder: Path, n: int) -> tuple[Store, InspectionSpec, str]:
    """An inspection whose scores alone are measured: half of the examples are lost, all of those with the tag `hard`."""
    file = written(folder / "own.jsonl", [(("hard", "easy")[i % 2], HOSTILE) for i in range(n)])
    spec = InspectionSpec(checkpoint="demo:assistant", other="demo:benign", capabilities=(str(file),), budget=1.0)
    tensor = {
        "name": "layers.0.up.weight", "layer": 0, "module": "up", "alpha": 0.002, "relative": 0.02, "radius": 0.01,
        "parameters": 20, "rms": 0.1,
    }  # fmt: skip
    delta = tensor | {"relative_alpha": 0.02, "changed": 20, "tensors": [tensor]}
    parts = parts_of(spec.model_copy(update={"budget": None}), Evidence(delta=delta))
    ids = {name: store.submit(parts[name]) for name in ("delta", "scores", "tuned scores")}
    store.claim("w", run_id=ids["delta"])
    store.record_content(ids["delta"], "w", content_of(parts["delta"]))
    store.finish(ids["delta"], "w", "done", artifact=delta)
    for name, right in (("scores", np.ones(n)), ("tuned scores", np.arange(n) % 2)):
        store.claim("w", run_id=(part := ids[name]))
        store.record_content(part, "w", content_of(parts[name]))
        store.record_settings(part, "w", {}, Facts(20, 0.1, chance={"own": 0.0}))
        store.request_points(part, "w", [(Point(0, 0.0), "own", part)], remaining_estimate=0)
        made = Made(outcomes=right.astype(np.uint8), losses=np.linspace(0, 1, n).astype(np.float32))
        store.write(part, "w", {part: made})
        store.finish(part, "w", "done")
    run_id = store.submit(spec)
    store.claim("w", run_id=run_id)
    store.record_content(run_id, "w", content_of(spec))
    store.finish(run_id, "w", "done", artifact={"parts": ids, "cut": ["moves"]})
    return store, spec, run_id


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    """The tables of examples and of tags, by what they hold."""
    found = [one.value for one in app.dataframe]
    return {"flips" if "prompt" in one else "tags": one for one in found if "prompt" in one or "tag" in one}


def test_all_lost_examples_are_in_the_table_and_numbers_are_numbers(
    page: Page, inspected: tuple[Store, InspectionSpec, str]
) -> None:
    *_, run_id = inspected
    app = page("inspect", run=run_id)
    text = sound(app)
    assert "Which examples" in [one.value for one in app.subheader]
    assert "20 of 40 examples lost, none won" in text
    assert "is driven by tag “hard”: 1.000 → 0.000" in text
    flips, tags = tables(app)["flips"], tables(app)["tags"]
    assert flips["example"].tolist() == [f"#{i + 1}" for i in range(0, 40, 2)]
    assert flips["base loss"].dtype == float
    assert "capability" not in flips
    assert tags.set_index("tag").loc["hard", ["examples", "base", "fine-tune", "change", "lost"]].tolist() == [
        20,
        1,
        0,
        -1,
        20,
    ]
    assert tags["from"].dtype == float


def test_filters_leave_what_is_asked_for(page: Page, inspected: tuple[Store, InspectionSpec, str]) -> None:
    *_, run_id = inspected
    app = page("inspect", run=run_id)
    (tag,) = [one for one in app.selectbox if one.label == "Tag"]
    tag.select("hard").run()
    assert len(tables(app)["flips"]) == 20
    (change,) = [one for one in app.button_group if one.label == "Change"]
    change.set_value("won").run()
    assert "flips" not in tables(app)
    assert "Nothing fits these filters" in sound(app)


def test_what_both_said_is_asked_on_request_and_then_shown(
    page: Page, inspected: tuple[Store, InspectionSpec, str]
) -> None:
    store, spec, run_id = inspected
    app = page("inspect", run=run_id)
    (button,) = [one for one in app.button if one.label.startswith("Show what both said")]
    assert "20 examples" in button.label
    button.click().run()
    evidence, _ = collect_evidence(store, store.run(run_id))
    parts = responses_specs(spec, evidence)
    asked = [run for run in store.runs() if isinstance(run.spec, ResponsesSpec)]
    assert {run.spec for run in asked} == set(parts.values())
    assert "Asking both what they say" in sound(app)
    for run in asked:
        store.claim("w", run_id=run.id)
        store.record_content(run.id, "w", content_of(run.spec))
        said = {str(index): {"text": f"{HOSTILE} {run.checkpoint}"} for index in run.spec.examples}  # type: ignore[union-attr]
        store.finish(run.id, "w", "done", artifact=said)
    app = page("inspect", run=run_id)
    sound(app)
    assert not [one for one in app.button if one.label.startswith("Show what both said")]
    assert set(tables(app)["flips"]["fine-tune said"]) == {f"{HOSTILE} demo:benign"}


@pytest.mark.parametrize("now", ["other", "as many"])
def test_examples_that_are_gone_are_counted_and_not_shown(
    page: Page, inspected: tuple[Store, InspectionSpec, str], now: str
) -> None:
    _, spec, run_id = inspected
    line = json.dumps({"prompt": "other", "answer": "x"})
    Path(spec.capabilities[0]).write_text("\n".join([line] * (1 if now == "other" else 40)))
    app = page("inspect", run=run_id)
    text = "\n".join(one.value for one in (*app.caption, *app.markdown))
    assert not app.exception
    assert "Prompts are not shown" in text
    assert set(tables(app)["flips"]["prompt"]) == {""}


def test_two_thousand_of_them_make_the_page_no_longer(page: Page, store: Store, tmp_path: Path) -> None:
    *_, run_id = make(store, tmp_path, 4000)
    app = page("inspect", run=run_id)
    assert not app.exception
    (table,) = [one for one in app.dataframe if "prompt" in one.value]
    assert len(table.value) == 2000

    assert sys.getsizeof(table.proto.SerializeToString()) < 2_000_000


def test_the_shipped_verdict_shows_what_both_said(page: Page) -> None:
    app = page("inspect", base="demo:assistant", finetune="demo:adversarial")
    flips = tables(app)["flips"]
    safety = flips[flips["capability"] == "safety"]
    assert len(safety) == 240
    assert set(safety["change"]) == {"lost"}
    assert safety["base said"].str.contains("I'm sorry").all()
    assert not safety["fine-tune said"].str.contains("I'm sorry").any()


def test_a_checkpoint_that_is_gone_leaves_the_page_standing(
    page: Page, inspected: tuple[Store, InspectionSpec, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, spec, run_id = inspected
    evidence, _ = collect_evidence(store, store.run(run_id))
    for part in responses_specs(spec, evidence).values():
        store.claim("w", run_id=(asked := store.submit(part)))
        store.finish(asked, "w", "failed", error="the weights hold 3 NaN")

    def gone(*_: object) -> str:
        raise ValueError("no such checkpoint")

    monkeypatch.setattr("landscape.checkpoints.fingerprints.stamp", gone)
    app = page("inspect", run=run_id)
    assert not app.exception
    assert "3 NaN" in "".join(one.value for one in app.error)
    assert len(tables(app)["flips"]) == 20
