"""Other people's files with random damage: read, or refused in one sentence; nothing else ever comes of them.

`pytest tests/capabilities/sources/test_damaged_sources.py --fuzz 5000 --fuzz-seed 200` tries others.
"""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from landscape.capabilities import examples
from tests.capabilities.damage import BYTES, VALUES
from tests.capabilities.sources.forms import FORMS

SPLICED = (
    *BYTES,
    b"\t",
    b";",
    b'""',
    b"\r\n",
    b"[[[[" * 3000,
    b'{"a":' * 3000,
    b"\xff\xfe",
    b"\x00\x00",
    b"####",
    b"PAR1",
    b"'",
    b"(",
)


def changed(row: Any, chance: random.Random) -> Any:
    """An example with one of its values, at any depth, replaced or taken away."""
    if isinstance(row, dict) and row:
        name = chance.choice(list(row))
        if chance.random() < 0.15:
            return {key: value for key, value in row.items() if key != name}
        if chance.random() < 0.15:
            return row | {
                chance.choice(("question", "answer", "choices", "oracle", "label", "messages")): chance.choice(VALUES)
            }
        return row | {name: changed(row[name], chance)}
    if isinstance(row, list) and row and chance.random() < 0.8:
        place = chance.randrange(len(row))
        return [*row[:place], changed(row[place], chance), *row[place + 1 :]]
    return chance.choice([value for value in VALUES if not (isinstance(value, int) and value > 10**4000)])


def damaged(content: bytes, chance: random.Random) -> bytes:
    try:
        rows = [json.loads(line) for line in content.decode().splitlines()]
        if chance.random() < 0.7:
            content = "\n".join(json.dumps(changed(row, chance)) for row in rows).encode()
    except ValueError:  # a table
        pass
    for _ in range(chance.choice((0, 1, 1, 3))):
        place = chance.choice((0, chance.randrange(len(content) + 1)))
        content = content[:place] + chance.choice(SPLICED) + content[place + chance.randint(0, 3) :]
    return content


@pytest.mark.filterwarnings("error")
def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path: Path, fuzz_seed: int) -> None:
    chance = random.Random(fuzz_seed)
    form = chance.choice(list(FORMS.values()))
    content = form.content if isinstance(form.content, bytes) else form.content.encode()
    file = (
        tmp_path / f"damaged{chance.choice((Path(form.file).suffix, Path(form.file).suffix, '.txt', '.parquet', ''))}"
    )
    file.write_bytes(damaged(content, chance))
    started = time.process_time()
    for name in (str(file), f"chat:{file}"):
        try:
            found = examples.load(name)
        except ValueError as error:
            said = str(error)
            assert said.startswith("damaged")
            assert "\n" not in said
            assert len(said) < 400
        else:
            assert "\n" not in found.how
            assert len(found.how) < 900
            for example in found.examples:
                assert example.kind in ("exact", "choice", "generate", "loss")
                assert example.prompt or example.kind == "loss"
                assert example.reference is None or example.reference.strip()
    assert time.process_time() - started < 20
