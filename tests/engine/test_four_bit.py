"""4-bit moves against the libraries that write these formats, bit for bit of the weights that they read back."""

import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from landscape.checkpoints import models, parameters
from landscape.engine import deployment
from landscape.outside.imports import bitsandbytes
from landscape.schema.deployments import FourBit, find_deployment
from tests.conftest import make_gpt2, make_model

DTYPES = [torch.float32, torch.bfloat16, torch.float16]
FOUR_BIT = ["int4-asym-128", "int4-asym-32", "nf4", "q4_0"]


@pytest.fixture
def quiet() -> Iterator[None]:
    """Torchao says on import which of its GPU parts it cannot load."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def drawn(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> torch.Tensor:
    """A matrix with a block of zeros, one of weights of one sign, and ties of largest size."""
    weight = 0.05 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    weight[0, :32] = 0
    weight[1] = weight[1].abs()
    weight[2, :8] = torch.tensor([0.5, -0.5] * 4)
    return weight.to(dtype)


def moved(name: str, weight: torch.Tensor, *, transposed: bool = False) -> torch.Tensor:
    return deployment.direction_of(find_deployment(name), {"w": weight}, {"w": transposed}).end("w", weight)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("group", [32, 128])
def test_asymmetric_int4_is_that_of_torchao(quiet: None, group: int, dtype: torch.dtype) -> None:
    torchao = pytest.importorskip("torchao.quantization")
    layer = torch.nn.Linear(256, 96, bias=False, dtype=dtype)
    weight = drawn(96, 256, dtype=dtype)
    layer.weight.data = weight.clone()
    config = torchao.IntxWeightOnlyConfig(
        weight_dtype=torch.int4, granularity=torchao.PerGroup(group), mapping_type=torchao.MappingType.ASYMMETRIC
    )
    torchao.quantize_(layer, config)
    there: Any = layer.weight
    assert torch.equal(moved(f"int4-asym-{group}", weight), there.dequantize())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [64, 70])
def test_nf4_is_that_of_bitsandbytes(rows: int, dtype: torch.dtype) -> None:
    bitsandbytes()
    functional = pytest.importorskip("bitsandbytes.functional")
    weight = drawn(rows, 160, dtype=dtype)  # 2.5 blocks a row: they run on from row to row
    lines = weight.view(-1, 64)  # on some CPUs bitsandbytes reads back only matrices of whole blocks a row
    packed, state = functional.quantize_4bit(lines, blocksize=64, quant_type="nf4")
    assert torch.equal(moved("nf4", weight).view(-1, 64), functional.dequantize_4bit(packed, state))


def test_nf4_is_what_a_linear_layer_of_bitsandbytes_holds() -> None:
    bitsandbytes()
    library = pytest.importorskip("bitsandbytes")
    weight = drawn(64, 128)
    layer = library.nn.Linear4bit(128, 64, bias=False, compress_statistics=False, quant_type="nf4")
    layer.weight = library.nn.Params4bit(weight, requires_grad=False, compress_statistics=False, quant_type="nf4")
    held = layer.to("cpu").weight
    assert torch.equal(moved("nf4", weight), library.functional.dequantize_4bit(held.data, held.quant_state))


def test_q4_0_is_what_a_gguf_file_gives_back(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    kind = gguf.GGMLQuantizationType.Q4_0
    model = make_model()
    selected, found = parameters.select(model), models.matrices(model)
    selected[next(iter(found))].copy_(drawn(*selected[next(iter(found))].shape))
    line = deployment.direction_of(find_deployment("q4_0"), selected, found)
    writer = gguf.GGUFWriter(str(tmp_path / "model.gguf"), "llama")
    for name in found:
        packed = gguf.quants.quantize(selected[name].float().numpy(), kind)
        writer.add_tensor(name, packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    read = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "model.gguf").tensors}
    assert read.keys() == found.keys()
    for name, tensor in read.items():
        assert tensor.tensor_type == kind
        assert np.array_equal(gguf.quants.dequantize(tensor.data, kind), line.end(name, selected[name]).numpy()), name


@pytest.mark.parametrize("name", FOUR_BIT)
def test_gpt2_is_quantised_along_its_input_weights(name: str) -> None:
    weight = drawn(96, 64)
    assert torch.equal(moved(name, weight.T.contiguous(), transposed=True), moved(name, weight).T)
    model = make_gpt2()
    found = models.matrices(model)
    line = deployment.direction_of(find_deployment(name), parameters.select(model), found)
    assert line.changes.keys() == found.keys()


@pytest.mark.parametrize("name", FOUR_BIT)
def test_a_large_matrix_is_quantised_as_its_parts_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (20, 96, 160):  # also where a block of 64 weights ends in the middle of a row
        weight = drawn(150, width)
        whole = moved(name, weight)
        with monkeypatch.context() as patch:
            patch.setattr(deployment, "CHUNK", {"cpu": 64})
            assert torch.equal(moved(name, weight), whole)


@pytest.mark.parametrize("name", FOUR_BIT)
def test_each_group_holds_at_most_sixteen_values(name: str) -> None:
    move = find_deployment(name)
    assert isinstance(move, FourBit)
    there = moved(name, drawn(64, 256)).reshape(-1, move.group)
    assert 12 < max(len(group.unique()) for group in there) <= 16


def test_the_alphas_of_the_demo_assistant_are_those_of_the_libraries() -> None:
    loaded = models.load("demo:assistant")
    selected, found = parameters.select(loaded.model), models.matrices(loaded.model)
    # by torchao 0.18.0 (rows of 160: one group of 128, one of 32), bitsandbytes 0.50.2 and gguf 0.19.0
    known = {"int4-128": 0.0098, "int4-asym-128": 0.0083, "int4-asym-32": 0.0068, "nf4": 0.0077, "q4_0": 0.0072}
    for name, alpha in known.items():
        line = deployment.direction_of(find_deployment(name), selected, found)
        assert f"{line.alpha:.4f}" == f"{alpha:.4f}", name
        total = sum(selected[each].numel() * size**2 for each, size in line.changes.items())
        assert math.sqrt(total / parameters.count(selected)) == pytest.approx(line.alpha, rel=1e-12)
