"""How much memory of the machine this process can have, within the limits of its control groups (containers)."""

from contextlib import suppress
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")
NO_LIMIT = 2**63


def available(root: Path = CGROUPS) -> int:
    """Bytes that this process has, and what machine and control groups have left for it. Swap does not count."""
    return psutil.Process().memory_info().rss + left(root)


def left(root: Path = CGROUPS) -> int:
    """Bytes that machine and control groups have left for this process, beside what it has."""
    return min(psutil.virtual_memory().available, *_left_in_groups(root))


def _left_in_groups(root: Path) -> list[int]:
    """What the limit of each control group above this process leaves, where there is one (cgroup v2, then v1)."""
    found = [NO_LIMIT]
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        inner = next((line.split(":", 2)[2] for line in lines if line.startswith("0::")), "/").strip("/")
        folder = root / inner
        for place in (folder, *folder.parents):
            if root not in (place, *place.parents):
                break
            found += _left(place / "memory.max", place / "memory.current", place / "memory.stat")
    found += _left(
        root / "memory/memory.limit_in_bytes", root / "memory/memory.usage_in_bytes", root / "memory/memory.stat"
    )
    return found


def _left(limit: Path, used: Path, statistics: Path) -> list[int]:
    """The bytes left below a limit; pages of files that can be dropped count as left. Empty where there is no limit."""
    with suppress(OSError, ValueError):
        most = limit.read_text().strip()
        if most != "max":
            lines = (line.split() for line in statistics.read_text().splitlines())
            dropped = next((int(value) for name, value in lines if name in ("inactive_file", "total_inactive_file")), 0)
            return [int(most) - int(used.read_text()) + dropped]
    return []
