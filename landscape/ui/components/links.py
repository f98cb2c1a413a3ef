"""Permalinks: a spec in a URL, short enough to send."""

import base64
import zlib
from urllib.parse import urlencode, urlsplit

import streamlit as st

from landscape.runs.kinds import kind_of
from landscape.schema.frames import Spec
from landscape.schema.specs import canonical_json, parse_spec


def page_of(spec: Spec) -> str:
    """The page that shows runs of a spec's kind. Only for kinds that have one."""
    page = kind_of(spec).page
    assert page is not None, f"{spec.kind} has no page of its own"
    return page


def address_of(spec: Spec, run_id: str | None = None) -> dict[str, str]:
    """The query with which its page shows a spec, or a run of it."""
    if (address := kind_of(spec).address) is not None:
        return address(spec)
    return {"spec": pack(spec)} | ({"run": run_id} if run_id else {})


def pack(spec: Spec) -> str:
    """A spec as URL-safe text."""
    return base64.urlsafe_b64encode(zlib.compress(canonical_json(spec).encode(), 9)).decode().rstrip("=")


def unpack(text: str) -> Spec:
    """The spec that `pack` made a text of. Raises ValueError for any other text: a URL comes from outside."""
    try:
        inflate = zlib.decompressobj()
        plain = inflate.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), 2**20)
        return parse_spec(plain)
    except (ValueError, zlib.error):
        raise ValueError("this link is damaged: expected the whole of a copied permalink") from None


def permalink(page: str, **query: str) -> str:
    """The URL of a page of this server, with a query."""
    here = urlsplit(st.context.url or "http://localhost:8501")
    return f"{here.scheme}://{here.netloc}/{page}?{urlencode(query)}"


def share(page: str, note: str, **query: str) -> None:
    """Show a permalink to copy, with a note on what it opens."""
    with st.expander("Permalink", icon=":material/link:"):
        st.code(permalink(page, **query), language=None, wrap_lines=True)
        st.caption(note)
