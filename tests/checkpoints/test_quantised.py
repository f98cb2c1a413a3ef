"""Quantised bases, made here by bitsandbytes and torchao: scored as they are, moved along an adapter alone.

They are the demo base and its adapter with zeros around every matrix, which changes no output. Their matrices then have
whole blocks in every row, which bitsandbytes needs for 4 bits on a CPU with AVX512-BF16.
"""

import json
import math
import shutil
import warnings
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, TorchAoConfig

from landscape import assets
from landscape.capabilities.examples import load
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import compatibility, models, parameters
from landscape.checkpoints import config as checkpoint_config
from landscape.checkpoints.stored.architecture import architecture
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.runs.worker import work
from landscape.schema.directions import Gaussian, Move, Towards
from landscape.schema.frames import PointSpec
from landscape.schema.points import Point
from landscape.schema.specs import AnswerSpec, BasinSpec, CertificateSpec, FlatnessSpec, PlaneSpec, SliceSpec
from landscape.store.store import Store

if find_spec("bitsandbytes") is None:  # imported where it is used: every test process reads this file
    pytest.skip("bitsandbytes is not installed (requirements-scale.txt)", allow_module_level=True)
BASE, ADAPTER = (str(assets.DATA / "models" / name) for name in ("base", "assistant-lora"))
WIDER = {160: 192, 480: 512}  # width and inner width of the demo models → the next multiples of a block of 64
KINDS = {"nf4": "bitsandbytes", "int8": "bitsandbytes", "torchao": "torchao"}
pytestmark = [
    pytest.mark.filterwarnings("ignore:MatMul8bitLt:UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the two libraries' own
]


def config_of(kind: str) -> Any:
    if kind == "nf4":
        return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32)
    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    from torchao.quantization import Int8WeightOnlyConfig

    return TorchAoConfig(Int8WeightOnlyConfig())


