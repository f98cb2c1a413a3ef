"""Commands without σ or α: what they choose follows the weights, and is said."""

import json
from pathlib import Path

import pytest

from landscape.checkpoints.stored.typical_weights import typical_weight
from tests.cli.conftest import Cli


def test_sigmas_and_where_sharpness_is_averaged_follow_the_weights(
    cli: Cli, checkpoint: Path, own_answers: Path, tmp_path: Path
) -> None:
    asked = (checkpoint, "--capability", own_answers, "--device", "cpu")
    typical = typical_weight(str(checkpoint))
    assert typical is not None
    said = cli("certify", *asked, "--trials", 50, "--threshold", 0.2, "--json", tmp_path / "c.json").stderr
    assert "from a thousandth to a quarter of a typical weight" in said
    sigmas = json.loads((tmp_path / "c.json").read_text())["spec"]["sigmas"]
    assert (sigmas[0], sigmas[-1]) == pytest.approx((typical / 1000, typical / 4), rel=0.01)

    flat = (*asked, "--directions", 2, "--probes", 2, "--json", tmp_path / "f.json")
    assert "a fiftieth of a typical weight: no search of these weights is known" in cli("flatness", *flat).stderr
    assert json.loads((tmp_path / "f.json").read_text())["spec"]["alpha"] == pytest.approx(typical / 50, rel=0.01)

    cli("basin", *asked, "--directions", 1, "--json", tmp_path / "b.json")
    (basin,) = json.loads((tmp_path / "b.json").read_text())["capabilities"].values()
    radius = basin["radius"]["median"] if isinstance(basin["radius"], dict) else basin["radius"]
    assert "a fifth of the most-case radius of own that a search found" in cli("flatness", *flat).stderr
    assert json.loads((tmp_path / "f.json").read_text())["spec"]["alpha"] == pytest.approx(radius / 5, rel=0.01)
