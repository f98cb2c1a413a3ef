"""A hub on loopback that answers as the Hugging Face hub does, and notes every request."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Files = Mapping[str, bytes]
_KINDS = {"": "models", "datasets/": "datasets"}


def commit_of(files: Files) -> str:
    """The commit of files: 40 hex digits that only they have."""
    seen = hashlib.sha1()
    for name in sorted(files):
        seen.update(f"{name} ".encode() + files[name])
    return seen.hexdigest()


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@dataclass
class MockHub:
    """What it has, how it misbehaves, and what was asked of it."""

    repositories: dict[str, dict[str, Files]] = field(default_factory=dict)  # id → commit or branch → files
    branches: dict[tuple[str, str], str] = field(default_factory=dict)  # (id, branch) → commit
    asked: list[str] = field(default_factory=list)  # METHOD PATH
    ranges: list[str] = field(default_factory=list)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)  # pattern of paths → status, X-Error-Code
    silent: str | None = None  # a pattern of paths that are never answered
    cut: dict[str, int] = field(default_factory=dict)  # pattern of paths → after so many bytes, once each
    listed: dict[str, list[str]] = field(default_factory=dict)  # id → names listed, whatever it has
    never: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def put(self, name: str, files: Files, branch: str = "main", kind: str = "") -> str:
        """Put files onto a branch; its commit."""
        commit = commit_of(files)
        self.repositories.setdefault(kind + name, {})[commit] = files
        self.branches[kind + name, branch] = commit
        return commit

    @property
    def fetched(self) -> list[str]:
        """The names of the files that were fetched."""
        found = [re.search(r"^GET /(?:datasets/)?[^/]+/[^/]+/resolve/[^/]+/(.+)", line) for line in self.asked]
        return sorted(unquote(each[1]) for each in found if each)

    def resolved(self, name: str, revision: str) -> str | None:
        known = self.repositories.get(name, {})
        return revision if revision in known else self.branches.get((name, revision))


def _handler(hub: MockHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:  # noqa: N802
            self._answer()

        def do_GET(self) -> None:  # noqa: N802
            self._answer()

        def do_POST(self) -> None:  # noqa: N802
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer()

        def _answer(self) -> None:
            path = urlsplit(self.path).path
            hub.asked.append(f"{self.command} {path}")
            if hub.silent is not None and re.search(hub.silent, path):
                hub.never.wait(60)
                self.close_connection = True
                return
            for pattern, (status, code) in hub.refusals.items():
                if re.search(pattern, path):
                    return self._refuse(status, code)
            if found := re.fullmatch(r"/api/(models|datasets)/([^/]+/[^/]+)(?:/revision/([^/]+))?", path):
                kind = "" if found[1] == "models" else "datasets/"
                return self._info(kind + found[2], unquote(found[3] or "main"))
            if found := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/(tree|paths-info)/([^/]+)(?:/(.*))?", path):
                return self._tree("datasets/" + found[1], unquote(found[3]), found[4] or "", found[2] == "tree")
            if found := re.fullmatch(r"/((?:datasets/)?[^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                return self._file(found[1], unquote(found[2]), unquote(found[3]))
            return self._refuse(404, "")

        def _info(self, name: str, revision: str) -> None:
            if name not in hub.repositories:
                return self._refuse(401, "RepoNotFound")
            commit = hub.resolved(name, revision)
            if commit is None:
                return self._refuse(404, "RevisionNotFound")
            names = hub.listed.get(name) or sorted(hub.repositories[name][commit])
            plain = name.removeprefix("datasets/")
            told = {"id": plain, "sha": commit, "siblings": [{"rfilename": each} for each in names]}
            return self._send(
                200, json.dumps(told | {"tags": [], "downloads": 0, "likes": 0, "private": False}).encode()
            )

        def _tree(self, name: str, revision: str, below: str, whole: bool) -> None:
            files = hub.repositories.get(name, {}).get(hub.resolved(name, revision) or "")
            if files is None:
                return self._refuse(404, "RevisionNotFound")
            asked = json.loads(self.body)["paths"] if not whole and self.body[:1] == b"{" else None
            if asked is None and not whole:
                asked = parse_qs(self.body.decode()).get("paths", [])
            names = [each for each in files if (asked is None and each.startswith(below)) or each in (asked or ())]
            told = [
                {"type": "file", "path": each, "size": len(files[each]), "oid": hashlib.sha1(files[each]).hexdigest()}
                for each in names
            ]
            return self._send(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

        def _file(self, name: str, revision: str, file: str) -> None:
            commit = hub.resolved(name, revision)
            files = hub.repositories.get(name, {}).get(commit or "", {})
            if commit is None or file not in files:
                return self._refuse(404, "EntryNotFound" if commit else "RevisionNotFound")
            whole, start = files[file], 0
            if asked := self.headers.get("Range"):
                hub.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").partition("-")[0])
            headers = {"ETag": f'"{hashlib.sha256(whole).hexdigest()}"', "X-Repo-Commit": commit}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
            for pattern in [each for each in hub.cut if self.command == "GET" and re.search(each, file)]:
                self._send(206 if start else 200, whole[start:], headers, hub.cut.pop(pattern))
                self.close_connection = True
                return None
            return self._send(206 if start else 200, whole[start:], headers)

        def _refuse(self, status: int, code: str) -> None:
            self._send(status, b"{}", {"X-Error-Code": code} if code else {})

        def _send(self, status: int, body: bytes, headers: Mapping[str, str] = {}, most: int | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[:most])

    return Handler


@contextmanager
def serving(**options: Any) -> Iterator[MockHub]:
    hub = MockHub(**options)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # type: ignore[method-assign]  # whoever asked hung up
    hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield hub
    finally:
        hub.never.set()
        server.shutdown()
        server.server_close()


@contextmanager
def at(hub: MockHub, cache: Path, monkeypatch: Any) -> Iterator[MockHub]:
    """Within the block, this process asks this hub, and keeps what it fetches in a cache of its own."""
    from huggingface_hub import constants

    from landscape.outside import network

    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(network, "_answers", {})
    yield hub


def another_process(monkeypatch: Any) -> None:
    """From here on, nothing is remembered that another process would not know."""
    from landscape.outside import network

    monkeypatch.setattr(network, "_answers", {})
