"""What the benchmark measures: models of random weights in some shape, texts to score, and the ratios it reports."""

import itertools
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast

from landscape.bench.scoring.examples import ALPHABET
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints.models import DTYPES

SHAPES: dict[str, dict[str, Any]] = {
    "135m": {  # SmolLM2-135M: 134.5 M parameters
        "vocab_size": 49_152,
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "tie_word_embeddings": True,
    },
    "0.5b": {  # Qwen2.5-0.5B: 494 M parameters
        "vocab_size": 151_936,
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    },
    "7b": {  # Llama-2-7B: 6,738 M
        "vocab_size": 32_000,
        "hidden_size": 4096,
        "intermediate_size": 11_008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "tie_word_embeddings": False,
    },
}


SMALL = 25_000_000  # parameters, where no shape is asked for
Quartiles = tuple[float, float, float]


@dataclass(frozen=True)
class Ratio:
    """One measured ratio (lower quartile, median, upper quartile), and its upper or lower bound, if it has one."""

    meaning: str
    quartiles: Quartiles
    at_most: float | None = None
    at_least: float | None = None

    @property
    def bound(self) -> str:
        """The bound as text: `≤ 1.05`, `≥ 5`, or nothing."""
        signs = {"≤": self.at_most, "≥": self.at_least}
        return "".join(f"{sign} {value:g}" for sign, value in signs.items() if value is not None)

    @property
    def measured(self) -> str:
        """The median as text, with its quartiles where there are several rounds."""
        low, middle, high = self.quartiles
        return f"{middle:.3g}" + (f" ({low:.3g}–{high:.3g})" if low < high else "")

    @property
    def reached(self) -> bool:
        """Whether the median is within the bound."""
        measured = self.quartiles[1]
        return (self.at_most is None or measured <= self.at_most) and measured >= (self.at_least or 0)


@dataclass(frozen=True)
class BenchModel:
    """A model to measure: in a real shape (SHAPES), or a small one with at least so many parameters."""

    parameters: int = SMALL
    shape: str = ""
    device: str = "cpu"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        """Raises ValueError for an unknown shape or number format."""
        if self.shape and self.shape not in SHAPES:
            raise ValueError(f"expected a shape of {', '.join(SHAPES)}, got {self.shape!r}")
        if self.dtype not in DTYPES:
            raise ValueError(f"expected a number format of {', '.join(DTYPES)}, got {self.dtype!r}")

    @property
    def width(self) -> int:
        """The width of the small model: the smallest with enough parameters."""
        return next(width for width in itertools.count(64, 64) if _count(width) >= self.parameters)

    def scorer(self) -> Scorer:
        """Build the model directly on its device and in its number format, so that no copy of it exists elsewhere."""
        tokenizer = Tokenizer(models.WordLevel({c: i for i, c in enumerate(["?", *ALPHABET])}, unk_token="?"))
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
        with torch.random.fork_rng(), torch.device(self.device):
            torch.manual_seed(0)
            model = AutoModelForCausalLM.from_config(self._config(), dtype=DTYPES[self.dtype])
        spelled = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="?", pad_token="?")
        return Scorer(model.eval().requires_grad_(False), spelled)

    def _config(self) -> LlamaConfig:
        small: dict[str, Any] = {
            "vocab_size": 4096,
            "hidden_size": self.width,
            "intermediate_size": 3 * self.width,
            "num_hidden_layers": 6,
            "num_attention_heads": self.width // 64,
            "num_key_value_heads": self.width // 64,
            "tie_word_embeddings": True,
        }
        return LlamaConfig(
            **(SHAPES[self.shape] if self.shape else small), max_position_embeddings=1024, eos_token_id=None
        )


def _count(width: int) -> int:
    return 4096 * width + 6 * (4 * width**2 + 9 * width**2 + 2 * width) + width
