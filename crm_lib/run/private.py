"""Folders for the sockets and connection files of kernels, and those of Spark: of one process, removed when it ends, at
the latest by the next run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from crm_lib.run.processes import running

PREFIX = "crm-kernel-"
PREFIXES = (PREFIX, "crm-spark-")  # see engine.spark_session
LONGEST = 90  # characters: the path of a socket has room for 107 bytes, its name in the folder takes some


def private_folder() -> TemporaryDirectory[str]:
    """A folder of this process, in a place where the path of a socket is not too long."""
    return TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=_root())


def _root() -> str:
    name = f"/{PREFIX}{os.getpid()}-12345678"
    fitting = (root for root in _roots() if len(os.fsencode(root + name)) <= LONGEST and os.access(root, os.W_OK))
    return next(fitting, gettempdir())


def _roots() -> list[str]:
    return list(dict.fromkeys([gettempdir(), "/tmp"]))


def sweep() -> None:
    """Remove what this process still has and what killed processes left."""
    for pid, path in _folders():
        if pid == os.getpid() or not running(pid):
            shutil.rmtree(path, ignore_errors=True)


def _folders() -> Iterator[tuple[int, Path]]:
    for root in _roots():
        for prefix in PREFIXES:
            for path in Path(root).glob(f"{prefix}*-*"):
                pid = path.name.removeprefix(prefix).partition("-")[0]
                if pid.isdigit():
                    yield int(pid), path
