"""What people write on a run: a name, tags, a note, and whether it is pinned as the baseline of others."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_NAME, LONGEST_NOTE, MOST_TAGS = 120, 4000, 50  # characters, characters, tags of a run


@dataclass(frozen=True)
class Labels:
    """The labels of one run. Without any, exports do not mention them."""

    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    pinned: bool = False

    def __bool__(self) -> bool:
        """Whether anything is written on the run."""
        return self != Labels()

    @classmethod
    def of(cls, saved: dict[str, Any]) -> "Labels":
        """The labels in plain values that `as_entry` is a part of."""
        plain = saved.get("labels") or {}
        return cls(**(plain | {"tags": tuple(plain.get("tags", ()))}))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"tags": list(self.tags)}

    def as_entry(self) -> dict[str, Any]:
        """`labels` with its plain values, for a dictionary that has none where nothing is written."""
        return {"labels": self.as_dict()} if self else {}

    def as_columns(self) -> dict[str, str]:
        """The same value in every row of a table, so that tables of several runs can be put together; none if empty."""
        written = {"run_name": self.name, "run_tags": ", ".join(self.tags), "run_note": self.note}
        return written if self else {}

    def as_line(self) -> str:
        """`nightly 3 [sft, may] (pinned): the second seed`, as far as there is any of it."""
        tags = f"[{', '.join(self.tags)}]" if self.tags else ""
        head = " ".join(filter(None, [self.name, tags, "(pinned)" if self.pinned else ""]))
        return ": ".join(filter(None, [head, " ".join(self.note.split())]))


def clean_name(text: str) -> str:
    """A name on one line. Raises ValueError for one that is too long."""
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise ValueError(f"expected a name of at most {LONGEST_NAME} characters, got {len(name)}")
    return name


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, in the order given; a comma separates two. Raises ValueError for too many, or too long ones."""
    found = tuple(dict.fromkeys(name for tag in tags for part in tag.split(",") if (name := clean_name(part))))
    if len(found) > MOST_TAGS:
        raise ValueError(f"expected at most {MOST_TAGS} tags, got {len(found)}")
    return found


def clean_note(text: str) -> str:
    """A note without space around it. Raises ValueError for one that is too long."""
    note = text.strip()
    if len(note) > LONGEST_NOTE:
        raise ValueError(f"expected a note of at most {LONGEST_NOTE:,} characters, got {len(note):,}")
    return note
