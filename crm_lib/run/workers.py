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
    """Lanes by name, each so many processes that take its jobs in order; on leaving with an error, all of them end.

    A lane's first process is forked after that of the lane named before it: each fork waits for its imports.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, Executor] = {}
        self._forked: dict[str, dict[int, forkserver.Worker]] = {}  # by lane and by the thread that waits for it
        self._turns: dict[str, tuple[threading.Event, threading.Event]] = {}  # when a lane may fork, and when it has

    def open(self, lane: str, processes: int = 1) -> None:
        """Make a lane; `submit` makes one of a single process where there is none."""
        before = [forked for _, forked in self._turns.values()][-1:] or [_passed()]
        self._turns[lane] = before[0], threading.Event()
        self._lanes[lane], self._forked[lane] = _executor(processes), {}

    def submit(self, lane: str, stages: int, target: str, *args: Any) -> Future[Any]:
        """Result of 'module:function' in a process of the lane, which is forked with so many stages of the preload."""
        if lane not in self._lanes:
            self.open(lane)
        if forkserver.current():
            return self._lanes[lane].submit(self._call_forked, lane, stages, target, *args)
        return self._lanes[lane].submit(_call, target, *args)

    def _call_forked(self, lane: str, stages: int, target: str, *args: Any) -> Any:
        server, forked = forkserver.current(), self._forked[lane]
        if server is None:
            raise forkserver.ServerGone
        thread = threading.get_ident()
        if thread not in forked:
            may, has = self._turns[lane]
            may.wait()
            try:
                forked[thread] = server.worker(stages)
            finally:
                has.set()
        return forked[thread].call(target, *args)

    def end(self, lane: str) -> None:
        """End the lane's processes once its jobs are done."""
        self._lanes.pop(lane).shutdown()
        for worker in self._forked.pop(lane).values():
            worker.close()

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


def _passed() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def _executor(processes: int) -> Executor:
    if forkserver.current():
        return ThreadPoolExecutor(processes)  # each thread waits for its forked worker
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, spawn, initializer=_end_with, initargs=(os.getpid(),))


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
