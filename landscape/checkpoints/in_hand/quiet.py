"""What transformers says on the screen: nothing while something is measured, and afterwards as its user has it."""

from collections.abc import Iterator
from contextlib import contextmanager

from transformers.utils import logging


@contextmanager
def quiet() -> Iterator[None]:
    """Within the block, transformers shows errors alone and no progress bars; `checkpoints.models` sets that for good.

    To be entered before anything is loaded, so that it sees what the user has set.
    """
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
