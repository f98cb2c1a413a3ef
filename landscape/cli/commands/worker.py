"""The command that serves the queue: a worker in this process."""

from typing import Annotated

import typer

from landscape.cli.options import DeviceName
from landscape.store.store import Store

app = typer.Typer()


@app.command("worker", epilog="Example: python -m landscape worker --idle-exit 600")
def run_worker(
    idle_exit: Annotated[float | None, typer.Option(help="Leave after this many seconds without a run.")] = None,
    device: DeviceName = "auto",
) -> None:
    """Measure queued runs until stopped. The app starts one by itself."""
    from landscape.runs import worker

    worker.work(Store(), device=device, idle_exit=idle_exit)
