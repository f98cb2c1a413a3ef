"""What an adapter's folder says of itself: adapter_config.json, validated, and the names of its tensors. No torch."""

import math
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from landscape.checkpoints.config import chat_template, read_json
from landscape.checkpoints.safetensors import ADAPTER, DTYPES, Tensor, tensors_in
from landscape.checkpoints.stored.refusals import no_weights
from landscape.outside import regular_expressions

CONFIG = "adapter_config.json"
PREFIX = "base_model.model."  # of every tensor that belongs to a module of the base
KEEPS_BASE = (None, True, False, "gaussian", "eva", "orthogonal")  # initialisations of LoRA that leave W alone
# Fields of adapter_config.json that a plain LoRA may set: those read here, and those that change nothing merged.
_READ = {"r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora", "modules_to_save", "peft_type"}
_READ |= {"init_lora_weights", "bias", "lora_bias"}
_FREE = {"task_type", "inference_mode", "auto_mapping", "base_model_name_or_path", "revision", "peft_version"}
_FREE |= {"target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "lora_dropout"}
_FREE |= {"fan_in_fan_out", "loftq_config", "eva_config", "corda_config", "lora_ga_config", "runtime_config"}
_FREE |= {"qalora_group_size", "megatron_core"}
_VIRTUAL = {"PROMPT_TUNING", "P_TUNING", "PREFIX_TUNING", "CPT", "CARTRIDGE"}  # tokens in front of every prompt
_OTHER_TASKS = {"MULTITASK_PROMPT_TUNING", "POLY"}  # each prompt would need the number of its task
# Sizes that peft allocates before it looks into the file; none exceeds what is in it.
_SIZES = {"r", "init_r", "num_virtual_tokens", "token_dim", "num_layers", "num_attention_heads", "encoder_hidden_size"}
_SIZES |= {"num_vectors", "vector_length", "n_frequency", "block_size", "adapter_len"}
_WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
_VOCABULARIES = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt", "tekken.json")

Rank = Annotated[int, Field(ge=0, lt=2**31)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Names = list[str] | str | None


class AdapterSettings(BaseModel):
    """The fields of adapter_config.json that are read here; peft reads the others."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    peft_type: str
    base_model_name_or_path: str | None = None
    revision: str | None = None
    task_type: str | None = None
    r: Rank | None = None
    num_virtual_tokens: Rank | None = None
    lora_alpha: Number | None = None
    rank_pattern: dict[str, Rank | list[bool]] | None = None  # AdaLoRA's lists say which ranks are left
    alpha_pattern: dict[str, Number] | None = None
    target_modules: Names = None
    exclude_modules: Names = None
    modules_to_save: list[str] | None = None
    layers_to_transform: list[Rank] | Rank | None = None
    layers_pattern: Names = None
    layer_replication: list[list[Rank]] | None = None
    init_lora_weights: bool | str | None = None
    use_rslora: bool = False
    use_dora: bool = False
    fan_in_fan_out: bool = False
    bias: str = "none"

    @property
    def plain(self) -> bool:
        """Whether it is a LoRA with no setting but those that `lora.read_adapter` understands."""
        others = [key for key, value in self if value and key not in _READ | _FREE]
        return self.peft_type == "LORA" and self.keeps_base and not others

    @property
    def virtual_tokens(self) -> bool:
        """Whether it only puts tokens in front of every prompt, so that no weight of the base changes."""
        return self.peft_type in _VIRTUAL

    @property
    def keeps_base(self) -> bool:
        """Whether a LoRA with B = 0 computes what its base does."""
        return self.init_lora_weights in KEEPS_BASE and not self.layer_replication

    @property
    def outside_weight_space(self) -> str | None:
        """Why no change of its base's weights does what it does; None where one does."""
        if self.virtual_tokens:
            return f"puts virtual tokens in front of every prompt ({self.peft_type}) and changes no weight"
        return "repeats layers of its base (layer_replication)" if self.layer_replication else None


def read_settings(folder: Path) -> AdapterSettings:
    """Return what the config of an adapter says.

    Raises:
        ValueError: it is damaged, has a value of another type or out of range, or asks for what cannot be scored.
    """
    file = folder / CONFIG
    raw = read_json(file)
    try:
        settings = AdapterSettings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][:1])
        raise ValueError(f"{file} is damaged ({where}: {first['msg']}): download or save it again") from None
    if _has_far_numbers(raw):
        raise ValueError(f"{file} is damaged (a number in it is out of range): download or save it again")
    _require_scorable(folder, settings, raw)
    return settings


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Return the tensor table of an adapter, by name.

    Raises:
        ValueError: no safetensors file, or a damaged one; no tensor in it; names that peft finds no place for.
    """
    file = weight_file(folder)
    found = tensors_in(file)
    if not found:
        raise ValueError(f"{file} holds no tensors: save the adapter again")
    if not read_settings(folder).virtual_tokens:
        _require_names(file, found)
    return found


def weight_file(folder: Path) -> Path:
    """Return the file of an adapter's tensors. Raises ValueError where there is none."""
    if not (folder / ADAPTER).is_file():
        raise no_weights(folder, expected=ADAPTER)
    return folder / ADAPTER


