"""The folders of models in hand: each under the digest of what it holds, so that the same weights are saved once.

A spec names such a folder as it names any other: pages, links, and runs that go on another day need nothing else.
While a model is held, its folder is not loaded a second time: `models.load_model` takes the weights in hand.
"""

import copy
import hashlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import orjson
import torch
from torch import Tensor, nn

from landscape.checkpoints.fingerprints import VOLATILE
from landscape.checkpoints.in_hand import adapted
from landscape.checkpoints.in_hand.twin import twin_of, unwrapped
from landscape.checkpoints.stored import made_folders

_CHUNK = 2**24  # elements that are brought to the CPU at a time
_held: dict[Path, tuple[Any, str]] = {}  # by folder: the model that it was saved of, and the digest of its weights


class ModelsInHand:
    """The models in hand of one measurement. As a context, it holds them until its end.

    `name_of` says what stands for a model in a spec: its folder, in LANDSCAPE_CACHE or the user's own cache; of a model
    of peft, those of its adapter and its base, ADAPTER+BASE. These two are loaded from there, for nothing can move the
    weights that an adapter makes without a copy of them.
    """

    def __init__(self) -> None:
        """None yet."""
        self._names: list[tuple[Any, str]] = []
        self.folders: list[Path] = []
        self.written: list[Path] = []  # of the folders, those that were not there before

    def __enter__(self) -> Self:
        """Begin to hold."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hold the models no longer; their folders stay."""
        for folder in self.folders:
            _held.pop(folder, None)

    def name_of(self, model: Any, tokenizer: Any) -> str:
        """Save a model with its tokenizer, unless the same is saved already; return the name of what was saved.

        Raises:
            ValueError: it cannot be measured in hand (`twin.unwrapped`, `twin.twin_of`); no room on the disk.
        """
        known = next((name for one, name in self._names if one is model), "")
        if not known:
            known = self._saved(unwrapped(model), _plain(tokenizer))
            self._names.append((model, known))
        return known

    def remove_written(self) -> None:
        """Remove the folders that were not there before."""
        while self.written:
            made_folders.removed(self.written.pop())

    def _saved(self, model: Any, tokenizer: Any) -> str:
        if not adapted.is_adapted(model):
            folder, digest = self._save_whole(twin_of(model), tokenizer)
            _held[folder] = model, digest
            return str(folder)
        adapter, base = adapted.adapter_of(model), model.get_base_model()
        folder, _ = self._save_whole(twin_of(base, adapted.base_weights(base)), tokenizer)
        return f"{self._save_adapter(model, adapter)}+{folder}"

    def _save_whole(self, twin: Any, tokenizer: Any) -> tuple[Path, str]:
        """Save a model; return its folder and the digest of its weights."""
        digest = digest_of(twin)
        with TemporaryDirectory() as place:
            twin.config.save_pretrained(place)
            if twin.can_generate():
                twin.generation_config.save_pretrained(place)
            tokenizer.save_pretrained(place)
            folder = _folder(twin.config.model_type, digest, Path(place))
        if not folder.is_dir():
            size = sum(weight.nbytes for weight in twin.parameters())
            made_folders.require_room(folder.parent, size, "the model in hand, saved,")

        def write(part: Path) -> None:
            twin.save_pretrained(part)
            tokenizer.save_pretrained(part)

        self._write(folder, write)
        return folder, digest

    def _save_adapter(self, model: Any, adapter: str) -> Path:
        with TemporaryDirectory() as place:
            model.save_pretrained(place, selected_adapters=[adapter], save_embedding_layers=False)
            made = Path(place) if adapter == "default" else Path(place) / adapter
            (made / "README.md").unlink(missing_ok=True)
            folder = _folder("adapter", "", made)
            self._write(folder, lambda part: shutil.copytree(made, part))
        return folder

    def _write(self, folder: Path, write: Callable[[Path], object]) -> None:
        self.folders.append(folder)
        if made_folders.written(folder, write):
            self.written.append(folder)


def held_twin(folder: Path, dtype: torch.dtype | None, device: str) -> Any:
    """Return a twin of the model in hand whose folder this is, if there is one of this number format and device.

    It generates as no folder says yet.

    Raises:
        ValueError: its weights changed since they were saved.
    """
    if folder not in _held:
        return None
    model, digest = _held[folder]
    weights = list(model.parameters())
    here = torch.empty(0, device=device).device
    if dtype not in (None, weights[0].dtype) or weights[0].device != here:
        return None
    if not all(weight.is_contiguous() and not weight.is_inference() for weight in weights):  # not to be moved in place
        return None
    if digest_of(twin := twin_of(model)) != digest:
        raise ValueError("the model in hand changed while it was measured: let nothing train it meanwhile")
    if twin.can_generate():
        twin.generation_config = type(twin.generation_config)()
    return twin


def digest_of(model: nn.Module) -> str:
    """Return the SHA-256 of a model's weights and saved buffers, with their names; tied weights come once."""
    seen, known = hashlib.sha256(), dict[int, str]()
    for name, tensor in model.state_dict(keep_vars=True).items():
        first = known.setdefault(id(tensor), name)
        seen.update(f"{name} {first} {tensor.dtype} {tuple(tensor.shape)}".encode())
        if first == name:
            for chunk in _bytes_of(tensor.detach()):
                seen.update(chunk)
    return seen.hexdigest()


def _bytes_of(tensor: Tensor) -> Iterable[memoryview]:
    for chunk in tensor.flatten().split(_CHUNK):
        yield memoryview(chunk.cpu().contiguous().view(torch.uint8).numpy())


def _folder(kind: str, digest: str, words: Path) -> Path:
    """Return where a model lies whose weights have this digest, and whose other files are those in `words`."""
    seen = hashlib.sha256(digest.encode())
    for file in sorted(file for file in words.rglob("*") if file.is_file()):
        content = file.read_bytes()
        if file.name.endswith("config.json"):
            fields = {key: value for key, value in orjson.loads(content).items() if key not in VOLATILE}
            content = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
        seen.update(f"{file.relative_to(words)} {len(content)} ".encode() + content)
    return made_folders.root().with_name(made_folders.IN_HAND) / f"{kind}-{seen.hexdigest()[:16]}"


def _plain(tokenizer: Any) -> Any:
    """Return a copy of a tokenizer, without the padding and truncation that its latest call has left in it."""
    tokenizer = copy.deepcopy(getattr(tokenizer, "tokenizer", tokenizer))  # of a processor, its tokenizer
    if (backend := getattr(tokenizer, "backend_tokenizer", None)) is not None:
        backend.no_padding()
        backend.no_truncation()
    return tokenizer
