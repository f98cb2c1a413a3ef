"""Deployment moves as plain values: what rounding, quantising or pruning does to a checkpoint's weights. No torch."""

from dataclasses import dataclass
from typing import Literal

VERSION = 1  # of the definitions: raise it when one changes, so that its old points are measured again


@dataclass(frozen=True)
class Rounding:
    """Every weight is rounded to a number format and back."""

    format: Literal["bfloat16", "float16"]

    @property
    def words(self) -> str:
        """In words, for a title."""
        return f"{self.format} rounding"


@dataclass(frozen=True)
class Quantisation:
    """Symmetric round to nearest: w → s·round(w / s), s = max|w| / (2^(bits − 1) − 1) of an output channel or group.

    Weight-only, and of the matrices of linear layers alone (experts included), as GPTQ and AWQ are by default.
    Embeddings, the head, norms and biases stay. A group is `group` neighbouring input weights of one output channel;
    the last may be shorter. Scales are kept in fp32.
    """

    bits: int
    group: int | None = None  # None: the whole output channel

    @property
    def words(self) -> str:
        """In words, for a title."""
        return f"int{self.bits}, {f'groups of {self.group} weights' if self.group else 'per output channel'}"


@dataclass(frozen=True)
class FourBit:
    """A 4-bit format as its library writes it, weight-only, of the same matrices as `Quantisation`.

    - torchao: `IntxWeightOnlyConfig(torch.int4, PerGroup(group), MappingType.ASYMMETRIC)`. Each group of input weights
      has a scale (max − min) / 15 in the weights' own number format, and a whole zero point.
    - nf4: bitsandbytes. Blocks of the matrix read row by row, max|w| in fp32 (no double quantisation), and 16 levels.
    - q4_0: GGUF. Blocks of input weights, the scale in fp16: the weight of largest size ÷ −8, and codes −8 … 7.

    The last group or block may be shorter, where torchao and llama.cpp leave a matrix as it is. A GGUF file also
    quantises embeddings and head, which stay here.
    """

    format: Literal["torchao", "nf4", "q4_0"]
    group: int

    @property
    def words(self) -> str:
        """In words, for a title."""
        names = {"nf4": "NF4 (bitsandbytes)", "q4_0": "Q4_0 (GGUF)"}
        return names.get(self.format, f"asymmetric int4, groups of {self.group} weights (torchao)")


@dataclass(frozen=True)
class Pruning:
    """The smallest magnitudes of each matrix become zero, of equal ones the first stored.

    It touches the same matrices as quantisation.
    """

    percent: int  # of each matrix, rounded down to whole weights

    @property
    def words(self) -> str:
        """In words, for a title."""
        return f"{self.percent} % pruned by magnitude"


Deployment = Rounding | Quantisation | FourBit | Pruning
MOVES: dict[str, Deployment] = {
    "bfloat16": Rounding("bfloat16"),
    "float16": Rounding("float16"),
    "int8": Quantisation(8),
    "int8-128": Quantisation(8, 128),
    "int4": Quantisation(4),
    "int4-128": Quantisation(4, 128),
    "int4-asym-128": FourBit("torchao", 128),
    "int4-asym-32": FourBit("torchao", 32),
    "nf4": FourBit("nf4", 64),
    "q4_0": FourBit("q4_0", 32),
    "int3": Quantisation(3),
    "prune-10": Pruning(10),
    "prune-30": Pruning(30),
    "prune-50": Pruning(50),
}
USUAL = tuple(name for name in MOVES if name != "int3")  # what an inspection tries
DRAWS = 3  # of the noise that is matched to a move
TOUCHED = "Quantising and pruning touch the matrices of linear layers; embeddings, head, norms and biases stay."


def find_deployment(name: str) -> Deployment:
    """Look a deployment move up by name.

    Raises:
        ValueError: there is none of this name; the message lists those there are.
    """
    if name not in MOVES:
        raise ValueError(f"expected a move, one of {', '.join(MOVES)}; got {name!r}")
    return MOVES[name]
