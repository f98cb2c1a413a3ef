"""`capability show`: what is in a capability, and what is asked repeatedly."""

import json
from pathlib import Path


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
