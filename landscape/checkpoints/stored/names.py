"""Which stored tensor is which parameter: one reading of names, for counting, comparing and loading. No torch.

A file may name tensors with or without the prefix of its architecture (GPT-2 on the hub: `h.0.…` for
`transformer.h.0.…`), store a tied pair under either name or both, and hold more than parameters: buffers of older
versions, a value head, layers beyond those that the config asks for. This reads them as transformers does.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landscape.checkpoints.config import config_of, quantisation, read_json
from landscape.checkpoints.gguf.header import NOTES
from landscape.checkpoints.safetensors import DTYPES, INDEX, WEIGHTS, Tensor, tensors

# How the model of a type names its embedding; what is before the first dot is its prefix. Of others: _EMBEDDING.
_EMBEDDING = "model.embed_tokens"
EMBEDDINGS = {
    **dict.fromkeys(("codegen", "dbrx", "gpt-sw3", "gpt2", "gpt_bigcode", "gpt_neo", "gptj", "mpt"), "transformer.wte"),
    **dict.fromkeys(("bloom", "falcon"), "transformer.word_embeddings"),
    **dict.fromkeys(("falcon_mamba", "mamba", "mamba2"), "backbone.embeddings"),
    **dict.fromkeys(("bart", "mbart", "opt", "pegasus"), "model.decoder.embed_tokens"),
    "biogpt": "biogpt.embed_tokens",
    "ctrl": "transformer.w",
    "gpt_neox": "gpt_neox.embed_in",
    "gpt_neox_japanese": "gpt_neox_japanese.embed_in",
    "openai-gpt": "transformer.tokens_embed",
    "rwkv": "rwkv.embeddings",
}
_FORMER_HEADS = {"gpt_neox": "embed_out."}  # what a file calls the model's lm_head
_HEADS = ("lm_head", "embed_out", "output_projection", "proj_out", "head")
_LEAVES = tuple(f".{name.rpartition('.')[2]}.weight" for name in {_EMBEDDING, *EMBEDDINGS.values()})
_BUFFER = re.compile(
    r"(^|\.)(attn|attention|crossattention|self_attention|self_attn)\.(masked_)?bias$|(^|\.)masked_bias$"
    r"|rotary_emb\.(inv_freq|(cos|sin)_cached)$|(^|\.)position_ids$|\.e_score_correction_bias$|^(encoder|decoder)\.version$"
)
_BESIDE = re.compile(r"^(v_head|value_head|score|reward_head|critic_head|regression_head)\.|(^|\.)mtp(_layers)?\.")
_LAYERS = re.compile(r"^\w+\.(?:decoder\.|language_model\.)?(?:layers|h|blocks)\.(\d+)\.")
_COUNTS = ("decoder_layers", "num_hidden_layers", "n_layer", "n_layers", "num_layers")
_FAR = 10  # times the layers that are stored: what is nearer is left to the architecture, which names what is missing
_LONG = 100  # letters of a name: more tell a reader nothing
_WRAPPERS = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_forward_module.")
_WRAPPED = re.compile(rf"({'|'.join(map(re.escape, _WRAPPERS))}|^(?:module|base_model\.model)\.)")


@dataclass(frozen=True)
class Stored:
    """The tensors of a folder, by the name of the parameter that each fills."""

    parameters: dict[str, Tensor]  # each tied pair once, under the name of the embedding
    names: dict[str, str]  # parameter → the name it is stored under
    ignored: tuple[str, ...] = ()  # stored names: buffers of older versions, copies of a tied head
    unused: tuple[str, ...] = ()  # stored names of what the model does not load: a value head, …
    shards_left_over: bool = False  # whether shards with an index lie beside the one file that is loaded
    notes: tuple[str, ...] = ()  # of the GGUF file that the folder was made of

    @property
    def head(self) -> str | None:
        """The parameter of an output layer of its own; None where it is tied to the embedding."""
        return _head_of(self.parameters)

    @property
    def remarks(self) -> list[str]:
        """What is stored and not loaded, in sentences."""
        said = list(self.notes)
        if self.unused:
            count = len(self.unused)
            listed = some(self.unused)
            said.append(f"{count} stored tensors are no part of the language model and do not count: {listed}")
        if self.shards_left_over:
            said.append(f"{WEIGHTS} is what transformers loads; the shards of {INDEX} beside it are not read")
        return said


def read(folder: Path) -> Stored:
    """Return what a folder's tensors are, from the headers alone; only a head beside a tied embedding is read.

    Raises:
        ValueError: what `tensors` raises; names of a wrapper; empty tensors; fewer layers than the config asks for;
            one parameter under two names; parameters that are no floating-point numbers, unless they are quantised.
    """
    config, table = config_of(folder), tensors(folder)
    prefix = _prefix_of(config)
    _require_unwrapped(folder, table)
    found: dict[str, Tensor] = {}
    names: dict[str, str] = {}
    ignored, unused = [], []
    for key, name in _named(table, prefix, _FORMER_HEADS.get(config.get("model_type", ""))):
        if _BUFFER.search(key):
            ignored.append(key)
        elif _is_beside(name, config):
            unused.append(key)
        elif name in found:
            raise ValueError(f"{folder} stores {name} twice, as {names[name]} and as {key}: save it again")
        else:
            found[name], names[name] = table[key], key
    _require_numbers(folder, {names[name]: tensor for name, tensor in found.items()})
    _require_layers(folder, found, config)
    if (copied := _tie(found, names, config)) is not None:
        ignored.append(copied)
    indexed = (folder / INDEX).is_file() and any(folder.glob("model-*-of-*.safetensors"))
    left_over = indexed and {tensor.file.name for tensor in table.values()} == {WEIGHTS}
    notes = read_json(folder / NOTES)["remarks"] if (folder / NOTES).is_file() else ()
    return Stored(found, names, tuple(ignored), tuple(unused), left_over, tuple(notes))


def _is_beside(name: str, config: dict[str, Any]) -> bool:
    """Whether a tensor, by its parameter's name, is of a value head, or of a layer beyond those of the config."""
    layer, count = _layer_of(name), _layers_of(config)
    return _BESIDE.search(name) is not None or (layer is not None and count is not None and layer >= count)


