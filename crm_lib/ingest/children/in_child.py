"""Reading in a child process: of limited memory and time, without this process's environment.

A small file can unpack to gigabytes, and a hostile one may end its reader: neither may end the run. What the child
finds comes as lines of JSON on its standard output; a line {"refused": reason, ...} says why it gave up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

import crm_lib

MEMORY = 2 << 30  # bytes of address space
_LARGEST = 4 << 30  # bytes that a child may say
_SECONDS = 8  # for a small file
_PER_MEGABYTE = 0.5  # seconds more for each unpacked
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from crm_lib.ingest.children.child_limits import run; run(*sys.argv[2:])"
_ROOT = str(Path(crm_lib.__file__).resolve().parents[1])
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class UnreadableFile(Exception):
    """`reason` is the end of a message id `errors.data.<reason>`; `args` are its arguments."""

    def __init__(self, reason: str, **details: Any) -> None:
        super().__init__(reason)
        self.reason, self.details = reason, details


def seconds_for(size: int) -> float:
    """Time that a file of so many bytes, unpacked, may take."""
    return _SECONDS + _PER_MEGABYTE * size / 1e6


def told_by_child(module: str, asked: Mapping[str, Any], seconds: float) -> Iterator[Any]:
    """What `crm_lib.ingest.children.<module>.main` says: objects and pa.StringArray. Raise UnreadableFile."""
    request = json.dumps({**asked, "memory": MEMORY, "seconds": seconds})
    command = [sys.executable, "-I", "-c", _BOOT, _ROOT, module, request]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as child:
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            assert child.stdout
            yield from _lines(child.stdout)
            child.wait()
        except (ValueError, pa.ArrowException):  # of what a child said that was ended in the middle
            pass
        finally:
            timer.cancel()
            child.kill()
    if late.is_set():
        raise UnreadableFile("too_slow", seconds=round(seconds))
    if child.returncode:
        raise UnreadableFile("unreadable" if child.returncode == 1 else "too_large")


def _lines(stream: IO[bytes]) -> Iterator[Any]:
    said = 0
    while line := stream.readline():
        told = json.loads(line)
        if isinstance(told, list):
            said += sum(told)
            if said > _LARGEST:
                raise UnreadableFile("too_large")
            yield _texts(told[0], told[1], stream) if len(told) > 1 else _numbers(told[0], stream)
        elif "refused" in told:
            raise UnreadableFile(told.pop("refused"), **told)
        else:
            yield told


def _texts(count: int, size: int, stream: IO[bytes]) -> pa.Array:
    offsets, data = pa.py_buffer(stream.read(4 * count + 4)), pa.py_buffer(stream.read(size))
    texts = pa.StringArray.from_buffers(count, offsets, data)
    texts.validate(full=True)
    return texts


def _numbers(count: int, stream: IO[bytes]) -> pa.Array:
    """Numbers as text: whole ones, which are exact, without a point; NaN is nothing."""
    numbers = pa.Array.from_buffers(pa.float64(), count, [None, pa.py_buffer(stream.read(8 * count))])
    whole = pc.equal(pc.floor(numbers), numbers)
    texts = pc.if_else(whole, pc.cast(pc.cast(pc.floor(pc.if_else(whole, numbers, 0.0)), pa.int64()), pa.string()), "")
    if not pc.all(whole).as_py():
        texts = pc.if_else(pc.or_(whole, pc.is_nan(numbers)), texts, pc.cast(numbers, pa.string()))
    return texts
