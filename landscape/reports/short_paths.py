"""Reports that go to others name files as their reader would, not as this machine does."""

from collections.abc import Callable, Iterator
from pathlib import Path

from landscape.schema.capability_names import CHAT
from landscape.schema.frames import Spec


def without_paths(text: str, spec: Spec, written: Callable[[str], str]) -> str:
    """Return a finished report with short names in place of the absolute paths of a spec, and ~ for the user's folder.

    `written`: how the report writes a path; as it is, a path is replaced too.
    """
    found = dict(_shortened(spec))
    home = f"{Path.home()}/"
    found |= {home: "~/"} if len(home) > 2 else {}
    for path, short in sorted(found.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(written(path), written(short)).replace(path, short)
    return text


def _shortened(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield (absolute path, how it is written from the present folder; its last name where it lies elsewhere)."""
    parts = [name.removeprefix(CHAT) for name in spec.named_capabilities]
    for name in spec.named_checkpoints:
        parts += [name] if Path(name).exists() else name.split("+")  # a folder, or ADAPTER+BASE
    for path in map(Path, parts):
        if path.is_absolute():
            inside = path.is_relative_to(Path.cwd()) and path != Path.cwd()
            yield str(path), str(path.relative_to(Path.cwd())) if inside else path.name
