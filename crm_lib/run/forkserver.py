"""One process that does the imports and forks kernels and jobs; it ends, with all it forked, when its client ends.

The server is forked before its client has a thread or a ZMQ context, and has neither itself: a fork of a process
with threads would inherit their locks. It is only for Linux: elsewhere forked processes may not use system libraries.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from multiprocessing import reduction
from multiprocessing.connection import Connection, Pipe
from typing import IO, Any, NoReturn

NO_FORK_ENV = "CRM_NO_FORK"
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class RemoteError(Exception):
    """An error in a job that is not the user's to mend; holds the traceback of the other process."""


class ServerGone(Exception):
    """The server ended: killed, or out of memory."""


class Forked:
    """A process that the server forked; the part of subprocess.Popen that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.server, self.pid, self.returncode = server, pid, None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.server.ask("poll", self.pid)
        return self.returncode

    def wait(self) -> int:
        while (code := self.poll()) is None:
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        self.server.ask("signal", self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """The client's side. Thread-safe."""

    def __init__(self, preload: Callable[[], Iterable[str]]) -> None:
        self._lock = threading.Lock()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the server lives)
        self._log_start = 0
        ours, theirs = Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _as_process(lambda: _Server(theirs, preload, self._log.fileno()).serve())
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

    def call(self, target: str, *args: Any) -> Any:
        """Result of 'module:function' in a process forked for it. Its UserError and OSError are raised here as they are,
        any other error as RemoteError."""
        ours, theirs = Pipe(duplex=False)
        self.ask("job", target, args, hand_over=theirs)
        theirs.close()
        try:
            good, result = ours.recv()
        except EOFError:
            raise RemoteError(f"{target}: its process was killed\n{self.log()}") from None
        finally:
            ours.close()
        if good:
            return result
        raise result

    def log(self, lines: int = 20) -> str:
        """Last lines that were written to stdout and stderr since the last kernel was forked."""
        size = os.fstat(self._log.fileno()).st_size
        start = max(self._log_start, size - 20_000)
        tail = os.pread(self._log.fileno(), size - start, start)
        return "\n".join(tail.decode("utf-8", "replace").splitlines()[-lines:])

    def close(self) -> None:
        """End the server and everything it forked."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                os.waitpid(self.pid, 0)
                self._log.close()


_current: ForkServer | None = None


def available() -> bool:
    return sys.platform.startswith("linux") and not os.environ.get(NO_FORK_ENV)


def start(preload: Callable[[], Iterable[str]]) -> ForkServer | None:
    """Start the process's server; None where fork is not to be had."""
    global _current
    if _current is None and available():
        _current = ForkServer(preload)
    return _current


def current() -> ForkServer | None:
    return _current


def stop() -> None:
    global _current
    if _current is not None:
        _current.close()
        _current = None


class _Server:
    def __init__(self, connection: Connection, preload: Callable[[], Iterable[str]], log: int) -> None:
        self.connection = connection
        self.preload: deque[str] = deque()
        self._find_preload = preload
        self.ended: dict[int, int] = {}
        self.children: set[int] = set()
        os.setsid()  # a Ctrl-C at the terminal is the client's business
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, null), (1, log), (2, log)):
            os.dup2(source, target)
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))

    def serve(self) -> None:
        """Answer requests, import while there are none; at the client's end kill all children."""
        try:
            self.preload.extend(dict.fromkeys(self._find_preload()))
            while True:
                if self.preload and not self.connection.poll():
                    self._import_next()
                    continue
                request, args = self.connection.recv()
                self.connection.send(getattr(self, f"_{request}")(*args))
        except (EOFError, OSError):
            pass
        finally:
            self._reap()
            for pid in self.children:
                _signal_group(pid, signal.SIGKILL)
            for pid in self.children:
                os.waitpid(pid, 0)

    def _import_next(self) -> None:
        name = self.preload.popleft()
        # Whatever fails here fails again, and is told, where it is needed.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
        if not self.preload:
            gc.collect()
            gc.freeze()  # what is here stays: spare the children from copying its pages

    def _fork(self, work: Callable[[], object]) -> int:
        self._reap()
        _without_threads()
        with warnings.catch_warnings():
            # Arrow's allocator has a thread of its own that knows how to fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            os.setsid()
            _die_with_parent()
            self.connection.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _as_process(work)
        self.children.add(pid)
        return pid

    def _kernel(self, arguments: list[str], env: dict[str, str], folder: str) -> int:
        while self.preload:
            self._import_next()
        return self._fork(lambda: _run_kernel(arguments, env | dict.fromkeys(ONE_THREAD, "1"), folder))

    def _job(self, target: str, args: tuple[Any, ...]) -> int:
        answer = Connection(reduction.recv_handle(self.connection), readable=False)
        with contextlib.suppress(Exception):
            importlib.import_module(target.partition(":")[0])
        pid = self._fork(lambda: answer_call(answer, target, args))
        answer.close()
        return pid

    def _reap(self) -> None:
        for pid in list(self.children):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self.children.discard(pid)
                self.ended[pid] = os.waitstatus_to_exitcode(status)

    def _poll(self, pid: int) -> int | None:
        self._reap()
        return None if pid in self.children else self.ended.get(pid, 0)

    def _signal(self, pid: int, number: int) -> None:
        if pid in self.children:
            _signal_group(pid, number)


def answer_call(answer: Connection, target: str, args: tuple[Any, ...]) -> None:
    """Run 'module:function' and send (True, result) or (False, exception)."""
    from crm_lib.errors import UserError

    module, _, name = target.partition(":")
    try:
        sent: tuple[bool, Any] = True, getattr(importlib.import_module(module), name)(*args)
    except (UserError, OSError) as error:
        sent = False, error
    except BaseException:
        sent = False, RemoteError(traceback.format_exc())
    try:
        answer.send(sent)
    except (pickle.PicklingError, TypeError, AttributeError):
        answer.send((False, RemoteError(traceback.format_exc())))
    answer.close()


def _run_kernel(arguments: list[str], env: dict[str, str], folder: str) -> None:
    from crm_lib.run.kernels import run_kernel

    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    run_kernel(arguments)


def _as_process(work: Callable[[], object]) -> NoReturn:
    """Run `work` as all there is to a forked process."""
    code = 1
    try:
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _signal_group(pid: int, number: int) -> None:
    for send in (os.killpg, os.kill):  # the group is not there before the child's setsid
        with contextlib.suppress(OSError):
            return send(pid, number)


def _without_threads() -> None:
    """DuckDB opens a connection with threads when it is imported: close it, it is opened again on use."""
    if "duckdb" in sys.modules:
        sys.modules["duckdb"].default_connection().close()


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends, however it ends."""
    import ctypes

    PR_SET_PDEATHSIG = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
