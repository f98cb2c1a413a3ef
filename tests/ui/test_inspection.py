"""The Inspect page: nothing measured, under way, each verdict, cut by the budget, several side by side."""

import numpy as np
import pytest

from landscape.inspection.parts import parts_of
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.directions import Gaussian, Towards, end_of, short_name
from landscape.schema.frames import Spec
from landscape.schema.points import Point
from landscape.schema.results import Facts
from landscape.schema.specs import BasinSpec, InspectionSpec, SliceSpec, Thresholds
from landscape.store.records import Phase, Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.store.made import Made
from tests.ui import forms
from tests.ui.states import Page, figures, sound

BASE, ALPHA = "demo:assistant", 0.002
NOTE = "the line to benign ends at the rows that both have"
ENDS = {"math": 0.02, "code": 0.03}  # of the basin of the base
DELTA = {
    "parameters": 20, "radius": 0.01, "alpha": ALPHA, "rms": 0.1, "relative_alpha": 0.02, "changed": 20,
    "tensors": [
        {"name": f"layers.{layer}.up.weight", "layer": layer, "module": "up", "alpha": 0.002, "relative": 0.02,
         "radius": 0.006, "parameters": 10, "rms": 0.1}
        for layer in (0, 1)
    ],
}  # fmt: skip


def spec_of(other: str = "demo:benign", **fields: object) -> InspectionSpec:
    return InspectionSpec(checkpoint=BASE, other=other, capabilities=("math", "code"), draws=2, **fields)


def measure(store: Store, part: Spec, kept: float, n: int) -> str:
    """A part as a worker would have left it; code keeps the share `kept` of its examples from the fine-tune on."""
    run_id = store.submit(part)
    store.claim("w", run_id=run_id)
    if not isinstance(part, SliceSpec | BasinSpec):
        store.finish(run_id, "w", "done", artifact=DELTA)
        return run_id
    others = [end for direction in part.directions if (end := end_of(direction)) is not None]
    aimed = any(isinstance(direction, Towards) for direction in part.directions)
    chance, remarks = {"math": 0.0, "code": 0.0}, [NOTE] if aimed else []
    store.record_settings(run_id, "w", {}, Facts(20, 0.1, dict.fromkeys(others, ALPHA), chance=chance, remarks=remarks))
    made, planned = {}, []
    for index, direction in enumerate(part.directions):
        far = sorted({*part.alphas, ALPHA}) if isinstance(part, SliceSpec) else np.linspace(0, 0.06, 25).tolist()
        for alpha in far:
            for name in part.capabilities:
                holds = alpha <= ENDS[name] if isinstance(direction, Gaussian) else True
                tuned = part.checkpoint != BASE or (not isinstance(direction, Gaussian) and alpha >= ALPHA)
                share = kept if name == "code" and tuned else 1.0
                key = f"{run_id}-{index}-{alpha}-{name}"
                outcomes = (np.arange(n) < round(share * n)).astype(np.uint8) if holds else np.zeros(n, np.uint8)
                planned.append((Point(index, alpha), name, key))
                made[key] = Made(outcomes=outcomes, losses=np.full(n, 0.1, np.float32))
    store.request_points(run_id, "w", planned, remaining_estimate=0)
    store.write(run_id, "w", made)
    store.finish(run_id, "w", "done")
    return run_id


def inspect(
    store: Store,
    spec: InspectionSpec,
    kept: float = 1.0,
    n: int = 400,
    upto: int | None = None,
    *,
    running: bool = False,
) -> Run:
    """An inspection whose first parts are measured; the budget left out the others, or they are still to come."""
    run_id = store.submit(spec)
    ids: dict[str, str] = {}
    while True:
        parts = parts_of(spec, collect_evidence(store, store.run(run_id))[0])
        name = next((name for name in parts if name not in ids), None)
        if name is None or len(ids) == upto:
            break
        ids[name] = measure(store, parts[name], kept, n)
    store.claim("w", run_id=run_id)
    if running:
        store.note(run_id, "w", Phase("base basin", 3, 40))
    else:
        store.finish(run_id, "w", "done", artifact={"parts": ids, "cut": [n for n in parts if n not in ids]})
    return store.run(run_id)