def some(items: Iterable[str], shown: int = 3) -> str:
    """Return the first few, the longest cut short, and how many more there are."""
    listed = [item if len(item) <= _LONG else f"{item[:_LONG]}…" for item in items]
    return ", ".join(listed[:shown]) + (f" and {len(listed) - shown} more" if len(listed) > shown else "")


def _prefix_of(config: dict[str, Any]) -> str | None:
    """Return the prefix of an architecture's names; None where that is known to its own code only."""
    return None if config.get("auto_map") else embedding_of(config).partition(".")[0]


def embedding_of(config: dict[str, Any]) -> str:
    """Return the name of the embedding of an architecture, without `.weight`."""
    return EMBEDDINGS.get(config.get("model_type", ""), _EMBEDDING)


def _named(table: dict[str, Tensor], prefix: str | None, former_head: str | None) -> Iterator[tuple[str, str]]:
    """Yield (stored name, the model's name): with the prefix, which a file may leave out, for all or for some."""
    for key in table:
        if former_head and key.startswith(former_head):
            yield key, f"lm_head.{key.removeprefix(former_head)}"
            continue
        whole = prefix is None or key.partition(".")[0] in (prefix, *_HEADS) or _BESIDE.match(key)
        yield key, key if whole else f"{prefix}.{key}"


def _layer_of(name: str) -> int | None:
    found = _LAYERS.match(name)
    return int(found[1]) if found else None


def _layers_of(config: dict[str, Any]) -> int | None:
    return next((config[field] for field in _COUNTS if config.get(field) is not None), None)


