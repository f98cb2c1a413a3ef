"""A copy of θ₀ while the weights are moved: on their device, or in host memory if the device has no room for it."""

from collections import Counter
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

RESERVED_BYTES = 4 * 2**30  # of a GPU, left free for activations and for the chunks in which weights move


class HostSnapshot(Mapping[str, Tensor]):
    """A copy of θ₀ in host memory. Each tensor is sent to its weight's device when it is read, and not kept there.

    So the device holds the weights and a single tensor of θ₀. In exchange, all bytes of θ₀ cross the bus twice for
    each point: once to move there, once to come back.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        """Copy the weights as they are now; into pinned memory for a GPU, which copies from there asynchronously."""
        self._device = {name: weight.device for name, weight in weights.items()}
        self._copies = {
            name: torch.empty_like(weight, device="cpu", pin_memory=weight.is_cuda).copy_(weight)
            for name, weight in weights.items()
        }

    def __getitem__(self, name: str) -> Tensor:
        """Return a tensor of θ₀ on its weight's device, not to be written to."""
        return self._copies[name].to(self._device[name], non_blocking=True)

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._copies)

    def __len__(self) -> int:
        """How many tensors."""
        return len(self._copies)


def snapshot(weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Copy the weights as they are now: on their own devices if these have room for it, else in host memory."""
    needed = Counter[torch.device]()
    for weight in weights.values():
        needed[weight.device] += weight.nbytes
    return {name: weight.clone() for name, weight in weights.items()} if has_room(needed) else HostSnapshot(weights)


def has_room(needed: Mapping[torch.device, int]) -> bool:
    """Whether every GPU can hold so many more bytes. Host memory is not checked: there is nowhere else to go."""
    return all(device.type != "cuda" or size + RESERVED_BYTES <= free(device) for device, size in needed.items())


def free(device: torch.device) -> int:
    """Return how many bytes of a GPU can still be allocated, including those that PyTorch has reserved."""
    unused, _ = torch.cuda.mem_get_info(device)
    return unused + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def free_on_gpus(device: str) -> int:
    """Return how many bytes this process has or can get on a GPU, or on all of them if `device` is `cuda`."""
    indices = range(torch.cuda.device_count()) if device == "cuda" else [torch.device(device).index]
    return sum(torch.cuda.mem_get_info(index)[0] + torch.cuda.memory_reserved(index) for index in indices)
