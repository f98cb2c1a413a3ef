"""What a model writes along one direction, and its loss on each example. Plain values, no torch."""

import base64
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import orjson

from landscape.assets import DATA
from landscape.schema.specs import SliceSpec, canonical_json, parse_spec

SHIPPED = DATA / "results" / "texts.json"


@dataclass(frozen=True)
class PromptTexts:
    """One prompt with the texts that the model writes after it at every α."""

    index: int  # of the example in its capability
    prompt: str
    answer: str  # the reference
    texts: tuple[str | None, ...]  # one for each α; None: the logits are not finite there
    right: tuple[bool, ...]  # whether each text counts as right


@dataclass(frozen=True, eq=False)
class SliceTexts:
    """A slice of one direction, example by example.

    asked: by capability, a few of the examples that θ₀ gets right. losses: by capability, float16 (alphas, examples)
    in nats per answer token.
    """

    spec: SliceSpec
    asked: dict[str, list[PromptTexts]]
    losses: dict[str, np.ndarray]

    def at(self, alpha: float) -> int:
        """Return the index of the grid's nearest α."""
        return int(np.abs(np.asarray(self.spec.alphas) - alpha).argmin())

    def save(self, path: Path) -> None:
        """Write everything as JSON; `load` reads it back."""
        packed = {
            name: base64.b85encode(zlib.compress(np.asarray(each, "<f2").tobytes(), 9)).decode()
            for name, each in self.losses.items()
        }
        asked = {name: [vars(one) for one in each] for name, each in self.asked.items()}
        path.write_text(canonical_json({"spec": self.spec.model_dump(mode="json"), "asked": asked, "losses": packed}))

    @classmethod
    def load(cls, path: Path) -> "SliceTexts":
        """Read what `save` wrote."""
        held = orjson.loads(path.read_bytes())
        spec = parse_spec(held["spec"])
        assert isinstance(spec, SliceSpec)
        losses = {
            name: np.frombuffer(zlib.decompress(base64.b85decode(packed)), "<f2").reshape(len(spec.alphas), -1)
            for name, packed in held["losses"].items()
        }
        asked = {
            name: [PromptTexts(**one | {key: tuple(one[key]) for key in ("texts", "right")}) for one in each]
            for name, each in held["asked"].items()
        }
        return cls(spec, asked, losses)


@cache
def shipped_texts() -> SliceTexts | None:
    """Return the walk that ships with the project."""
    return SliceTexts.load(SHIPPED) if SHIPPED.is_file() else None
