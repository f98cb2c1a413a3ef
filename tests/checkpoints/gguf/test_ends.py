"""A GGUF file as θ₀, as the end of a way, as the base of an adapter, and in a comparison."""

import math
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor

from landscape.checkpoints import compatibility, files, models, parameters
from landscape.checkpoints.comparison import compare
from landscape.checkpoints.fingerprints import fingerprint
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.inspection.prompts import prompts_note
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.points import Point
from landscape.schema.specs import ComparisonSpec, SliceSpec
from tests.checkpoints.gguf.writing import Kind, dequantised, write
from tests.conftest import make_model, make_tokenizer, save


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "model.Q4_0.gguf", make_model(), make_tokenizer(), Kind.Q4_0)


def change_of(model: torch.nn.Module, kind: Kind = Kind.Q4_0) -> float:
    """The RMS change of quantising a model's matrices in fp32, by the library gguf, in fp64."""
    squares, count = 0.0, 0
    for weight in model.float().parameters():
        count += weight.numel()
        if weight.ndim > 1:
            weight = weight.detach()
            there: Tensor = dequantised(weight.numpy(), kind).double()
            squares += float((there - weight.double()).square().sum())
    return math.sqrt(squares / count)


def spec_of(base: Path, end: Path, greedy_suite: Path, **more: object) -> SliceSpec:
    fields = {"directions": (Towards(checkpoint=str(end)),), "alphas": (0.0,), "capabilities": (str(greedy_suite),)}
    return SliceSpec.model_validate({"checkpoint": str(base), "device": "cpu"} | fields | more)


def test_the_way_to_a_file_is_as_long_as_its_quantisation(checkpoint: Path, file: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint, file, greedy_suite)
    session = Session(spec)
    [way] = session.directions
    assert way.alpha == pytest.approx(change_of(make_model()), rel=1e-6)
    assert session.directions.remarks == []
    capabilities = load_capabilities(spec)
    there = session.measure(Point(0, way.alpha), capabilities)
    own = Session(
        SliceSpec.model_validate(spec.model_dump() | {"checkpoint": str(file), "directions": [Gaussian(seed=0)]})
    )
    for name, found in own.verify(capabilities).items():
        assert there[name].losses.tolist() == found.losses.tolist()
        assert there[name].outcomes.tolist() == found.outcomes.tolist()


@pytest.mark.parametrize("kind", [Kind.Q8_0, Kind.F32], ids=lambda kind: kind.name)
def test_the_way_from_halves_is_not_rounded_to_them(kind: Kind, tmp_path: Path, greedy_suite: Path) -> None:
    """θ₀ in bfloat16; a file whose weights it cannot hold: α is that of the file, to 1e-6."""
    model = make_model().to(torch.bfloat16)
    base = save(tmp_path / "base", model)
    plain = make_model() if kind is Kind.F32 else model
    file = write(tmp_path / "model.gguf", plain, make_tokenizer(), kind)
    if kind is Kind.F32:
        pairs = zip(model.parameters(), make_model().parameters(), strict=True)
        squares = sum(float((half.detach().double() - whole.detach().double()).square().sum()) for half, whole in pairs)
        wanted = math.sqrt(squares / sum(weight.numel() for weight in model.parameters()))
    else:
        wanted = change_of(make_model().to(torch.bfloat16), kind)
    session = Session(spec_of(base, file, greedy_suite, dtype="bfloat16"))
    assert session.directions[0].alpha == pytest.approx(wanted, rel=1e-6)
    assert any("ends where it is rounded to bfloat16" in remark for remark in session.directions.remarks)


def test_a_comparison_reads_the_same_change(checkpoint: Path, file: Path) -> None:
    found = compare(ComparisonSpec(checkpoint=str(checkpoint), other=str(file), device="cpu"))
    assert found["alpha"] == pytest.approx(change_of(make_model()), rel=1e-6)
    assert found["mismatches"] == []


def test_another_tokenizer_is_said_and_that_of_the_origin_used(
    checkpoint: Path, tmp_path: Path, greedy_suite: Path
) -> None:
    said = {"tokenizer.ggml.add_bos_token": False}
    file = write(tmp_path / "model.gguf", make_model(), make_tokenizer(), Kind.Q4_0, settings=said)
    spec = spec_of(checkpoint, file, greedy_suite)
    session = Session(spec)
    capabilities = load_capabilities(spec)
    found = gather_facts(session, spec, capabilities).remarks
    assert [remark for remark in found if "tokenizer" in remark] == [
        "the tokenizer of model.gguf encodes text otherwise than that of tiny: on the line to it, prompts are read with "
        "that of tiny"
    ]
    assert session.scorer.tokenizer("The")["input_ids"][0] == 1


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft 0.21 asks transformers 5 by an old name
def test_an_adapter_lies_on_a_file_as_on_a_folder(checkpoint: Path, tmp_path: Path) -> None:
    model = get_peft_model(make_model(), LoraConfig(target_modules=["q_proj"], init_lora_weights=False))
    model.save_pretrained(adapter := tmp_path / "adapter")
    file = write(tmp_path / "base.gguf", make_model(), make_tokenizer())
    name = f"{adapter}+{file}"
    found, wanted = (models.load_model(each, device="cpu") for each in (name, f"{adapter}+{checkpoint}"))
    for key, weight in parameters.select(wanted).items():
        assert torch.equal(parameters.select(found)[key], weight), key
    assert files.describe(name).adapter
    assert compatibility.mismatches(str(checkpoint), name) == []
    assert fingerprint(name) != fingerprint(f"{adapter}+{checkpoint}")


def test_an_inspection_says_that_two_tokenizers_differ(checkpoint: Path, file: Path, tmp_path: Path) -> None:
    said = {"tokenizer.ggml.add_bos_token": False}
    other = write(tmp_path / "other.gguf", make_model(), make_tokenizer(), Kind.Q4_0, settings=said)
    plain = prompts_note(["math"], str(checkpoint), str(checkpoint))
    for name in (file, other):
        assert prompts_note(["math"], str(checkpoint), str(name)) == plain  # nothing is de-quantised for a note
        files.resolve(str(name))
    assert prompts_note(["math"], str(checkpoint), str(file)) == plain
    told = prompts_note(["math"], str(checkpoint), str(other))
    assert told.removeprefix(plain).startswith("; their tokenizers encode text otherwise: each reads the prompts with")
