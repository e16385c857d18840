"""Jobs beside the notebooks: in processes forked from the server, else in two spawned ones."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from types import TracebackType
from typing import Any

from crm_lib.run import forkserver

AT_ONCE = 2


class Workers:
    """`submit('module:function', ...)` gives a Future; on leaving, what has not begun is dropped."""

    def __init__(self) -> None:
        self._server = forkserver.current()
        self._pool: ThreadPoolExecutor | ProcessPoolExecutor
        if self._server:
            self._pool = ThreadPoolExecutor(AT_ONCE)
        else:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(AT_ONCE, spawn, initializer=_end_with, initargs=(os.getpid(),))

    def submit(self, target: str, *args: Any) -> Future[Any]:
        if self._server:
            return self._pool.submit(self._server.call, target, *args)
        return self._pool.submit(_call, target, *args)

    def kill(self) -> None:
        """End all jobs, also those at work."""
        if self._server:
            forkserver.stop()
        elif isinstance(self._pool, ProcessPoolExecutor):
            for process in list((self._pool._processes or {}).values()):
                process.kill()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if error is not None:
            self.kill()
        self._pool.shutdown(wait=error is None, cancel_futures=True)


def _call(target: str, *args: Any) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)(*args)


def _end_with(parent: int) -> None:
    """End this worker when its parent has ended, however it ended. Ctrl-C is the parent's business."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if hasattr(os, "getppid"):
        threading.Thread(target=watch, daemon=True).start()
