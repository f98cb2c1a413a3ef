"""θ₀ in host memory: the same points bit for bit, and a choice by room."""

import gc
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from landscape.checkpoints import parameters
from landscape.engine import mover, offload
from landscape.engine.direction_tensors import DirectionTensors, GaussianDirection, ScaledDirection, TowardsDirection
from landscape.engine.plane_axes import inner
from landscape.engine.session import Session, load_capabilities
from landscape.schema.directions import Direction, Filter, Layer
from landscape.schema.points import Point
from landscape.schema.specs import SliceSpec
from tests.conftest import make_model
from tests.engine.bits import copies, same_bits

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
DEVICES = ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, needs_cuda])]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_point_is_the_one_of_a_resident_origin(dtype: torch.dtype, device: str) -> None:
    selected = parameters.select(make_model().to(device, dtype))
    before = copies(selected)
    target = parameters.select(make_model(seed=1).to(device, dtype))
    lines: list[DirectionTensors] = [
        GaussianDirection(3),
        ScaledDirection(3, rows=True),
        TowardsDirection(target, parameters.rms_difference(selected, target)),
    ]
    for moves in ([(line, 0.02)] for line in lines):
        found = []
        for origin in (copies(selected), offload.HostSnapshot(selected)):
            with mover.Mover(selected, origin).at(moves) as realised:
                found.append((realised, copies(selected)))
            assert same_bits(before, selected)
        (one, here), (other, there) = found
        assert one == other > 0
        assert same_bits(here, there)
        assert not same_bits(before, here)


def test_what_is_left_behind_does_not_follow_the_weights() -> None:
    selected = parameters.select(make_model())
    kept, before = offload.HostSnapshot(selected), copies(selected)
    for weight in selected.values():
        weight.add_(1)
    assert same_bits(before, dict(kept))
    assert list(kept) == list(selected)
    assert parameters.rms(kept) == parameters.rms(before)
    assert inner(GaussianDirection(0), GaussianDirection(0), kept) == inner(
        GaussianDirection(0), GaussianDirection(0), before
    )


class Counted(offload.HostSnapshot):
    """As if its tensors were brought to a GPU: copies, counted, and the bytes of those that are still held."""

    fetched = peak = 0

    def __getitem__(self, name: str) -> Tensor:
        tensor = super().__getitem__(name).clone()
        storage = StorageWeakRef(tensor.untyped_storage())
        self._held = [(ref, size) for ref, size in getattr(self, "_held", []) if not ref.expired()]
        self._held.append((storage, tensor.nbytes))
        self.fetched, self.peak = self.fetched + 1, max(self.peak, sum(size for _, size in self._held))
        return tensor


@pytest.mark.parametrize("directions", [(Layer(seed=0), Layer(seed=1)), (Filter(seed=0), Filter(seed=1))])
def test_a_relative_direction_brings_one_tensor_at_a_time(
    directions: tuple[Direction, ...], checkpoint: Path, greedy_suite: Path
) -> None:
    spec = SliceSpec(
        checkpoint=str(checkpoint),
        directions=directions,
        alphas=(0.0, 0.1),
        capabilities=(str(greedy_suite),),
        device="cpu",
    )
    session, suites = Session(spec.frame), load_capabilities(spec)
    resident = [session.measure(Point(index, 0.1), suites)["greedy"] for index in range(2)]
    session = Session(spec.frame)
    kept = Counted(session.weights)
    session.mover = mover.Mover(session.weights, kept)
    for index, there in enumerate(resident):
        before = kept.fetched
        here = session.measure(Point(index, 0.1), suites)["greedy"]
        assert here.realised_alpha == there.realised_alpha
        assert here.losses.tobytes() == there.losses.tobytes()
    assert kept.fetched - before == 2 * len(kept), "as it is moved to and as it is left: the direction's RMS is known"
    with session.mover.at([(line, 0.1) for line in session.directions]):
        pass
    assert kept.peak == max(weight.nbytes for weight in session.weights.values())


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (-1, False)])
def test_theta_0_leaves_a_gpu_that_has_no_room_for_it(spare: int, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    selected = parameters.select(make_model())
    size = sum(weight.nbytes for weight in selected.values())
    half = {torch.device("cuda", 0): size // 2, torch.device("cuda", 1): size - size // 2}
    monkeypatch.setattr(offload, "free", lambda device: half[device] + offload.RESERVED_BYTES + spare * device.index)
    assert offload.has_room(half) == fits
    assert offload.has_room({torch.device("cpu"): 2**60}), "a CPU's memory is the host's: nothing to move it to"
    assert isinstance(offload.snapshot(selected), dict)
    monkeypatch.setattr(offload, "has_room", lambda needed: sum(needed.values()) != size)
    assert isinstance(offload.snapshot(selected), offload.HostSnapshot)


@pytest.mark.gpu
@needs_cuda
def test_an_offloaded_origin_takes_no_memory_of_the_gpu() -> None:
    selected = parameters.select(make_model(width=1024).to("cuda"))
    size = sum(weight.nbytes for weight in selected.values())
    gc.collect()
    before = torch.cuda.memory_allocated()
    kept = offload.HostSnapshot(selected)
    assert torch.cuda.memory_allocated() == before
    torch.cuda.reset_peak_memory_stats()
    with mover.Mover(selected, kept).at([(GaussianDirection(0), 1e-3)]):
        pass
    assert torch.cuda.max_memory_allocated() - before < size
