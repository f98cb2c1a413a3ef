"""A run without a range, on real weights of any size: by loss, beside a dense grid measured apart."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from landscape.runs.worker import work
from landscape.schema.directions import Gaussian
from landscape.schema.specs import BasinSpec, SliceSpec
from landscape.store.store import Store
from tests.conftest import save


@pytest.fixture(params=[0.02, 1.0, 40.0], ids=["tiny weights", "as made", "large weights"])
def scaled(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The tiny model with its matrices (not the embeddings and head, which set the loss) of another size."""
    folder = save(tmp_path / "scaled")
    file = folder / "model.safetensors"
    weights = load_file(file)
    scaled = {name: w * request.param if w.ndim > 1 and "proj" in name else w for name, w in weights.items()}
    save_file({name: w.contiguous() for name, w in scaled.items()}, file, metadata={"format": "pt"})
    return folder


def test_the_range_is_where_ten_times_tau_of_loss_is_lost_and_is_written_down(scaled: Path, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store.sqlite"))
    frame = {"checkpoint": str(scaled), "directions": (Gaussian(seed=0),), "capabilities": ("math",), "limit": 4}
    spec = BasinSpec(**frame, loss_tolerance=0.02, device="cpu")  # type: ignore[arg-type]
    run_id = store.submit(spec)
    work(store, run_id=run_id)
    result = store.result(run_id)
    assert store.run(run_id).status == "done"
    assert store.run(run_id).spec == spec, "links and later runs keep the spec that was asked for"
    assert result.facts is not None
    assert result.spec.reach == result.facts.reach
    assert result.facts.matrices_rms == pytest.approx(matrices_rms(scaled), rel=1e-6)
    assert result.facts.typical == result.facts.matrices_rms

    grid = SliceSpec(**frame, alphas=(0.0, *(result.spec.reach / 2**k for k in (2, 1, 0))), device="cpu")  # type: ignore[arg-type]
    dense = store.submit(grid)
    work(store, run_id=dense)
    losses = store.result(dense).rows.sort_values("alpha")["loss"].tolist()
    found = [remark for remark in result.facts.remarks if "found no end" in remark]
    assert (losses[-1] - losses[0] >= 0.2) != bool(found), "everything is lost at the reach, or it says that nothing is"
    if not found:
        assert losses[-2] - losses[0] < 0.2 or losses[-3] - losses[0] < 0.2, "half or a fourth as far would not do"


def matrices_rms(folder: Path) -> float:
    weights = [w.double().flatten() for w in load_file(folder / "model.safetensors").values() if w.ndim > 1]
    return float(torch.cat(weights).square().mean().sqrt())