def titles(app) -> list[str]:
    return [figure["layout"]["title"]["text"] for figure in figures(app)]


def test_a_pair_that_nobody_inspected_is_offered_and_one_press_queues_it(page: Page, store: Store) -> None:
    spec = spec_of(limit=50, budget=300, thresholds=Thresholds(max_drop=0.1))
    app = page("inspect", spec=pack(spec))
    assert "Not inspected yet" in sound(app)
    forms.measure(app)
    (run,) = store.runs()
    assert run.spec == spec


def test_the_form_begins_at_what_is_shown(page: Page, store: Store) -> None:
    spec = spec_of(limit=50, budget=5400, worst=True, thresholds=Thresholds(confidence=0.99))
    app = page("inspect", spec=pack(spec))
    assert next(box for box in app.text_input if box.label == "Budget").value == "90m"
    forms.measure(app)
    (run,) = store.runs()
    assert run.spec == spec


def test_a_budget_that_is_none_is_a_sentence(page: Page) -> None:
    app = page("inspect", spec=pack(spec_of()))
    next(box for box in app.text_input if box.label == "Budget").set_value("soon").run()
    assert any("expected a budget such as 90s, 5m or 2h" in error.value for error in app.error)


def test_several_fine_tunes_are_queued_at_once_and_stand_beside_each_other(page: Page, store: Store) -> None:
    app = page("inspect", spec=pack(spec_of()))
    box = next(box for box in app.multiselect if box.label == "Other fine-tunes of the same base")
    box.set_value(["demo:adversarial"]).run()
    assert forms.measure_button(app).label.startswith("Inspect 2 fine-tunes")
    forms.measure(app)
    sound(app)
    assert {run.spec.other for run in store.runs()} == {"demo:benign", "demo:adversarial"}
    (second,) = [run.id for run in store.runs() if run.spec.other == "demo:adversarial"]
    assert app.query_params["beside"] in ([second], second)


def test_while_it_runs_the_verdict_so_far_says_that_it_may_change(page: Page, store: Store) -> None:
    run = inspect(store, spec_of(), upto=3, running=True)
    app = page("inspect", run=run.id)
    text = sound(app)
    assert "So far: pass" in text
    assert "It may still change: 3 of 10 parts measured" in text
    assert "Cancel" in text
    (bar,) = app.get("progress")
    assert bar.proto.text.startswith("Base basin")
    badges = [element.value for element in app.markdown if "-badge[" in element.value]
    assert sum("done" in badge for badge in badges) == 3
    assert sum("waiting" in badge for badge in badges) == 7


def test_before_the_scores_there_is_no_verdict(page: Page, store: Store) -> None:
    run = inspect(store, spec_of(), upto=1, running=True)
    assert "No verdict yet" in sound(page("inspect", run=run.id))


def test_a_pass_shows_the_verdict_every_picture_and_every_part(page: Page, store: Store) -> None:
    run = inspect(store, spec_of())
    app = page("inspect", run=run.id)
    text = sound(app)
    assert app.header[0].value.startswith(":green[")
    assert "All 10 parts are measured" in text
    assert "Measure the rest" not in text
    assert text.count(NOTE) == 1
    said = titles(app)
    assert len(said) == 5
    assert any(
        title.startswith("Smallest radius measured of benign, one part moved alone: layer 0, where math ends")
        for title in said
    )
    assert not any("None" in title or "nan" in title for title in said)
    links = {link.proto.label: link.proto for link in app.get("page_link")}
    assert {
        "Scores of the base",
        "Scores of the fine-tune",
        "Basin of the base",
        "Only layer 1 moved",
        "Only up moved",
    } <= set(links)
    assert [button.proto.label for button in app.get("download_button")] == [
        "Report", "Markdown", "JSON", "inspect.toml"
    ]  # fmt: skip


