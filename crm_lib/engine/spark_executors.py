"""A cluster without executors lets a query wait for ever: after a while it is given up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

SECONDS = 120  # without any executor


class NoExecutors(Exception):
    """No worker took the query."""


@contextmanager
def wanted(context: Any) -> Iterator[None]:
    """Cancel what runs inside once there was no executor for SECONDS, and raise NoExecutors. `context` None: no cluster."""
    if context is None:
        yield
        return
    done, given_up = threading.Event(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(context, done, given_up), daemon=True)
    watcher.start()
    try:
        yield
    except Exception as error:
        if given_up.is_set():
            raise NoExecutors from error
        raise
    finally:
        done.set()
        watcher.join()


def _watch(context: Any, done: threading.Event, given_up: threading.Event) -> None:
    last = time.monotonic()  # when there was one, or none was wanted yet
    with suppress(Exception):  # a driver that is gone raises where the query is
        while not done.wait(1):
            if context._jsc.sc().getExecutorMemoryStatus().size() > 1:  # the driver is counted
                last = time.monotonic()
            elif time.monotonic() - last > SECONDS:
                given_up.set()
                context.cancelAllJobs()
                return
