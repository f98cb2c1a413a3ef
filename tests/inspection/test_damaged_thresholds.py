"""Files of thresholds with random damage: read as they are meant, or refused in one sentence."""

import random
import tomllib
from pathlib import Path

import pytest

from landscape.inspection import thresholds
from landscape.schema.specs import Thresholds

VALUES = (
    "true", "false", '"0.05"', "[]", "[0.05]", "{}", "nan", "inf", "-inf", "-0.0", "0", "1", "1e-400", "1e400", "18446744073709551616",
    "1" + "0" * 5000, "0x10", "1979-05-27", "0.05.1", "", "[" * 5000, "'''", "\0", "0.1\nmax_drop = 0.2", "2", "0.5",
)  # fmt: skip
BYTES = (b"\xef\xbb\xbf", b"\xff\xfe", b"\x80", b"\r", b"[a]\n", b"max_drop", b"=", b"#", b"\x00")
RANGES = {"max_drop": (0, 1), "confidence": (0.5, 1), "max_barrier": (0, 1), "outlying_layer": (1, 1e308)}


def damaged(chance: random.Random) -> bytes:
    lines = thresholds.text_of(Thresholds()).splitlines()
    for _ in range(chance.randint(1, 2)):
        place = chance.choice([n for n, line in enumerate(lines) if " = " in line] or [0])
        lines[place] = f"{lines[place].partition(' = ')[0]} = {chance.choice(VALUES)}"
    content = "\n".join(lines).encode()
    for _ in range(chance.choice((0, 0, 1, 2))):
        place = chance.choice((0, chance.randrange(len(content) + 1)))
        content = content[:place] + chance.choice(BYTES) + content[place:]
    return content


def test_damaged_thresholds_are_read_as_they_are_meant_or_refused_in_a_sentence(tmp_path: Path, fuzz_seed: int) -> None:
    content = damaged(random.Random(fuzz_seed))
    (tmp_path / "rules.toml").write_bytes(content)
    try:
        found = thresholds.read(tmp_path / "rules.toml").model_dump()
    except ValueError as error:
        message = str(error)
        assert "rules.toml" in message
        assert "\n" not in message
        assert len(message) < 500
    else:
        said = tomllib.loads(content.decode("utf-8-sig"))
        for name, value in said.items():
            assert type(value) in (int, float)
            assert found[name] == value
        assert all(low < found[name] < high for name, (low, high) in RANGES.items())
        assert 0 <= found["min_headroom"] < float("inf")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"min_headroom = true", "min_headroom: Input should be a valid number"),
        (b'max_drop = "0.05"', "max_drop: Input should be a valid number"),
        (b"outlying_layer = inf", "outlying_layer: Input should be a finite number"),
        (b"max_drop = 0.05\xff", "is no TOML: expected UTF-8"),
        (b"max_drop = " + b"1" * 5000, "is no TOML: Exceeds the limit"),
        (b"max_drop = " + b"[" * 10**4, "is no TOML"),
        (b"#" * 200_000, "is no TOML: it has more than 100 kB"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "rules.toml").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        thresholds.read(tmp_path / "rules.toml")


def test_a_byte_order_mark_is_no_error_and_a_device_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_bytes(b"\xef\xbb\xbfmax_drop = 0.1")
    assert thresholds.read(tmp_path / "rules.toml").max_drop == 0.1
    with pytest.raises(ValueError, match="it is no file"):
        thresholds.read(Path("/dev/zero"))
