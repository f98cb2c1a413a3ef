"""The peak of memory while something runs."""

import threading
from collections.abc import Callable

import psutil
import torch

EVERY = 0.002  # seconds between two looks at the resident set


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
