"""Jobs beside the notebooks: in workers forked from the server, else in spawned processes."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from types import TracebackType
from typing import Any

from crm_lib.run import forkserver


class Workers:
    """Lanes by name, each a process that does its jobs in order; on leaving with an error, all of them end."""

    def __init__(self) -> None:
        self._lanes: dict[str, Executor] = {}
        self._forked: dict[str, forkserver.Worker] = {}

    def submit(self, lane: str, stages: int, target: str, *args: Any) -> Future[Any]:
        """Result of 'module:function' in the lane's process, which is forked with so many stages of the preload."""
        if lane not in self._lanes:
            self._lanes[lane] = _executor()
        if forkserver.current():
            return self._lanes[lane].submit(self._call_forked, lane, stages, target, *args)
        return self._lanes[lane].submit(_call, target, *args)

    def _call_forked(self, lane: str, stages: int, target: str, *args: Any) -> Any:
        server = forkserver.current()
        if server is None:
            raise forkserver.ServerGone
        if lane not in self._forked:
            self._forked[lane] = server.worker(stages)
        return self._forked[lane].call(target, *args)

    def end(self, lane: str) -> None:
        """End the lane's process once its jobs are done."""
        self._lanes.pop(lane).shutdown()
        if lane in self._forked:
            self._forked.pop(lane).close()

    def kill(self) -> None:
        """End all jobs, also those at work."""
        forkserver.stop()
        for lane in self._lanes.values():
            if isinstance(lane, ProcessPoolExecutor):
                for process in list((lane._processes or {}).values()):
                    process.kill()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if error is not None:
            self.kill()
            for lane in self._lanes.values():
                lane.shutdown(wait=False, cancel_futures=True)
        else:
            for name in list(self._lanes):
                self.end(name)


def _executor() -> Executor:
    if forkserver.current():
        return ThreadPoolExecutor(1)  # waits for the forked worker
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, spawn, initializer=_end_with, initargs=(os.getpid(),))


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
