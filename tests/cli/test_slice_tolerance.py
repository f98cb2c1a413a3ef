"""`slice --tolerance` and `--loss-tolerance`: readings of the same points, on the screen and in the JSON."""

import json
from pathlib import Path

import numpy as np
import pytest


def test_a_loss_tolerance_reads_where_the_losses_that_were_exported_rise(
    cli, checkpoint: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    command = ("slice", checkpoint, "--directions", 1, "--capability", greedy_suite, "--alpha", "0:0.4:9")
    file = tmp_path / "o.json"
    by_score = cli(*command, "--json", file).stdout
    assert json.loads(file.read_text())["reading"]["tolerance_of"] == "score"
    assert "nats" not in by_score
    shown = cli(*command, "--loss-tolerance", 0.05, "--json", file).stdout
    exported = json.loads(file.read_text())
    reading = exported["reading"]
    assert (reading["tolerance"], reading["tolerance_of"]) == (0.05, "loss, nats")
    rows = sorted((row["alpha"], row["loss"]) for row in exported["rows"])
    first = next(i for i, (_, loss) in enumerate(rows) if loss > rows[0][1] + 0.05)
    (a, low), (b, high) = rows[first - 1 : first + 1]
    expected = float(np.interp(rows[0][1] + 0.05, [low, high], [a, b]))
    (panel,) = reading["directions"].values()
    assert panel["capabilities"]["greedy"]["boundaries"] == pytest.approx([expected], rel=1e-4)
    assert panel["finding"].startswith(f"One random direction: greedy holds to α ≈ {expected:.2g}")
    assert panel["finding"].endswith("(τ = 0.05 nats of loss)")
    assert panel["finding"] in " ".join(shown.replace("\u00a0", " ").split())
    assert len(cli("run", "list").stdout.split("done")) == 2, "one run: nothing is measured again"
    cli(*command, "--loss-tolerance", 0.05, "--tolerance", 0.05, code=2)
    assert "above 0 and below 1" in cli(*command, "--tolerance", 1.5, code=2).stderr
