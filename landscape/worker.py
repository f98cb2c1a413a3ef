"""The worker: claims queued runs, measures their points, and leaves a store from which another can go on."""

import contextlib
import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from landscape.specs import ComparisonSpec, SliceSpec
from landscape.store import Lost, Run, Store, StoreError

if TYPE_CHECKING:  # torch takes seconds to import, and the browser process must never pay for it
    from landscape.models import Pool
    from landscape.slices import Point, Session

BEAT = 2.0  # s between heartbeats; a run reads as stalled after 15 s without one
IDLE = 0.5  # s between looks at an empty queue
OWN_IDLE_EXIT = 600  # s: a worker that the app started leaves when nothing was asked for so long

Progress = Callable[[Run], None]
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """The run was asked to stop."""


def work(
    store: Store,
    *,
    device: str = "auto",
    run_id: str | None = None,
    idle_exit: float | None = None,
    on_progress: Progress | None = None,
) -> None:
    """Measure queued runs until stopped, idle for `idle_exit` seconds, or, with `run_id`, until that run has ended.

    One worker a store and device: a second one returns at once, unless it is there for one run. If another
    worker holds that run, this one watches it.
    """
    show = on_progress or (lambda run: None)
    with contextlib.ExitStack() as stack:
        if run_id is None:
            try:
                stack.enter_context(lock_of(store, device).acquire(blocking=False))
            except Timeout:
                log.warning("another worker serves this store and device already")
                return
        _terminate_like_interrupt()
        _loop(store, device, run_id, idle_exit, show)


def _loop(store: Store, device: str, run_id: str | None, idle_exit: float | None, show: Progress) -> None:
    from landscape.models import Pool

    name = f"{socket.gethostname()}:{os.getpid()}"
    pool, last = Pool(), time.monotonic()
    while True:
        run = store.claim(name, device, run_id)
        if run is not None:
            _serve(store, run, name, pool, show, foreground=run_id is not None)
            last = time.monotonic()
        elif run_id is not None:
            seen = store.run(run_id)
            show(seen)
            if seen.ended:
                return
        elif idle_exit is not None and time.monotonic() - last > idle_exit:
            return
        if run is None:
            time.sleep(IDLE)


def _serve(store: Store, run: Run, name: str, pool: "Pool", show: Progress, *, foreground: bool) -> None:
    """Measure one run to its end; whatever goes wrong with it is written on it, and the worker goes on.

    In the foreground the error is also raised, for the caller to tell wrong input from a failed measurement.
    """
    try:
        with _heartbeat(store, run.id, name):
            if isinstance(run.spec, ComparisonSpec):
                from landscape.comparisons import compare

                store.finish(run.id, name, "done", artifact=compare(run.spec))
            else:
                _measure(store, run, run.spec, name, pool, show)
                store.finish(run.id, name, "done")
    except Lost:
        log.warning("run %s was taken over", run.id)
    except Cancelled:
        store.finish(run.id, name, "cancelled")
    except StoreError as error:  # a full disk, say: if it can still be told there, tell it; the points are safe
        with contextlib.suppress(StoreError, Lost):
            store.finish(run.id, name, "failed", error=str(error))
        raise
    except (ValueError, RuntimeError, OSError) as error:
        log.info("run %s failed", run.id, exc_info=True)
        store.finish(run.id, name, "failed", error=str(error) or type(error).__name__)
        if foreground:
            raise
    except KeyboardInterrupt:
        with contextlib.suppress(Lost):
            store.release(run.id, name)
        raise
    except Exception as error:  # a bug of ours: told on the run and in the log, and the other runs still get measured
        log.exception("run %s failed", run.id)
        store.finish(run.id, name, "failed", error=f"internal error: {type(error).__name__}: {error}")
    show(store.run(run.id))


def _measure(store: Store, run: Run, spec: SliceSpec, name: str, pool: "Pool", show: Progress) -> None:
    from landscape.slices import Point, Session

    with Session(spec, settings=run.settings or None, pool=pool) as session:
        keys = {point.position: _keys(session, point) for point in session.points}
        origin = session.verify()
        rows = [
            (p.position, p.direction, p.alpha, c, key) for p in session.points for c, key in keys[p.position].items()
        ]
        store.plan(run.id, name, rows, session.settings, session.facts)
        at_origin = _keys(session, Point(0, 0, 0.0))
        fresh = store.missing(at_origin.values())
        if store.write(run.id, name, {key: origin[c] for c, key in at_origin.items() if key in fresh}):
            raise Cancelled
        for point in session.points:
            show(store.run(run.id))
            missing = store.missing(keys[point.position].values())
            wanted = [c for c in session.capabilities if keys[point.position][c.name] in missing]
            measured = session.measure(point, wanted) if wanted else {}
            if store.write(run.id, name, {keys[point.position][c]: m for c, m in measured.items()}):
                raise Cancelled


def _keys(session: "Session", point: "Point") -> dict[str, str]:
    return {capability.name: session.key(point, capability) for capability in session.capabilities}


@contextlib.contextmanager
def _heartbeat(store: Store, run_id: str, name: str) -> Iterator[None]:
    """Beat in the background: a single point of a large model takes longer than a reader's patience."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                store.heartbeat(run_id, name)
            except (Lost, StoreError):
                return  # the next write will find out

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _terminate_like_interrupt() -> None:
    """SIGTERM hands the run back, as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)


def lock_of(store: Store, device: str = "auto") -> FileLock:
    """What the one worker of a store and device holds: a file beside the store."""
    return FileLock(_beside(store, f"{device.replace(':', '-')}.lock"))


def log_of(store: Store) -> Path:
    """Where a worker that the app started writes its log."""
    return _beside(store, "worker.log")


def _beside(store: Store, suffix: str) -> Path:
    if store.file is not None:
        return store.file.with_name(f"{store.file.name}.{suffix}")
    folder = user_data_path("landscape", ensure_exists=True)  # a database server has no folder of its own
    return folder / f"{hashlib.sha256(store.url.encode()).hexdigest()[:12]}.{suffix}"


def ensure_running(store: Store, device: str = "auto") -> None:
    """Start a worker that outlives this process, unless one holds the lock. Returns at once."""
    try:
        with lock_of(store, device).acquire(blocking=False):
            pass
    except Timeout:
        return
    package = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "landscape", "worker", "--idle-exit", str(OWN_IDLE_EXIT), "--device", device]
    with log_of(store).open("ab") as log_file:
        subprocess.Popen(
            command,
            cwd=package,
            env=os.environ | {"LANDSCAPE_STORE": store.url},
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=log_file,
            start_new_session=True,
        )
