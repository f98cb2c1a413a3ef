"""Random damage to files, by a seed: what a download, an editor or another program may leave of them."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 2**31, 2**63, 2**70, -(2**65), 10**400, 0.5, -1e308, float("nan"), float("inf"), "",
    "x", "../x", "\ud800", "a\0b", "{% for x in y %}", [], {}, [[]], [None], [1, "a"], {"a": {"b": []}},
)  # fmt: skip


def damage_json(text: str, chance: random.Random) -> str:
    """Return a JSON text with one value replaced, removed, doubled or moved; or with its text damaged."""
    if chance.random() < 0.15:
        return damage_text(text, chance)
    content = json.loads(text)
    owner, key = _place(content, chance)
    what = chance.randrange(5)
    if what == 0:
        del owner[key]
    elif what == 1:
        other, place = _place(content, chance)
        owner[key] = json.loads(json.dumps(other[place]))
    elif what == 2 and isinstance(owner[key], int | float) and not isinstance(owner[key], bool):
        owner[key] = chance.choice((owner[key] + 1, -owner[key], owner[key] * 2, owner[key] * 10**6, float(owner[key])))
    elif what == 3 and isinstance(owner, dict):
        owner[str(chance.choice(VALUES))] = owner[key]
    else:
        owner[key] = chance.choice(VALUES)
    return json.dumps(content)


def _place(content: Any, chance: random.Random) -> tuple[Any, Any]:
    """Return (container, key) of a value within nested JSON: long lists are not hit more often than single fields."""
    key = chance.choice(list(content) if isinstance(content, dict) else range(len(content)))
    inner = content[key]
    deeper = isinstance(inner, dict | list) and inner and chance.random() < 0.7
    return _place(inner, chance) if deeper else (content, key)


def damage_text(text: str, chance: random.Random) -> str:
    """Return a text that is cut, emptied, nested too deep, or in which letters changed."""
    place = chance.randrange(len(text) + 1)
    what: Callable[[], str] = chance.choice(
        [
            lambda: text[:place],
            lambda: "",
            lambda: "[" * 100_000,
            lambda: "\ufeff" + text,
            lambda: text[:place] + chance.choice('{}[]",:0e-\0é') + text[place + 1 :],
            lambda: text + text,
            lambda: text[:place] + text[place + chance.randrange(1, 40) :],
        ]
    )
    return what()


def damage_safetensors(content: bytes, chance: random.Random) -> bytes:
    """Return a safetensors file whose header (or whose bytes) went wrong; most keep a length that fits."""
    length = int.from_bytes(content[:8], "little")
    header, body = content[8 : 8 + length].decode(), content[8 + length :]
    what = chance.randrange(10)
    if what == 0:
        return content[: chance.randrange(len(content))]
    if what == 1:
        place = chance.randrange(len(content))
        return content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]
    if what == 2:
        return chance.choice([0, 1, length + 1, 2**63, 2**64 - 1]).to_bytes(8, "little") + content[8:]
    if what == 3:  # a name twice
        name = chance.choice([name for name in json.loads(header) if name != "__metadata__"])
        header = header[:-1] + f", {json.dumps(name)}: {json.dumps(json.loads(header)[name])}}}"
    elif what == 4:  # another type of the same width, or another width
        entries = json.loads(header)
        for name in chance.sample(sorted(set(entries) - {"__metadata__"}), chance.choice([1, 2])):
            entries[name]["dtype"] = chance.choice(
                ["I32", "U32", "BOOL", "F64", "BF16", "F16", "F8_E4M3", "I64", "X", "U8"]
            )
        header = json.dumps(entries)
    elif what == 5:  # a tensor of another name
        entries = json.loads(header)
        name = chance.choice(sorted(set(entries) - {"__metadata__"}))
        entries[
            chance.choice(["", "x", f"_orig_mod.{name}", f"{name}.extra", name.partition(".")[2], "lm_head.weight"])
        ] = entries.pop(name)
        header = json.dumps(entries)
    elif what == 6:  # the same bytes in another shape
        entries = json.loads(header)
        name = chance.choice(sorted(set(entries) - {"__metadata__"}))
        entries[name]["shape"] = chance.choice(
            [entries[name]["shape"][::-1], [*entries[name]["shape"], 1], [0], [], [-1]]
        )
        header = json.dumps(entries)
    else:
        header = damage_json(header, chance)
    encoded = header.encode("utf-8", "surrogatepass")
    return len(encoded).to_bytes(8, "little") + encoded + body


def damage(file: Path, chance: random.Random) -> None:
    """Damage a file in place."""
    if file.suffix == ".safetensors":
        file.write_bytes(damage_safetensors(file.read_bytes(), chance))
    elif chance.random() < 0.03:
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2] + b"\xff\xfe" + content[len(content) // 2 :])
    elif chance.random() < 0.03:
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(damage_json(file.read_text(), chance).encode("utf-8", "surrogatepass"))
