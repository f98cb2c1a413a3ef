"""Where a checkpoint's files are, and what its config and tensor headers say. No model is built, no torch.

A name is `demo:NAME`, `real:NAME`, a folder, a hub id `org/name[@revision]`, a PEFT adapter folder, or `ADAPTER+BASE`;
or a GGUF file, here or on the hub (`org/name[@revision]:FILE.gguf`), whose folder is the one it is de-quantised into.
"""

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from landscape.assets import DATA, PREFIX, REAL, REAL_PREFIX, demo_folder
from landscape.checkpoints.adapters import settings as adapters
from landscape.checkpoints.config import config_of, quantisation
from landscape.checkpoints.gguf import cache, naming
from landscape.checkpoints.hub.needed_files import needed, require_one_kind
from landscape.checkpoints.safetensors import DTYPES, weight_files
from landscape.checkpoints.stored import names
from landscape.checkpoints.stored.made_folders import IN_HAND
from landscape.checkpoints.stored.refusals import no_checkpoint, only_gguf
from landscape.outside import network
from landscape.outside.hub import checkpoints as hub
from landscape.outside.hub.names import is_exact, is_id, parts

_CONFIGS = ("config.json", adapters.CONFIG)  # what makes a folder a checkpoint
_FLOATS = {"F64": 8, "F32": 4, "BF16": 2, "F16": 2}
ADAPTER_ONLY_HINT = "move the adapter's own weights alone (--adapter; on a page, under Advanced)"  # for quantised bases


@dataclass(frozen=True)
class Source:
    """Where a checkpoint's files are: the folder of whole weights, and those of the adapters on them, in order."""

    name: str
    folder: Path
    adapters: tuple[Path, ...] = ()  # each was trained on what those before it make of the base
    gguf: Path | None = None  # the file that the folder is made of; then it may not be there yet (see `locate`)

    @property
    def adapter(self) -> Path | None:
        """The folder of the last adapter."""
        return self.adapters[-1] if self.adapters else None

    @property
    def tokenizer(self) -> Path:
        """The folder of its tokenizer: of the last adapter that was saved with one, else of the base."""
        return next(filter(adapters.has_vocabulary, reversed(self.adapters)), self.folder)

    @property
    def templated(self) -> Path:
        """The folder of its chat template: of the last adapter that was saved with one, else of the tokenizer."""
        return next(filter(adapters.has_template, reversed(self.adapters)), self.tokenizer)

    @property
    def generation(self) -> Path:
        """The folder that says how it generates: of the last adapter that was saved with that, else of the base."""
        return next(filter(adapters.has_generation, reversed(self.adapters)), self.folder)

    @property
    def with_code(self) -> tuple[Path, ...]:
        """The folders that may bring code of their own: that of the model, and that of the tokenizer."""
        return tuple(dict.fromkeys((self.folder, self.tokenizer)))


@dataclass(frozen=True)
class Description:
    """What a checkpoint's config and tensor headers say of it."""

    name: str
    architecture: str
    parameters: int  # distinct floating-point weights; in a quantised checkpoint the unquantised ones, and the scales
    bytes: int
    dtype: str
    layers: int | None
    hidden: int | None
    vocabulary: int | None
    context: int | None
    adapter: bool
    remarks: tuple[str, ...] = ()  # sentences: what is stored and not loaded


def resolve(name: str) -> Source:
    """Return where a checkpoint's files are; a hub id that is not cached yet is downloaded, a GGUF file de-quantised.

    Raises:
        ValueError: nothing of that name, pickle weights only, a missing or truncated shard, no base for an
            adapter, a hub id that cannot be reached, or a GGUF file that cannot be read.
    """
    source = locate(name)
    if source.gguf is not None:
        cache.converted(source.gguf, lambda: resolve(name))
    return source


def locate(name: str) -> Source:
    """Return where a checkpoint's files are, or will be once its GGUF file is de-quantised. Raises as `resolve`."""
    try:
        return _resolve(name, ())
    except OSError as error:  # a name that is too long, a folder that may not be read
        raise ValueError(f"cannot read {name[:200]!r} ({error.strerror or error})") from None


