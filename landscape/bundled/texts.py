"""What a model writes along one direction, with its loss on each example, and over a plane. Plain values, no torch."""

import base64
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import orjson

from landscape.assets import DATA
from landscape.schema.specs import PlaneSpec, SliceSpec, canonical_json, parse_spec

SHIPPED = DATA / "results" / "texts.json"
SHIPPED_MAP = DATA / "results" / "map-texts.json"


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


@dataclass(frozen=True)
class MapAnswers:
    """One prompt with what the model writes after it at each point of a grid over a plane."""

    prompt: str
    answer: str  # the reference
    texts: tuple[str, ...]  # each once
    at: tuple[tuple[int, ...], ...]  # by row (y) and column (x): the index of the text


@dataclass(frozen=True, eq=False)
class MapTexts:
    """A prompt of each capability, answered all over a plane. `xs`, `ys`: the grid, in α."""

    spec: PlaneSpec
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    asked: dict[str, MapAnswers]

    def save(self, path: Path) -> None:
        """Write everything as JSON; `load` reads it back."""
        asked = {name: vars(one) for name, one in self.asked.items()}
        held = {"spec": self.spec.model_dump(mode="json"), "xs": self.xs, "ys": self.ys, "asked": asked}
        path.write_text(canonical_json(held))

    @classmethod
    def load(cls, path: Path) -> "MapTexts":
        """Read what `save` wrote."""
        held = orjson.loads(path.read_bytes())
        spec = parse_spec(held["spec"])
        assert isinstance(spec, PlaneSpec)
        asked = {
            name: MapAnswers(one["prompt"], one["answer"], tuple(one["texts"]), tuple(map(tuple, one["at"])))
            for name, one in held["asked"].items()
        }
        return cls(spec, tuple(held["xs"]), tuple(held["ys"]), asked)


@cache
def shipped_map() -> MapTexts | None:
    """Return the answers over the demo's plane that ship with the project."""
    return MapTexts.load(SHIPPED_MAP) if SHIPPED_MAP.is_file() else None
