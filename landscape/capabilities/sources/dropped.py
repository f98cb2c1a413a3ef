"""Files of examples that were dropped on a page: kept under a name that is made of what they hold."""

from pathlib import Path

from landscape.capabilities.sources import reading, records
from landscape.outside import kept_files

ENDINGS = records.KNOWN


def keep(folder: Path, name: str, content: bytes) -> Path:
    """Keep a file that can be read as examples in the folder (`kept_files.keep`). Returns its path.

    Raises:
        ValueError: it is no file of examples; nothing is kept then.
        OSError: it cannot be written.
    """
    is_task = Path(name).suffix.lower() in (".yaml", ".yml")
    hint = "; name the path of a task's YAML instead" if is_task else ""
    return kept_files.keep(folder, name, content, ENDINGS, reading.read, otherwise="examples", hint=hint)