def widened(tensor: Tensor) -> Tensor:
    """The tensor with zeros behind its rows and columns, in the sizes of WIDER."""
    wide = torch.zeros([WIDER.get(size, size) for size in tensor.shape])
    wide[tuple(slice(0, size) for size in tensor.shape)] = tensor
    return wide


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo base in wider matrices: it computes the same."""
    folder = tmp_path_factory.mktemp("wide") / "base"
    config, model = AutoConfig.from_pretrained(BASE), AutoModelForCausalLM.from_pretrained(BASE)
    share = config.hidden_size / WIDER[config.hidden_size]  # norms divide by the mean square of more numbers
    config.num_attention_heads = config.num_key_value_heads = WIDER[config.hidden_size] // config.head_dim
    config.hidden_size, config.intermediate_size = (WIDER[n] for n in (config.hidden_size, config.intermediate_size))
    config.rms_norm_eps *= share
    wide = AutoModelForCausalLM.from_config(config)
    state = {name: widened(w) * (share**0.5 if "norm" in name else 1) for name, w in model.state_dict().items()}
    wide.load_state_dict(state)
    wide.save_pretrained(folder)
    AutoTokenizer.from_pretrained(BASE).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def adapter(base: str) -> str:
    """The demo adapter on `base`."""
    folder = Path(base).parent / "adapter"
    folder.mkdir()
    shutil.copy(Path(ADAPTER) / "adapter_config.json", folder)
    tensors = load_file(Path(ADAPTER) / "adapter_model.safetensors")
    save_file({name: widened(tensor) for name, tensor in tensors.items()}, folder / "adapter_model.safetensors")
    return str(folder)


@pytest.fixture(scope="session", params=KINDS)
def quantised(request: pytest.FixtureRequest, base: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip(KINDS[request.param])
    return quantise(base, request.param, tmp_path_factory.mktemp(request.param) / request.param)


def quantise(base: str, kind: str, folder: Path) -> str:
    model = AutoModelForCausalLM.from_pretrained(base, quantization_config=config_of(kind), device_map={"": "cpu"})
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return str(folder)


def spec_of(checkpoint: str, **more: Any) -> SliceSpec:
    given = {"directions": (Gaussian(seed=0),), "alphas": (0.0, 0.05), "capabilities": ("math",), "limit": 24}
    return SliceSpec(checkpoint=checkpoint, device="cpu", **(given | more))


def stored(model: torch.nn.Module) -> dict[str, list[Tensor]]:
    """The numbers that a quantised model holds: of integers, their scales, and what is not quantised."""
    found = {}
    for name, parameter in model.named_parameters():
        parts = getattr(parameter.data, "tensor_data_names", ())
        found[name] = [getattr(parameter.data, part).clone() for part in parts] or [parameter.data.clone()]
    return found


def test_zeros_around_the_matrices_change_no_answer(base: str, adapter: str) -> None:
    suite = load("math", 24)
    for wide, plain in ((base, BASE), (f"{adapter}+{base}", ADAPTER)):
        one, two = (models.load(name, device="cpu") for name in (wide, plain))
        found, wanted = (Scorer(each.model, each.tokenizer).score(suite) for each in (one, two))
        assert found.losses == pytest.approx(wanted.losses, abs=1e-3)


def test_the_config_says_how_it_is_quantised(quantised: str) -> None:
    assert checkpoint_config.quantisation(Path(quantised)) == KINDS[Path(quantised).name]
    assert checkpoint_config.quantisation(Path(BASE)) is None


def test_an_adapter_on_a_quantised_base_scores_as_peft_says(quantised: str, adapter: str) -> None:
    """θ₀ of a frame of adapters, against transformers and peft put together by hand."""
    name = f"{adapter}+{quantised}"
    ours = models.load(name, device="cpu", unmerged=name)
    plain = AutoModelForCausalLM.from_pretrained(quantised, device_map={"": "cpu"})
    with warnings.catch_warnings():  # peft 0.21 asks transformers 5 by an old name
        warnings.simplefilter("ignore", FutureWarning)
        theirs = PeftModel.from_pretrained(plain, adapter).eval()
    suite = load("math", 24)
    found = Scorer(ours.model, ours.tokenizer).score(suite)
    for index, example in enumerate(suite.examples[:8]):
        whole = ours.tokenizer(example.prompt + (example.answer or ""), return_tensors="pt")["input_ids"]
        start = len(ours.tokenizer(example.prompt)["input_ids"])
        with torch.no_grad():
            chances = theirs(input_ids=whole).logits[0].log_softmax(-1)
        losses = [-float(chances[place - 1, whole[0, place]]) for place in range(start, whole.shape[1])]
        assert math.fsum(losses) / len(losses) == pytest.approx(float(found.losses[index]), abs=0.02)


def test_only_the_adapter_moves_and_it_comes_back(quantised: str, adapter: str) -> None:
    spec = spec_of(f"{adapter}+{quantised}", adapter=True)
    session = Session(spec.frame)
    suites = load_capabilities(spec)
    before = stored(session.loaded.model)
    with session.mover.at([(session.directions[0], 0.05)]):
        there = stored(session.loaded.model)
    moved = {name for name in before if not all(map(torch.equal, before[name], there[name]))}
    assert moved == {name for name in before if ".lora_" in name} == set(session.weights)
    first, far, again = (session.measure(Point(0, alpha), suites)["math"] for alpha in (0.0, 0.05, 0.0))
    assert far.realised_alpha == pytest.approx(0.05, rel=0.02)  # a Gaussian of few weights has about unit RMS
    assert abs(far.losses - first.losses).max() > 0.01
    assert (again.losses == first.losses).all()
    remarks = gather_facts(session, spec, suites).remarks
    assert any("is quantised" in remark and "scored as it is" in remark for remark in remarks)


def test_the_way_from_the_base_to_its_adapter_is_measured(quantised: str, adapter: str, tmp_path: Path) -> None:
    name = f"{adapter}+{quantised}"
    spec = spec_of(quantised, adapter=True, directions=(Towards(checkpoint=name),), alphas=(0.0,), limit=48)
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    run_id = store.submit(spec)
    work(store, device="cpu", run_id=run_id)
    assert store.run(run_id).status == "done", store.run(run_id).error
    rows = store.result(run_id).rows
    assert rows["score"].iloc[-1] > 0.8 > 0.2 > rows["score"].iloc[0], "base does no math, the adapter brings it"


def test_alone_it_is_scored_where_it_is(quantised: str, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    run_id = store.submit(spec_of(quantised, alphas=(0.0,), capabilities=("basic",)))
    work(store, device="cpu", run_id=run_id)
    assert store.run(run_id).status == "done", store.run(run_id).error
    assert store.result(run_id).rows["score"].iloc[0] > 0.9
    assert any("is quantised" in remark for remark in store.run(run_id).facts.remarks)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (SliceSpec, {"alphas": (0.0, 0.01)}),
        (SliceSpec, {"alphas": (0.0,), "directions": (Move(name="int4"),)}),
        (BasinSpec, {"reach": 0.1}),
        (PlaneSpec, {"directions": (Gaussian(seed=0), Gaussian(seed=1)), "x": (-1, 1), "y": (-1, 1)}),
        (AnswerSpec, {"at": (0.01,), "prompt": "1+1=", "capabilities": None}),
        (FlatnessSpec, {"alpha": 0.01}),
        (CertificateSpec, {"sigmas": (0.01,)}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_more_is_refused_before_a_model_is_loaded(kind: type[PointSpec], more: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "gptq"
    folder.mkdir()
    config = json.loads((Path(BASE) / "config.json").read_text()) | {"quantization_config": {"quant_method": "gptq"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes((Path(BASE) / "model.safetensors").read_bytes())
    given = {"checkpoint": str(folder), "directions": (Gaussian(seed=0),), "capabilities": ("math",)} | more
    spec = kind(**{name: value for name, value in given.items() if value is not None})
    with pytest.raises(ValueError, match=r"is quantised \(gptq\): its weights are integers, .*ADAPTER\+BASE"):
        compatibility.require_movable(spec)
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    run_id = store.submit(spec)
    with pytest.raises(ValueError, match="is quantised"):
        work(store, device="cpu", run_id=run_id)


def test_merging_into_it_is_refused(quantised: str, adapter: str) -> None:
    with pytest.raises(
        ValueError, match=r"has a quantised base \(.*\), into which none merges: move the adapter's own"
    ):
        models.load(f"{adapter}+{quantised}", device="cpu")


def test_its_tensors_are_not_compared(quantised: str) -> None:
    with pytest.raises(ValueError, match="no tensors of numbers to compare"):
        architecture(quantised)


def test_a_library_that_is_lacking_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "gptq"
    model = AutoModelForCausalLM.from_pretrained(BASE)
    model.save_pretrained(folder)
    file = folder / "config.json"
    settings = {"quant_method": "gptq", "bits": 4}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"quantization_config": settings}))
    with pytest.raises(ValueError, match="cannot load .*gptq"):
        models.load_model(str(folder), device="cpu")


def test_quantised_weights_are_none_of_those_that_move(quantised: str) -> None:
    model = models.load_model(quantised, device="cpu")
    assert not any("_proj" in name for name in parameters.select(model))


def four_bit_layer(rows: int, columns: int, *, avx512: bool = True, device: str = "cpu") -> torch.nn.Module:
    """What is asked of a layer of bitsandbytes."""
    layer = torch.nn.Linear(columns, rows, bias=False, device=device)
    layer.weight.quant_state = SimpleNamespace(shape=(rows, columns), blocksize=64)  # type: ignore[attr-defined]
    layer.support_avx512bf16_for_cpu = avx512  # type: ignore[assignment]
    return torch.nn.Sequential(layer)


@pytest.mark.parametrize(("rows", "columns"), [(160, 160), (40, 64)])
def test_four_bits_in_a_shape_that_this_cpu_cannot_use_are_refused(rows: int, columns: int) -> None:
    with pytest.raises(
        ValueError, match=rf"'small' .* 4 bits .* this CPU .*: 0 is {rows} × {columns}, expected .* 64 col"
    ):
        parameters.require_cpu_packing("small", four_bit_layer(rows, columns))
    parameters.require_cpu_packing("other CPU", four_bit_layer(rows, columns, avx512=False))
    parameters.require_cpu_packing("whole blocks", four_bit_layer(96, 128))
    parameters.require_cpu_packing("elsewhere", four_bit_layer(rows, columns, device="meta"))


def test_the_demo_base_in_four_bits_is_scored_or_refused_in_a_sentence(tmp_path: Path) -> None:
    """Its rows of 160 are no whole blocks: it depends on the CPU."""
    from bitsandbytes.functional import has_avx512bf16

    folder = quantise(BASE, "nf4", tmp_path / "base")
    if has_avx512bf16():
        with pytest.raises(ValueError, match="quantised to 4 bits in a shape that bitsandbytes cannot use on this CPU"):
            models.load(folder, device="cpu")
    else:
        loaded = models.load(folder, device="cpu")
        assert math.isfinite(Scorer(loaded.model, loaded.tokenizer).score(load("basic", 24)).losses.mean())
