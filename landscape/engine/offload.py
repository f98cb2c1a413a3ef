"""θ₀ kept while the weights stand elsewhere: beside them, or in host memory where the device holds no second copy."""

from collections import Counter
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

RESERVED_BYTES = 4 * 2**30  # bytes of a GPU that stay free for activations, and for the chunks in which weights move


class HostSnapshot(Mapping[str, Tensor]):
    """Copies in host memory. A tensor is brought to its weight's device each time it is asked for, and not kept there.

    So a device holds one copy of the weights and one tensor of θ₀. In exchange all bytes of θ₀ cross the bus twice a
    point: as it is moved to, and as it is left.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """Copy the weights where they stand now. Pinned for a GPU: those copies need no detour, and no waiting."""
        self._device = {name: weight.device for name, weight in weights.items()}
        self._kept = {
            name: torch.empty_like(weight, device="cpu", pin_memory=weight.is_cuda).copy_(weight)
            for name, weight in weights.items()
        }

    def __getitem__(self, name: str) -> Tensor:
        """θ₀'s tensor, on its weight's device. It is not to be written."""
        return self._kept[name].to(self._device[name], non_blocking=True)

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._kept)

    def __len__(self) -> int:
        """How many tensors."""
        return len(self._kept)


def snapshot(weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """A copy of the weights as they stand, on their own devices if these have room for it, else offloaded."""
    needed = Counter[torch.device]()
    for weight in weights.values():
        needed[weight.device] += weight.nbytes
    return {name: weight.clone() for name, weight in weights.items()} if has_room(needed) else HostSnapshot(weights)


def has_room(needed: Mapping[torch.device, int]) -> bool:
    """Whether every device can hold so many bytes more. Of host memory that is not asked: nothing is larger."""
    return all(device.type != "cuda" or size + RESERVED_BYTES <= free(device) for device, size in needed.items())


def free(device: torch.device) -> int:
    """Bytes of a GPU that can still be allocated, what PyTorch holds in reserve included."""
    unused, _ = torch.cuda.mem_get_info(device)
    return unused + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
