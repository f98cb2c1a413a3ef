"""A title and a caption in the file of a picture, where programs look for them."""

import html
import re
import struct
import zlib

from landscape import __version__

PROGRAM = f"Landscape {__version__}"
_PNG_HEAD = 33  # bytes: the signature and the first chunk, which has to be the first


def noted(picture: bytes, kind: str, title: str, caption: str, dots: float) -> bytes:
    """The picture with its title and caption: SVG `<title>` and `<desc>`, PDF Info, PNG text chunks.

    Args:
        picture: an SVG, PDF or PNG as Chromium makes it.
        kind: `svg`, `pdf` or `png`.
        title: plain text.
        caption: plain text.
        dots: px an inch of a PNG, which says so to whoever prints it.
    """
    return {"svg": _svg, "pdf": _pdf, "png": _png}[kind](picture, title, caption, dots)


def _svg(picture: bytes, title: str, caption: str, _: float) -> bytes:
    named = f"<title>{html.escape(title)}</title><desc>{html.escape(caption)} ({PROGRAM})</desc>"
    return re.sub(rb"<svg [^>]*>", lambda start: start[0] + named.encode(), picture, count=1)


def _png(picture: bytes, title: str, caption: str, dots: float) -> bytes:
    texts = {"Title": title, "Description": caption, "Software": PROGRAM}
    chunks = [_chunk(b"iTXt", f"{name}\0\0\0\0\0{text}".encode()) for name, text in texts.items()]
    a_metre = round(dots / 0.0254)
    chunks.append(_chunk(b"pHYs", struct.pack(">IIB", a_metre, a_metre, 1)))
    return picture[:_PNG_HEAD] + b"".join(chunks) + picture[_PNG_HEAD:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _pdf(picture: bytes, title: str, caption: str, _: float) -> bytes:
    """Add, at the end of the file, the Info object once more, as PDF is changed."""
    trailer = picture[picture.rindex(b"trailer") :]
    found = re.search(rb"/Info (\d+) 0 R", trailer), re.search(rb"startxref\s+(\d+)", trailer)
    if found[0] is None or found[1] is None:
        return picture
    number, before = int(found[0][1]), int(found[1][1])
    fields = {"Title": title, "Subject": caption, "Creator": PROGRAM, "Producer": "Chromium"}
    values = "".join(f"/{name} <{(chr(0xFEFF) + text).encode('utf-16-be').hex()}>" for name, text in fields.items())
    whole = picture if picture.endswith(b"\n") else picture + b"\n"
    place = len(whole)
    changed = f"{number} 0 obj\n<<{values}>>\nendobj\n".encode()
    table = f"xref\n0 1\n{0:010d} 65535 f \n{number} 1\n{place:010d} 00000 n \n".encode()
    again = re.sub(rb"/Prev \d+", b"", trailer[: trailer.index(b"startxref")]).rstrip()
    end = again.removesuffix(b">>") + f" /Prev {before}>>\nstartxref\n{place + len(changed)}\n%%EOF\n".encode()
    return whole + changed + table + end
