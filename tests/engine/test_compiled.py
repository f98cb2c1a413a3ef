"""Weights move within their storage: what was compiled or captured before sees every point, and is not made anew."""

import pytest
import torch
from torch._dynamo.utils import counters

from landscape.checkpoints import parameters
from landscape.engine import mover as engine_mover
from landscape.engine.direction_tensors import GaussianDirection
from tests.conftest import make_model

TOKENS = torch.arange(3, 35).view(2, 16)


@torch.inference_mode()
def logits(model: torch.nn.Module, device: str = "cpu") -> torch.Tensor:
    return model(input_ids=TOKENS.to(device), use_cache=False).logits.clone()


def test_a_compiled_model_follows_the_weights_without_being_compiled_again() -> None:
    model = make_model()
    mover = engine_mover.Mover(parameters.select(model))
    torch._dynamo.reset()
    compiled = torch.compile(model, backend="aot_eager")
    there = logits(compiled)
    graphs = counters["stats"]["unique_graphs"]
    assert graphs > 0
    for alpha in (0.01, 0.05):
        with mover.at([(GaussianDirection(0), alpha)]):
            assert torch.allclose(logits(compiled), logits(model), atol=1e-5)
            assert not torch.allclose(logits(compiled), there, atol=1e-3)
    assert torch.equal(logits(compiled), there)
    assert counters["stats"]["unique_graphs"] == graphs


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_captured_cuda_graph_follows_the_weights() -> None:
    model = make_model().to("cuda")
    mover = engine_mover.Mover(parameters.select(model))
    tokens = TOKENS.to("cuda")
    stream = torch.cuda.Stream()
    with torch.inference_mode(), torch.cuda.stream(stream):
        for _ in range(3):
            model(input_ids=tokens, use_cache=False)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.inference_mode(), torch.cuda.graph(graph):
        captured = model(input_ids=tokens, use_cache=False).logits
    for alpha in (0.0, 0.05):
        with mover.at([(GaussianDirection(0), alpha)]):
            graph.replay()
            torch.cuda.synchronize()
            assert torch.allclose(captured, logits(model, "cuda"), atol=1e-4)
