"""One run of an engagement at a time; the system lets go of the lock however the run ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm_lib.errors import Problem, UserError
from crm_lib.language import msg


@contextmanager
def only_run(work: Path) -> Iterator[None]:
    """Hold `<work>/run.lock`. Raise UserError where another process holds it."""
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    work.chmod(0o700)
    descriptor = os.open(work / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise UserError(Problem(msg("run.busy"))) from None
