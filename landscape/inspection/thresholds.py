"""The thresholds of an inspection as a TOML file: write it with comments, read it back validated."""

import tomllib
from pathlib import Path

from landscape.schema.specs import Thresholds

MEANING = {
    "max_drop": "A score may fall by this much, base to fine-tune, on the same examples; more fails.",
    "confidence": "Of every interval that a verdict rests on. Higher asks for more examples.",
    "min_headroom": "Radius of the fine-tune's basin beside the base's; less warns: it breaks sooner.",
    "max_barrier": "By so much may the score fall on the way between the two; more warns: merges lose it.",
    "outlying_layer": "A layer that moved so many times as far as the median of the others warns: look there.",
}


def write(file: Path, thresholds: Thresholds = Thresholds()) -> None:  # noqa: B008 (frozen)
    """Write the thresholds to a file, each with a comment."""
    file.write_text(text_of(thresholds))


def text_of(thresholds: Thresholds) -> str:
    """The thresholds as TOML, each with a comment."""
    lines = [f"# {MEANING[name]}\n{name} = {value}\n" for name, value in thresholds.model_dump().items()]
    return "# Thresholds of `landscape inspect`\n\n" + "\n".join(lines)


def read(file: Path) -> Thresholds:
    """Read thresholds from a file; those it leaves out have their defaults.

    Raises:
        ValueError: no such file, no TOML, an unknown name, or a value out of range.
    """
    try:
        content = tomllib.loads(file.read_text())
    except OSError as error:
        raise ValueError(f"cannot read {file}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file} is no TOML: {error}") from None
    unknown = sorted(content.keys() - MEANING.keys())
    if unknown:
        raise ValueError(f"{file} has an unknown threshold {unknown[0]!r}: expected {', '.join(MEANING)}")
    return Thresholds.model_validate(content)
