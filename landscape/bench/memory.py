"""The peak of memory while something runs."""

import ast
import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

import psutil
import torch
from torch import Tensor

from landscape.assets import IMPORT_ROOT

T = TypeVar("T")

EVERY = 0.002  # seconds between two looks at the resident set


def peak_in_child(peak: Callable[..., T], *given: object) -> T:
    """Return the numbers that a function measures in a fresh process: it gives freed memory back.

    Its resident set is therefore what it uses.

    Raises:
        RuntimeError: the process failed.
    """
    gc.collect()
    torch.cuda.empty_cache()  # gives the child what this process has freed
    code = "import pickle, sys; peak, given = pickle.load(sys.stdin.buffer); print(peak(*given))"
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**16)}  # glibc: larger blocks are mapped and unmapped
    child = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps((peak, given)),
        env=environment,
        cwd=IMPORT_ROOT,
        capture_output=True,
    )
    if child.returncode:
        last = child.stderr.decode(errors="replace").strip().splitlines()[-1]
        raise RuntimeError(f"the process that measures memory failed: {last}")
    measured: T = ast.literal_eval(child.stdout.decode())
    return measured


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
