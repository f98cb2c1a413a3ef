"""A PostgreSQL server of the tests' own: in a folder of its own, on a socket there, with a new database for each test."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OWNER = "owner"  # the superuser; enters without a password
STRANGER = "stranger"  # a role that needs one
# Ends the server and its folder when the input closes: also when the tests are killed.
WATCHED = '"$@" & cat; kill -QUIT $!; wait; rm -rf "$0"'


def binaries() -> Path | None:
    """The folder of initdb and postgres: Debian keeps it out of PATH."""
    places = [Path(found).parent] if (found := shutil.which("initdb")) else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return places[-1] if places else None


def _account() -> dict[str, Any]:
    """As whom to run the server, which refuses root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Server:
    """A running server: its databases and roles."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds the socket."""
        self.folder = folder
        self.made = 0

    def url(self, database: str, user: str = OWNER, password: str = "") -> str:
        """The address of a database for the store."""
        return f"postgresql://{user}{password and ':' + password}@/{database}?host={self.folder}"

    def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Execute as the owner, each statement in a transaction of its own; the rows of the last."""
        import psycopg

        with contextlib.closing(psycopg.connect(self.libpq(database), autocommit=True)) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def libpq(self, database: str) -> str:
        """The same address for the driver."""
        return f"host={self.folder} user={OWNER} dbname={database}"

    def new_database(self) -> str:
        """The name of an empty database."""
        self.made += 1
        self.run(f"CREATE DATABASE test_{self.made}")
        return f"test_{self.made}"


@contextlib.contextmanager
def serving(folder_of_binaries: Path) -> Iterator[Server]:
    """A server while the block lasts; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:  # a socket's path is short
        account = _account()
        if account:
            os.chown(folder, account["user"], account["group"])
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        options: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **account}
        make = ["initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run([folder_of_binaries / make[0], *make[1:]], check=True, **options)
        hosts = data / "pg_hba.conf"
        hosts.write_text(f"local all {STRANGER} scram-sha-256\n{hosts.read_text()}")
        with (Path(folder) / "log").open("wb") as log:
            command = [folder_of_binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
            process = subprocess.Popen(
                ["sh", "-c", WATCHED, folder, *command], stdin=subprocess.PIPE, stderr=log, **options
            )
        try:
            yield _ready(Server(Path(folder)))
        finally:
            process.communicate()  # closes its input


def _ready(server: Server, seconds: float = 180) -> Server:
    from psycopg import OperationalError

    limit = time.monotonic() + seconds
    while True:
        try:
            server.run(f"CREATE ROLE {STRANGER} LOGIN PASSWORD 'secret'")
            return server
        except OperationalError:
            assert time.monotonic() < limit, (server.folder / "log").read_text()
            time.sleep(0.05)
