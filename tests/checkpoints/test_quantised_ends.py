"""Ways to folders that bitsandbytes, GPTQ and AWQ quantised; the codes of the last two are packed here, bit by bit."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from landscape.checkpoints import compatibility, files
from landscape.checkpoints.comparison import compare
from landscape.checkpoints.quantised import ends
from landscape.engine.session import Session
from landscape.outside import network
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import ComparisonSpec, PlaneSpec, SliceSpec
from tests.conftest import make_model, save

GROUP = 16
AWQ_COLUMNS = (0, 2, 4, 6, 1, 3, 5, 7)  # which column lies in the 1st, 2nd, … nibble of an integer


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANDSCAPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "de-quantised"


def as_integer(bits: str) -> int:
    """A word of 32 bits, as the signed integer that a file holds."""
    value = int(bits, 2)
    return value - 2**32 if value >= 2**31 else value


def word(fields: list[int], bits: int) -> int:
    """Fields in one integer, the first in its lowest bits."""
    return as_integer("".join(f"{field:0{bits}b}" for field in reversed(fields)))


def drawn(outputs: int, inputs: int, bits: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """(codes (outputs, inputs), zeros, scales (outputs, groups)) of a weight."""
    source, groups = torch.Generator().manual_seed(seed), inputs // GROUP
    codes, zeros = (
        torch.randint(least, 2**bits, (outputs, width), generator=source) for least, width in ((0, inputs), (1, groups))
    )
    return codes, zeros, (0.01 + 0.02 * torch.rand(outputs, groups, generator=source)).half()


def plain(codes: Tensor, zeros: Tensor, scales: Tensor, group_of: list[int]) -> Tensor:
    """scale · (code − zero), weight by weight."""
    rows = [
        [float(scales[o, g]) * (int(codes[o, i]) - int(zeros[o, g])) for i, g in enumerate(group_of)]
        for o in range(len(codes))
    ]
    return torch.tensor(rows, dtype=torch.float64)


def gptq(codes: Tensor, zeros: Tensor, scales: Tensor, bits: int, group_of: list[int], shift: int) -> dict[str, Tensor]:
    fit = 32 // bits
    rows = range(0, codes.shape[1], fit)
    packed = [[word(codes[o, at : at + fit].tolist(), bits) for o in range(len(codes))] for at in rows]
    stored = (zeros - shift).T  # (groups, outputs)
    columns = range(0, len(codes), fit)
    packed_zeros = [[word(row[at : at + fit].tolist(), bits) for at in columns] for row in stored]
    return {
        "qweight": torch.tensor(packed, dtype=torch.int32),
        "qzeros": torch.tensor(packed_zeros, dtype=torch.int32),
        "scales": scales.T.contiguous(),
        "g_idx": torch.tensor(group_of, dtype=torch.int32),
    }


def awq(codes: Tensor, zeros: Tensor, scales: Tensor) -> dict[str, Tensor]:
    def packed(table: Tensor) -> Tensor:  # (rows, outputs)
        words = [
            [word([int(row[at + column]) for column in AWQ_COLUMNS], 4) for at in range(0, len(row), 8)]
            for row in table
        ]
        return torch.tensor(words, dtype=torch.int32)

    return {"qweight": packed(codes.T), "qzeros": packed(zeros.T), "scales": scales.T.contiguous()}


CASES: dict[str, dict[str, Any]] = {
    "gptq, 4 bits": {"quant_method": "gptq", "bits": 4, "group_size": GROUP},
    "gptq, 8 bits": {"quant_method": "gptq", "bits": 8, "group_size": GROUP},
    "gptq, 2 bits": {"quant_method": "gptq", "bits": 2, "group_size": GROUP},
    "gptq, groups in another order": {"quant_method": "gptq", "bits": 4, "group_size": GROUP, "desc_act": True},
    "gptq, second version": {"quant_method": "gptq", "bits": 4, "group_size": GROUP, "checkpoint_format": "gptq_v2"},
    "awq": {"quant_method": "awq", "bits": 4, "group_size": GROUP, "version": "gemm", "zero_point": True},
}


def quantised(checkpoint: Path, folder: Path, settings: dict[str, Any]) -> dict[str, Tensor]:
    """Write a folder whose linear layers hold random codes. Returns every weight that it stands for, in fp64."""
    save(folder)
    stored, wanted = {}, {}
    bits = settings["bits"]
    for seed, (name, weight) in enumerate(load_file(checkpoint / "model.safetensors").items()):
        if not name.endswith("_proj.weight"):
            stored[name], wanted[name] = weight.half(), weight.half().double()
            continue
        outputs, inputs = weight.shape
        group_of = [place // GROUP for place in range(inputs)]
        if settings.get("desc_act"):
            group_of = [place % (inputs // GROUP) for place in range(inputs)]
        drawing = drawn(outputs, inputs, bits, seed)
        wanted[name] = plain(*drawing, group_of)
        shift = int(settings.get("checkpoint_format") != "gptq_v2")
        own = awq(*drawing) if settings["quant_method"] == "awq" else gptq(*drawing, bits, group_of, shift)
        stored |= {name.replace("weight", leaf): tensor for leaf, tensor in own.items()}
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "float16", "quantization_config": settings}))
    return wanted


def alpha_of(checkpoint: Path, wanted: dict[str, Tensor]) -> float:
    here = load_file(checkpoint / "model.safetensors")
    squares = sum(float((here[name].double() - weight).square().sum()) for name, weight in wanted.items())
    return math.sqrt(squares / sum(weight.numel() for weight in wanted.values()))


def spec_of(checkpoint: Path, end: Path, suite: Path) -> SliceSpec:
    ways = (Towards(checkpoint=str(end)),)
    return SliceSpec(
        checkpoint=str(checkpoint), directions=ways, alphas=(0.0,), capabilities=(str(suite),), device="cpu"
    )


@pytest.mark.parametrize("case", CASES)
def test_the_way_ends_at_what_the_codes_say(case: str, checkpoint: Path, greedy_suite: Path, tmp_path: Path) -> None:
    wanted = quantised(checkpoint, end := tmp_path / "quantised", CASES[case])
    plain_folder = Path(ends.end_of(str(end)))
    assert plain_folder.name == "quantised"
    found = load_file(plain_folder / "model.safetensors")
    assert found.keys() == wanted.keys()
    for name, weight in wanted.items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name].double(), weight), name
    assert compatibility.mismatches(str(checkpoint), str(end)) == []
    spec = spec_of(checkpoint, end, greedy_suite)
    compatibility.require_movable(spec)
    session = Session(spec)
    assert session.directions[0].alpha == pytest.approx(alpha_of(checkpoint, wanted), rel=1e-6)
    assert session.directions.remarks == []
    compared = compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(end), device="cpu"))
    assert compared["alpha"] == pytest.approx(alpha_of(checkpoint, wanted), rel=1e-6)


def test_what_a_search_or_a_plane_moves_exactly_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    quantised(checkpoint, end := tmp_path / "quantised", CASES["awq"])
    ways = (Towards(checkpoint=str(end)), Gaussian(seed=0))
    spec = PlaneSpec(checkpoint=str(checkpoint), directions=ways, capabilities=("math",), x=(-1, 1), y=(-1, 1))
    with pytest.raises(ValueError, match=r"is quantised \(awq\): its weights are integers"):
        compatibility.require_movable(spec)
    origin = SliceSpec(checkpoint=str(end), directions=(Gaussian(seed=0),), alphas=(0.0, 0.1), capabilities=("math",))
    with pytest.raises(ValueError, match=r"is quantised \(awq\): its weights are integers"):
        compatibility.require_movable(origin)


@pytest.mark.parametrize(("settings", "message"), [
    ({"quant_method": "gptq", "bits": 3}, r"by gptq to 3 bits in the format 'gptq'; those of 2 or 4 or 8 bits"),
    ({"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"}, "in the format 'marlin'"),
    ({"quant_method": "awq", "bits": 4, "version": "gemv"}, "in the format 'gemv'"),
    ({"quant_method": "hqq", "bits": 4}, r"is quantised \(hqq\), and only bitsandbytes, gptq and awq are"),
])  # fmt: skip
def test_what_is_not_de_quantised_is_said(
    settings: dict[str, Any], message: str, checkpoint: Path, greedy_suite: Path, tmp_path: Path
) -> None:
    quantised(checkpoint, end := tmp_path / "quantised", CASES["awq"])
    config = json.loads((end / "config.json").read_text())
    (end / "config.json").write_text(json.dumps(config | {"quantization_config": settings}))
    for use in (compatibility.require_fit, compatibility.require_movable):
        with pytest.raises(ValueError, match=message):
            use(spec_of(checkpoint, end, greedy_suite))


def test_codes_without_scales_are_refused(checkpoint: Path, tmp_path: Path, cache_folder: Path) -> None:
    quantised(checkpoint, end := tmp_path / "quantised", CASES["awq"])
    stored = load_file(end / "model.safetensors")
    del stored["model.layers.0.mlp.up_proj.scales"]
    save_file(stored, end / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"codes of model\.layers\.0\.mlp\.up_proj without its scales"):
        ends.end_of(str(end))
    assert not list(cache_folder.glob("*/quantised"))


def test_a_page_asks_before_it_de_quantises(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quantised(checkpoint, end := tmp_path / "quantised", CASES["awq"])
    monkeypatch.setattr(network, "_asks_first", [lambda: True])
    with pytest.raises(network.NotHere, match="checkpoint quantised is not de-quantised yet") as asked:
        compatibility.mismatches(str(checkpoint), str(end))
    with network.fetching():
        asked.value.fetch()
    assert compatibility.mismatches(str(checkpoint), str(end)) == []
    assert files.resolve(str(end)).folder == end


@pytest.mark.parametrize("kind", ["int8", "nf4"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:MatMul8bitLt:UserWarning")
def test_the_way_to_what_bitsandbytes_quantised(kind: str, greedy_suite: Path, tmp_path: Path) -> None:
    """Against its own `dequantize`, and for 8 bits against scale · code, written out."""
    bnb = pytest.importorskip("bitsandbytes")
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    base = save(tmp_path / "base", make_model(width=64))
    eight = kind == "int8"
    how = BitsAndBytesConfig(load_in_8bit=eight, load_in_4bit=not eight, bnb_4bit_quant_type="nf4")
    model = AutoModelForCausalLM.from_pretrained(base, quantization_config=how, device_map={"": "cpu"})
    model.save_pretrained(end := save(tmp_path / "end", make_model(width=64)))
    here, wanted = load_file(base / "model.safetensors"), {}
    for name, weight in here.items():
        there = model.get_parameter(name)
        if there.is_floating_point():
            wanted[name] = there.detach().double()
        elif eight:
            wanted[name] = there.data.double() * there.SCB.double()[:, None] / 127
        else:
            wanted[name] = bnb.functional.dequantize_4bit(there.data, there.quant_state).double().view(weight.shape)
    session = Session(spec_of(base, end, greedy_suite))
    assert session.directions[0].alpha == pytest.approx(alpha_of(base, wanted), rel=1e-6)
    assert session.directions[0].alpha > 1e-4
