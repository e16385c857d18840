"""In the child process: its limits, and how it speaks to its parent.

Exit status 1 is a reader that failed, any other than 0 one that was ended by a limit.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import threading
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NoReturn

_SAYING = threading.Lock()


_NO_MEMORY = 3


def run(module: str, request: str) -> None:
    """Do what a module's `main` does with the request."""
    asked = json.loads(request)
    limit(asked["memory"], asked["seconds"])
    try:
        importlib.import_module(f"crm_lib.ingest.children.{module}").main(asked)
    except MemoryError:
        os._exit(_NO_MEMORY)


def limit(memory: int, seconds: float) -> None:
    """Limit the address space [bytes] and the time of the processor, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def say(told: Any) -> None:
    """One line of JSON."""
    with _SAYING:
        sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")


def say_texts(texts: Sequence[str]) -> None:
    """A line with the number of texts and of bytes, then the texts as Arrow lays them out: offsets, UTF-8."""
    try:
        data = "".join(texts).encode()
    except UnicodeEncodeError:  # half of a pair
        texts = [text.encode(errors="replace").decode() for text in texts]
        data = "".join(texts).encode()
    lengths = map(len, texts) if data.isascii() else map(len, map(str.encode, texts))
    offsets = array("i", accumulate(lengths, initial=0)).tobytes()
    with _SAYING:
        sys.stdout.buffer.write(b"[%d, %d]\n" % (len(texts), len(data)))
        sys.stdout.buffer.write(offsets)
        sys.stdout.buffer.write(data)


def say_numbers(numbers: array[float]) -> None:
    """A line with how many, then the numbers as 8 bytes each; their parent writes them as text."""
    with _SAYING:
        sys.stdout.buffer.write(b"[%d]\n" % len(numbers))
        sys.stdout.buffer.write(numbers.tobytes())


def refuse(reason: str, **details: Any) -> NoReturn:
    """Say why the file is not read, and end, from any thread."""
    say({"refused": reason, **details})
    sys.stdout.flush()
    os._exit(0)
