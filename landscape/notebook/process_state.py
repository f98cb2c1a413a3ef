"""What a measurement in somebody's own process must not change: random numbers, threads, signals, what is said."""

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within the block, torch stands as in a fresh process; afterwards, and after an exception, as it stood before.

    That is: the generators of torch, numpy and random, the number of threads, autocast, the modes of gradients, the
    default number format and device, what is done with SIGTERM, and how much transformers says.
    """
    import torch

    from landscape.checkpoints.in_hand.quiet import quiet

    with ExitStack() as stack:
        stack.enter_context(quiet())
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())
        stack.callback(torch.set_rng_state, torch.get_rng_state())
        if torch.cuda.is_initialized():
            stack.callback(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
        if torch.backends.mps.is_available():
            stack.callback(torch.mps.set_rng_state, torch.mps.get_rng_state())
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is not None:
            stack.callback(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
        torch.set_default_dtype(torch.float32)
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda", "mps"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield
