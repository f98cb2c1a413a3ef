"""The list of runs on the command line: filters, labels, deletion with undo, exports."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import yaml

from landscape.basins.radii import basins_of
from landscape.intervals import wilson
from landscape.schema.specs import InspectionSpec, SliceSpec
from landscape.store.curation.parts import Part
from landscape.store.store import Store
from tests.cli.conftest import Cli
from tests.store.made import SPEC
from tests.ui.basin_runs import bring as bring_basin
from tests.ui.states import bring

INSPECTION = InspectionSpec(checkpoint="demo:base", other="demo:benign", capabilities=("basic",))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The store of the commands."""
    return Store(str(tmp_path / "s.sqlite"))


@pytest.fixture
def runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two slices; the second asks for fewer examples."""
    specs = (SPEC, SliceSpec(**SPEC.model_dump() | {"limit": 60}))
    return [bring(store, spec, "done", monkeypatch).id for spec in specs]


def test_labels_are_written_shown_filtered_and_stand_for_the_id(cli: Cli, store: Store, runs: list[str]) -> None:
    shown = cli("run", "edit", runs[0][:6], "--name", "nightly", "--tag", "sft", "--tag", "may", "--note", "n", "--pin")
    assert shown.stdout.strip() == f"run {runs[0]}: nightly [sft, may] (pinned): n"
    cli("run", "edit", "nightly", "--untag", "may", "--tag", "june")
    assert store.run(runs[0]).labels.tags == ("sft", "june")
    assert "nightly [sft, june] (pinned): n" in cli("run", "show", "nightly").stdout
    listed = cli("run", "list").stdout
    assert listed.index(runs[0]) < listed.index(runs[1]), "pinned"
    assert "* nightly" in listed
    for words in (["--tag", "june"], ["night"], ["--kind", "slice", "--tag", "sft", "--checkpoint", "base"]):
        found = cli("run", "list", *words).stdout
        assert runs[0] in found
        assert runs[1] not in found
    assert "No run passes" in cli("run", "list", "--until", "2001-01-01").stdout
    assert "nothing is written on it" in cli("run", "edit", runs[1]).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--kind", "slices"], "expected --kind to be one of slice, basin"),
        (["list", "--status", "over"], "expected --status to be one of queued, running"),
        (["list", "--since", "May"], "May"),
        (["edit", "nothing", "--name", "x"], "expected the id of a run, got 'nothing'"),
        (["restore"], "there is nothing to bring back"),
    ],
)
def test_wrong_input_is_told_in_one_line(cli: Cli, runs: list[str], words: list[str], said: str) -> None:
    assert said in " ".join(cli("run", *words, code=2).stderr.split())


def test_parts_are_folded_and_a_deletion_names_them_and_is_undone(cli: Cli, store: Store, runs: list[str]) -> None:
    whole, part = store.submit(INSPECTION), store.submit(SPEC)
    store.parts.record(Part(whole, part, "scores", made=True))
    assert part not in (listed := cli("run", "list")).stdout
    assert "1 parts of inspections are folded: --parts" in listed.stderr
    assert f"scores of {whole}" in cli("run", "list", "--parts").stdout
    done = cli("run", "delete", whole, runs[0])
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        f"inspection {whole} of base and benign: nothing measured",
        f"slice {runs[0]} of base: 2 points",
    ]
    assert lines[2] == "with 1 part that no other inspection uses (0 points)"
    assert f"For 10 min it can be undone: python -m landscape run restore {whole} {runs[0]}" in " ".join(
        done.stderr.split()
    )
    assert {run.id for run in store.runs()} == {runs[1]}
    assert "3 runs are back" in cli("run", "restore", runs[0]).stdout, "what went together comes back together"
    assert {run.id for run in store.runs()} == {*runs, whole, part}


def test_csv_and_json_carry_the_labels(cli: Cli, runs: list[str]) -> None:
    cli("run", "edit", runs[0], "--name", "nightly", "--tag", "sft")
    assert json.loads(cli("run", "export", "nightly").stdout)["labels"]["name"] == "nightly"
    header, row, *_ = cli("run", "export", runs[0], "--csv", "-").stdout.splitlines()
    assert header.endswith(",run_name,run_tags,run_note")
    assert row.endswith(",nightly,sft,")
    assert "labels" not in json.loads(cli("run", "export", runs[1]).stdout)


def test_every_example_at_every_point_as_parquet(cli: Cli, store: Store, runs: list[str], tmp_path: Path) -> None:
    file = tmp_path / "examples.parquet"
    assert "8 rows" in cli("run", "export", runs[0], "--examples", file).stderr  # two points, four examples each
    table = pd.read_parquet(file)
    assert list(table.columns) == [
        "example", "id", "tags", "capability", "direction", "seed", "alpha", "correct", "loss",
    ]  # fmt: skip
    rows = store.result(runs[0]).rows
    means = table.groupby("alpha")["correct"].mean()
    assert means.tolist() == pytest.approx(rows.sort_values("alpha")["score"].tolist())
    at_origin = table[table["alpha"] == 0]
    assert at_origin["example"].tolist() == [0, 1, 2, 3]
    assert at_origin["loss"].isna().tolist() == [False, True, False, False]
    assert set(table["capability"]) == {"basic"}


def test_a_latex_table_has_intervals_and_a_caption(
    cli: Cli, store: Store, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bring_basin(store, "done", monkeypatch)
    text = cli("run", "export", run.id, "--latex", "-").stdout
    for needed in (
        r"\usepackage{booktabs}",
        r"\toprule",
        r"\bottomrule",
        r"\caption{Basins around assistant",
        "Landscape ",
    ):
        assert needed in text
    for basin in basins_of(store.result(run.id)):
        line = next(line for line in text.splitlines() if line.strip().startswith(f"{basin.capability} &"))
        if basin.radius is not None and not basin.radius.at_least:
            assert f"{basin.radius.median:.3g} [{basin.radius.low:.3g}, " in line
    scores = cli("run", "export", runs[0], "--latex", "-").stdout
    low, high = wilson(1.0, 4)
    assert rf"basic & 4 & 1.000 [{low:.3f}, {high:.3f}]" in scores
    assert scores.count("{") == scores.count("}")


def test_evaluation_results_are_yaml_of_the_hub(cli: Cli, runs: list[str], tmp_path: Path) -> None:
    file = tmp_path / "basic.yaml"
    cli("run", "export", runs[0], "--eval-results", file, "--benchmark", "basic=me/basic-facts#easy")
    (entry,) = yaml.safe_load(file.read_text())
    assert entry["dataset"] == {"id": "me/basic-facts", "task_id": "easy"}
    assert entry["value"] == 100.0
    assert str(entry["date"]).startswith("20")
    assert "on 4 examples" in entry["notes"]
    said = cli("run", "export", runs[0], "--eval-results", "-", code=2).stderr
    assert "--benchmark basic=ORG/DATASET" in " ".join(said.split())
    for wrong in ("basic", "basic=facts", "math=me/math"):
        cli("run", "export", runs[0], "--eval-results", "-", "--benchmark", wrong, code=2)


class Tracker(ModuleType):
    """A library of the W&B interface, which keeps what it is given."""

    def __init__(self) -> None:
        super().__init__("tracker")
        self.started: list[dict[str, Any]] = []
        self.logged: list[tuple[int, dict[str, float]]] = []
        self.over = 0

    def init(self, **options: Any) -> None:
        self.started.append(options)

    def log(self, metrics: dict[str, float], step: int) -> None:
        self.logged.append((step, metrics))

    def finish(self) -> None:
        self.over += 1


@pytest.mark.parametrize("library", ["trackio", "wandb"])
def test_a_run_is_logged_to_a_tracker_step_by_step(
    cli: Cli, store: Store, runs: list[str], library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, tracker := Tracker())
    cli("run", "edit", runs[0], "--name", "nightly", "--tag", "sft")
    cli("run", "export", runs[0], f"--{library}", "my-project")
    (started,) = tracker.started
    assert (started["project"], started["name"]) == ("my-project", f"nightly {runs[0]}")
    config = started["config"]
    assert (config["checkpoint"], config["tags"], config["landscape run"]) == ("demo:base", ["sft"], runs[0])
    rows = store.result(runs[0]).rows.sort_values("alpha")
    assert [(step, metrics["alpha"]) for step, metrics in tracker.logged] == list(enumerate(rows["alpha"]))
    assert [m["basic/score gaussian 0"] for _, m in tracker.logged] == rows["score"].tolist()
    assert tracker.over == 1


def test_a_search_is_logged_with_its_radii(cli: Cli, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trackio", tracker := Tracker())
    run = bring_basin(store, "done", monkeypatch)
    cli("run", "export", run.id, "--trackio", "p")
    _, last = tracker.logged[-1]
    for basin in basins_of(store.result(run.id)):
        if basin.radius is not None and not basin.radius.at_least:
            assert last[f"{basin.capability}/radius"] == basin.radius.median
            assert last[f"{basin.capability}/radius low"] == basin.radius.low


def test_a_tracker_that_is_not_there_is_told_with_how_to_get_it(
    cli: Cli, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trackio", None)
    assert (
        "trackio is not installed: pip install trackio"
        in cli("run", "export", runs[0], "--trackio", "p", code=2).stderr
    )


def test_an_inspection_has_no_points_of_its_own(cli: Cli, store: Store, tmp_path: Path) -> None:
    whole = store.submit(INSPECTION)
    assert "has no points of its own" in " ".join(cli("run", "export", whole, "--csv", "-", code=2).stderr.split())