def test_a_fail_says_what_was_lost(page: Page, store: Store) -> None:
    run = inspect(store, spec_of("demo:adversarial"), kept=0.5)
    app = page("inspect", run=run.id)
    text = sound(app)
    assert app.header[0].value.startswith(":red[")
    assert "Fail: code fell from 1.000 to 0.500" in text
    assert "It fell by 0.500" in text
    assert "1.000 → 0.500" in text


def test_a_fail_while_it_runs_says_that_it_stands(page: Page, store: Store) -> None:
    run = inspect(store, spec_of(), kept=0.5, upto=3, running=True)
    assert "This stands: nothing makes up for what was lost" in sound(page("inspect", run=run.id))


def test_too_few_examples_are_their_own_verdict_and_counted(page: Page, store: Store) -> None:
    app = page("inspect", run=inspect(store, spec_of(), n=20).id)
    assert app.header[0].value.startswith(":violet[")
    assert "more examples are needed" in sound(app)


def test_what_the_budget_left_out_is_said_and_can_be_measured(page: Page, store: Store) -> None:
    spec = spec_of(budget=60)
    run = inspect(store, spec, upto=5)
    app = page("inspect", run=run.id)
    text = sound(app)
    assert "It rests on 5 of 15 parts measured" in text
    assert "left out by the budget" not in text, "not part by part"
    (line,) = [caption.value for caption in app.caption if "Not measured within the budget" in caption.value]
    assert line.endswith(
        "the ranks of what changed, scores on more examples, more points on the line between the two, more directions "
        "of the base, the basin of the fine-tune, deployment moves, 2 layers moved alone, 1 type of module moved alone."
    )
    links = {link.proto.label for link in app.get("page_link")}
    assert "Scores of the fine-tune, first 50 examples" in links
    next(button for button in app.button if button.label == "Measure the rest").click().run()
    assert store.runs()[0].spec == spec.model_copy(update={"budget": None})


def test_fine_tunes_of_one_base_stand_side_by_side_by_the_address(page: Page, store: Store) -> None:
    first = inspect(store, spec_of())
    second = inspect(store, spec_of("demo:adversarial"), kept=0.5)
    store.submit(InspectionSpec(checkpoint="demo:base", other="demo:assistant", capabilities=("math",)))
    app = page("inspect", run=first.id, beside=second.id)
    sound(app)
    assert titles(app)[-1] == "benign passes; adversarial fails on code"
    box = next(box for box in app.multiselect if box.label == "Other fine-tunes of assistant")
    assert len(box.options) == 1, "only the same base can be compared"
    assert any(f"beside={second.id}" in code.value for code in app.code)
    box.set_value([]).run()
    assert "beside" not in app.query_params


def test_a_failed_inspection_can_be_resumed(page: Page, store: Store) -> None:
    run_id = store.submit(spec_of())
    store.claim("w")
    store.finish(run_id, "w", "failed", error="the weights hold 3 NaN")
    app = page("inspect", run=run_id)
    assert "3 NaN" in sound(app)
    next(button for button in app.button if button.label == "Resume").click().run()
    assert store.run(run_id).status == "queued"


def test_an_inspection_has_its_line_in_the_history(page: Page, store: Store) -> None:
    run = inspect(store, spec_of())
    app = page("runs")
    sound(app)
    line = app.dataframe[0].value.set_index("run").loc[run.id]
    assert line["kind"] == "inspection"
    assert short_name("demo:benign") in line["what"]


@pytest.mark.parametrize("query", [{"run": "deadbeef"}, {"spec": "broken"}])
def test_a_link_to_nothing_is_a_sentence(page: Page, query: dict[str, str]) -> None:
    app = page("inspect", **query)
    sound(app)
    assert app.error
