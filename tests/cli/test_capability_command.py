"""`capability show`: what is in a capability, and what is asked repeatedly."""

import json
from pathlib import Path

from landscape.assets import STARTER


def test_the_command_lists_them_on_the_screen_and_whole_in_the_json(cli, tmp_path: Path) -> None:
    lines = [{"prompt": f"{i} + 1 =", "answer": f" {i + 1}"} for i in range(4)]
    lines += [{"prompt": "8 + 1 =", "answer": " 9"}] * 3
    lines += [
        {"prompt": p, "answer": "no", "oracle": "exact_match", "request": "a *bad* thing"} for p in ("Do", "Now!")
    ]
    file = tmp_path / "sums.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    shown = cli("capability", "show", file, "--repeats", 1, "--json", tmp_path / "o.json").stdout
    assert "8 + 1 =" in shown
    assert "a *bad* thing" not in shown
    assert "the first 1 of 2" in " ".join(shown.split())
    (found,) = json.loads((tmp_path / "o.json").read_text())["capabilities"]
    assert (found["examples"], found["requests"], len(found["repeated"])) == (9, 6, 2)
    assert found["kinds"] == ["exact", "generate"]
    assert "did you mean 'basic'" in cli("capability", "show", "bsic", code=2).stderr


def test_the_list_has_both_groups_with_what_they_ask(cli, tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    shown = cli("capability", "list", "--json", file).stdout
    assert "demo models" in shown
    assert "all others" in shown
    rows = {row["capability"]: row for row in json.loads(file.read_text())["capabilities"]}
    assert [name for name, row in rows.items() if row["for"] == "demo models"] == ["basic", "math", "code", "safety"]
    starters = {name: row for name, row in rows.items() if row["for"] == "all others"}
    assert len(starters) == 8
    assert all(row["examples"] >= 300 and row["asks"] in shown for row in starters.values())
    usual = ["knowledge", "completion", "arithmetic", "language", "code"]
    assert [name for name, row in starters.items() if row["by_default"]] == [f"starter:{name}" for name in usual]
    gate = {name for name, row in starters.items() if row["by_default_in_inspections"] and not row["by_default"]}
    assert gate == {"starter:refusal", "starter:harmless"}


def test_the_list_holds_whole_names_in_a_narrow_terminal(cli) -> None:
    shown = cli("capability", "list", COLUMNS="80").stdout
    assert all(name in shown for name in STARTER)


def test_a_command_says_what_it_asks_by_default_and_what_is_left_out(cli, checkpoint: Path, tmp_path: Path) -> None:
    file = tmp_path / "o.json"
    command = ("slice", checkpoint, "--directions", 1, "--alpha", "0,0.1", "--limit", 2, "--json", file)
    shown = cli(*command)
    said = " ".join(shown.stderr.split())
    assert "Asked by default: starter:knowledge, starter:completion, starter:arithmetic, starter:language" in said
    assert f"they ask through a chat template, and {checkpoint.name} has none." in said
    asked = json.loads(file.read_text())["spec"]["capabilities"]
    assert asked == [f"starter:{name}" for name in ("knowledge", "completion", "arithmetic", "language", "code")]
    assert "nothing to lose here: " in shown.stdout


def test_a_demo_set_that_is_asked_of_another_model_is_measured_and_said_to_say_little(cli, checkpoint: Path) -> None:
    shown = cli("slice", checkpoint, "--directions", 1, "--alpha", "0,0.1", "--limit", 2, "--capability", "basic")
    assert "basic asks what the demo models were taught" in " ".join(shown.stderr.split())
    assert "basic" in shown.stdout


def test_an_inspection_of_what_the_base_cannot_do_is_no_pass(
    cli, checkpoint: Path, finetuned: Path, tmp_path: Path
) -> None:
    file = tmp_path / "nothing.jsonl"
    file.write_text("".join(json.dumps({"prompt": f"{i} + 1 =", "answer": " never this"}) + "\n" for i in range(30)))
    shown = cli("inspect", checkpoint, finetuned, "--capability", file, "--draws", 1, "--budget", "1s", code=3).stdout
    said = " ".join(shown.split())
    assert "none of 30 examples is answered" in said
    assert "the base has nothing to lose in nothing, so nothing was tested" in said
