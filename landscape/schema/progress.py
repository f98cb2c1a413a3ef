"""The callback by which a long computation says how far it is."""

from collections.abc import Callable

# Called with what is being done, how many parts are done and how many there are. Whatever it raises stops the work.
ProgressReport = Callable[[str, int, int], None]
