"""One process that does the imports and forks kernels and workers; it ends, with all it forked, when its client ends.

The server is forked before its client has a thread or a ZMQ context, and has neither itself: a fork of a process
with threads would inherit their locks. It is only for Linux: elsewhere forked processes may not use system libraries.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import reduction
from multiprocessing.connection import Connection, Pipe
from typing import IO, Any

NO_FORK_ENV = "CRM_NO_FORK"
GARBAGE = (200_000, 20, 20)  # look for cycles less often: imports and renderers make many small objects that stay
Preload = Callable[[], Sequence[Sequence[str]]]  # stages of modules and 'module:function', as they are wanted


class RemoteError(Exception):
    """An error in a worker that is not the user's to mend; holds the traceback of the other process."""


class Killed(Exception):
    """A process of this run was killed: by hand, or for lack of memory. Holds what it last wrote."""


class ServerGone(Killed):
    """The server."""


class Forked:
    """A process that the server forked; the part of subprocess.Popen that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.server, self.pid = server, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self.server.ask("poll", self.pid)
            except ServerGone:  # it takes along what it forked
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self) -> int:
        while (code := self.poll()) is None:
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        with suppress(ServerGone):
            self.server.ask("signal", self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Worker:
    """A process that does one job after another. Not thread-safe."""

    def __init__(self, server: ForkServer, stages: int) -> None:
        ours, theirs = Pipe()
        server.ask("worker", stages, hand_over=theirs)
        theirs.close()
        self._server, self._connection = server, ours

    def call(self, target: str, *args: Any) -> Any:
        """Result of 'module:function'. Its UserError and OSError are raised here as they are, others as RemoteError.

        Raise Killed.
        """
        try:
            self._connection.send((target, args))
            good, result = self._connection.recv()
        except (EOFError, OSError):
            raise Killed(f"{target}\n{self._server.log()}") from None
        if good:
            return result
        raise result

    def close(self) -> None:
        self._connection.close()


class ForkServer:
    """The client's side. Thread-safe."""

    def __init__(self, preload: Preload) -> None:
        self._lock = threading.Lock()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the server lives)
        self._log_start = 0
        ours, theirs = Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            from crm_lib.run import forked

            ours.close()
            forked.be_process(lambda: forked.Server(theirs, preload, self._log.fileno()).serve())
        theirs.close()
        self._connection: Connection | None = ours

    def ask(self, request: str, *args: Any, hand_over: Connection | None = None) -> Any:
        """Answer to a request. Raise ServerGone where the server has ended."""
        with self._lock:
            if self._connection is None:
                raise ServerGone
            try:
                self._connection.send((request, args))
                if hand_over:
                    reduction.send_handle(self._connection, hand_over.fileno(), self.pid)
                return self._connection.recv()
            except (EOFError, OSError) as error:
                raise ServerGone(self.log()) from error

    def fork_kernel(self, arguments: list[str], env: dict[str, str], folder: str) -> Forked:
        """An ipykernel with the arguments of its launcher, in a process group of its own."""
        self._log_start = os.fstat(self._log.fileno()).st_size
        return Forked(self, self.ask("kernel", arguments, env, folder))

    def worker(self, stages: int = 0) -> Worker:
        """A worker forked when so many stages of the preload are there; 0 waits for none."""
        return Worker(self, stages)

    def log(self, lines: int = 20) -> str:
        """Last lines that were written to stdout and stderr since the last kernel was forked."""
        size = os.fstat(self._log.fileno()).st_size
        start = max(self._log_start, size - 20_000)
        tail = os.pread(self._log.fileno(), size - start, start)
        return "\n".join(tail.decode("utf-8", "replace").splitlines()[-lines:])

    def close(self) -> None:
        """End the server and everything it forked."""
        if self._connection is None:
            return
        os.kill(self.pid, signal.SIGTERM)  # it may be in the middle of an import, with somebody waiting for it
        with self._lock:
            self._connection.close()
            self._connection = None
            os.waitpid(self.pid, 0)


_current: ForkServer | None = None


def available() -> bool:
    return sys.platform.startswith("linux") and not os.environ.get(NO_FORK_ENV)


def start(preload: Preload) -> ForkServer | None:
    """Start the process's server; None where fork is not to be had."""
    global _current
    if _current is None and available():
        gc.set_threshold(*GARBAGE)  # of this process, the server and its children
        _current = ForkServer(preload)
    return _current


def current() -> ForkServer | None:
    return _current


def stop() -> None:
    global _current
    if _current is not None:
        _current.close()
        _current = None