def _resolve(name: str, above: tuple[Path, ...]) -> Source:
    """Return where a checkpoint's files are. `above`: the adapters whose base it is, the nearest last."""
    if (file := naming.file_of(name, lambda: resolve(name))) is not None:
        return Source(name, cache.folder_of(file), gguf=file)
    path = _local(name)
    if path is None and "+" in name:
        both = split(name)
        if both is None:
            adapter = name.partition("+")[0]
            raise ValueError(f"expected ADAPTER+BASE, got {name!r}, but {adapter!r} holds no adapter_config.json")
        folder = _local(both[0]) or _from_hub(both[0])
        if not (folder / adapters.CONFIG).is_file():
            raise ValueError(f"expected ADAPTER+BASE, got {name!r}, but {both[0]!r} holds no adapter_config.json")
        adapters.require_sound(folder)
        below = _resolve(both[1], (*above, folder))
        return Source(name, below.folder, (*below.adapters, folder), below.gguf)
    path = path or _from_hub(name)
    if path in above:
        circle = " → ".join(folder.name for folder in (*above[above.index(path) :], path))
        raise ValueError(f"the adapter {path} is its own base ({circle}): name the base yourself: {path}+BASE")
    if (path / adapters.CONFIG).is_file():
        require_one_kind(str(path), [each.name for each in path.iterdir()])
        adapters.require_sound(path)
        below = _base_of(path, above)
        return Source(name, below.folder, (*below.adapters, path), below.gguf)
    if (file := only_gguf(path)) is not None:
        return Source(name, cache.folder_of(file), gguf=file)
    _check_folder(path)
    return Source(name, path)


def split(name: str) -> tuple[str, str] | None:
    """Return (adapter, base) of ADAPTER+BASE, either of which may hold a "+" of its own; None for any other name."""
    if Path(name).expanduser().is_dir():
        return None
    places = (place for place, letter in enumerate(name) if letter == "+")
    pairs = ((name[:place], name[place + 1 :]) for place in places)
    return next((pair for pair in pairs if _holds_adapter(pair[0])), None)


def _holds_adapter(name: str) -> bool:
    if is_exact(name):  # of the hub: written by `exact_names`, for an adapter
        return True
    folder = _local(name)
    return folder is not None and (folder / adapters.CONFIG).is_file()


def _local(name: str) -> Path | None:
    """Return the folder of a name; None when the name must be a hub id (or ADAPTER+BASE)."""
    if name.startswith(PREFIX):
        return demo_folder(name)
    if name.startswith(REAL_PREFIX):
        return showcase_folder(name)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if folder.is_file():
        raise ValueError(f"expected a checkpoint folder, got the file {name}; name the folder that holds config.json")
    return None


def showcase_folder(name: str, *, built: bool = True) -> Path:
    """Return where a checkpoint of the showcase lies, or (not `built`) will lie. Raises ValueError as `resolve`."""
    if name not in REAL:
        raise ValueError(f"unknown checkpoint {name!r}: expected one of {', '.join(REAL)}")
    first, *_, quantised = REAL
    place = cache.root().with_name("showcase") if name in (first, quantised) else DATA / "models"
    folder = place / name.removeprefix(REAL_PREFIX)
    if built and not folder.is_dir():
        raise ValueError(f"{name!r} is not on this machine: python -m landscape demo build --real makes it")
    return folder


def _from_hub(name: str) -> Path:
    """Return the folder of a hub checkpoint. Raises ValueError as `hub.folder_of`, or for what is no hub id."""
    if Path(name).parent == cache.root().with_name(IN_HAND):
        raise ValueError(
            f"{Path(name).name} held a model from Python, and was removed (keep): measure that model again"
        )
    if not is_id(name):
        raise ValueError(f"no checkpoint at {name!r}: expected an existing folder, demo:NAME, or a hub id org/name")
    which = partial(needed, parts(name)[0])
    return hub.folder_of(name, which, _require_whole, lambda: resolve(name))


def _require_whole(folder: Path) -> None:
    adapters.weight_file(folder) if (folder / adapters.CONFIG).is_file() else _check_folder(folder)


