"""The peak of memory while something runs."""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import psutil
import torch
from torch import Tensor

from landscape.assets import IMPORT_ROOT

if TYPE_CHECKING:
    from landscape.bench.models import BenchModel

EVERY = 0.002  # seconds between two looks at the resident set


def peak_in_child(peak: "Callable[[BenchModel], float]", model: "BenchModel") -> float:
    """Return a peak that a fresh process measures: it gives freed memory back, so its resident set is what it uses.

    Raises:
        RuntimeError: the process failed.
    """
    gc.collect()
    torch.cuda.empty_cache()  # gives the child what this process has freed
    imports = f"from {peak.__module__} import {peak.__name__}; from landscape.bench.models import BenchModel"
    code = f"{imports}; print({peak.__name__}({model!r}))"
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**16)}  # glibc: larger blocks are mapped and unmapped
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=IMPORT_ROOT, capture_output=True, text=True
    )
    if child.returncode:
        raise RuntimeError(f"the process that measures memory failed: {child.stderr.strip().splitlines()[-1]}")
    return float(child.stdout)


def settled_peak(task: Callable[[], object], device: torch.device) -> float:
    """Return the peak memory of a task that has run before."""
    for _ in range(2):
        task()
    gc.collect()
    return peak_memory(task, device)


def bytes_of(tensors: Mapping[str, Tensor]) -> int:
    """Return how many bytes tensors take."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())


def peak_memory(task: Callable[[], object], device: torch.device) -> float:
    """Run a task and return its peak in bytes: of the CUDA allocator, or of this process's resident set.

    The resident set is sampled from a thread: the kernel's own maximum would hold that of the parent process.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        task()
        return float(torch.cuda.max_memory_allocated())
    process, ended = psutil.Process(), threading.Event()
    sizes = [process.memory_info().rss]

    def watch() -> None:
        while not ended.wait(EVERY):
            sizes[0] = max(sizes[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        task()
    finally:
        ended.set()
        watcher.join()
    return float(sizes[0])
