"""The search on the hub: one request, made when it is asked for, and a sentence where it fails."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from landscape.outside.hub import search as hub


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    found: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            found.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps([{"id": "org/one"}, {"id": "org/two"}]).encode())

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield found
    server.shutdown()
    server.server_close()


def test_one_request_finds_models_by_text(asked: list[str]) -> None:
    assert hub.search("smol & instruct") == ["org/one", "org/two"]
    (path,) = asked
    assert path.startswith("/api/models?search=smol+%26+instruct&limit=10")


def test_offline_and_unreachable_are_sentences(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match="HF_HUB_OFFLINE is set"):
        hub.search("x")
    assert asked == []
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match="cannot be searched"):
        hub.search("x", seconds=2)