def require_sound(folder: Path) -> None:
    """Raises ValueError where the files of an adapter are damaged, or contradict each other."""
    settings, found = read_settings(folder), read_tensors(folder)
    wrong = next((key for key, tensor in found.items() if tensor.dtype not in DTYPES), None)
    if settings.peft_type == "LORA" and wrong:
        raise ValueError(f"{folder / ADAPTER} holds {wrong} as {found[wrong].dtype}: expected {', '.join(DTYPES)}")
    _require_quick_patterns(folder, settings, found)
    named = settings.model_dump()
    sizes = [*(named.get(name) for name in sorted(_SIZES)), *(settings.rank_pattern or {}).values()]
    elements = sum(math.prod(tensor.shape) for tensor in found.values())
    if far := [size for size in sizes if isinstance(size, int) and size > elements]:
        raise ValueError(
            f"{folder / CONFIG} asks for a size of {far[0]}, but {ADAPTER} beside it has {elements:,} elements"
        )


def _require_quick_patterns(folder: Path, settings: AdapterSettings, found: dict[str, Tensor]) -> None:
    """Raises ValueError for a regular expression, which peft searches every module's name for, that does not end."""
    fields = {"target_modules": settings.target_modules, "exclude_modules": settings.exclude_modules}
    fields |= {"rank_pattern": list(settings.rank_pattern or ()), "alpha_pattern": list(settings.alpha_pattern or ())}
    names = {re.sub(r"\d+", "0", base_parameter(key)) for key in found}  # one of all layers
    for field, value in fields.items():
        for pattern in [value] if isinstance(value, str) else value or [] if field.endswith("pattern") else []:
            try:
                regular_expressions.check(pattern)
                for name in sorted(names):
                    regular_expressions.search(f"^(?:{pattern})$", name)
            except ValueError as error:
                raise ValueError(f"{folder / CONFIG} is damaged ({field}: {error})") from None


def require_own_weights_to_move(name: str, folder: Path, *, zero: bool) -> None:
    """Raises ValueError where the A and B of an adapter cannot move on their own.

    `zero`: with B = 0 it must also compute what its base does.
    """
    settings = read_settings(folder)
    if settings.peft_type != "LORA":
        raise ValueError(
            f"{name!r} has an adapter of type {settings.peft_type}: only the A and B of a LoRA can move alone"
        )
    if zero and not settings.keeps_base:
        field = "layer_replication" if settings.layer_replication else "init_lora_weights"
        raise ValueError(
            f"{name!r} sets {field} = {getattr(settings, field)!r}, which changes the base's weights as well, so that "
            "the base is no point among its A and B: move all weights, without --adapter"
        )


def has_vocabulary(folder: Path) -> bool:
    """Whether a folder holds a tokenizer of its own."""
    return any((folder / name).is_file() for name in _VOCABULARIES)


def has_template(folder: Path) -> bool:
    """Whether a folder holds a chat template of its own."""
    return chat_template(folder) is not None


def has_generation(folder: Path) -> bool:
    """Whether a folder says how to generate."""
    return (folder / "generation_config.json").is_file()


def base_parameter(key: str) -> str:
    """Return the parameter of the base that an adapter's tensor replaces, if it replaces one."""
    return key.removeprefix(PREFIX).replace(".base_layer.", ".")


def _require_names(file: Path, found: dict[str, Tensor]) -> None:
    for key in found:
        parts = key.split(".")
        wrapper = "module" if parts[0] == "module" else next((word for word in _WRAPPERS if word in parts), None)
        if wrapper:
            raise ValueError(
                f"{file} holds {key}, which carries the name of a wrapper, so that peft would leave it out: "
                f"take {wrapper} out of the names, or save the adapter from the unwrapped model"
            )
        if parts[0] != "base_model":
            raise ValueError(f"{file} holds {key}, which peft would leave out: expected names that begin with {PREFIX}")


def _has_far_numbers(content: Any) -> bool:
    """Whether a JSON value holds a number that is no 64-bit integer, or not finite."""
    if isinstance(content, dict | list):
        return any(map(_has_far_numbers, content.values() if isinstance(content, dict) else content))
    if isinstance(content, int):
        return not -(2**63) <= content < 2**63
    return isinstance(content, float) and not math.isfinite(content)


def _require_scorable(folder: Path, settings: AdapterSettings, raw: dict[str, Any]) -> None:
    """Raises ValueError for what peft would load differently each time, could not score, or needs other code for."""
    init = settings.init_lora_weights
    if settings.peft_type in _OTHER_TASKS:
        why = f"is of type {settings.peft_type}, which needs the number of a task with every prompt"
    elif isinstance(init, str) and init.startswith("pissa_niter"):
        why = (
            f"sets init_lora_weights = {init!r}, whose random decomposition of the base peft repeats differently each "
            "time: save it with path_initial_model_for_weight_conversion, or merge it where it was trained"
        )
    elif raw.get("alora_invocation_tokens"):
        why = "acts only after its invocation tokens (alora_invocation_tokens), so it cannot be merged or scored here"
    elif raw.get("megatron_config"):
        why = "names a library to import (megatron_config): merge it where it was trained"
    else:
        return
    raise ValueError(f"the adapter {folder} {why}")
