"""The capabilities of a command, and what is said of them; other names: `bundled.portable_names`."""

from collections.abc import Iterable

from rich.markup import escape

from landscape.bundled.default_capabilities import default_capabilities, is_demo, unsuited
from landscape.bundled.portable_names import absolute
from landscape.capabilities import examples
from landscape.cli.output import err
from landscape.schema.directions import join_words


def portable_capabilities(text: str, checkpoints: Iterable[str] = (), *, gate: bool = False) -> tuple[str, ...]:
    """Return the capabilities of a comma list, files absolute; if it is empty, the defaults of the checkpoints.

    What is chosen by default for models that are not the demo's is said on stderr. Raises ValueError for a file that
    cannot be read as examples.
    """
    named = list(checkpoints)
    chosen = [part for part in text.split(",") if part]
    said = unsuited(chosen, named)
    if not chosen:
        found = default_capabilities(named, gate=gate)
        chosen = list(found.names)
        asked = "" if all(map(is_demo, named)) else f"Asked by default: {join_words(chosen)}."
        said = " ".join(filter(None, [asked, found.left_out]))
    if said:
        err.print(escape(said), highlight=False, soft_wrap=True)
    for part in chosen:
        examples.load(part)  # say at once what is wrong with a file
    return tuple(map(absolute, chosen))
