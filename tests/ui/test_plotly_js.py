"""Plotly.js: one file, which browsers keep; at the server's own base path."""

import plotly
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config

from landscape.ui.components import plotly_js


@pytest.mark.parametrize("base", ["", "lab", "/lab/models/"])
def test_the_file_lies_beside_the_pages_and_is_kept(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = config.get_option
    monkeypatch.setattr(plotly_js.st, "get_option", lambda name: base if name == "server.baseUrlPath" else asked(name))
    client = TestClient(Starlette(routes=[plotly_js.route()]))
    folder = f"/{base.strip('/')}".rstrip("/")
    answer = client.get(f"{folder}/{plotly_js.NAME}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert plotly.__version__ in plotly_js.NAME
    assert "plotly.js v" in answer.text[:200]
    assert client.get(f"{folder}/plotly-0.0.0.min.js").status_code == 404
