"""What a GGUF file says of itself: its settings, and which tensors it holds. No torch, and no tensor is read."""

import math
import os
import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from landscape.outside.file_stamps import stamp_of

SUFFIX = ".gguf"
NOTES = "gguf.json"  # in a folder that was made of a file: which one, and sentences about it
TEXTS = ("tokenizer.ggml.tokens", "tokenizer.ggml.merges")  # long lists of texts; of others, only the length is kept
ROPE_FREQUENCIES = "rope_freqs.weight"  # Llama 3's scaling, as one factor a frequency
_MAGIC, _VERSIONS, _ALIGNMENT = b"GGUF", (2, 3), 32
_BEFORE_GGUF = (b"lmgg", b"fmgg", b"tjgg", b"algg")  # GGML, GGMF, GGJT, GGLA
_POINTER = b"version https://git-lfs"
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_FLOAT, _TEXT, _LIST = 6, 8, 9
_MOST = 2**24  # settings, tensors or dimensions: more are a damaged file
_PLAIN = ("F32", "F16", "BF16")


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file, by llama.cpp's name; its bytes are [start, start + size) of the file."""

    name: str
    shape: tuple[int, ...]  # rows first, as torch has it
    kind: str  # F32, F16, Q4_K, …
    start: int
    size: int


@dataclass(frozen=True)
class Header:
    """The settings and tensors of a file."""

    file: Path
    settings: dict[str, Any]
    tensors: tuple[Tensor, ...]

    @property
    def architecture(self) -> str:
        """What llama.cpp calls the architecture."""
        return str(self.settings["general.architecture"])

    def setting(self, name: str) -> Any:
        """Return a setting of the architecture; None where the file says nothing."""
        return self.settings.get(f"{self.architecture}.{name}")

    @property
    def weights(self) -> int:
        """How many weights it holds. The factors of rotary frequencies are none."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors if tensor.name != ROPE_FREQUENCIES)

    @property
    def quantisation(self) -> str | None:
        """The types in which its weights are quantised, the one with most weights first; None where none is."""
        counts: dict[str, int] = {}
        for tensor in self.tensors:
            counts[tensor.kind] = counts.get(tensor.kind, 0) + math.prod(tensor.shape)
        return " and ".join(sorted(counts.keys() - set(_PLAIN), key=lambda kind: -counts[kind])) or None

    @property
    def width(self) -> int:
        """Bytes that a weight takes when no bit may be lost: 4, or 2 in a file of halves and their norms."""
        kinds = {tensor.kind for tensor in self.tensors}
        return 2 if kinds <= {"F16", "F32"} and "F16" in kinds or kinds <= {"BF16", "F32"} and "BF16" in kinds else 4


def read(file: Path) -> Header:
    """Return what a file says of itself.

    Raises:
        ValueError: it is no whole GGUF file of a language model, each case in a sentence that says what to do.
        OSError: it cannot be read.
    """
    stamp = stamp_of([file])
    return _remembered(file, stamp) if stamp else _read(file)


@lru_cache(maxsize=16)
def _remembered(file: Path, stamp: str) -> Header:
    return _read(file)


def _read(file: Path) -> Header:
    with file.open("rb") as handle:
        reader = _Reader(handle, file)
        tensors, settings = reader.header()
        start = -(-handle.tell() // (alignment := reader.alignment(settings))) * alignment
    found = tuple(_placed(file, start, *entry) for entry in tensors)
    header = Header(file, settings, found)
    _require_a_model(header)
    end = max(tensor.start + tensor.size for tensor in found)
    if end > (size := file.stat().st_size):
        raise ValueError(f"{file} is truncated: it ends after {size:,} of {end:,} bytes; download it again")
    return header


def is_gguf(file: Path) -> bool:
    """Whether a name stands for a file that is, or calls itself, a GGUF file."""
    if not file.is_file():
        return False
    if file.suffix.lower() == SUFFIX:
        return True
    with file.open("rb") as handle:
        return handle.read(len(_MAGIC)) == _MAGIC


class _Reader:
    """Reads values of the format one after another; whatever is too short or too long is a damaged file."""

    def __init__(self, handle: BinaryIO, file: Path) -> None:
        """Start where the handle stands."""
        self._handle, self._file, self._size = handle, file, os.fstat(handle.fileno()).st_size

    def header(self) -> tuple[list[tuple[str, tuple[int, ...], int, int]], dict[str, Any]]:
        """Return (name, shape, type, offset) of each tensor, and the settings."""
        self._require_version()
        tensors, count = self._numbers("QQ")
        self._require_some(tensors, count)
        settings: dict[str, Any] = {}
        for _ in range(count):
            name = self._text()
            settings[name] = self._value(self._number("I"), whole=name in TEXTS)
        entries = [self._tensor() for _ in range(tensors)]
        names = [name for name, *_ in entries]
        if len(set(names)) < len(names):
            raise self._damaged("a tensor is listed twice")
        return entries, settings

    def alignment(self, settings: dict[str, Any]) -> int:
        """Return at multiples of how many bytes tensors begin."""
        found = settings.get("general.alignment", _ALIGNMENT)
        if not isinstance(found, int) or not 0 < found <= _MOST:
            raise self._damaged(f"its alignment is {found!r}")
        return found

    def _require_version(self) -> None:
        magic = self._handle.read(4)
        if magic in _BEFORE_GGUF:
            raise ValueError(f"{self._file} is of llama.cpp's format before GGUF: convert the original model again")
        if magic != _MAGIC:
            raise ValueError(f"{self._file} is no GGUF file{self._otherwise(magic)}")
        version = self._number("I")
        if version & 0xFFFF == 0:
            raise ValueError(
                f"{self._file} is a GGUF file of a big-endian machine, which nothing here reads: turn it with "
                "gguf-convert-endian FILE little"
            )
        if version not in _VERSIONS:
            raise ValueError(
                f"{self._file} is GGUF version {version}, and versions 2 and 3 are read: convert the model again with "
                "llama.cpp's convert_hf_to_gguf.py"
            )

    def _otherwise(self, magic: bytes) -> str:
        if not magic:
            return " but an empty one: download it again"
        if (magic + self._handle.read(len(_POINTER) - 4)) == _POINTER:
            return " but a pointer of Git LFS: fetch the file itself with git lfs pull"
        return f", which begins with GGUF: it begins with {magic!r}"

    def _require_some(self, *counts: int) -> None:
        if max(counts) > _MOST:
            raise self._damaged(f"it counts {max(counts):,} entries")

    def _tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name, dimensions = self._text(), self._number("I")
        self._require_some(dimensions)
        shape = self._numbers(f"{dimensions}Q")
        kind, offset = self._numbers("IQ")
        return name, tuple(reversed(shape)), kind, offset

    def _value(self, kind: int, *, whole: bool) -> Any:
        if kind == _TEXT:
            return self._text()
        if kind in _NUMBERS:
            value = self._number(_NUMBERS[kind])
            return _shortest(value) if kind == _FLOAT else value
        if kind != _LIST:
            raise self._damaged(f"a setting is of the unknown type {kind}")
        inner, count = self._numbers("IQ")
        if inner in _NUMBERS:
            return list(self._numbers(f"{count}{_NUMBERS[inner]}"))
        if inner != _TEXT:
            raise self._damaged(f"a setting is a list of the unknown type {inner}")
        self._require_some(count)
        texts = [self._text() for _ in range(count)]
        return texts if whole else len(texts)

    def _text(self) -> str:
        try:
            return self._bytes(self._number("Q")).decode("utf-8")
        except UnicodeDecodeError:
            raise self._damaged("a text of it is no UTF-8") from None

    def _number(self, code: str) -> Any:
        return self._numbers(code)[0]

    def _numbers(self, codes: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{codes}", self._bytes(struct.calcsize(f"<{codes}")))

    def _bytes(self, count: int) -> bytes:
        if count > self._size - self._handle.tell():
            raise ValueError(f"{self._file} is truncated or damaged: it ends within its header; download it again")
        return self._handle.read(count)

    def _damaged(self, why: str) -> ValueError:
        return ValueError(f"{self._file} is damaged ({why}): download it again")


def _shortest(value: float) -> float:
    """Return the shortest decimal that is the same in fp32: 1e-06, and not 9.999999974752427e-07."""
    return next((short for digits in range(6, 9) if _in_32_bits(short := float(f"{value:.{digits}g}")) == value), value)


def _in_32_bits(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _placed(file: Path, data: int, name: str, shape: tuple[int, ...], number: int, offset: int) -> Tensor:
    kind, block, size = _type(number)
    if not block:
        raise ValueError(
            f"{file} holds {name} in the type {kind}, which the library gguf does not de-quantise: name a file of "
            "another quantisation, such as Q4_K_M or Q8_0"
        )
    if not shape or 0 in shape or shape[-1] % block:
        raise ValueError(f"{file} is damaged ({name} has the shape {shape} in blocks of {block}): download it again")
    return Tensor(name, shape, kind, data + offset, math.prod(shape) // block * size)


@cache
def _type(number: int) -> tuple[str, int, int]:
    """Return (name, weights in a block, bytes of a block) of a type; no weights where nothing reads it."""
    import numpy as np
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

    try:
        kind = GGMLQuantizationType(number)
    except ValueError:
        return str(number), 0, 0
    block, size = GGML_QUANT_SIZES[kind]
    try:
        if kind.name not in _PLAIN:
            dequantize(np.zeros(size, np.uint8), kind)
    except NotImplementedError:
        block = 0
    return kind.name, block, size


def _require_a_model(header: Header) -> None:
    """Raises ValueError for a file that is no whole language model."""
    file, settings = header.file, header.settings
    kind, parts = settings.get("general.type", "model"), settings.get("split.count", 0)
    if isinstance(parts, int) and parts > 1:
        raise ValueError(
            f"{file} is one of {parts} parts of a file: put them together with llama.cpp's llama-gguf-split --merge "
            f"FIRST-PART {file.stem.partition('-00')[0]}{SUFFIX}, and name that"
        )
    if kind == "adapter":
        raise ValueError(
            f"{file} is a LoRA adapter of llama.cpp: name the adapter's folder that peft saved, or merge it into its "
            "base with llama.cpp's llama-export-lora"
        )
    if kind == "mmproj" or settings.get("general.architecture") == "clip":
        raise ValueError(f"{file} is what a multimodal model sees with (mmproj): name the file of its language model")
    if kind != "model":
        raise ValueError(f"{file} is of the type {kind!r}, which holds no language model: name the file of the model")
    if "general.architecture" not in settings:
        raise ValueError(f"{file} says nothing of its architecture: convert the model again with llama.cpp")
    if not header.tensors:
        raise ValueError(f"{file} holds no weights, only a vocabulary: name the file of the model")
