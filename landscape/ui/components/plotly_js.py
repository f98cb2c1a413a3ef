"""Plotly.js as a file that browsers fetch once and keep: 4.8 MB, from this machine."""

from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

NAME = f"plotly-{plotly.__version__}.min.js"  # another version has another address, so a kept file is never stale
_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_KEEP = {"cache-control": "public, max-age=31536000, immutable"}


def _answer(_: Request) -> FileResponse:
    return FileResponse(_FILE, media_type="text/javascript", headers=_KEEP)


def route() -> Route:
    """Where the server answers with it: beside the pages, whose addresses have one part below the server's own."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/{NAME}" if base else f"/{NAME}", _answer)
