"""Bytes as text: UTF-8 and UTF-16, with or without a byte order mark. No other encoding is guessed."""

import codecs

UTF_8, UTF_16 = "UTF-8", "UTF-16"
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"7z\xbc\xaf": "7z", b"BZh": "bzip2", b"(\xb5/\xfd": "zstd"}
_MARKS = {
    codecs.BOM_UTF32_LE: "",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def decoded(file: str, content: bytes) -> tuple[str, str]:
    """Return the text of a file, without its byte order mark, and its encoding in words.

    Raises:
        ValueError: it is packed, or in neither UTF-8 nor UTF-16.
    """
    if packed := next((name for magic, name in _PACKED.items() if content.startswith(magic)), None):
        raise ValueError(f"{file} is packed ({packed}): unpack it, or save a spreadsheet as CSV")
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    encoding = _MARKS[mark] if mark else _without_mark(content)
    try:
        text = content[len(mark) :].decode(encoding) if encoding else None
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise ValueError(f"{file} is no whole UTF-16 text: save it as UTF-8") from None
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{file}, line {line}: byte {content[error.start]:#04x} is no UTF-8: save it as UTF-8"
        ) from None
    if text is None:
        raise ValueError(f"{file} is written in UTF-32: save it as UTF-8")
    named = UTF_16 if encoding.startswith("utf-16") else UTF_8
    return text, f"{named} with a byte order mark" if mark else named


def _without_mark(content: bytes) -> str:
    """Return the encoding of bytes without a mark: in UTF-16, every other byte of plain letters is 0."""
    head = content[:200]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros, others = head[first::2], head[1 - first :: 2]
        if len(head) >= 4 and zeros.count(0) > 0.8 * len(zeros) and not others.count(0):
            return encoding
    return "utf-8"
