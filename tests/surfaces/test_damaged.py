"""Damaged files of every kind: a surface or one sentence, whatever byte is wrong."""

import random
from pathlib import Path

import numpy as np
import pytest

from landscape.surfaces import reading
from landscape.surfaces.surface import surface_of
from tests.surfaces import closed_form

EACH = 150


def files(folder: Path) -> dict[str, bytes]:
    measured, ranges = closed_form.landscaper()
    np.save(folder / "a.npy", measured)
    np.savez(folder / "a.npz", loss=measured, coordinates=ranges)
    np.savetxt(folder / "a.csv", measured[:4], delimiter=",")
    closed_form.plot_surface(folder / "a.h5", np.arange(5.0), np.arange(4.0), chunks=(2, 2), compression="gzip")
    (folder / "a.json").write_text('{"x": [0, 1, 2], "y": [0, 1], "loss": [[1, 2, 3], [3, 4, null]]}')
    return {file.suffix: file.read_bytes() for file in folder.iterdir()}


def damaged(content: bytes, rng: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        at = rng.randrange(len(made))
        match rng.randrange(4):
            case 0 | 1:
                made[at] = rng.randrange(256)
            case 2:
                made[at:at] = bytes(rng.choices(b'0123456789,; ex-."[]{}#nan', k=5))
            case _:
                made = made[: at + 1]
    return bytes(made)


@pytest.mark.filterwarnings("ignore:Reading .*Python 2")
@pytest.mark.parametrize("ending", [".npy", ".npz", ".csv", ".h5", ".json"])
def test_a_damaged_file_is_read_or_refused_in_one_sentence(tmp_path: Path, ending: str) -> None:
    content, rng, refused = files(tmp_path)[ending], random.Random(0), []
    for _ in range(EACH):
        try:
            surface = surface_of("a", reading.contents("a", damaged(content, rng)))
        except ValueError as error:
            refused.append(str(error))
        else:
            assert 1 <= surface.measured <= surface.values.size
            assert surface.lowest[2] <= surface.highest[2]
    assert len(refused) > EACH // 10
    assert not [sentence for sentence in refused if "\n" in sentence]
