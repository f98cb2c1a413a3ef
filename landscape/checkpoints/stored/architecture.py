"""Which parameters an architecture has, by its config, and which stored tensor fills each of them."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import WeightRenaming, rename_source_key
from transformers.pytorch_utils import Conv1D

from landscape.checkpoints import config, files, parameters
from landscape.checkpoints.adapters import loading
from landscape.checkpoints.safetensors import Tensor, tensors
from landscape.checkpoints.stored import names
from landscape.outside import trust


@dataclass(frozen=True)
class ArchitectureSpec:
    """What an architecture says of its weights without loading any: names as in `parameters.select`, shapes, ties."""

    shapes: dict[str, tuple[int, ...]]  # the distinct floating-point parameters
    aliases: dict[str, str]  # another name of a tied parameter → its name in `shapes`
    transposed: frozenset[str]  # weights that are stored inputs × outputs (GPT-2's)
    ignores: Callable[[str], bool]  # whether a stored name is a buffer, or one that transformers ignores
    renamed: Callable[[str], str]  # a stored name → the name of its parameter
    fuses: bool  # whether transformers makes some of its parameters of several stored tensors (experts)
    require_fit: Callable[[Path], None]  # raises ValueError for an adapter that peft cannot put onto it whole


def architecture(name: str) -> ArchitectureSpec:
    """Return the parameters that a checkpoint's config asks for (for an adapter, its base's). Takes no memory.

    Raises:
        ValueError: what `files.resolve` and `names.read` raise; a quantised checkpoint; code that is not trusted; a
            config that transformers refuses.
    """
    folder = files.resolve(name).folder
    if quantisation := config.quantisation(folder):
        raise ValueError(f"{name!r} is quantised ({quantisation}): its weights are no tensors of numbers to compare")
    names.read(folder)  # which refuses at once what would take for ever to build
    with explained(name):
        trusted = trust.digest(folder) if trust.is_given(folder) else ""
        return _architecture(folder, (folder / "config.json").read_bytes(), trusted)


@lru_cache(maxsize=16)
def _architecture(folder: Path, content: bytes, trusted: str) -> ArchitectureSpec:
    """Build the model without its weights. `content`: of its config; `trusted`: the digest of its own code, or "".

    While both are the same, so is the result.
    """
    with torch.device("meta"):
        described = AutoConfig.from_pretrained(str(folder), trust_remote_code=bool(trusted))
        model: Any = AutoModelForCausalLM.from_config(described, trust_remote_code=bool(trusted))
    selected, aliases = parameters.select(model), parameters.aliases(model)
    modules = [name for name, module in model.named_modules() if isinstance(module, Conv1D)]
    ignored = [re.compile(pattern) for pattern in model._keys_to_ignore_on_load_unexpected or ()]
    buffers = {name for name, _ in model.named_buffers()}
    known = dict.fromkeys([*selected, *aliases, *buffers], True)
    rules = get_model_conversion_mapping(model)
    renamings = [rule for rule in rules if isinstance(rule, WeightRenaming)]
    prefix = model.base_model_prefix

    def renamed(name: str) -> str:
        changed: str = rename_source_key(name, renamings, [], prefix, known)[0]
        return changed if changed in known or name not in known else name

    return ArchitectureSpec(
        shapes={name: tuple(weight.shape) for name, weight in selected.items()},
        aliases=aliases,
        transposed=frozenset(f"{name}.weight" for name in modules),
        ignores=lambda name: name in buffers or any(pattern.search(name) for pattern in ignored),
        renamed=renamed,
        fuses=len(renamings) < len(rules),
        require_fit=lambda adapter: loading.require_fit(deepcopy(model), adapter),
    )


@dataclass(frozen=True)
class Filled:
    """The parameters of an architecture, and the stored tensors that fill them."""

    stored: dict[str, Tensor]  # by parameter; what transformers would fuse into one (experts) as it is stored
    ignored: tuple[str, ...]  # stored tensors that are no parameters, and that transformers ignores
    fused: tuple[str, ...]  # parameters that the model fuses from several stored tensors


def fill(name: str, architecture: ArchitectureSpec) -> Filled:
    """Return which stored tensor of a checkpoint (for an adapter, of its base) fills which parameter. Reads headers.

    Raises:
        ValueError: as `names.read`; tensors that the architecture does not know, lacks, or has in another shape, each
            named: transformers would leave them at random, or leave them out.
    """
    folder = files.resolve(name).folder
    reading, known = names.read(folder), architecture.shapes.keys() | architecture.aliases.keys()
    spare, read_as = {*reading.ignored, *reading.unused}, {stored: name for name, stored in reading.names.items()}
    found: dict[str, Tensor] = {}
    rest: dict[str, Tensor] = {}
    ignored = []
    for key, tensor in tensors(folder).items():
        parameter = architecture.renamed(key)
        if parameter in known:
            found[parameter] = tensor
        elif key in spare or architecture.ignores(parameter):
            ignored.append(key)
        else:
            rest[read_as[key]] = tensor
    filled = {architecture.aliases.get(parameter, parameter) for parameter in found}
    missing = sorted(architecture.shapes.keys() - filled)
    fused = sum(math.prod(architecture.shapes[parameter]) for parameter in missing)
    if rest and architecture.fuses and fused == sum(math.prod(tensor.shape) for tensor in rest.values()):
        return Filled(found | rest, tuple(ignored), tuple(missing))
    wrong = [f"{parameter} missing" for parameter in missing] + [f"{key} unexpected" for key in rest]
    shapes = architecture.shapes | {alias: architecture.shapes[first] for alias, first in architecture.aliases.items()}
    wrong += [f"{key} of another shape" for key, tensor in found.items() if tensor.shape != shapes[key]]
    if wrong:
        raise ValueError(f"the weights of {name!r} do not fill its architecture: {names.some(wrong)}")
    return Filled(found, tuple(ignored), ())


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Within the block, whatever transformers raises for a checkpoint becomes a ValueError of one line."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError):  # of this machine, not of the checkpoint
        raise
    except Exception as error:  # a config may break the code of its architecture anywhere
        raise ValueError(f"cannot load {name!r}: {first_line(error)}") from None


def first_line(error: BaseException) -> str:
    """Return the first line of an error; of one about a checkpoint's own code, how to trust that code."""
    if "trust_remote_code" in str(error):
        return trust.NOT_GIVEN
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
