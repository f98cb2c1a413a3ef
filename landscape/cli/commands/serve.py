"""The commands that serve until they are stopped: the app in the browser, and the queue of runs."""

import os
import socket
import subprocess
import sys
from typing import Annotated

import typer

from landscape.assets import APP
from landscape.cli.options import DeviceName
from landscape.cli.output import err
from landscape.store.store import Store

app = typer.Typer()

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")


@app.command("ui", epilog="Example: python -m landscape ui --port 8600")
def serve_app(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: 8501, or the next one that is free.")
    ] = None,
    address: Annotated[str, typer.Option(help="Where to listen. The default is reached from this machine only.")] = (
        LOOPBACK[0]
    ),
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Also answer browsers that call this machine so; repeat for several."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the app in a browser.")] = True,
) -> None:
    """Open the app in the browser, and serve it until you stop it (Ctrl-C)."""
    _require_free(address, port)
    if address not in LOOPBACK:
        reached = "any address of this machine" if address in EVERYWHERE else address
        err.print(f"Everyone who can reach {reached} can use the app, and what it can read: it asks for no password.")
    names = [*reversed(LOOPBACK), *([] if address in (*LOOPBACK, *EVERYWHERE) else [address]), *(allow_host or [])]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.address", address]
    # Streamlit would ask a server on the internet for the address of this machine, to print it.
    command += ["--browser.serverAddress", names[-1] if address in EVERYWHERE else address]
    command += [] if port is None else ["--server.port", str(port)]
    command += [word for name in names for word in ("--server.allowedHosts", name)]
    if browser and _has_display():
        command += ["--server.headless", "false", "--server.showEmailPrompt", "false"]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # signals reach the server itself
    raise typer.Exit(subprocess.run(command, check=False).returncode)


@app.command("worker", epilog="Example: python -m landscape worker --idle-exit 600")
def run_worker(
    idle_exit: Annotated[float | None, typer.Option(help="Leave after this many seconds without a run.")] = None,
    device: DeviceName = "auto",
) -> None:
    """Measure queued runs until stopped. The app starts one by itself."""
    from landscape.runs import worker

    worker.work(Store(), device=device, idle_exit=idle_exit)


def _require_free(address: str, port: int | None) -> None:
    """Raise ValueError where the app cannot listen: Streamlit would end with 1, which means "fail" here."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as place:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that has just ended may be followed
            place.bind((address, port or 0))
    except OSError as error:
        raise ValueError(
            f"cannot listen on {address}{f', port {port}' if port else ''} ({error.strerror or error}): "
            "give another --port or --address"
        ) from None


def _has_display() -> bool:
    """Whether a browser could show anything on this machine."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
