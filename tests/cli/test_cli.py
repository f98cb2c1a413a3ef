"""The command line: tables, files, and every wrong input as one line with a hint."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from landscape.bundled import specs
from landscape.schema.results import columns
from tests.conftest import make_model, save


def test_a_slice_prints_a_table_and_writes_json_and_csv(
    cli, process, checkpoint: Path, finetuned: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    shown = process(
        "slice", checkpoint, "--towards", finetuned, "--directions", 2, "--capability", greedy_suite,
        "--alpha", "0:0.04:3", "--json", tmp_path / "o.json", "--csv", tmp_path / "o.csv",
    )  # fmt: skip
    assert "mean score" in shown.stdout
    exported = json.loads((tmp_path / "o.json").read_text())
    assert set(exported) == {"spec", "rows", "reading"}
    assert len(exported["rows"]) == 2 * 3 + 4  # the fine-tune's own α is measured too
    table = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text())))
    assert list(table[0]) == columns(specs.DEMO_SPEC)
    listed = cli("run", "list").stdout
    assert "done" in listed
    run_id = next(line.split()[1] for line in listed.splitlines() if "done" in line)
    assert "mean score" in cli("run", "show", run_id).stdout
    assert cli("run", "export", run_id, "--csv", "-").stdout == (tmp_path / "o.csv").read_text()
    again = cli(
        "slice", checkpoint, "--towards", finetuned, "--directions", 2, "--capability", greedy_suite,
        "--alpha", "0:0.04:3", "--csv", "-",
    )  # fmt: skip
    assert again.stdout == (tmp_path / "o.csv").read_text()  # to the last digit of the seconds: nothing ran again
    cli("run", "delete", run_id)
    assert "No runs yet" in cli("run", "list").stdout


def test_a_way_to_a_fine_tune_with_added_tokens_is_measured_and_the_note_shown(
    cli, checkpoint: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    more = save(tmp_path / "more", make_model(seed=1, vocabulary=330))
    command = ("slice", checkpoint, "--along", f"towards:{more}", "--directions", 0, "--capability", greedy_suite)
    shown = cli(*command, "--alpha", "0", "--json", tmp_path / "o.json")
    note = "the line to more ends at the rows that both have: 10 rows of the vocabulary that only it has are left out"
    assert note in " ".join(shown.stderr.split())
    exported = json.loads((tmp_path / "o.json").read_text())
    assert exported["remarks"] == [note]
    assert exported["added_rows"] == {str(more): {"model.embed_tokens.weight": 10}}
    aimed = ("plane", checkpoint, "--x", f"towards:{more}", "--capability", greedy_suite)
    assert "no point of" in cli(*aimed, code=2).stderr


def test_basins_of_several_checkpoints_are_tables_and_json(
    cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    shown = cli(
        "basin", checkpoint, finetuned, "--directions", 2, "--capability", own_answers, "--reach", "0.4",
        "--towards", finetuned, "--json", tmp_path / "b.json", code=2,
    )  # fmt: skip
    assert "Δθ = 0" in shown.stderr  # the second is its own target
    shown = cli(
        "basin", checkpoint, finetuned, "--directions", 2, "--capability", own_answers, "--reach", "0.4",
        "--json", tmp_path / "b.json",
    )  # fmt: skip
    assert shown.stdout.count("basin radius at τ = 0.05") == 2
    found = json.loads((tmp_path / "b.json").read_text())["checkpoints"]
    assert [one["spec"]["checkpoint"] for one in found] == [str(checkpoint), str(finetuned)]
    capability = found[0]["capabilities"]["own"]
    promised = {"radius", "radius_low", "radius_high", "boundaries", "relative_radius", "points_measured"}
    assert promised <= set(capability)
    assert capability["points_measured"] >= 1 + 2 * 5
    run_id = next(line.split()[1] for line in cli("run", "list").stdout.splitlines() if "done" in line)
    assert "basin radius" in cli("run", "show", run_id).stdout


def test_a_plane_is_a_table_and_json(cli, checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path) -> None:
    shown = cli(
        "plane", checkpoint, "--x", f"towards:{finetuned}", "--grid", 9, "--full", "--capability", own_answers,
        "--x-range=-0.1:0.1", "--y-range=-0.1:0.1", "--json", tmp_path / "p.json",
    )  # fmt: skip
    assert "points measured of a 9 × 9 grid" in shown.stdout
    assert "distance to the plane" in shown.stdout
    exported = json.loads((tmp_path / "p.json").read_text())
    assert set(exported) == {"spec", "rows", "places", "cosine", "variance"}
    assert len(exported["rows"]) == 81 + 1  # and the fine-tune itself
    x, y, distance = exported["places"][str(finetuned)]
    assert (y, distance) == (0, 0)
    assert any(row["x"] == x and row["y"] == 0 for row in exported["rows"])


def test_two_checkpoints_are_compared(cli, checkpoint: Path, finetuned: Path) -> None:
    shown = cli("checkpoint", "show", checkpoint, finetuned).stdout
    assert "‖Δθ‖" in shown
    assert "Moved most" in shown
    assert "effective rank" in shown
    assert " of 32" in shown


def test_prompts_that_do_not_fit_the_context_are_reported(cli, checkpoint: Path, tmp_path: Path) -> None:
    suite = tmp_path / "long.jsonl"
    suite.write_text(json.dumps({"prompt": "word " * 200, "answer": "a"}) + '\n{"prompt": "2 + 2", "answer": " = 4"}')
    shown = cli("slice", checkpoint, "--capability", suite, "--alpha", "0:0.01:2", "--directions", 1)
    assert "long: 1 example does not fit the model's context and counts as wrong" in shown.stderr
    assert "Token indices" not in shown.stderr
    again = cli("slice", checkpoint, "--capability", suite, "--alpha", "0:0.01:2", "--directions", 1, "--csv", "-")
    assert "long: 1 example does not fit the model's context and counts as wrong" in again.stderr
    run_id = next(line.split()[1] for line in cli("run", "list").stdout.splitlines() if "done" in line)
    assert "long: 1 example does not fit the model's context and counts as wrong" in cli("run", "show", run_id).stderr


def test_a_file_that_changed_is_measured_again(cli, checkpoint: Path, greedy_suite: Path, tmp_path: Path) -> None:
    suite = Path(shutil.copy(greedy_suite, tmp_path / "suite.jsonl"))
    command = ("slice", checkpoint, "--capability", suite, "--alpha", "0:0.01:2", "--directions", 1, "--csv", "-")
    assert ",16," in cli(*command).stdout
    suite.write_text("\n".join(suite.read_text().splitlines()[:5]))
    assert ",5," in cli(*command).stdout


def test_brackets_in_a_name_are_shown_as_they_are(cli, checkpoint: Path, greedy_suite: Path, tmp_path: Path) -> None:
    suite = Path(shutil.copy(greedy_suite, tmp_path / "[suite].jsonl"))
    shown = cli("slice", checkpoint, "--capability", suite, "--alpha", "0:0.01:2", "--directions", 1)
    assert "[suite]" in shown.stdout


@pytest.mark.parametrize("command", ["slice", "run list", "run show", "run cancel", "run delete", "run export", "run resume",
                                     "checkpoint show", "demo build", "worker", "bench"])  # fmt: skip
def test_every_help_has_an_example(cli, command: str) -> None:
    assert f"Example: python -m landscape {command}" in " ".join(cli(*command.split(), "--help").stdout.split())


WRONG = {
    "a folder without a checkpoint": (["slice", "{tmp}"], "expected config.json"),
    "nothing there": (["slice", "nowhere"], "expected an existing folder, demo:NAME, or a hub id"),
    "unknown capability": (["slice", "{checkpoint}", "--capability", "bsic"], "did you mean 'basic'"),
    "empty capability": (["slice", "{checkpoint}", "--capability", "{empty}"], "holds no examples"),
    "malformed capability": (["slice", "{checkpoint}", "--capability", "{malformed}"], "line 2"),
    "huge capability": (["slice", "{checkpoint}", "--capability", "{huge}"], "100 MB: expected at most"),
    "reversed range": (["slice", "{checkpoint}", "--capability", "{suite}", "--alpha", "0.06:0:3"], "reversed or empty"),
    "empty range": (["slice", "{checkpoint}", "--capability", "{suite}", "--alpha", "0:0:3"], "reversed or empty"),
    "huge range": (["slice", "{checkpoint}", "--capability", "{suite}", "--alpha", "0:1:99999999999"], "at most 20000 points"),
    "huge seed": (["slice", "{checkpoint}", "--capability", "{suite}", "--seed", "99999999999999999999"], "--seed"),
    "range with letters": (["slice", "{checkpoint}", "--capability", "{suite}", "--alpha", "a:b:c"], "got 'a:b:c'"),
    "name with brackets": (["slice", "nowhere[/b]"], "no checkpoint at 'nowhere[/b]'"),
    "nowhere to write": (["slice", "{checkpoint}", "--capability", "{suite}", "--json", "{tmp}/no/o.json"], "in a folder that exists"),
    "a folder to write to": (["slice", "{checkpoint}", "--capability", "{suite}", "--csv", "{tmp}"], "expected a file"),
    "no direction": (["slice", "{checkpoint}", "--capability", "{suite}", "--directions", "0"], "at least 1"),
    "wrong kind": (["slice", "{checkpoint}", "--capability", "{suite}", "--kind", "line"], "expected --kind"),
    "wrong dtype": (["slice", "{checkpoint}", "--capability", "{suite}", "--dtype", "int8"], "float32"),
    "absent device": (["slice", "{checkpoint}", "--capability", "{suite}", "--device", "tpu"], "no device 'tpu'"),
    "zero Δθ": (["slice", "{checkpoint}", "--capability", "{suite}", "--towards", "{checkpoint}"], "Δθ = 0"),
    "other shapes": (["slice", "{checkpoint}", "--capability", "{suite}", "--towards", "{wide}"], "shapes: "),
    "other vocabulary": (["checkpoint", "show", "{checkpoint}", "{wide}"], "vocabulary size: 320 against 330"),
    "NaN weights": (["slice", "{nan}", "--capability", "{suite}"], "NaN or infinite"),
    "truncated shard": (["slice", "{truncated}", "--capability", "{suite}"], "truncated or damaged"),
    "missing shard": (["slice", "{unsharded}", "--capability", "{suite}"], "lacks 1 of its"),
    "globs that match nothing": (["slice", "{checkpoint}", "--capability", "{suite}", "--only", "*.x"], "matches no parameter"),
    "both tolerances": (["basin", "{checkpoint}", "--capability", "{suite}", "--tolerance", "0.1", "--loss-tolerance", "0.1"], "got both"),
    "loss tolerance of nothing": (["plane", "{checkpoint}", "--capability", "{suite}", "--loss-tolerance", "0"], "greater than 0"),
    "losses stopped early": (["basin", "{checkpoint}", "--capability", "{suite}", "--loss-tolerance", "0.1", "--sequential"],
                             "leave out sequential"),
    "tolerance of one": (["basin", "{checkpoint}", "--capability", "{suite}", "--tolerance", "1"], "less than 1"),
    "one direction twice": (["plane", "{checkpoint}", "--capability", "{suite}", "--y", "gaussian:0"], "distinct directions"),
    "collinear checkpoints": (["plane", "{checkpoint}", "--capability", "{suite}", "--x", "towards:{tuned}",
                               "--y", "towards:{twin}"], "are collinear"),
    "an unreadable direction": (["plane", "{checkpoint}", "--capability", "{suite}", "--x", "north"], "expected a direction"),
    "a range without the origin": (["plane", "{checkpoint}", "--capability", "{suite}", "--x-range=0.1:0.2"], "low ≤ 0 ≤ high"),
    "two snapshots": (["plane", "{checkpoint}", "--capability", "{suite}", "--snapshots", "{checkpoint},{tuned}"], "at least 3"),
    "unknown run": (["run", "show", "zzz"], "expected the id of a run"),
    "unknown option": (["slice", "{checkpoint}", "--colour"], "No such option"),
}  # fmt: skip  # noqa: E501


@pytest.fixture(scope="module")
def places(
    checkpoint: Path, finetuned: Path, greedy_suite: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """One broken thing of each kind."""
    tmp = tmp_path_factory.mktemp("broken")
    (tmp / "empty.jsonl").touch()
    (tmp / "malformed.jsonl").write_text('{"prompt": "a", "answer": "b"}\n{"prompt":')
    with (tmp / "huge.jsonl").open("wb") as huge:
        huge.truncate(100 * 2**20)
    nan, truncated = (Path(shutil.copytree(checkpoint, tmp / name)) for name in ("nan", "truncated"))
    tensors = load_file(nan / "model.safetensors")
    tensors["model.norm.weight"][0] = float("nan")
    save_file(tensors, nan / "model.safetensors", metadata={"format": "pt"})
    whole = (truncated / "model.safetensors").read_bytes()
    (truncated / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    twin = Path(shutil.copytree(finetuned, tmp / "twin"))
    tensors = load_file(twin / "model.safetensors")
    tensors["model.norm.weight"][0] += 1e-4  # almost the fine-tune
    save_file(tensors, twin / "model.safetensors", metadata={"format": "pt"})
    unsharded = save(tmp / "unsharded", make_model(), max_shard_size="20KB")
    sorted(unsharded.glob("*.safetensors"))[0].unlink()
    return {
        "tmp": tmp, "checkpoint": checkpoint, "tuned": finetuned, "twin": twin, "suite": greedy_suite, "nan": nan, "truncated": truncated,
        "unsharded": unsharded, "wide": save(tmp / "wide", make_model(vocabulary=330, width=64)),
    } | {name: tmp / f"{name}.jsonl" for name in ("empty", "malformed", "huge")}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_with_a_hint_and_exit_code_two(cli, places: dict[str, Path], case: str) -> None:
    arguments, hint = WRONG[case]
    shown = cli(*(argument.format(**places) for argument in arguments), code=2)
    assert_one_line(shown.stderr, hint)


def test_a_hub_id_without_a_network_is_one_line_that_says_what_to_do(process) -> None:
    """In a process of its own: huggingface_hub asks once, on import, whether it is offline."""
    assert_one_line(process("slice", "some-org/some-model", code=2).stderr, "name that folder")


def assert_one_line(stderr: str, hint: str) -> None:
    errors = [line for line in stderr.splitlines() if line.startswith("Error:")]
    assert len(errors) == 1
    assert hint in errors[0]


def test_a_store_that_does_not_work_is_one_line_and_the_exit_code_of_what_broke(cli, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear diary " * 100)
    shown = cli("run", "list", code=4, LANDSCAPE_STORE=str(tmp_path / "diary.txt"))
    assert shown.stderr.startswith("Error: ")


def test_a_folder_is_no_store(cli, tmp_path: Path) -> None:
    shown = cli("run", "list", code=4, LANDSCAPE_STORE=str(tmp_path))
    assert "it is a folder" in shown.stderr


def test_a_worker_says_where_it_cannot_write(cli, tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    cli("run", "list", LANDSCAPE_STORE=str(store))
    (tmp_path / "s.sqlite.auto.lock").mkdir()
    shown = cli("worker", "--idle-exit", 0, code=4, LANDSCAPE_STORE=str(store))
    assert "cannot write beside the store" in shown.stderr
