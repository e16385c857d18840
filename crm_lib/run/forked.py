"""The fork server's own side, and what its children do first."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import signal
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, NoReturn

from crm_lib.run.forkserver import Preload, RemoteError

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
KERNEL_STAGES = 2  # of the preload, that a kernel waits for


class Server:
    """Answers requests one by one; imports while there are none."""

    def __init__(self, connection: Connection, preload: Preload, log: int) -> None:
        self.connection = connection
        self.stages: deque[deque[str]] = deque()
        self.stages_done = 0
        self._preload = preload
        self.ended: dict[int, int] = {}
        self.children: set[int] = set()
        os.setsid()  # a Ctrl-C at the terminal is the client's business
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _end)
        null = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, null), (1, log), (2, log)):
            os.dup2(source, target)
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"), PYDEVD_DISABLE_FILE_VALIDATION="1")

    def serve(self) -> None:
        """Answer until the client ends; then kill all children."""
        try:
            self.stages.extend(deque(stage) for stage in self._preload())
            while True:
                if self.stages and not self.connection.poll():
                    self._import_next()
                    continue
                request, args = self.connection.recv()
                self.connection.send(getattr(self, f"_{request}")(*args))
        except (EOFError, OSError, _End):
            pass
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._reap()
            for pid in self.children:
                _signal_group(pid, signal.SIGKILL)
            for pid in self.children:
                os.waitpid(pid, 0)

    def _import_next(self) -> None:
        stage = self.stages[0]
        if stage:
            # Whatever fails here fails again, and is told, where it is needed.
            with contextlib.suppress(Exception):
                module, _, function = stage.popleft().partition(":")
                imported = importlib.import_module(module)
                if function:
                    getattr(imported, function)()
        if not stage:
            self.stages.popleft()
            self.stages_done += 1

    def _fork(self, stages: int, work: Callable[[], object]) -> int:
        """A child that does the work, forked when so many stages are imported."""
        while self.stages and self.stages_done < stages:
            self._import_next()
        self._reap()
        _without_threads()
        gc.freeze()  # what is here stays: spare the children from copying its pages
        with warnings.catch_warnings():
            # Arrow's allocator has a thread of its own that knows how to fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            os.setsid()
            _die_with_parent()
            self.connection.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            be_process(work)
        self.children.add(pid)
        return pid

    def _kernel(self, arguments: list[str], env: dict[str, str], folder: str) -> int:
        return self._fork(KERNEL_STAGES, lambda: _run_kernel(arguments, env | dict.fromkeys(ONE_THREAD, "1"), folder))

    def _worker(self, stages: int) -> int:
        jobs = Connection(reduction.recv_handle(self.connection))
        pid = self._fork(stages, lambda: work_off(jobs))
        jobs.close()
        return pid

    def _imported(self) -> bool:
        return not self.stages

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


class _End(BaseException):
    """The client wants no more."""


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise _End


def work_off(jobs: Connection) -> None:
    """Do jobs ('module:function', arguments) until no more can come; each is answered (True, result) or (False, error)."""
    with contextlib.suppress(EOFError):
        while True:
            target, args = jobs.recv()
            answer = _answer(target, args)
            try:
                jobs.send(answer)
            except (pickle.PicklingError, TypeError, AttributeError):
                jobs.send((False, RemoteError(traceback.format_exc())))


def _answer(target: str, args: tuple[Any, ...]) -> tuple[bool, Any]:
    from crm_lib.errors import UserError
    from crm_lib.run.system_errors import system_error

    module, _, name = target.partition(":")
    try:
        return True, getattr(importlib.import_module(module), name)(*args)
    except UserError as error:
        return False, error
    except BaseException as error:
        return False, system_error(error) or RemoteError(traceback.format_exc())


def _run_kernel(arguments: list[str], env: dict[str, str], folder: str) -> None:
    from crm_lib.run.kernels import run_kernel

    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    run_kernel(arguments)


def be_process(work: Callable[[], object]) -> NoReturn:
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