def _base_of(adapter: Path, above: tuple[Path, ...]) -> Source:
    """Return the base that an adapter's config names: beside the adapter, here, or on the hub in its revision."""
    base = named_base(adapter)
    try:
        return _resolve(base, (*above, adapter))
    except network.NotHere:
        raise
    except ValueError as error:
        if any((Path(base) / file).is_file() for file in _CONFIGS):
            raise
        raise ValueError(
            f"the adapter {adapter.name} names its base as {base!r}, which was not found ({error}); "
            f"name it yourself: {adapter}+BASE"
        ) from None


def named_base(adapter: Path) -> str:
    """Return the name of the base of an adapter: its folder, or its name on the hub. Raises ValueError for none."""
    settings = adapters.read_settings(adapter)
    base = settings.base_model_name_or_path
    if not base:
        raise ValueError(f"the adapter {adapter.name} names no base: name it yourself: {adapter}+BASE")
    places = (adapter / base, adapter.parent / base, Path(base).expanduser())
    here = next((folder for folder in places if any((folder / file).is_file() for file in _CONFIGS)), None)
    if here is not None:
        return str(here)
    return f"{base}@{settings.revision}" if settings.revision and "@" not in base else base


def _check_folder(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise no_checkpoint(folder)
    weight_files(folder)


def seconds_until_there(name: str) -> float:
    """Return about how long `resolve` takes: a GGUF file is de-quantised once. Raises ValueError as `locate`."""
    file = locate(name).gguf
    return cache.seconds_of(file) if file is not None else 0.0


def describe(name: str) -> Description:
    """Return architecture, size and dtype of a checkpoint from its headers: fast for a large model too.

    Raises:
        ValueError: as `resolve`.
    """
    source = locate(name)
    if source.gguf is not None:
        return Description(name=name, adapter=source.adapter is not None, **naming.description(source.gguf))
    config, stored = config_of(source.folder), names.read(source.folder)
    weights = [entry for entry in stored.parameters.values() if entry.dtype in _FLOATS]
    kinds = " and ".join(sorted(DTYPES[kind] for kind in {entry.dtype for entry in weights}))
    quantised = quantisation(source.folder)
    shapes = {key: entry.shape for key, entry in stored.parameters.items() if entry.dtype in _FLOATS}
    grown = _grown(source, shapes)
    return Description(
        name=name,
        architecture=config["architectures"][0],
        parameters=sum(map(math.prod, (shapes | grown).values())),
        bytes=size(source.folder),
        dtype=f"quantised ({quantised}), {kinds}" if quantised else kinds,
        layers=config.get("num_hidden_layers", config.get("n_layer")),
        hidden=config.get("hidden_size", config.get("n_embd")),
        vocabulary=max((grown[key][0] for key in grown.keys() & shapes.keys()), default=config.get("vocab_size")),
        context=config.get("max_position_embeddings", config.get("n_positions")),
        adapter=source.adapter is not None,
        remarks=tuple(stored.remarks),
    )


def _grown(source: Source, shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what an adapter makes larger, by parameter: tables with added tokens, a head of its own."""
    grown: dict[str, tuple[int, ...]] = {}
    for adapter in source.adapters:
        saved = adapters.read_settings(adapter).modules_to_save or ()
        for key, tensor in adapters.read_tensors(adapter).items():
            known = (shapes | grown).get(name := adapters.base_parameter(key))
            if not known and set(name.split(".")[-2:-1]) & set(saved):  # tied in the base, not here
                grown[name] = tuple(tensor.shape)
            if known and len(tensor.shape) == 2 and tensor.shape[1:] == known[1:] and tensor.shape[0] > known[0]:
                grown[name] = tuple(tensor.shape)
    return grown


def size(folder: Path, width: int | None = None) -> int:
    """Return the bytes of a folder's tensors, with `width` bytes for each float (None: as it is stored)."""
    return sum(
        math.prod(entry.shape) * width if width and entry.dtype in _FLOATS else entry.stop - entry.start
        for entry in names.read(folder).parameters.values()
    )


def is_factor(tensor: str) -> bool:
    """Whether a tensor, by its name, is the A or B of a LoRA adapter."""
    return ".lora_A." in tensor or ".lora_B." in tensor
