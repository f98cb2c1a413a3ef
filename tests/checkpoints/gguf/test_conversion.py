"""What a GGUF file holds, against the model it was made from, and against the formats' definitions written out."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
import transformers as hf
from gguf import GGMLQuantizationType as Kind
from torch import Tensor, nn

from landscape.checkpoints import compatibility, config, files, models
from landscape.checkpoints.stored import names
from landscape.checkpoints.tensors import read
from tests.checkpoints.gguf.writing import dequantised, tensors_of, write
from tests.conftest import make_model, make_tokenizer, save

TOKENIZER = make_tokenizer()
TEXTS = ["The capital of France is", " 2 + 2 = 4 <s> x</s>", "é猫 Tim's  12345\n\n\tdone"]
SHAPE: dict[str, Any] = {
    "vocab_size": 320, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "initializer_range": 0.3, "bos_token_id": 1,
    "eos_token_id": 2, "pad_token_id": 2,
}  # fmt: skip
GEMMA = {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 8}
GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 48, "num_key_value_heads": None,
        "intermediate_size": None}  # fmt: skip
# Each setting that a config could leave at a default has another value here.
MADE: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "llama": (hf.LlamaForCausalLM, hf.LlamaConfig, {"rms_norm_eps": 1e-3, "rope_theta": 5e4}),
    "llama, untied": (hf.LlamaForCausalLM, hf.LlamaConfig, {"tie_word_embeddings": False, "num_key_value_heads": 4}),
    "llama, biases": (hf.LlamaForCausalLM, hf.LlamaConfig, {"attention_bias": True, "mlp_bias": True}),
    "mistral": (hf.MistralForCausalLM, hf.MistralConfig, {"sliding_window": None, "rope_theta": 1e6}),
    "qwen2": (hf.Qwen2ForCausalLM, hf.Qwen2Config, {"rms_norm_eps": 1e-3, "rope_theta": 1e6}),
    "qwen3": (hf.Qwen3ForCausalLM, hf.Qwen3Config, {"head_dim": 16, "rope_theta": 1e6}),
    "gemma2": (hf.Gemma2ForCausalLM, hf.Gemma2Config, GEMMA | {"attn_logit_softcapping": 5.0}),
    "gemma3": (hf.Gemma3ForCausalLM, hf.Gemma3TextConfig, GEMMA | {"num_hidden_layers": 7}),
    "phi3": (hf.Phi3ForCausalLM, hf.Phi3Config, {"sliding_window": 8, "rms_norm_eps": 1e-3}),
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config, GPT2 | {"layer_norm_epsilon": 1e-3}),
    "starcoder2": (hf.Starcoder2ForCausalLM, hf.Starcoder2Config, {"rope_theta": 5e4, "norm_epsilon": 1e-3}),
    "stablelm": (hf.StableLmForCausalLM, hf.StableLmConfig, {"use_qkv_bias": True, "rope_theta": 5e4}),
}


def made(kind: str) -> Any:
    """A tiny model of an architecture, with norms and biases that are not what they start as."""
    cls, config_class, more = MADE[kind]
    torch.manual_seed(0)
    model = cls(config_class(**(SHAPE | {"sliding_window": None} | more))).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 1:
                weight += 0.2 * torch.randn_like(weight)
    return model


def logits(model: nn.Module) -> Tensor:
    ids = torch.arange(3, 43).remainder(300).view(1, -1)
    with torch.no_grad():
        found: Tensor = model(ids).logits
    return found


@pytest.mark.parametrize("kind", MADE)
def test_a_file_in_fp32_is_the_model_that_it_was_made_from(kind: str, tmp_path: Path) -> None:
    model = made(kind)
    file = write(tmp_path / "model.gguf", model, TOKENIZER)
    loaded = models.load(str(file), device="cpu")
    wanted, found = model.state_dict(), loaded.model.state_dict()
    assert found.keys() == wanted.keys()
    for name, weight in wanted.items():
        if kind.startswith("gemma") and "norm" in name:  # a file holds 1 + w, in fp32
            assert torch.allclose(found[name], weight, rtol=0, atol=2**-23), name
        else:
            assert torch.equal(found[name], weight), name
    assert torch.allclose(logits(loaded.model), logits(model), rtol=0, atol=2e-5 if kind.startswith("gemma") else 1e-6)
    original = hf.AutoTokenizer.from_pretrained(save(tmp_path / "original", model))
    for text in TEXTS:
        assert loaded.tokenizer(text)["input_ids"] == original(text)["input_ids"]
    assert config.vocabulary(files.resolve(str(file)).tokenizer) == TOKENIZER.get_vocab()


@pytest.mark.parametrize("kind", [Kind.Q8_0, Kind.Q4_0, Kind.Q4_1, Kind.Q5_0, Kind.Q5_1], ids=lambda kind: kind.name)
def test_quantised_weights_are_what_their_codes_say(kind: Kind, tmp_path: Path) -> None:
    model = make_model(width=64)
    file = write(tmp_path / "model.gguf", model, TOKENIZER, kind)
    stored = names.read(files.resolve(str(file)).folder).parameters
    assert {entry.dtype for entry in stored.values()} == {"F32"}
    for name, weight in model.named_parameters():
        wanted = dequantised(weight.detach().numpy(), kind) if weight.ndim > 1 else weight
        assert torch.equal(read(stored[name]).view(weight.shape), wanted), name
        assert weight.ndim == 1 or not torch.equal(wanted, weight)


@pytest.mark.parametrize(("kind", "dtype"), [(Kind.F16, "F16"), (Kind.BF16, "BF16")], ids=lambda one: str(one))
def test_a_file_of_halves_stays_one_where_no_bit_is_lost(kind: Kind, dtype: str, tmp_path: Path) -> None:
    half = make_model().to(torch.float16 if kind is Kind.F16 else torch.bfloat16)
    file = write(tmp_path / "exact.gguf", half, TOKENIZER, kind)
    stored = names.read(files.resolve(str(file)).folder).parameters
    assert {entry.dtype for entry in stored.values()} == {dtype}
    for name, weight in half.named_parameters():
        assert torch.equal(read(stored[name]).view(weight.shape), weight), name
    with torch.no_grad():
        (norm := half.float().model.norm.weight)[0] = 1 + 2**-15  # in neither
    finer = write(tmp_path / "finer.gguf", half, TOKENIZER, kind)
    stored = names.read(files.resolve(str(finer)).folder).parameters
    assert {entry.dtype for entry in stored.values()} == {"F32"}
    assert torch.equal(read(stored["model.norm.weight"]).view(-1), norm)


def scales(packed: bytes) -> tuple[list[int], list[int]]:
    """The eight scales and minima of 6 bits in the 12 bytes of a Q4_K or Q5_K block."""
    found = []
    for j in range(8):
        if j < 4:
            found.append((packed[j] & 63, packed[j + 4] & 63))
        else:
            high, low = packed[j - 4] >> 6, packed[j + 4]
            found.append(((low & 15) | (high << 4), (low >> 4) | ((packed[j] >> 6) << 4)))
    return [scale for scale, _ in found], [minimum for _, minimum in found]


def q4_k(block: bytes) -> list[float]:
    d, least = struct.unpack("<ee", block[:4])
    factors, minima = scales(block[4:16])
    values = []
    for j in range(8):
        codes = block[16 + 32 * (j // 2) :][:32]
        values += [d * factors[j] * (code >> 4 if j % 2 else code & 15) - least * minima[j] for code in codes]
    return values


def q5_k(block: bytes) -> list[float]:
    d, least = struct.unpack("<ee", block[:4])
    (factors, minima), high = scales(block[4:16]), block[16:48]
    values = []
    for j in range(8):
        codes = block[48 + 32 * (j // 2) :][:32]
        for place, code in enumerate(codes):
            number = (code >> 4 if j % 2 else code & 15) + 16 * (high[place] >> j & 1)
            values.append(d * factors[j] * number - least * minima[j])
    return values


def q6_k(block: bytes) -> list[float]:
    low, high, factors, d = block[:128], block[128:192], block[192:208], struct.unpack("<e", block[208:])[0]
    values = []
    for place in range(256):
        half, within = divmod(place, 128)
        quarter, index = divmod(within, 32)
        byte = low[64 * half + 32 * (quarter % 2) + index]
        code = (byte >> 4 if quarter > 1 else byte & 15) | ((high[32 * half + index] >> (2 * quarter) & 3) << 4)
        factor = struct.unpack("b", factors[place // 16 : place // 16 + 1])[0]
        values.append(d * factor * (code - 32))
    return values


@pytest.mark.parametrize(("kind", "value_of", "halves"), [
    (Kind.Q4_K, q4_k, (0, 2)), (Kind.Q5_K, q5_k, (0, 2)), (Kind.Q6_K, q6_k, (208,)),
])  # fmt: skip
def test_k_quants_are_what_the_format_says(kind: Kind, value_of: Any, halves: tuple[int, ...], tmp_path: Path) -> None:
    """Blocks of random bits, against a loop over single weights."""
    model = make_model(width=256)
    size = gguf.GGML_QUANT_SIZES[kind][1]
    blocks = np.random.default_rng(0).integers(0, 256, (2 * 256, size), dtype=np.uint8)  # an up_proj is (512, 256)
    for place in halves:
        blocks[:, place : place + 2] = np.frombuffer(np.float16(0.01).tobytes(), np.uint8)
    key = "blk.1.ffn_up.weight"
    file = write(tmp_path / "model.gguf", model, TOKENIZER, Kind.Q8_0, raw={key: (blocks, kind)})
    stored = names.read(files.resolve(str(file)).folder).parameters["model.layers.1.mlp.up_proj.weight"]
    wanted = torch.tensor([value_of(block.tobytes()) for block in blocks], dtype=torch.float64)
    assert torch.allclose(read(stored).double(), wanted, rtol=1e-6, atol=1e-7)
    assert wanted.std() > 0.01


ROPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "linear": ({"rope_type": "linear", "factor": 4.0}, {"rope.scaling.type": "linear", "rope.scaling.factor": 4.0}),
    "yarn": (
        {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
        {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 16},
    ),
    "none": ({"rope_type": "default"}, {"rope.scaling.type": "none"}),
}


def turned(rope: dict[str, Any]) -> Any:
    """A Llama whose rotary positions are scaled."""
    torch.manual_seed(0)
    return hf.LlamaForCausalLM(hf.LlamaConfig(**SHAPE, rope_parameters=rope | {"rope_theta": 5e5})).eval()


@pytest.mark.parametrize("kind", ROPES)
def test_scaled_rotary_positions_are_kept(kind: str, tmp_path: Path) -> None:
    rope, said = ROPES[kind]
    model = turned(rope)
    file = write(tmp_path / "model.gguf", model, TOKENIZER, settings={f"llama.{key}": v for key, v in said.items()})
    found = models.load_model(str(file), device="cpu")
    assert torch.allclose(logits(found), logits(model), rtol=0, atol=1e-5)
    assert kind == "none" or not torch.allclose(logits(found), logits(turned({"rope_type": "default"})), atol=1e-2)


def factors_of(model: Any) -> np.ndarray:
    """The factors by which Llama 3 lowers each frequency: those of transformers, against no scaling."""
    plain = 5e5 ** -(torch.arange(0, 8, 2) / 8)
    return np.asarray(plain / model.model.rotary_emb.inv_freq, dtype=np.float32)


def test_the_scaling_of_llama_3_is_read_from_its_factors(tmp_path: Path) -> None:
    rope = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192}  # fmt: skip
    model = turned(rope)
    factors = factors_of(model)
    file = write(tmp_path / "model.gguf", model, TOKENIZER, extra={"rope_freqs.weight": factors})
    config_of = config.config_of(files.resolve(str(file)).folder)
    assert {key: config_of["rope_parameters"][key] for key in rope} == rope
    assert torch.allclose(logits(models.load_model(str(file), device="cpu")), logits(model), rtol=0, atol=1e-5)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an attention that is scaled": ({"llama.attention.scale": 0.5}, r"attention\.scale = 0\.5"),
    "logits that are scaled": ({"llama.logit_scale": 0.25}, r"logit_scale = 0\.25"),
    "experts": ({"llama.expert_count": 8}, r"expert_count = 8"),
    "another scaling of positions": ({"llama.rope.scaling.type": "longrope"}, r"rope\.scaling\.type = longrope"),
    "a part of a scaling": ({"llama.rope.scaling.yarn_log_multiplier": 0.1}, r"yarn_log_multiplier = 0\.1"),
    "heads that differ by layer": ({"llama.attention.head_count_kv": [2, 4]}, r"num_key_value_heads.*\[2, 4\]"),
    "another size of a head's values": ({"llama.attention.value_length": 16}, "does not fill a model of llama"),
    "more layers than there are": ({"llama.block_count": 3}, r"layers\.2\..* is missing"),
    "fewer layers than there are": ({"llama.block_count": 1}, r"it holds [\d,]+ weights, and its model has"),
    "another width": ({"llama.feed_forward_length": 32}, "has another shape"),
    "no number of heads": ({"llama.attention.head_count": None, "llama.embedding_length": None}, "gguf"),
    "a tokenizer of another kind": ({"tokenizer.ggml.model": "rwkv"}, "rwkv"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_compute_something_else_is_refused(kind: str, tmp_path: Path, cache_folder: Path) -> None:
    settings, message = REFUSED[kind]
    file = write(tmp_path / "model.gguf", make_model(), TOKENIZER, settings=settings)
    with pytest.raises(ValueError, match=message) as caught:
        files.resolve(str(file))
    assert "\n" not in str(caught.value)
    assert not [path for path in cache_folder.glob("*") if path.is_dir()]


@pytest.mark.parametrize("left", ["blk.1.attn_k.weight", "output_norm.weight", "token_embd.weight"])
def test_a_weight_that_is_not_in_the_file_is_never_random(left: str, tmp_path: Path) -> None:
    file = write(tmp_path / "model.gguf", make_model(), TOKENIZER, without=(left,))
    with pytest.raises(ValueError, match="is missing"):
        files.resolve(str(file))


@pytest.mark.parametrize("more", ["blk.1.attn_q.bias", "blk.0.ffn_gate_inp.weight", "blk.2.attn_norm.weight"])
def test_a_weight_that_no_parameter_takes_is_never_dropped(more: str, tmp_path: Path) -> None:
    file = write(tmp_path / "model.gguf", make_model(), TOKENIZER, extra={more: np.ones(32, np.float32)})
    with pytest.raises(ValueError, match=r"it holds [\d,]+ weights, and its model has"):
        files.resolve(str(file))


def test_rows_beyond_the_vocabulary_are_no_tokens(tmp_path: Path) -> None:
    base = save(tmp_path / "base", padded := make_model(vocabulary=384))
    file = write(tmp_path / "model.gguf", padded, TOKENIZER)
    assert compatibility.mismatches(str(base), str(file)) == []
    assert config.config_of(files.resolve(str(file)).folder)["vocab_size"] == 384


def test_a_file_of_mistral_is_a_point_of_the_weight_space_of_mistral(tmp_path: Path) -> None:
    base = save(tmp_path / "base", model := made("mistral"))
    assert compatibility.mismatches(str(base), str(write(tmp_path / "model.gguf", model, TOKENIZER))) == []
    assert compatibility.mismatches(str(base), str(write(tmp_path / "q.gguf", made("qwen2"), TOKENIZER))) != []


def test_chat_template_and_ends_of_texts_are_those_of_the_file(tmp_path: Path) -> None:
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    said = {
        "tokenizer.chat_template": template,
        "tokenizer.ggml.eot_token_id": 5,
        "tokenizer.ggml.add_bos_token": False,
    }
    loaded = models.load(str(write(tmp_path / "model.gguf", make_model(), TOKENIZER, settings=said)), device="cpu")
    assert loaded.tokenizer.chat_template == template
    assert loaded.model.generation_config.eos_token_id == [2, 5]  # type: ignore[union-attr]
    assert loaded.tokenizer("The")["input_ids"] == TOKENIZER("The")["input_ids"][1:]
    assert (loaded.tokenizer.bos_token, loaded.tokenizer.eos_token) == ("<s>", "</s>")


def test_digits_are_taken_one_by_one_where_llama_cpp_does(tmp_path: Path) -> None:
    tokenizer = make_tokenizer()
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    content["model"]["vocab"] |= {"12": 320}
    content["model"]["merges"].append(["1", "2"])
    tokenizer = hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer.from_str(json.dumps(content)), bos_token="<s>", eos_token="</s>"
    )
    model = make_model(vocabulary=321)
    together, apart, unknown = (
        models.tokenizer_of(
            str(write(tmp_path / f"{way}.gguf", model, tokenizer, settings={"tokenizer.ggml.pre": way}))
        )
        for way in ("gpt-2", "smollm", "of-my-own")
    )
    assert 320 in together("12")["input_ids"]
    assert 320 not in apart("12")["input_ids"]
    assert unknown("12")["input_ids"] == together("12")["input_ids"]
    told = names.read(files.resolve(str(tmp_path / "of-my-own.gguf")).folder).remarks
    assert len(told) == 1
    assert "'of-my-own', which is not known here" in told[0]
    assert names.read(files.resolve(str(tmp_path / "smollm.gguf")).folder).remarks == []


def test_the_writer_turns_what_llama_cpp_turns() -> None:
    """Rows 0 … 7 of one head: llama.cpp's order takes one of each half in turn."""
    model = make_model()
    query = tensors_of(model)["blk.0.attn_q.weight"]
    ours = model.model.layers[0].self_attn.q_proj.weight.detach().numpy()
    assert [next(i for i in range(8) if np.array_equal(ours[i], row)) for row in query[:8]] == [0, 4, 1, 5, 2, 6, 3, 7]
    assert math.isclose(float(np.abs(query).sum()), float(np.abs(ours).sum()), rel_tol=1e-6)
