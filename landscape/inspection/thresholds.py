"""The thresholds of an inspection as a TOML file: write it with comments, read it back validated."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from landscape.schema.frames import LOSS_TOLERANCE
from landscape.schema.specs import Thresholds

MAX_BYTES = 100_000

MEANING = {
    "max_drop": "A score may fall by this much, base to fine-tune, on the same examples; more fails.",
    "confidence": "Of every interval that a verdict rests on. Higher asks for more examples.",
    "min_headroom": "Radius of the fine-tune's basin beside the base's; less warns: it breaks sooner.",
    "max_barrier": "By so much may the score fall on the line between the two; more warns: merges lose it.",
    "outlying_layer": "A layer that moved so many times as far as the median of the others warns: look there.",
    "max_loss_rise": "If given: basins, brittle parts and worst directions go by this rise of the loss, nats a token.",
}


def write(file: Path, thresholds: Thresholds = Thresholds()) -> None:  # noqa: B008 (frozen)
    """Write the thresholds to a file, each with a comment."""
    file.write_text(text_of(thresholds))


def text_of(thresholds: Thresholds) -> str:
    """The thresholds as TOML, each with a comment."""
    known = [(name, meaning, getattr(thresholds, name)) for name, meaning in MEANING.items()]
    lines = [
        f"# {meaning}\n{f'# {name} = {LOSS_TOLERANCE}' if value is None else f'{name} = {value}'}\n"
        for name, meaning, value in known
    ]
    return "# Thresholds of `landscape inspect`\n\n" + "\n".join(lines)


def read(file: Path) -> Thresholds:
    """Read thresholds from a file; those it leaves out have their defaults.

    Raises:
        ValueError: no such file, no TOML, an unknown name, or a value out of range.
    """
    try:
        if file.exists() and not file.is_file():
            raise ValueError("it is no file")
        if file.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES / 1000:.0f} kB")
        content = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ValueError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is no TOML: expected UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is no TOML: {error}") from None
    unknown = sorted(content.keys() - MEANING.keys())
    if unknown:
        raise ValueError(f"{file} has an unknown threshold {unknown[0]!r}: expected {', '.join(MEANING)}")
    try:
        return Thresholds.model_validate(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{file}: {first['loc'][0]}: {first['msg']}") from None
