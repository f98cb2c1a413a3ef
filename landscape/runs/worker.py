"""The worker: claims queued runs, measures their points, and leaves a store from which another can go on."""

import contextlib
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

from filelock import Timeout

from landscape.assets import IMPORT_ROOT
from landscape.runs.listing.found import note_found
from landscape.runs.measuring import Measuring
from landscape.runs.paths import lock_of, log_of
from landscape.store.errors import PASSING, StoreError
from landscape.store.leases import Cancelled, LeaseLost
from landscape.store.records import STALE, Run
from landscape.store.store import Store

BEAT = 2.0  # s between heartbeats; a run reads as stalled after STALE s without one
IDLE = 0.1  # s between looks at an empty queue
AWAY = 30.0  # s, the longest, between attempts at a store whose server is away, disk full, or file locked
START_PATIENCE = 5.0  # s that a worker which was just started may take until it holds the lock
LOCK_PATIENCE = 2.0  # s until another holder of the lock is taken for a worker
REPORTING = 0.03  # share of the time that may go into saying how far a large run is
OWN_IDLE_EXIT = 600  # s: a worker that the app started leaves when nothing was asked for so long

Progress = Callable[[Run], None]
log = logging.getLogger(__name__)


def work(
    store: Store,
    *,
    device: str = "auto",
    run_id: str | None = None,
    idle_exit: float | None = None,
    on_progress: Progress | None = None,
) -> None:
    """Measure queued runs until stopped, idle for `idle_exit` seconds, or, with `run_id`, until that run has ended.

    One worker a store and device (and host): a second one returns after LOCK_PATIENCE, unless it is there for one run.
    If another worker holds that run, this one watches it.

    Raises:
        ValueError: this machine has no such device; with `run_id`, also what is wrong with that run.
        RuntimeError: with `run_id`, that run failed.
        StoreError: the store will not work until somebody sees to it; with `run_id`, also if it does not work now.
    """
    devices = _served_devices(store, device) if run_id is None else None
    with contextlib.ExitStack() as stack:
        if run_id is None:
            try:
                # `ensure_running` holds the lock for a moment to see whether it is free: do not give way to that
                stack.enter_context(lock_of(store, device).acquire(timeout=LOCK_PATIENCE))
            except Timeout:
                log.warning("another worker serves this store and device already")
                return
            except OSError as error:
                where = f"beside the store {store.name}" if store.file else str(error.filename)
                raise StoreError(
                    f"a worker cannot write {where}: {error.strerror}. "
                    "Set LANDSCAPE_STORE to a file in a folder of yours."
                ) from None
        _terminate_like_interrupt(store)
        with contextlib.suppress(*PASSING):  # the next worker will
            store.bin.purge()
        _Worker(store, device, run_id, on_progress or (lambda run: None), devices).loop(idle_exit)


class _Worker:
    """One process's work: the run it was started for (the foreground), or all that come."""

    def __init__(self, store: Store, device: str, run_id: str | None, show: Progress, devices: set[str] | None) -> None:
        self.store, self.run_id, self.show, self.devices = store, run_id, show, devices
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"  # containers share names and numbers
        self.next_report = 0.0  # monotonic s
        self.watch: Callable[[], None] | None = None  # of the inspection whose part is measured
        self.measuring = Measuring(store, self.name, device, self.between_points, self.serve_part, self.report)

    def loop(self, idle_exit: float | None) -> None:
        """Serve until there is a reason to leave."""
        last, pause = time.monotonic(), IDLE
        while True:
            run = None
            try:
                if (run := self.store.claim(self.name, self.devices, self.run_id)) is not None:
                    self.serve(run)
                pause = IDLE
            except PASSING as error:
                if self.run_id is not None:
                    raise
                pause = min(2 * pause, AWAY)
                log.warning("%s The worker tries again in %.1f s.", error, pause)
            if run is not None:
                last = time.monotonic()
            elif self.run_id is not None:
                self.show(seen := self.store.run(self.run_id))
                if seen.ended:
                    return
            elif idle_exit is not None and time.monotonic() - last > idle_exit:
                return
            if run is None or pause > IDLE:
                time.sleep(pause)

    def serve(self, run: Run) -> None:
        """Bring one run to its end; whatever goes wrong with it is written on it, and the worker goes on.

        In the foreground the error is also raised, for the caller to tell wrong input from a failed measurement.
        """
        try:
            self._serve(run)
        except LeaseLost:
            log.warning("run %s was deleted, or taken over by another worker", run.id)
            return
        note_found(self.store, run.id)
        self.report(run)

    def report(self, run: Run) -> None:
        """Show how a run stands, unless it was deleted meanwhile."""
        if (seen := self.store.get_run_or_none(run.id)) is not None:
            self.show(seen)

    def _serve(self, run: Run) -> None:
        """As `serve`. Raises LeaseLost, also where the end of the run can no longer be written on it."""
        asleep = _sleep_clock()
        try:
            with _heartbeat(self.store, run.id, self.name):
                self.store.finish(run.id, self.name, "done", artifact=self.measuring.measure(run))
        except LeaseLost:
            if asleep() > STALE:  # the machine slept: another worker took this one for dead
                self.store.forgive(run.id)
            raise
        except Cancelled:
            self.store.finish(run.id, self.name, "cancelled")
        except StoreError as error:  # a full disk, say: if it can still be told there, tell it; the points are safe
            with contextlib.suppress(StoreError, LeaseLost):
                if isinstance(error, PASSING) and self.run_id is None:
                    self.store.release(run.id, self.name)  # if not even that: it is claimed once its lease ran out
                else:
                    self.store.finish(run.id, self.name, "failed", error=str(error))
            raise
        except (ValueError, RuntimeError, OSError) as error:
            log.info("run %s failed", run.id, exc_info=True)
            self.store.finish(run.id, self.name, "failed", error=str(error) or type(error).__name__)
            if self.run_id is not None:
                raise
        except KeyboardInterrupt:
            with contextlib.suppress(StoreError, LeaseLost):
                self.store.release(run.id, self.name)
            raise
        except BaseException as error:  # told on the run and in the log; other runs still get measured
            log.error("run %s failed", run.id, exc_info=self.run_id is None)  # a terminal gets one line
            self.store.finish(run.id, self.name, "failed", error=_internal(error))

    def serve_part(self, part: Run, watch: Callable[[], None]) -> None:
        """Bring one part of an inspection to its end; `watch` is called between its points, and may stop it."""
        self.watch = watch
        try:
            self._serve(part)
        finally:
            self.watch = None

    def between_points(self, run: Run) -> None:
        """Report progress, then serve queued `answer` runs: the weights stand at θ₀ between two points."""
        if (started := time.monotonic()) >= self.next_report:
            self.watch() if self.watch is not None else self.report(run)
            cost = time.monotonic() - started
            self.next_report = started + (cost / REPORTING if cost > 0.02 else 0)  # counting many points takes a while
        while self.run_id is None and (question := self.store.claim(self.name, self.devices, kind="answer")):
            self.serve(question)


