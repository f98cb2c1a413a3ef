"""Files that are no whole GGUF file of a language model: each is refused in one sentence that says what to do."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind

from landscape.checkpoints import files, fingerprints
from landscape.checkpoints.gguf import header
from landscape.cli import exit_codes
from landscape.cli.app import main
from tests.checkpoints.gguf.writing import write
from tests.conftest import make_model, make_tokenizer


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound file, as bytes."""
    return write(tmp_path_factory.mktemp("gguf") / "m.gguf", make_model(), make_tokenizer(), Kind.Q8_0).read_bytes()


def says(**settings: object) -> Callable[[bytes], bytes]:
    """A file that says something else of itself, and holds one tensor."""

    def make(_: bytes) -> bytes:
        file = Path(make.path)  # type: ignore[attr-defined]
        writer = gguf.GGUFWriter(file, str(settings.pop("architecture", "llama")))
        for key, value in settings.items():
            name = key.replace("_", ".")
            writer.add_string(name, value) if isinstance(value, str) else writer.add_uint16(name, int(str(value)))
        writer.add_tensor("token_embd.weight", np.ones((4, 32), np.float32))
        for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
            step()
        writer.close()
        return file.read_bytes()

    return make


def of_type(number: int) -> Callable[[bytes], bytes]:
    """The file whose first tensor calls itself of another type."""

    def make(whole: bytes) -> bytes:
        place = whole.index(b"token_embd.weight") + len(b"token_embd.weight") + 4 + 2 * 8
        return whole[:place] + struct.pack("<I", number) + whole[place + 4 :]

    return make


DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda whole: b"", "is no GGUF file but an empty one"),
    "text": (lambda whole: b"hello", "is no GGUF file, which begins with GGUF: it begins with b'hell'"),
    "a zip": (lambda whole: b"PK\3\4" + whole[4:], "is no GGUF file"),
    "a pointer": (lambda whole: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "GGJT": (lambda whole: b"tjgg" + whole[4:], "format before GGUF"),
    "version 1": (lambda whole: whole[:4] + struct.pack("<I", 1) + whole[8:], "version 1, and versions 2 and 3"),
    "version 4": (lambda whole: whole[:4] + struct.pack("<I", 4) + whole[8:], "version 4, and versions 2 and 3"),
    "big-endian": (lambda whole: whole[:4] + struct.pack(">I", 3) + whole[8:], "big-endian.*gguf-convert-endian"),
    "its first bytes": (lambda whole: whole[:20], "ends within its header"),
    "half its header": (lambda whole: whole[:3000], "ends within its header"),
    "all but its last byte": (lambda whole: whole[:-1], r"ends after [\d,]+ of [\d,]+ bytes; download it again"),
    "half its weights": (lambda whole: whole[: len(whole) * 3 // 4], r"ends after [\d,]+ of [\d,]+ bytes"),
    "too many tensors": (lambda whole: whole[:8] + struct.pack("<Q", 2**40) + whole[16:], "damaged.*counts"),
    "too many settings": (lambda whole: whole[:16] + struct.pack("<Q", 2**23) + whole[24:], "damaged|ends within"),
    "a text that is none": (lambda whole: whole.replace(b"general.name", b"gener\xff\xff.name"), "no UTF-8"),
    "integers": (of_type(Kind.I8), r"token_embd\.weight in the type I8, which the library gguf does not"),
    "a type of tomorrow": (of_type(999), "in the type 999, which"),
    "a type of other blocks": (of_type(Kind.Q4_K), r"shape \(320, 32\) in blocks of 256"),
    "a part": (says(split_count=3), "one of 3 parts.*llama-gguf-split --merge"),
    "an adapter": (says(general_type="adapter"), "LoRA adapter of llama.cpp.*peft"),
    "a projector": (says(general_type="mmproj", architecture="clip"), "mmproj.*language model"),
    "an older projector": (says(architecture="clip"), "mmproj"),
    "an importance matrix": (says(general_type="imatrix"), "type 'imatrix', which holds no language model"),
    "an encoder": (says(architecture="bert"), "architecture 'bert', which is not read from a GGUF file .*llama, qwen2"),
    "an architecture of tomorrow": (says(architecture="llama9"), "architecture 'llama9', which is not read"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_file_that_cannot_be_read_says_what_it_is_and_what_to_do(kind: str, whole: bytes, tmp_path: Path) -> None:
    make, message = DAMAGED[kind]
    if make.__name__ == "make":
        make.path = tmp_path / "made.gguf"  # type: ignore[attr-defined]
    file = tmp_path / "model.gguf"
    file.write_bytes(make(whole))
    for use in (files.resolve, files.describe):
        with pytest.raises(ValueError, match=message) as caught:
            use(str(file))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", [["slice"], ["slice", "demo:base", "--towards"], ["inspect", "demo:base"]])
def test_on_the_command_line_it_is_wrong_input(
    command: list[str],
    whole: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (file := tmp_path / "model.gguf").write_bytes(whole[:-1])
    monkeypatch.setenv("LANDSCAPE_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setattr("sys.argv", ["landscape", *command, str(file)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == exit_codes.WRONG_INPUT
    assert "is truncated: it ends after" in capsys.readouterr().err


def test_a_vocabulary_alone_is_no_model(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "vocab.gguf", "llama")
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    with pytest.raises(ValueError, match="holds no weights, only a vocabulary"):
        files.resolve(str(tmp_path / "vocab.gguf"))


def test_a_file_is_described_without_being_converted_or_torch(whole: bytes, tmp_path: Path, cache_folder: Path) -> None:
    (file := tmp_path / "model.gguf").write_bytes(whole)
    one = files.describe(str(file))
    assert (one.parameters, one.layers, one.hidden) == (sum(w.numel() for w in make_model().parameters()), 2, 32)
    assert (one.vocabulary, one.context) == (320, 64)
    assert one.dtype == "Q8_0, de-quantised to float32"
    assert len(fingerprints.fingerprint(str(file))) == 64
    assert not cache_folder.exists()
    code = f"import sys; from landscape.checkpoints import files, fingerprints; files.describe({str(file)!r}); "
    code += f"fingerprints.stamp({str(file)!r}); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_settings_and_tensors_are_those_that_were_written(whole: bytes, tmp_path: Path) -> None:
    (file := tmp_path / "model.gguf").write_bytes(whole)
    found = header.read(file)
    assert (found.architecture, found.quantisation, found.width) == ("llama", "Q8_0", 4)
    assert found.setting("attention.layer_norm_rms_epsilon") == 1e-6
    assert found.setting("attention.key_length") is None
    theirs = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    assert [tensor.name for tensor in found.tensors] == list(theirs)
    for tensor in found.tensors:
        one = theirs[tensor.name]
        assert (tensor.kind, tensor.size) == (one.tensor_type.name, one.n_bytes)
        assert whole[tensor.start : tensor.start + tensor.size] == one.data.tobytes()
