"""Tiny random models of many architectures, whose windows are shorter than the prompts that tests give them."""

from collections.abc import Callable
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM

WINDOW = 8
SIZE: dict[str, Any] = {
    "vocab_size": 320, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 256, "initializer_range": 0.3, "bos_token_id": 1,
    "eos_token_id": 2, "pad_token_id": 2, "head_dim": 8,
}  # fmt: skip
ALIKE: dict[str, tuple[str, dict[str, Any]]] = {
    "Llama": ("LlamaConfig", {}),
    "Llama, head of its own": ("LlamaConfig", {"tie_word_embeddings": False}),
    "Llama 3, scaled positions": ("LlamaConfig", {"rope_parameters": {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32}}),
    "Qwen 2": ("Qwen2Config", {}),
    "Qwen 3": ("Qwen3Config", {}),
    "Gemma": ("GemmaConfig", {}),
    "Gemma 2, soft-capped": ("Gemma2Config", {"sliding_window": WINDOW, "final_logit_softcapping": 5.0,
                                              "query_pre_attn_scalar": 8}),
    "Gemma 3, sliding window": ("Gemma3TextConfig", {
        "sliding_window": WINDOW, "query_pre_attn_scalar": 8,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}),
    "Mistral, sliding window": ("MistralConfig", {"sliding_window": WINDOW}),
    "Mixtral": ("MixtralConfig", {"num_local_experts": 4, "num_experts_per_tok": 2}),
    "Cohere, scaled logits": ("CohereConfig", {"logit_scale": 0.3}),
    "Granite, scaled logits": ("GraniteConfig", {"logits_scaling": 3.0, "embedding_multiplier": 2.0}),
    "Phi 3": ("Phi3Config", {}),
    "OLMo 2": ("Olmo2Config", {}),
    "StableLM": ("StableLmConfig", {}),
    "GPT-NeoX": ("GPTNeoXConfig", {"tie_word_embeddings": False}),
    "OPT": ("OPTConfig", {"ffn_dim": 64, "word_embed_proj_dim": 32, "init_std": 0.3}),
}  # fmt: skip
GPT2: dict[str, Any] = {"vocab_size": 320, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 256,
                        "initializer_range": 0.3, "bos_token_id": 1, "eos_token_id": 2}  # fmt: skip
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "GPT-2": ("GPT2Config", GPT2),
    "GPT-J": ("GPTJConfig", GPT2 | {"rotary_dim": 4}),
    "GPT-Neo, local attention": ("GPTNeoConfig", {
        "vocab_size": 320, "hidden_size": 32, "num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]],
        "window_size": WINDOW, "max_position_embeddings": 256, "initializer_range": 0.3, "intermediate_size": 64}),
    "BLOOM, ALiBi": ("BloomConfig", {"vocab_size": 320, "hidden_size": 32, "n_layer": 3, "n_head": 4,
                                     "initializer_range": 0.3}),
    "Falcon": ("FalconConfig", {"vocab_size": 320, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
                                "initializer_range": 0.3}),
    "DeepSeek V3": ("DeepseekV3Config", SIZE | {
        "num_key_value_heads": 4, "q_lora_rank": None, "kv_lora_rank": 8, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8,
        "v_head_dim": 8, "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2, "n_group": 1,
        "topk_group": 1, "moe_intermediate_size": 32, "first_k_dense_replace": 1}),
}  # fmt: skip
# What goes on from a state of its own, and not from keys and values of every token.
RECURRENT: dict[str, tuple[str, dict[str, Any]]] = {
    "RWKV": ("RwkvConfig", {"vocab_size": 320, "hidden_size": 32, "num_hidden_layers": 2, "context_length": 256,
                            "attention_hidden_size": 32, "intermediate_size": 64}),
    "Mamba": ("MambaConfig", {"vocab_size": 320, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4,
                              "initializer_range": 0.3}),
    "Mamba 2": ("Mamba2Config", {"vocab_size": 320, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 8,
                                 "num_heads": 8, "head_dim": 8, "n_groups": 2, "chunk_size": 16}),
    "Qwen 3 Next": ("Qwen3NextConfig", SIZE | {
        "num_hidden_layers": 4, "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8,
        "linear_value_head_dim": 8, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
        "shared_expert_intermediate_size": 32}),
    "LFM 2": ("Lfm2Config", SIZE | {"layer_types": ["conv", "full_attention", "conv"]}),
    "RecurrentGemma": ("RecurrentGemmaConfig", SIZE | {"attention_window_size": WINDOW, "lru_width": 32}),
}  # fmt: skip
# Rotary positions that turn by the length of the longest text of a batch.
BY_LENGTH: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamic positions": ("LlamaConfig", SIZE | {"max_position_embeddings": 32, "rope_parameters": {
        "rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}}),
}  # fmt: skip
CACHED = {name: (kind, SIZE | more) for name, (kind, more) in ALIKE.items()} | OTHERS


def made(name: str) -> Any:
    """Return a random model of an architecture, in fp32."""
    kind, settings = (CACHED | RECURRENT | BY_LENGTH)[name]
    torch.manual_seed(0)
    config = getattr(transformers, kind)(**settings)
    model: Callable[..., Any] = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    return model.eval().requires_grad_(False)  # type: ignore[attr-defined]