def _served_devices(store: Store, device: str) -> set[str] | None:
    """The devices that a run may name for this worker to take it; None: any. Raises ValueError for one not there.

    Where the store is a file, every worker is on this machine, and who asks for a device that it lacks is told so. On
    a server such a run waits for a machine that has the device.
    """
    import torch

    from landscape.checkpoints.models import best_device

    best = best_device(device)
    if device != "auto":
        return {"auto", device, device.partition(":")[0]}
    cuda = {f"cuda:{index}" for index in range(torch.cuda.device_count())}
    return None if store.file else {"auto", "cpu", best} | cuda


def _internal(error: BaseException) -> str:
    """A bug of ours (an Exception); or a library that gave up: a panic of Rust code, an attempt to end the program."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, Exception):
        return f"internal error: {text}"
    return (
        f"a library crashed on this ({text.splitlines()[0]}), as happens when a file of the checkpoint is damaged, "
        "tokenizer.json for instance: replace it, then resume"
    )


def _sleep_clock() -> Callable[[], float]:
    """Seconds that the machine has slept from now on: the monotonic clock stands still meanwhile."""
    started = time.time() - time.monotonic()
    return lambda: time.time() - time.monotonic() - started


@contextlib.contextmanager
def _heartbeat(store: Store, run_id: str, name: str) -> Iterator[None]:
    """Beat in the background: a single point of a large model takes longer than a reader's patience."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                store.heartbeat(run_id, name)
            except LeaseLost:
                return  # the next write will find out
            except StoreError:
                continue  # a server that starts again, say

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _terminate_like_interrupt(store: Store) -> None:
    """SIGTERM hands the run back, as Ctrl-C does."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: store.interrupt())


def is_running(store: Store, device: str = "auto") -> bool:
    """Return whether a worker of this host holds the lock, or is on its way."""
    journal = log_of(store)
    if journal.exists() and time.time() - journal.stat().st_mtime < START_PATIENCE:
        return True
    try:
        with lock_of(store, device).acquire(blocking=False):
            return False
    except Timeout:
        return True


def ensure_running(store: Store, device: str = "auto") -> None:
    """Start a worker that outlives this process, unless one holds the lock or is on its way. Returns at once."""
    if is_running(store, device):
        return
    journal = log_of(store)
    # faulthandler: of a crash in native code, a file overwritten while it is mapped say, the log then names the place
    command = [
        sys.executable,
        "-X",
        "faulthandler",
        "-m",
        "landscape",
        "worker",
        "--idle-exit",
        str(OWN_IDLE_EXIT),
        "--device",
        device,
    ]
    with os.fdopen(os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log_file:
        log_file.write(f"{time.strftime('%F %T')} starting a worker\n".encode())
        subprocess.Popen(
            command,
            cwd=IMPORT_ROOT,
            env=os.environ | {"LANDSCAPE_STORE": store.url},
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=log_file,
            start_new_session=True,
        )