def _head_of(parameters: dict[str, Tensor]) -> str | None:
    return next((f"{head}.weight" for head in _HEADS if f"{head}.weight" in parameters), None)


def _tie(found: dict[str, Tensor], names: dict[str, str], config: dict[str, Any]) -> str | None:
    """Make one parameter of a tied pair, in place; return the stored name of a copy that is left out.

    As transformers does, a pair is tied unless the config says otherwise or both are stored and differ.
    """
    head = _head_of(found)
    if head is None or config.get("tie_word_embeddings") is False:
        return None
    shape = found[head].shape
    embeddings = [name for name in found if name.endswith(_LEAVES)]
    embedding = next((name for name in embeddings if found[name].shape == shape), None)
    if not embeddings:
        embedding = f"{embedding_of(config)}.weight"
        found[embedding], names[embedding] = found.pop(head), names.pop(head)
        return None
    if embedding is None or not _equal(found[embedding], found[head]):
        return None
    del found[head]
    return names.pop(head)


def _equal(one: Tensor, two: Tensor, width: int = 2**22) -> bool:
    """Whether two stored tensors hold the same bytes."""
    size = one.stop - one.start
    if (one.dtype, size) != (two.dtype, two.stop - two.start):
        return False
    with one.file.open("rb") as left, two.file.open("rb") as right:
        left.seek(one.start), right.seek(two.start)
        return all(left.read(n) == right.read(n) for n in (min(width, size - at) for at in range(0, size, width)))


def _require_unwrapped(folder: Path, table: dict[str, Tensor]) -> None:
    """Raises ValueError for names that a wrapper of the training changed, which transformers does not load."""
    if (key := next((key for key in table if ".lora_A." in key or ".base_layer." in key), None)) is not None:
        raise ValueError(
            f"{folder} holds a model with an adapter that was not merged ({key}): call merge_and_unload() before "
            "save_pretrained, or save the adapter on its own"
        )
    if (key := next((key for key in table if _WRAPPED.search(key)), None)) is None:
        return
    found = _WRAPPED.search(key)
    wrapper = found[1] if found else ""
    raise ValueError(
        f"{folder} names its tensors as a wrapper of the training did ({key}), so that no model loads them. Save the "
        'model inside the wrapper, or rename once: python -c "from transformers import AutoModelForCausalLM as M; '
        f"M.from_pretrained('{folder}', key_mapping={{r'{re.escape(wrapper)}': ''}})"
        f".save_pretrained('{folder}-renamed', save_original_format=False)\" and copy the tokenizer files"
    )


def _require_numbers(folder: Path, stored: dict[str, Tensor]) -> None:
    """Raises ValueError for parameters that are empty, or that are no floating-point numbers in a plain checkpoint."""
    empty = [key for key, tensor in stored.items() if 0 in tensor.shape]
    if empty:
        raise ValueError(
            f"{folder} holds empty tensors ({some(empty)}), as DeepSpeed ZeRO-3 saves a model that it did not gather: "
            "gather the states of the training with zero_to_fp32.py, or set stage3_gather_16bit_weights_on_model_save"
        )
    wrong = [f"{key}: {tensor.dtype}" for key, tensor in stored.items() if tensor.dtype not in DTYPES]
    if wrong and not quantisation(folder):
        raise ValueError(f"{folder} holds weights that are none of {', '.join(DTYPES)} ({some(wrong)}): save it again")


def _require_layers(folder: Path, found: dict[str, Tensor], config: dict[str, Any]) -> None:
    """Raises ValueError where the config asks for more layers than are stored: to build them could take for ever."""
    held = {layer for name in found if (layer := _layer_of(name)) is not None}
    asked = _layers_of(config)
    if held and asked is not None and _FAR * (max(held) + 1) < asked:
        raise ValueError(
            f"the weights in {folder} do not fill its architecture: config.json asks for {asked} layers, and "
            f"{max(held) + 1} are stored"
        )
