"""One thread for fits: theirs are small matrices, and threads that wait for a busy core cost more than they bring."""

from __future__ import annotations

import importlib
from typing import Any


def one_thread(*modules: str) -> Any:
    """Context in which the linear algebra and OpenMP of SciPy and of `modules` have one thread."""
    from threadpoolctl import threadpool_limits

    for name in ("scipy.linalg", *modules):
        importlib.import_module(name)  # the limit is of the libraries that are loaded by then
    return threadpool_limits(1)
